package wasm

import (
	"context"
	"errors"
	"strings"
	"time"

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

// dialectOf asks the hub at u for the metadata that one of draft1 has (RFC
// 9728). It returns stream.Auto where the hub could not be asked.
func dialectOf(ctx context.Context, u string) stream.Dialect {
	ctx, cancel := context.WithTimeout(ctx, sayWithin)
	defer cancel()
	ask := func(mode string) (safejs.Value, error) {
		controller, signal, err := newAbort()
		if err != nil {
			return safejs.Value{}, err
		}
		stop := context.AfterFunc(ctx, func() { controller.Call("abort") })
		defer stop()
		return call(safejs.Global(), "fetch", metadataURL(u), map[string]any{"signal": signal, "mode": mode, "credentials": "omit"})
	}
	if response, err := ask("cors"); err == nil {
		h, err := readHead(response)
		switch {
		case err != nil || h.Status == 429 || h.Status >= 500:
			return stream.Auto
		case h.Status >= 200 && h.Status < 300 && strings.Contains(strings.ToLower(h.Type), "json"):
			return stream.Draft1
		}
		return stream.Classic
	}
	// One on another origin need not let pages read that it has none: is it there?
	if response, err := ask("no-cors"); err == nil {
		if kind, err := response.Get("type"); err == nil && kind.Type() == safejs.TypeString {
			if text, _ := kind.String(); text == "opaque" {
				return stream.Classic
			}
		}
	}
	return stream.Auto
}

// sayWithin is how long a hub has to say its dialect.
const sayWithin = 10 * time.Second

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
