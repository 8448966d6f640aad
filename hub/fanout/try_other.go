//go:build !unix

package fanout

import (
	"errors"
	"syscall"
)

// CanGo says that this system has no write that does not block: every stream
// is served by Serve.
const CanGo = false

type try struct{}

func newTry() *try { return &try{} }

func (*try) write(syscall.RawConn, []byte) (int, error) { return 0, errors.ErrUnsupported }
