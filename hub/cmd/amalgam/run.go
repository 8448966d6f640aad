package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"amalgam/hub"
	"amalgam/hub/settings"
)

func runCommand(args []string) error {
	fs := newFlags("run", runHelp())
	logFormat := fs.String("log", "text", "how to log: text or json")
	if err := parse(fs, args); err != nil {
		return err
	}
	lines := &logBuffer{w: os.Stderr}
	defer lines.Close()
	logger, err := newLogger(*logFormat, lines)
	if err != nil {
		return err
	}
	s, err := settings.Load(os.Getenv, logger)
	if err != nil {
		return fmt.Errorf("the settings are not complete:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	for _, w := range s.Warnings {
		logger.Warn(w)
	}
	listener, err := listen(s.Address)
	if err != nil {
		return err
	}
	srv, err := newServer(s, nil)
	if err != nil {
		_ = listener.Close()
		return err
	}
	logger.Info("the hub is ready", "address", listener.Addr().String(), "path", hub.DefaultPath,
		"transport", s.Transport, "history", s.Path, "anonymous", s.Hub.Anonymous, "version", version)
	return srv.serve(listener)
}

func newLogger(format string, w io.Writer) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, fmt.Errorf("--log is text or json, not %q", format)
}

func runHelp() string {
	var b strings.Builder
	b.WriteString(`Starts the hub. It is configured by environment variables:

  SERVER_NAME                 port, or host and port, to listen on (:3000)
  MERCURE_PUBLISHER_JWT_KEY   key that publishers' tokens are verified with (required)
  MERCURE_PUBLISHER_JWT_ALG   its algorithm (HS256); others take a PEM public key
  MERCURE_SUBSCRIBER_JWT_KEY  key that subscribers' tokens are verified with (required)
  MERCURE_SUBSCRIBER_JWT_ALG  its algorithm (HS256)
  MERCURE_EXTRA_DIRECTIVES    directives, one a line
  AMALGAM_DATA                folder of the history (./data)

SIGTERM and Ctrl-C stop it in order: /readyz says "stopping", streams end over
stop_spread, requests under way are answered within 5 seconds more, the history
is closed, exit 0. A second signal stops it without waiting for anybody.

directives:
`)
	for _, t := range settings.Table {
		fmt.Fprintf(&b, "  %s\n      %s\n", t.Usage, t.Doc)
	}
	return strings.TrimRight(b.String(), "\n")
}
