// Package conformance checks a hub of the Mercure protocol from outside, in
// both dialects: classic (draft-dunglas-mercure-07) and draft1
// (draft-dunglas-mercure-08). Every check is a sentence that is true of a hub
// that passes it, and names the section of a text that demands it, or the
// decision of Amalgam's (protocol.md) where the texts leave room.
//
// Against the hub that is built from this source, over real sockets:
//
//	go test ./hub/conformance
//
// Against any other hub, with the tool:
//
//	PUBLISHER_KEY=… SUBSCRIBER_KEY=… go run ./hub/conformance/conform \
//	    --hub http://localhost:3000/.well-known/mercure --anonymous --dialect classic
//
// or as a Go test:
//
//	go test ./hub/conformance -run TheHubConforms -v -hub http://localhost:3000/.well-known/mercure \
//	    -publisher-key … -subscriber-key … -anonymous
//
// The flags of the test are -hub, -publisher-key, -subscriber-key, -issuer,
// -issuer-publisher-key, -issuer-subscriber-key, -resource, -anonymous,
// -subscriptions, -heartbeat and -check (an expression on "dialect: sentence").
// Keys are HS256 secrets. What is not given is not checked: the checks that
// need it are skipped and say so. The tool has the same flags and more;
// `conform --help` lists them, `conform --list` lists all checks.
//
// Checks use topics, ids and origins of their own, so they can run side by
// side on a hub in use. They publish a few thousand small updates and one of
// about a megabyte.
package conformance
