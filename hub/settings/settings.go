// Package settings reads what an operator sets, in a file, environment
// variables and flags, and says precisely what is wrong with it. Table is all
// there is to set.
package settings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog"
	"amalgam/hub/listen"
	"amalgam/hub/webhook"
)

//go:generate go test -run ReferencePage -update .

// Settings is everything an operator can set, read and checked.
type Settings struct {
	Listen    listen.Config
	Admin     string // host:port of the operator's listener, "" for none
	DataDir   string // where the log is kept
	LogFormat string // text or json
	Hub       hub.Config
	// Transport is "bolt", a log in the file Path, or "local", in memory only.
	Transport string
	Path      string
	// History bounds what the log keeps.
	History eventlog.Retention
	// Debugger serves the page of that name.
	Debugger bool
	// Webhook is whom to tell of subscriptions; nobody without a URL.
	Webhook webhook.Options
	// Warnings are for the operator to read once, at the start.
	Warnings []string

	onSubscription          []string
	before                  *Settings // those that these are to replace
	ctx                     context.Context
	sites                   []site // of server_name
	tlsGiven                bool
	autoHTTPS               automatic
	bind, redirectPort      string
	publisher, subscriber   role                      // of the keys, until they are parsed
	trustedIssuer           string                    // whose keys they are, too
	keySets                 map[string]auth.KeySource // by URL
	transport, transportURL *place
	metrics, adminSet       bool  // see finishAdmin
	current                 Given // what is being applied
	chosen                  []Given
	faulty                  map[string]bool // settings that could not be read
	replaced                map[string][]Origin
}

// The environment variables, those of the well-known container image first.
const (
	EnvServerName    = "SERVER_NAME"
	EnvPublisherKey  = "MERCURE_PUBLISHER_JWT_KEY"
	EnvPublisherAlg  = "MERCURE_PUBLISHER_JWT_ALG"
	EnvSubscriberKey = "MERCURE_SUBSCRIBER_JWT_KEY"
	EnvSubscriberAlg = "MERCURE_SUBSCRIBER_JWT_ALG"
	EnvDirectives    = "MERCURE_EXTRA_DIRECTIVES"
	EnvData          = "AMALGAM_DATA"
	EnvConfig        = "AMALGAM_CONFIG"
)

// Options say where settings come from. A later place replaces an earlier one,
// setting by setting: file, MERCURE_EXTRA_DIRECTIVES, other variables, flags.
type Options struct {
	// ConfigFile has directives; "" for none.
	ConfigFile string
	// Getenv returns a variable of the environment, "" if it is not set.
	Getenv func(string) string
	// Environ are the variables, NAME=VALUE, of which misspelt ones are told; nil
	// for none.
	Environ []string
	// Flags are those of the command line.
	Flags []Flag
	// LogTo is where the hub's logger writes; nil for nowhere.
	LogTo io.Writer
	// Before are the settings that are to be replaced while the hub runs: their
	// logger and their fetched key sets are kept. Nil at the start.
	Before *Settings
	// Context ends the first fetches of key sets, which can take a while; nil for
	// as long as they take.
	Context context.Context
}

// Faults are all that is wrong with settings.
type Faults []error

func (f Faults) Error() string { return errors.Join(f...).Error() }

// Unwrap lets errors.Is look at each.
func (f Faults) Unwrap() []error { return f }

// Load reads all settings. If any is wrong the error is Faults: every fault is
// reported, not only the first. Settings come back even then, for their
// Warnings.
func Load(o Options) (*Settings, error) {
	s := &Settings{Transport: "bolt", before: o.Before, ctx: o.Context, keySets: make(map[string]auth.KeySource), faulty: make(map[string]bool)}
	if s.ctx == nil {
		s.ctx = context.Background()
	}
	s.answerVariables(o.Getenv)
	s.answerMisspelt(o.Environ)
	given, faults := s.collect(o)
	var more []error
	s.chosen, s.replaced, more = choose(given)
	faults = append(faults, more...)
	s.noteAddress(given)
	// The logger comes first: key sets are fetched while settings are read.
	faults = append(faults, s.applyAll(func(name string) bool { return name == "log_format" })...)
	s.openLogger(o)
	faults = append(faults, s.applyAll(func(name string) bool { return name != "log_format" })...)
	faults = append(faults, s.finish())
	if err := Faults(flatten(faults)); len(err) > 0 {
		return s, err
	}
	return s, nil
}

// Join makes one list of what several have found.
func Join(errs ...error) Faults { return flatten(errs) }

// applyAll reads those of the chosen settings that take says.
func (s *Settings) applyAll(take func(name string) bool) (faults []error) {
	for _, g := range s.chosen {
		if !take(g.Name) {
			continue
		}
		t, err := lookUp(g.Name)
		if err == nil {
			s.current = g
			err = s.apply(t, g)
		}
		if err != nil {
			s.faulty[g.Name] = true
			faults = append(faults, g.fault(err))
		}
	}
	return faults
}

// finish does what needs several settings at once.
func (s *Settings) finish() error {
	s.DataDir = or(s.DataDir, "data")
	s.finishHistory()
	s.finishAdmin()
	return errors.Join(s.finishListening(), s.finishWebhook(), s.finishKeys())
}

func (s *Settings) openLogger(o Options) {
	s.LogFormat = or(s.LogFormat, "text")
	switch {
	case s.before != nil:
		s.Hub.Logger = s.before.Hub.Logger
	case o.LogTo == nil:
		s.Hub.Logger = slog.New(slog.DiscardHandler)
	case s.LogFormat == "json":
		s.Hub.Logger = slog.New(slog.NewJSONHandler(o.LogTo, nil))
	default:
		s.Hub.Logger = slog.New(slog.NewTextHandler(o.LogTo, nil))
	}
}

func (s *Settings) finishHistory() {
	p := s.transport
	switch {
	case p == nil:
		p = s.transportURL
	case s.transportURL != nil:
		s.warn("transport_url is not used: transport takes its place")
	}
	if p != nil {
		s.Transport, s.Path = p.kind, p.path
		if s.History.MaxEvents == 0 {
			s.History.MaxEvents = p.maxEvents
		}
	}
	if s.Path == "" {
		s.Path = filepath.Join(s.DataDir, "amalgam.db")
	}
}

func (s *Settings) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// flatten takes joined errors apart and leaves out nil.
func flatten(list []error) []error {
	var flat []error
	for _, err := range list {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			flat = append(flat, flatten(joined.Unwrap())...)
		} else if err != nil {
			flat = append(flat, err)
		}
	}
	return flat
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
