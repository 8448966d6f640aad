package payload

import (
	"strconv"
	"unicode/utf8"
)

// Issue is one fault of a payload.
type Issue struct {
	// Path is a JSON Pointer (RFC 6901) to the value at fault; "" is the whole
	// document. A missing property is a fault of its object. Where a pointer
	// would be over 512 bytes, because of the names in the data, it is to the
	// nearest value around the one at fault.
	Path string

	// Keyword is the JSON Schema keyword that the value does not hold to, or,
	// for what lies below the schema:
	//
	//	syntax     is not JSON by RFC 8259; the message tells the byte, from 0
	//	trailing   has more after the value
	//	depth      is nested more than 64 levels deep
	//	utf8       is not Unicode: bytes that are not UTF-8, or half a surrogate pair (RFC 7493 §2.1)
	//	duplicate  has a name that stands twice in one object (RFC 7493 §2.3)
	//
	// or, for what lies above it:
	//
	//	validate   is refused by the Validate method of its Go type: see [Fault]
	//	decode     is more than its Go type can hold: see [Decode]
	Keyword string

	// Message says the fault to a person, as a sentence without its subject:
	// "must be at least 1 character long, has 0". It holds nothing of the data
	// but numbers, unless a method of the payload's own types says more.
	Message string
}

// maxIssues bounds what one payload can make its reader write.
const maxIssues = 64

// AppendIssues appends issues to dst as a JSON array of objects:
//
//	[{"path":"/text","keyword":"minLength","message":"must be …"}]
//
// It is the one encoder of issues, in the hub's answers and in the browser. No
// issues make an empty array.
func AppendIssues(dst []byte, issues []Issue) []byte {
	dst = append(dst, '[')
	for i, issue := range issues {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"path":`...)
		dst = appendQuoted(dst, issue.Path)
		dst = append(dst, `,"keyword":`...)
		dst = appendQuoted(dst, issue.Keyword)
		dst = append(dst, `,"message":`...)
		dst = appendQuoted(dst, issue.Message)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendQuoted appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// maxTold is how much of a text from a schema is told. It is more than what people
// write, and keeps what a payload can make its reader write from growing with it.
const maxTold = 512

// told shortens what comes from a schema for a message.
//
//go:noinline
func told(s string) string {
	if len(s) <= maxTold {
		return s
	}
	end := maxTold
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

//go:noinline
func quoted(s string) string { return string(appendQuoted(nil, s)) }

//go:noinline
func itoa(n int) string { return strconv.Itoa(n) }

// plural counts nouns that take an s.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}
