//go:build !unix

package fanout

import "errors"

// CanGo says that this system has no write that does not block: every stream
// is served by Serve.
const CanGo = false

func tryWrite(int, []byte) (int, error) { return 0, errors.ErrUnsupported }
