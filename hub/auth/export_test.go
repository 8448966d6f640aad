package auth

import "time"

// SetJWKSClock makes key sets refresh at another pace until undo is called.
func SetJWKSClock(every, retry time.Duration) (undo func()) {
	e, r := jwksEvery, jwksRetry
	jwksEvery, jwksRetry = every, retry
	return func() { jwksEvery, jwksRetry = e, r }
}
