package wasm

// State is what a stream is doing.
type State string

// The states of a stream, in the order in which it first meets them.
const (
	// Idle: not built yet.
	Idle State = "idle"
	// Connecting: asked for, nothing answered yet.
	Connecting State = "connecting"
	// Open: the hub has answered and events arrive.
	Open State = "open"
	// Waiting: the connection was lost; the browser asks again by itself, with
	// the id of the last event, after the delay the hub gave it.
	Waiting State = "waiting"
	// Closed: over, by Close or because of Status.Code. Build starts anew.
	Closed State = "closed"
)

// Status is a state and why it came about. Code and Reason are empty when the
// state is what was asked for.
type Status struct {
	State  State
	Code   string // one of the Code constants
	Reason string // a sentence for a person
}

// Why a stream is waiting or closed.
const (
	// CodeLost: the connection broke and is being made again.
	CodeLost = "lost"
	// CodeRefused: the browser gave the stream up for good.
	CodeRefused = "refused"
	// CodeUnsupported: there is no EventSource here.
	CodeUnsupported = "unsupported"
	// CodeURL: the browser does not take the URL.
	CodeURL = "url"
	// CodePanic: a defect in this module.
	CodePanic = "panic"
	// CodeGlue: the JavaScript around the module did not do its part.
	CodeGlue = "glue"
)

// EventSource.readyState, WHATWG HTML §9.2.2.
const (
	readyStateConnecting = 0
	readyStateOpen       = 1
)

// afterError tells what an EventSource is doing once it has raised error.
func afterError(readyState int) Status {
	switch readyState {
	case readyStateConnecting:
		return Status{Waiting, CodeLost, "the connection to the hub was lost; the browser is connecting again"}
	case readyStateOpen:
		return Status{State: Open}
	default:
		return Status{Closed, CodeRefused, "the browser gave up on the hub's stream. It does not tell why; " +
			"look at the request in the network panel. Usual causes: 401 or 403 (no cookie or token, or one that grants nothing here), " +
			"another status than 200, a Content-Type other than text/event-stream, " +
			"no CORS headers for this page's origin with credentials, or a Content-Security-Policy whose connect-src leaves the hub out"}
	}
}

// names returns every event name to listen to: those of the set, message, which
// is also the name of events without one, and further, each once.
func names(set []string, further []string) []string {
	all := make([]string, 0, len(set)+1+len(further))
	for _, list := range [][]string{set, {"message"}, further} {
	next:
		for _, name := range list {
			for _, known := range all {
				if known == name {
					continue next
				}
			}
			all = append(all, name)
		}
	}
	return all
}
