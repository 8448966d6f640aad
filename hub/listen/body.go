package listen

import (
	"net/http"
	"time"
)

// boundAnswers gives the answer of each request so long to be taken, from the
// request's head on: one that nobody takes would hold its connection for ever. A
// handler whose answer is a stream sets deadlines of its own.
func boundAnswers(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(within))
		next.ServeHTTP(w, r)
	})
}

// boundBodies gives the body of each request so long to arrive, over every
// protocol alike; http.Server.ReadTimeout knows nothing of HTTP/3. What the
// handler leaves unread the server reads, until the same moment. A body that
// has come to its end has no deadline any more: net/http takes it away, and the
// stream that follows is not read from.
func boundBodies(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(within))
		}
		next.ServeHTTP(w, r)
	})
}
