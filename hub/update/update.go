// Package update holds what a publisher sends and a subscriber receives: the
// update, the rules its fields obey, and the one encoder that turns it into a
// Server-Sent Event. It imports nothing of ours.
package update

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// An Update is one message on its way through the hub. It is immutable once
// it has been appended to the log: everybody who receives it shares it.
type Update struct {
	// Topics are the identifiers of what changed: the canonical topic first,
	// then its alternates. A subscriber to any of them receives the update.
	Topics []string
	// Type is the SSE event name; empty for an unnamed message.
	Type string
	// Data is the content, any UTF-8 text. It may hold line breaks.
	Data string
	// ID is the cursor of the update, unique in the hub unless the publisher
	// reused one.
	ID string
	// Retry is the reconnection time to hand to clients, in milliseconds, as
	// ASCII digits; empty if the publisher set none.
	Retry string
	// Private updates reach only subscribers whose token grants one of Topics.
	Private bool
}

// MaxID and MaxType bound the id and the type of an update, in bytes. Both
// travel in HTTP headers or in every frame.
const (
	MaxID   = 1024
	MaxType = 1024
)

// Earliest is the reserved cursor that asks for everything the hub has kept.
const Earliest = "earliest"

// NewID returns a random identifier, urn:uuid: of version 4: a cursor tells
// its holder nothing about what it may not read.
func NewID() string { return uuid.New().URN() }

// Size is what the update weighs in memory and on the wire, in bytes, near
// enough to bound a queue by.
func (u *Update) Size() int {
	n := len(u.Type) + len(u.Data) + len(u.ID) + 64
	for _, t := range u.Topics {
		n += len(t) + 16
	}
	return n
}

// A Fault says which field of an update cannot be taken, why, and what to do.
type Fault struct {
	Field  string // the form field: "topic", "data", "id", "type", "retry"
	Rule   string // the short name of the rule that was broken
	Reason string // one sentence, for a person
	// TooLong tells a fault of length from one of content.
	TooLong bool
}

func (f *Fault) Error() string { return f.Field + ": " + f.Reason }

// Check holds every field of u against the rules; strict adds draft-08's. It
// returns the first fault, nil if there is none. An empty ID is none.
func (u *Update) Check(strict bool) *Fault {
	if len(u.Topics) == 0 {
		return &Fault{Field: "topic", Rule: "topic-missing", Reason: "an update needs at least one topic: the IRI of what changed"}
	}
	for _, t := range u.Topics {
		if t == "" {
			return &Fault{Field: "topic", Rule: "topic-empty", Reason: "a topic must not be empty: send the IRI of what changed"}
		}
		if f := CheckTopic("topic", t, strict); f != nil {
			return f
		}
	}
	if f := CheckID(u.ID, strict); f != nil {
		return f
	}
	if f := CheckType(u.Type, strict); f != nil {
		return f
	}
	if f := CheckRetry(u.Retry); f != nil {
		return f
	}
	return CheckData(u.Data)
}

// CheckID holds a publisher's id against the rules that keep it from forging
// SSE fields or reserved cursors. strict adds draft-08's rules on characters.
func CheckID(id string, strict bool) *Fault {
	switch {
	case strings.HasPrefix(id, "#"):
		return &Fault{Field: "id", Rule: "id-fragment", Reason: `an id must not start with "#": send an IRI such as urn:uuid:…, or leave the field out and the hub makes one`}
	case len(id) > MaxID:
		return &Fault{Field: "id", Rule: "id-length", Reason: fmt.Sprintf("an id has at most %d bytes, this one has %d", MaxID, len(id)), TooLong: true}
	case id == Earliest:
		return &Fault{Field: "id", Rule: "id-reserved", Reason: `"earliest" is the reserved cursor for the whole history: send another id, or leave the field out`}
	}
	return checkText("id", id, strict)
}

// CheckType holds an event name against the rules that keep it from forging
// SSE fields.
func CheckType(name string, strict bool) *Fault {
	if len(name) > MaxType {
		return &Fault{Field: "type", Rule: "type-length", Reason: fmt.Sprintf("a type has at most %d bytes, this one has %d", MaxType, len(name)), TooLong: true}
	}
	return checkText("type", name, strict)
}

// CheckTopic holds one topic, or one matcher, against the rules on characters.
func CheckTopic(field, topic string, strict bool) *Fault {
	return checkText(field, topic, strict)
}

// CheckData refuses bytes that no SSE stream can carry: it is UTF-8 only.
func CheckData(data string) *Fault {
	if !utf8.ValidString(data) {
		return &Fault{Field: "data", Rule: "data-utf8", Reason: "data is not valid UTF-8: encode binary content, for example as base64"}
	}
	return nil
}

// CheckRetry holds a reconnection time against the rule: digits only, and few
// enough for a browser to take them as a number.
func CheckRetry(retry string) *Fault {
	for i := range len(retry) {
		if retry[i] < '0' || retry[i] > '9' {
			return &Fault{Field: "retry", Rule: "retry-digits", Reason: "retry is a number of milliseconds in ASCII digits, such as 3000"}
		}
	}
	if len(retry) > 15 {
		return &Fault{Field: "retry", Rule: "retry-range", Reason: "retry has at most 15 digits (milliseconds)"}
	}
	return nil
}

// checkText refuses what could break out of an SSE field: bytes that are not
// UTF-8 and control characters (C0, DEL, C1). strict also refuses what makes
// two identifiers look alike, invisible format characters (category Cf), as
// draft-08 demands (Terminology); classic clients use them, in emoji.
func checkText(field, s string, strict bool) *Fault {
	for i, r := range s {
		if r < utf8.RuneSelf && r >= 0x20 && r != 0x7f {
			continue
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return &Fault{Field: field, Rule: field + "-utf8", Reason: field + " is not valid UTF-8: percent-encode the UTF-8 bytes of the text"}
			}
		}
		if r < 0x20 || (r >= 0x7f && r <= 0x9f) {
			return &Fault{Field: field, Rule: field + "-control", Reason: field + " contains a control character (such as a line break): remove it"}
		}
		if strict && unicode.Is(unicode.Cf, r) {
			return &Fault{Field: field, Rule: field + "-format", Reason: field + " contains an invisible format character (Unicode category Cf): remove it"}
		}
	}
	return nil
}
