package auth

import "context"

// An Issuer is somebody whose draft1 tokens the hub takes, with the keys that
// belong to it and to nobody else (draft-08, Token Validation).
type Issuer struct {
	// ID is the iss claim, compared byte for byte.
	ID string
	// Publisher and Subscriber hold the keys of each role; nil means that the
	// issuer's tokens are not taken for it.
	Publisher, Subscriber KeySource
	// Advertise lists the issuer as an authorization server in the hub's
	// metadata.
	Advertise bool
}

// A KeySource has keys that verify signatures.
type KeySource interface {
	// Keys returns the keys that may verify a token whose header names kid, all
	// of them if it names none. It answers from memory: what a token says
	// before it is verified causes no request.
	Keys(kid string) []*Key
}

// StaticKeys are keys from the configuration.
type StaticKeys []*Key

// Keys implements KeySource: a configured key may be used under any kid.
func (s StaticKeys) Keys(string) []*Key { return s }

// A Refresher is a KeySource that fetches its keys from time to time.
type Refresher interface {
	KeySource
	// Refresh fetches until ctx is over. The hub runs it.
	Refresh(ctx context.Context)
}
