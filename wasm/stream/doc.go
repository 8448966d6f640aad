// Package stream is the life of one subscription in the browser, without the
// browser: it reads event streams, drops what comes twice, notices what is
// missing, and decides when to connect, to wait, to renew a token, to give up.
// Whatever touches the world goes through [Host], so that all of it builds and
// is tested natively.
//
// A Stream belongs to one goroutine, or to the one event loop of a browser's
// thread. Its methods never block, and it has no timers of its own: it asks the
// host for one call of Tick at a time.
//
// The package does without fmt, time, regexp and net/url, each of which would
// add more to the browser module than all that is here.
package stream
