package wasm

import (
	"runtime"
	"unsafe"

	"amalgam/payload"

	"github.com/hack-pad/safejs"
)

// abi numbers what passes between module and glue. Raise it when either
// side of it changes: the loader refuses a module with another number.
const abi = 1

// bridgeName is where the loader leaves its bridge while main starts. It takes
// it away again as soon as main waits.
const bridgeName = "amalgam:bridge"

// server answers the glue in jsdist. What Go asks of the bridge:
//
//	ready(abi, names)                the module runs; these are the set's events
//	options(id) → {url, withCredentials}
//	attach(id, source)               add the message listeners
//	detach(id)                       remove them
//	report(id, state, code, reason)
//
// What the glue asks of Go are the mx_ functions below. The calls may nest: a
// report may make the page close the stream while Go is still reporting.
type server struct {
	bridge  safejs.Value
	batch   *batch
	streams map[int32]*eventSource
}

// serving is nil until Serve is called. The exported functions have no other
// way to it.
var serving *server

// Serve makes this module the one that jsdist's MercureClient runs, with the
// events of set. It is the last call of main: it does not return while the page
// lives. It panics when something other than jsdist's loader started the module.
func Serve(set *payload.Set) {
	bridge, err := safejs.Global().Get(bridgeName)
	if err != nil || bridge.Type() != safejs.TypeObject {
		panic("wasm.Serve: this module is started by MercureClient of amalgam-sdk, see its option wasm")
	}
	serving = &server{bridge: bridge, batch: newBatch(set), streams: map[int32]*eventSource{}}
	events := make([]any, len(serving.batch.names))
	for i, name := range serving.batch.names {
		events[i] = name
	}
	if _, err := bridge.Call("ready", abi, events); err != nil {
		panic("wasm.Serve: " + err.Error())
	}
	select {}
}

// mxBuffer makes the records' buffer size bytes long and returns where it is,
// or 0 when that many are not to be had. What was in it is lost.
//
//go:wasmexport mx_buffer
func mxBuffer(size int32) int32 {
	if serving == nil || !serving.batch.resize(int(size)) {
		return 0
	}
	return address(serving.batch.records)
}

// mxJudge judges the first length bytes of the buffer. It returns the length of
// the verdicts: 0 when all is well, less than 0 when the records make no sense.
//
//go:wasmexport mx_judge
func mxJudge(length int32) int32 {
	if serving == nil {
		return malformed
	}
	return int32(serving.batch.run(int(length)))
}

// mxVerdicts returns where the verdicts of the last mx_judge are.
//
//go:wasmexport mx_verdicts
func mxVerdicts() int32 {
	if serving == nil {
		return 0
	}
	return address(serving.batch.verdicts)
}

func address(b []byte) int32 { return int32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

// mxOpen opens the stream that the bridge knows as id.
//
//go:wasmexport mx_open
func mxOpen(id int32) {
	if s := serving; s != nil {
		defer s.guard(id)
		if status := s.open(id); status != nil {
			s.report(id, *status)
		}
	}
}

// mxClose closes the stream and lets go of all that belongs to it. Nothing is
// reported: whoever closes knows.
//
//go:wasmexport mx_close
func mxClose(id int32) {
	if s := serving; s != nil {
		defer s.guard(id)
		s.drop(id)
	}
}

// mxRest lets go of the JavaScript values that Go no longer uses, such as an
// EventSource that was closed: they are held until Go's next collection, which
// may never come, as receiving events allocates nothing. The glue calls it some
// time after the last stream was closed; the first time takes a browser some
// 30 ms, later ones 1 ms.
//
//go:wasmexport mx_rest
func mxRest() {
	runtime.GC()
	runtime.Gosched() // to the finalizers
}

// guard is where a panic on the way from the glue into Go ends.
func (s *server) guard(id int32) {
	if v := recover(); v != nil {
		s.drop(id)
		s.report(id, Status{Closed, CodePanic, "the SDK's module panicked: " + panicText(v)})
	}
}

func (s *server) open(id int32) *Status {
	options, err := s.bridge.Call("options", id)
	if err != nil {
		return &Status{Closed, CodeGlue, err.Error()}
	}
	url, err := options.Get("url")
	if err != nil {
		return &Status{Closed, CodeGlue, err.Error()}
	}
	credentials, err := options.Get("withCredentials")
	if err != nil {
		return &Status{Closed, CodeGlue, err.Error()}
	}
	target, _ := url.String()
	withCredentials, _ := credentials.Truthy()
	s.drop(id)
	source, status := openEventSource(target, withCredentials, func(status Status) {
		if status.State == Closed {
			s.drop(id)
		}
		s.report(id, status)
	})
	if status != nil {
		return status
	}
	s.streams[id] = source
	if _, err := s.bridge.Call("attach", id, source.value); err != nil {
		s.drop(id)
		return &Status{Closed, CodeGlue, err.Error()}
	}
	return nil
}

// drop ends a stream, if there is one: first the messages, then the source.
func (s *server) drop(id int32) {
	source := s.streams[id]
	if source == nil {
		return
	}
	delete(s.streams, id)
	s.bridge.Call("detach", id)
	source.close()
}

func (s *server) report(id int32, status Status) {
	if _, err := s.bridge.Call("report", id, string(status.State), status.Code, status.Reason); err != nil {
		println("amalgam: the page could not be told that a stream is", string(status.State), status.Reason, err.Error())
	}
}
