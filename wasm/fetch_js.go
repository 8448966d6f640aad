package wasm

import (
	"context"
	"errors"

	"amalgam/wasm/stream"

	"github.com/hack-pad/safejs"
)

// fetchStream sends r and hands on the head of the answer and its body, piece
// by piece, until it ends or ctx is over.
func fetchStream(ctx context.Context, r *stream.Request, credentials bool, head func(stream.Head), piece func([]byte)) error {
	controller, signal, err := newAbort()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { controller.Call("abort") })
	defer stop()
	headers := map[string]any{"Accept": "text/event-stream"}
	if r.Token != "" {
		headers["Authorization"] = "Bearer " + r.Token
	}
	init := map[string]any{"method": r.Method, "headers": headers, "signal": signal, "cache": "no-store", "credentials": "same-origin"}
	if credentials {
		init["credentials"] = "include"
	}
	if r.Body != "" {
		headers["Content-Type"] = "application/x-www-form-urlencoded"
		init["body"] = r.Body
	}
	response, err := call(safejs.Global(), "fetch", r.URL, init)
	if err != nil {
		return err
	}
	h, err := readHead(response)
	if err != nil {
		return err
	}
	head(h)
	body, err := response.Get("body")
	if err != nil || body.Type() != safejs.TypeObject {
		return err
	}
	reader, err := body.Call("getReader")
	if err != nil {
		return err
	}
	for {
		result, err := call(reader, "read")
		if err != nil {
			return err
		}
		if done, _ := result.Get("done"); truthy(done) {
			return nil
		}
		value, err := result.Get("value")
		if err != nil {
			return err
		}
		n, err := value.Length()
		if err != nil {
			return err
		}
		b := make([]byte, n)
		if _, err := safejs.CopyBytesToGo(b, value); err != nil {
			return err
		}
		piece(b)
	}
}

func readHead(response safejs.Value) (h stream.Head, err error) {
	status, err := response.Get("status")
	if err != nil {
		return h, err
	}
	h.Status, _ = status.Int()
	headers, err := response.Get("headers")
	if err != nil {
		return h, err
	}
	field := func(name string) (string, bool) {
		v, err := headers.Call("get", name)
		if err != nil || v.Type() != safejs.TypeString {
			return "", false
		}
		s, _ := v.String()
		return s, true
	}
	h.Type, _ = field("Content-Type")
	if h.Cursor, h.HasCursor = field("Last-Event-ID"); !h.HasCursor {
		h.Cursor, h.HasCursor = field("Mercure-Last-Event-ID")
	}
	if after, ok := field("Retry-After"); ok {
		for _, c := range after {
			if c < '0' || c > '9' {
				h.RetryAfter = 0
				break
			}
			h.RetryAfter = min(h.RetryAfter*10+int64(c-'0')*1000, 86_400_000)
		}
	}
	return h, nil
}

// hasMetadata reports whether the hub at u publishes the metadata of draft1
// (RFC 9728).
func hasMetadata(ctx context.Context, u string) bool {
	controller, signal, err := newAbort()
	if err != nil {
		return false
	}
	stop := context.AfterFunc(ctx, func() { controller.Call("abort") })
	defer stop()
	response, err := call(safejs.Global(), "fetch", metadataURL(u), map[string]any{"signal": signal})
	if err != nil {
		return false
	}
	ok, _ := response.Get("ok")
	return truthy(ok)
}

func newAbort() (controller, signal safejs.Value, err error) {
	constructor, err := safejs.Global().Get("AbortController")
	if err != nil {
		return
	}
	if controller, err = constructor.New(); err != nil {
		return
	}
	signal, err = controller.Get("signal")
	return
}

func truthy(v safejs.Value) bool {
	t, _ := v.Truthy()
	return t
}

// call calls a method that returns a promise and waits for it.
func call(v safejs.Value, method string, args ...any) (safejs.Value, error) {
	promise, err := v.Call(method, args...)
	if err != nil {
		return safejs.Value{}, err
	}
	type outcome struct {
		value safejs.Value
		err   error
	}
	settled := make(chan outcome, 1)
	take := func(failed bool) (safejs.Func, error) {
		return safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
			var o outcome
			if len(args) > 0 {
				o.value = args[0]
			}
			if failed {
				o.err = errors.New("it failed")
				if text, err := o.value.Call("toString"); err == nil {
					if s, err := text.String(); err == nil {
						o.err = errors.New(s)
					}
				}
			}
			settled <- o
			return nil
		})
	}
	resolved, err := take(false)
	if err != nil {
		return safejs.Value{}, err
	}
	defer resolved.Release()
	rejected, err := take(true)
	if err != nil {
		return safejs.Value{}, err
	}
	defer rejected.Release()
	if _, err := promise.Call("then", resolved, rejected); err != nil {
		return safejs.Value{}, err
	}
	o := <-settled
	return o.value, o.err
}
