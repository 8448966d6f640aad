package main

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"amalgam/hub"
	"amalgam/hub/listen"
	"amalgam/hub/settings"
	"amalgam/hub/tracing"
)

func runCommand(args []string) error {
	o, dry, err := parseRun(args)
	if err != nil {
		return err
	}
	hangup, done := hangups()
	defer done()
	lines := &logBuffer{w: os.Stderr}
	defer lines.Close()
	o.LogTo = lines
	if dry != nil {
		return check(o, dry.json, os.Stdout)
	}
	// A log whose reader has gone fails its writes, and does not end the hub.
	signal.Ignore(syscall.SIGPIPE)
	s, err := settings.Load(o)
	for _, w := range s.Warnings {
		s.Hub.Logger.Warn(w)
	}
	if err != nil {
		return faulty(err)
	}
	// What libraries say on their own is for the same log.
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(s.Hub.Logger.Handler(), slog.LevelWarn).Writer())
	stopTraces, err := startTraces(s)
	if err != nil {
		return err
	}
	defer stopTraces()
	ports, err := listen.Open(s.Listen)
	if err != nil {
		return err
	}
	srv, err := newServer(s, nil)
	if err != nil {
		_ = ports.Close()
		return err
	}
	s.Hub.Logger.Info("the hub is ready", "address", ports.Addr().String(), "url", ports.URL()+hub.DefaultPath, "ports", strings.Join(ports.Addresses(), " "),
		"transport", s.Transport, "history", s.Path, "anonymous", s.Hub.Anonymous, "version", version)
	r := &reloader{options: o, started: s, now: s, hub: srv.hub}
	stop := r.follow(hangup)
	defer stop()
	return srv.serve(ports)
}

// dryRun is --check.
type dryRun struct{ json bool }

// parseRun reads the flags of `amalgam run`.
func parseRun(args []string) (o settings.Options, dry *dryRun, err error) {
	fs := newFlags("run", runHelp)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), runHelp, "\nflags:\n")
		fs.PrintDefaults()
		fmt.Fprint(fs.Output(), "\ndirectives:\n", settings.Help(), variablesHelp())
	}
	o.Getenv, o.Environ = os.Getenv, os.Environ()
	flags := settings.AddFlags(fs)
	fs.StringVar(&o.ConfigFile, "config", os.Getenv(settings.EnvConfig), "`FILE` with directives, or a Caddyfile with a mercure block; also "+settings.EnvConfig)
	check := fs.Bool("check", false, "start nothing: say what is wrong, and print the settings, secrets masked")
	asJSON := fs.Bool("json", false, "with --check, print JSON")
	err = parse(fs, args)
	o.Flags = *flags
	switch {
	case *check:
		dry = &dryRun{json: *asJSON}
	case *asJSON && err == nil:
		err = errors.New("--json is for --check: give both; for a log in JSON, give --log json")
	}
	return o, dry, err
}

func faulty(err error) error {
	return fmt.Errorf("a hub cannot start with these settings:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
}

// variablesHelp is of those that are no settings of the hub's.
func variablesHelp() string {
	var b strings.Builder
	b.WriteString("\nvariables of OpenTelemetry, for traces; each OTEL_EXPORTER_OTLP_… also as\nOTEL_EXPORTER_OTLP_TRACES_…, which comes first:\n")
	for _, v := range tracing.Variables {
		fmt.Fprintf(&b, "  %s\n%s", v.Name, settings.Wrap(v.Doc, "      "))
	}
	b.WriteString("\nvariables of every Go program:\n")
	for _, v := range goVariables {
		fmt.Fprintf(&b, "  %s\n%s", v.name, settings.Wrap(v.doc, "      "))
	}
	return b.String()
}

// goVariables have a say in what the standard library does for the hub.
var goVariables = []struct{ name, doc string }{
	{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy by which the hub asks others: key sets, on_subscription, certificate authorities, the collector of traces; and for which hosts it does without."},
	{"SSL_CERT_FILE, SSL_CERT_DIR", "Where the certificates are that these others are known by, if not where the system has them."},
	{"GOMEMLIMIT, GOMAXPROCS", "How much memory is used before more is done to free some, such as 400MiB; how many cores are used, by default those that the container may."},
}

const runHelp = `Starts the hub. Usually by its variables:

  SERVER_NAME                 where to listen (:3000)
  MERCURE_PUBLISHER_JWT_KEY   key that publishers' tokens are verified with
  MERCURE_SUBSCRIBER_JWT_KEY  key that subscribers' tokens are verified with
  MERCURE_EXTRA_DIRECTIVES    directives, one a line
  AMALGAM_DATA                folder of the history (./data)

A setting that is given in several places is what the first of these says: a
flag, a variable of its own, MERCURE_EXTRA_DIRECTIVES, the file of --config.

SIGHUP reads the settings anew: keys, issuers, origins and explain change at once
and no stream ends; what else has changed is logged and waits for a restart.

SIGTERM and Ctrl-C stop the hub in order: /readyz says "stopping", streams end
over stop_spread, requests under way are answered within 5 seconds more, the
history is closed, exit 0. A second signal stops it without waiting for anybody.
`
