package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"
	"unicode"

	"amalgam/hub/doctor"
)

// decoded is a token without its signature, as --json prints it.
type decoded struct {
	Dialect doctor.Dialect `json:"dialect"` // "" if no hub takes its typ
	Expires *time.Time     `json:"expires"`
	Header  map[string]any `json:"header"`
	Claims  map[string]any `json:"claims"`
	Grants  []string       `json:"grants"` // in words
	Faults  []string       `json:"faults"` // why no hub takes it
}

// decodeToken shows what is in a token, which it does not verify.
func decodeToken(fs *flag.FlagSet, from string, asJSON bool, t terminal) error {
	for _, name := range []string{"publish", "subscribe", "publish-pattern", "subscribe-pattern", "key-file", "payload", "draft1"} {
		if given(fs, name) {
			return fmt.Errorf("--decode shows a token and makes none: leave --%s out", name)
		}
	}
	if from == "-" {
		b, err := readSecretFile("-", t.in)
		if err != nil {
			return err
		}
		from = string(b)
	}
	if from = bareToken(from); from == "" {
		return errors.New("there is no token to decode")
	}
	token, err := doctor.ReadToken(from, "https://localhost/.well-known/mercure")
	if err != nil {
		return err
	}
	if asJSON {
		d := decoded{Dialect: token.Dialect, Header: token.Header, Claims: token.Claims, Grants: token.Words(), Faults: token.Faults}
		if !token.Expires.IsZero() {
			end := token.Expires.UTC()
			d.Expires = &end
		}
		if d.Grants == nil {
			d.Grants = []string{}
		}
		if d.Faults == nil {
			d.Faults = []string{}
		}
		return printJSON(t.out, d)
	}
	_, err = fmt.Fprint(t.out, describeToken(token, time.Now()))
	return err
}

func describeToken(token *doctor.Token, now time.Time) string {
	var b strings.Builder
	part := func(title string, v map[string]any) {
		text, err := json.MarshalIndent(v, "  ", "  ")
		if err != nil {
			text = []byte(err.Error())
		}
		fmt.Fprintf(&b, "%s\n  %s\n\n", title, text)
	}
	part("Header", token.Header)
	part("Claims", token.Claims)
	line := func(name, text string) { fmt.Fprintf(&b, "%-10s%s\n", name, text) }
	dialect := map[doctor.Dialect]string{
		doctor.Classic: "classic, by its typ",
		doctor.Draft1:  "draft1, by its typ",
		"":             "none: no hub takes its typ",
	}[token.Dialect]
	line("Dialect", dialect)
	for _, w := range token.Words() {
		line("It", w)
	}
	line("Expires", doctor.Expiry(token, now))
	for _, f := range token.Faults {
		line("PROBLEM", f)
	}
	line("Signature", "not verified, and not shown")
	// JSON leaves some control characters as they are, and those that turn text
	// round.
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, b.String())
}
