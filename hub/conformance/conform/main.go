// Command conform runs the conformance checks against a hub. Secrets come from
// the environment or from files, never from an argument that a shell keeps.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"amalgam/hub/conformance"
)

func main() {
	failed, err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "conform:", err)
		os.Exit(2)
	case failed:
		os.Exit(1)
	}
}

const help = `Checks a hub of the Mercure protocol from outside and exits with 1 if a check fails.

  go run ./hub/conformance/conform --hub http://localhost:3000/.well-known/mercure --anonymous

Keys are HS256 secrets. Each comes from a file, or from the environment:
  --publisher-key-file          PUBLISHER_KEY           classic publishers
  --subscriber-key-file         SUBSCRIBER_KEY          classic subscribers
  --issuer-publisher-key-file   ISSUER_PUBLISHER_KEY    the issuer's publishers (draft1)
  --issuer-subscriber-key-file  ISSUER_SUBSCRIBER_KEY   the issuer's subscribers (draft1)

What is not given is not checked: the checks that need it are skipped.`

// options are the flags of the command.
type options struct {
	target       conformance.Target
	dialect      string
	checks       string
	cors, pub    string
	limits       bool
	textsOnly    bool
	list, asJSON bool
	verbose      bool
}

func run(args []string, stdout, stderr io.Writer) (failed bool, err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return false, err
	}
	only, err := regexp.Compile(o.checks)
	if err != nil {
		return false, fmt.Errorf("--check: %w", err)
	}
	filter := func(c conformance.Check) bool {
		return (o.dialect == "" || c.Dialect == o.dialect) && only.MatchString(c.ID()) && (!o.textsOnly || !c.Ours())
	}
	if o.list {
		return false, list(stdout, filter, o.asJSON)
	}
	if o.target.URL == "" {
		return false, errors.New("--hub is missing: the URL of the hub, such as http://localhost:3000/.well-known/mercure")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	results := conformance.Run(ctx, o.target, filter, progress(stderr, o))
	if o.asJSON {
		if err := writeJSON(stdout, results); err != nil {
			return false, err
		}
	}
	summary, n := conformance.Summary(results)
	fmt.Fprintln(stderr, summary)
	if len(results) == 0 {
		return false, errors.New("no check was selected")
	}
	return n > 0, ctx.Err()
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("conform", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, help+"\n\nflags:")
		fs.PrintDefaults()
	}
	t := &o.target
	fs.StringVar(&t.URL, "hub", "", "`URL` of the hub")
	fs.StringVar(&t.StrictURL, "strict-hub", "", "`URL` of a second hub with the same keys, without anonymous subscribers, with cors_origins * and a slow heartbeat")
	fs.StringVar(&t.StrictResource, "strict-resource", "", "resource `identifier` that the second hub is configured with, if it is")
	fs.StringVar(&t.Draft1.Issuer, "issuer", "", "`issuer` (iss) of draft1 tokens")
	fs.StringVar(&t.Draft1.Resource, "resource", "", "resource `identifier` (aud) of the hub; default its URL")
	fs.BoolVar(&t.Anonymous, "anonymous", false, "the hub lets clients without a token subscribe")
	fs.BoolVar(&t.Subscriptions, "subscriptions", false, "the hub announces and lists subscriptions")
	fs.DurationVar(&t.Heartbeat, "heartbeat", 0, "the hub's heartbeat, if it is short enough to wait for")
	fs.DurationVar(&t.Patience, "patience", 10*time.Second, "longest wait of a check")
	fs.StringVar(&o.cors, "cors-origins", "", "`origins` that the hub lists for reading: an exact one and one like https://*.example.com, separated by spaces")
	fs.StringVar(&o.pub, "publish-origins", "", "`origins` that the hub lists for publishing with a cookie, the same way")
	fs.BoolVar(&o.limits, "limits", false, "check Amalgam's default limits")
	fs.StringVar(&o.dialect, "dialect", "", "run the checks of one `dialect` only: classic, draft1 or both (what concerns both)")
	fs.StringVar(&o.checks, "check", "", "run only checks whose \"dialect: sentence\" matches this `expression`")
	fs.BoolVar(&o.textsOnly, "texts-only", false, "leave out the checks that rest on Amalgam's own decisions (protocol.md)")
	fs.BoolVar(&o.list, "list", false, "list the checks with their sections and run nothing")
	fs.BoolVar(&o.asJSON, "json", false, "write the results as JSON")
	fs.BoolVar(&o.verbose, "v", false, "show every check, not only those that fail or are skipped")
	keys := []struct {
		name, env string
		key       *[]byte
		file      *string
	}{
		{"publisher-key-file", "PUBLISHER_KEY", &t.Classic.PublisherKey, nil},
		{"subscriber-key-file", "SUBSCRIBER_KEY", &t.Classic.SubscriberKey, nil},
		{"issuer-publisher-key-file", "ISSUER_PUBLISHER_KEY", &t.Draft1.PublisherKey, nil},
		{"issuer-subscriber-key-file", "ISSUER_SUBSCRIBER_KEY", &t.Draft1.SubscriberKey, nil},
	}
	for i, k := range keys {
		keys[i].file = fs.String(k.name, "", "`file` with the secret; default: the environment's "+k.env)
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag", fs.Arg(0))
	}
	for _, k := range keys {
		if *k.key = []byte(os.Getenv(k.env)); *k.file != "" {
			data, err := os.ReadFile(*k.file)
			if err != nil {
				return o, fmt.Errorf("--%s: %w", k.name, err)
			}
			*k.key = []byte(strings.TrimRight(string(data), "\r\n"))
		}
	}
	switch o.dialect {
	case "", conformance.Classic, conformance.Draft1, conformance.Both:
	default:
		return o, fmt.Errorf("--dialect is classic, draft1 or both, not %q", o.dialect)
	}
	t.CORSOrigins, t.PublishOrigins = strings.Fields(o.cors), strings.Fields(o.pub)
	if o.limits {
		t.Limits = conformance.DefaultLimits
	}
	return o, nil
}

// progress shows results as they come.
func progress(w io.Writer, o options) func(conformance.Result) {
	n := 0
	return func(r conformance.Result) {
		n++
		if r.Status == conformance.Pass && !o.verbose {
			return
		}
		fmt.Fprintf(w, "%4d  %-4s  %s  [%s]\n", n, r.Status, r.Check.ID(), r.Check.Section)
		if r.Reason != "" {
			fmt.Fprintf(w, "            %s\n", strings.ReplaceAll(r.Reason, "\n", "\n            "))
		}
	}
}

// line is a check or a result as JSON.
type line struct {
	Dialect string   `json:"dialect"`
	Name    string   `json:"name"`
	Section string   `json:"section"`
	Rules   []string `json:"rules,omitempty"`
	Status  string   `json:"status,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Millis  int64    `json:"ms,omitempty"`
}

func newLine(c conformance.Check) line {
	return line{Dialect: c.Dialect, Name: c.Name, Section: c.Section, Rules: c.Rules}
}

func list(w io.Writer, filter func(conformance.Check) bool, asJSON bool) error {
	var lines []line
	for _, c := range conformance.Checks() {
		if filter(c) {
			lines = append(lines, newLine(c))
		}
	}
	if asJSON {
		return encode(w, lines)
	}
	for _, l := range lines {
		fmt.Fprintf(w, "%-8s %s  [%s]\n", l.Dialect, l.Name, l.Section)
	}
	fmt.Fprintf(w, "%d checks\n", len(lines))
	return nil
}

func writeJSON(w io.Writer, results []conformance.Result) error {
	lines := []line{}
	for _, r := range results {
		l := newLine(r.Check)
		l.Status, l.Reason, l.Millis = string(r.Status), r.Reason, r.Took.Milliseconds()
		lines = append(lines, l)
	}
	return encode(w, lines)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
