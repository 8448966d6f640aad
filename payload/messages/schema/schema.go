// Package schema holds the schemas of package messages as a document: the
// module that ships reads it, and so carries what it needs to read those of any
// application, and not what it takes to look into Go types.
package schema

import "amalgam/payload"

// Payloads is messages.Payloads, read from [Document].
func Payloads() *payload.Set {
	set, err := payload.ParseSchema([]byte(Document))
	if err != nil {
		panic(err) // the tests of package messages read it, too
	}
	return set
}
