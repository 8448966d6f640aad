package listen

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// boundBodies gives the body of each request so long to arrive. The server's
// own ReadTimeout would end every stream that is older.
func boundBodies(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 || r.Body == nil {
			next.ServeHTTP(w, r)
			return
		}
		rc := http.NewResponseController(w)
		if rc.SetReadDeadline(time.Now().Add(within)) == nil {
			r.Body = &boundBody{r.Body, rc}
		}
		// Whatever the handler leaves unread, net/http reads, until the deadline.
		next.ServeHTTP(w, r)
	})
}

// boundBody takes the deadline away when the body has come to its end: what the
// connection is read for afterwards is to see the client go.
type boundBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
