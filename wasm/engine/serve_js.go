package engine

import (
	"runtime"
	"unsafe"

	"amalgam/payload"
	"amalgam/wasm/stream"

	"github.com/hack-pad/safejs"
)

// abi numbers what passes between module and glue. Raise it when either side
// of it changes: the loader refuses a module with another number.
const abi = 4

// bridgeName is where the loader leaves its bridge while main starts. It takes
// it away again as soon as main waits.
const bridgeName = "amalgam:bridge"

// server answers the glue in jsdist/src/module.ts. What Go asks of the bridge,
// besides ready(abi, names) once and options(id) for each stream, are the
// methods of stream.Host, which served calls by their names. None of them calls
// Go back.
//
// What the glue asks of Go are the mx_ functions below. Each takes the time in
// Unix milliseconds, and the strings that belong to it from the start of the
// buffer, one after the other, with their lengths in bytes. Each returns how
// many events it has brought: they are in the batch until the next call.
type server struct {
	bridge safejs.Value
	buffer []byte
	batch  *batch
	// sets are what events can be judged by: the first is the module's own, the
	// others came by mxSchemas. They stay while the module runs, as the glue
	// asks for each document once.
	sets    []*payload.Set
	now     int64
	streams map[int32]*served
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
		panic("engine.Serve: this module is started by MercureClient of amalgam-sdk, see its option wasm")
	}
	serving = &server{bridge: bridge, batch: newBatch(), sets: []*payload.Set{set}, streams: map[int32]*served{}}
	names := set.Names()
	events := make([]any, len(names))
	for i, name := range names {
		events[i] = name
	}
	if _, err := bridge.Call("ready", abi, events); err != nil {
		panic("engine.Serve: " + err.Error())
	}
	select {}
}

// maxBuffer bounds the buffer the glue may ask for, in bytes: far above any
// piece of a stream, below what would end the module for want of memory.
const maxBuffer = 256 << 20

// mxBuffer makes the buffer at least size bytes long and returns where it is,
// or 0 when that many are not to be had. What was in it is lost.
//
//go:wasmexport mx_buffer
func mxBuffer(size int32) int32 {
	if serving == nil || size < 0 || size > maxBuffer {
		return 0
	}
	if len(serving.buffer) < int(size) {
		serving.buffer = nil // so that old and new need not fit in memory together
		serving.buffer = make([]byte, size)
	}
	return int32(uintptr(unsafe.Pointer(unsafe.SliceData(serving.buffer))))
}

// mxTable, mxText and mxLength return where the batch is: see batch.
//
//go:wasmexport mx_table
func mxTable() int32 { return int32(uintptr(unsafe.Pointer(unsafe.SliceData(serving.batch.table)))) }

//go:wasmexport mx_text
func mxText() int32 { return int32(uintptr(unsafe.Pointer(unsafe.SliceData(serving.batch.text)))) }

//go:wasmexport mx_length
func mxLength() int32 { return int32(len(serving.batch.text)) }

// mxOpen opens the stream that the bridge knows as id, whose events are judged
// by a set: 0 is the module's own, others are those of mxSchemas.
//
//go:wasmexport mx_open
func mxOpen(id, set int32, now float64) int32 {
	return enter(id, now, func(s *server) {
		v := &served{server: s, id: id, set: s.sets[set]}
		options, err := s.bridge.Call("options", id)
		if err != nil {
			v.fail("glue", err.Error())
			return
		}
		v.stream = stream.New(config(options), v)
		s.streams[id] = v
		v.stream.Open()
	})
}

// mxClose closes the stream and lets go of all that belongs to it.
//
//go:wasmexport mx_close
func mxClose(id int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) { s.Close() })
}

// mxHead takes the beginning of an answer: its status, or -200 for the 200 of
// an EventSource, Retry-After in milliseconds, the Content-Type, and the cursor,
// whose length is -1 if the answer has none.
//
//go:wasmexport mx_head
func mxHead(id, conn, status int32, retryAfter float64, contentType, cursor int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) {
		h := stream.Head{Status: int(status), RetryAfter: int64(retryAfter), Type: serving.string(0, contentType)}
		if status < 0 {
			h.Status, h.Hidden = -int(status), true
		}
		if cursor >= 0 {
			h.HasCursor, h.Cursor = true, serving.string(contentType, cursor)
		}
		s.Head(conn, h)
	})
}

// mxBytes takes the next piece of a stream.
//
//go:wasmexport mx_bytes
func mxBytes(id, conn, length int32, now float64) int32 {
	s := serving
	v := s.streams[id]
	if v == nil || length < 0 || int(length) > len(s.buffer) {
		return 0
	}
	s.now = int64(now)
	s.batch.reset()
	defer v.guard()
	v.stream.Bytes(conn, s.buffer[:length])
	return int32(s.batch.len())
}

// mxEnd takes the end of a connection, and why.
//
//go:wasmexport mx_end
func mxEnd(id, conn, reason int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) { s.End(conn, serving.string(0, reason)) })
}

// mxTick is the call that wake asked for.
//
//go:wasmexport mx_tick
func mxTick(id int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) { s.Tick() })
}

// The signals of mxSignal.
const (
	signalOnline = iota
	signalOffline
	signalSuspend
	signalResume
	signalWoken
	signalClassic // what discover was to find out
	signalDraft1
	signalUnknown
)

//go:wasmexport mx_signal
func mxSignal(id, signal int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) {
		switch signal {
		case signalOnline:
			s.Online()
		case signalOffline:
			s.Offline()
		case signalSuspend:
			s.Suspend()
		case signalResume:
			s.Resume()
		case signalWoken:
			s.Woken()
		case signalClassic:
			s.Discovered(stream.Classic)
		case signalDraft1:
			s.Discovered(stream.Draft1)
		case signalUnknown:
			s.Undiscovered()
		}
	})
}

// mxToken answers askToken: a token and when it expires, 0 if unknown; or, when
// failed is not 0, why there is none.
//
//go:wasmexport mx_token
func mxToken(id, text int32, expires float64, failed int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) {
		if failed != 0 {
			s.NoToken(serving.string(0, text))
			return
		}
		s.Token(serving.string(0, text), int64(expires))
	})
}

// mxTopics replaces the selectors: see selectors.
//
//go:wasmexport mx_topics
func mxTopics(id, length int32, now float64) int32 {
	return at(id, now, func(s *stream.Stream) { s.SetSelectors(selectors(serving.string(0, length))) })
}

// mxRest lets go of the JavaScript values that Go no longer uses: they are held
// until Go's next collection, which may never come, as receiving events
// allocates nothing. The glue calls it some time after the last stream was
// closed; the first time takes a browser some 30 ms, later ones 1 ms.
//
//go:wasmexport mx_rest
func mxRest() {
	runtime.GC()
	runtime.Gosched() // to the finalizers
}

// string copies a string out of the buffer.
func (s *server) string(start, length int32) string {
	if start < 0 || length < 0 || int(start)+int(length) > len(s.buffer) {
		return ""
	}
	return string(s.buffer[start : start+length])
}

// enter runs fn for the stream id, and is where a panic on the way from the
// glue into Go ends.
func enter(id int32, now float64, fn func(*server)) int32 {
	s := serving
	if s == nil {
		return 0
	}
	s.now = int64(now)
	s.batch.reset()
	defer func() {
		if v := recover(); v != nil {
			(&served{server: s, id: id}).fail("panic", "the SDK's module panicked: "+panicText(v))
		}
	}()
	fn(s)
	return int32(s.batch.len())
}

func at(id int32, now float64, fn func(*stream.Stream)) int32 {
	return enter(id, now, func(s *server) {
		if v := s.streams[id]; v != nil {
			fn(v.stream)
		}
	})
}
