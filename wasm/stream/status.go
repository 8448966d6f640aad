package stream

// State is what a stream is doing.
type State string

// The states of a stream, in the order in which it first meets them.
const (
	// Idle: not opened yet.
	Idle State = "idle"
	// Connecting: asked for, nothing answered yet.
	Connecting State = "connecting"
	// Open: the hub has answered and events arrive.
	Open State = "open"
	// Waiting: there is no connection; Status.Until says when the next is made.
	Waiting State = "waiting"
	// Closed: over, by Close or because of Status.Code.
	Closed State = "closed"
)

// Status is a state and why it came about. Code and Reason are empty when the
// state is what was asked for.
type Status struct {
	State  State
	Code   Code
	Reason string // a sentence for a person
	Until  int64  // of Waiting: Unix milliseconds, 0 if it depends on something else
}

// Code says why a stream is waiting or closed.
type Code string

// Why a stream waits.
const (
	CodeLost      Code = "lost"      // the connection broke, or the hub ended it
	CodeSilent    Code = "silent"    // nothing came for longer than the hub is ever silent
	CodeStatus    Code = "status"    // an answer that may be another one later, such as 502
	CodeNoStream  Code = "no-stream" // 200, but not an event stream: a proxy's page, say
	CodeOffline   Code = "offline"   // the browser has no network
	CodeSuspended Code = "suspended" // the page is in the back/forward cache
	CodeToken     Code = "token"     // a token is being asked for, or cannot be had
	CodeTopics    Code = "topics"    // there is nothing to subscribe to
)

// Why a stream is closed.
const (
	CodeEnded        Code = "ended"        // 204: the hub wants no more connections
	CodeRefused      Code = "refused"      // 400 or 403
	CodeUnauthorized Code = "unauthorized" // 401, also with a new token if one can be asked for
	CodeURL          Code = "url"          // the browser does not take the URL
	CodeUnsupported  Code = "unsupported"  // the browser lacks what is needed
	CodeTooLarge     Code = "too-large"    // an event of more than 64 MiB
)
