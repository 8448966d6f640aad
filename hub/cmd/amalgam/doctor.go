package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"amalgam/hub/doctor"
)

// envToken holds the token that doctor presents.
const envToken = "AMALGAM_TOKEN"

const doctorHelp = `Examines a hub from outside, any hub of the protocol, and says what stands
between it and its clients, with the mend of each fault.

  amalgam doctor http://localhost:3000/.well-known/mercure
  amalgam doctor https://hub.example.com --origin https://app.example.com
  amalgam token --subscribe 'https://example.com/books/{id}' |
    amalgam doctor https://hub.example.com --token-file - --topic https://example.com/books/1

It publishes nothing unless --publish says so, and never shows the token. The
token comes from --token-file or AMALGAM_TOKEN; it is not sent past a bad
certificate, nor over plain HTTP except to this machine or a private network,
nor to another host. With --json the report is for scripts.

Exit status: 0 without a problem, 1 with problems, 2 if it was called wrongly.`

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	colour   bool
}

func newTerminal() terminal {
	info, err := os.Stdout.Stat()
	tty := err == nil && info.Mode()&os.ModeCharDevice != 0
	return terminal{os.Stdin, os.Stdout, os.Stderr, os.Getenv,
		tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func doctorCommand(args []string) error {
	report, err := runDoctor(context.Background(), args, newTerminal())
	if err == nil && report.Problems > 0 {
		os.Exit(1) // the report has said why
	}
	return err
}

// runDoctor examines a hub and prints what it found.
func runDoctor(ctx context.Context, args []string, t terminal) (*doctor.Report, error) {
	fs := newFlags("doctor", doctorHelp)
	fs.SetOutput(t.err)
	var o doctor.Options
	var topics list
	tokenFile := fs.String("token-file", "", "`file` with a token to present; - reads standard input")
	fs.Var(&topics, "topic", "`topic` that the token should cover, and to subscribe to; may be repeated")
	fs.StringVar(&o.Origin, "origin", "", "`origin` of a page that uses the hub, such as https://app.example.com")
	fs.BoolVar(&o.Publish, "publish", false, "publish one update to the first topic: of the type amalgam-doctor, and private where the token may read it")
	fs.BoolVar(&o.Cookie, "cookie", false, "present the token in the cookie of its dialect, not in the Authorization header")
	fs.DurationVar(&o.Heartbeat, "heartbeat", 0, "how long to wait for a heartbeat; 0 does not wait")
	fs.DurationVar(&o.Timeout, "timeout", 0, "the longest wait for one answer (default 5s)")
	fs.BoolVar(&o.Insecure, "insecure", false, "send the token also where somebody on the way could read it")
	caFile := fs.String("ca-file", "", "PEM `file` with the certificate of an authority to trust, for development")
	asJSON := fs.Bool("json", false, "print the report as JSON")
	urls, err := parseAnywhere(fs, args)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*doctor.Report, error) {
		fmt.Fprintf(t.err, "amalgam doctor: %v\n", err)
		return nil, errUsage
	}
	if len(urls) != 1 {
		return fail(fmt.Errorf("give one URL, the hub's, not %d: `amalgam doctor --help` has examples", len(urls)))
	}
	o.URL, o.Topics = urls[0], topics
	if o.Token, err = readToken(*tokenFile, t); err != nil {
		return fail(err)
	}
	if *caFile != "" {
		if o.RootCAs, err = authorities(*caFile); err != nil {
			return fail(err)
		}
	}
	report, err := doctor.Run(ctx, o)
	if err != nil {
		return fail(err)
	}
	if *asJSON {
		e := json.NewEncoder(t.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return report, e.Encode(report)
	}
	return report, printReport(t.out, report, t.colour)
}

// readToken returns the token in file, or else in the environment, or "".
func readToken(file string, t terminal) (string, error) {
	token := t.getenv(envToken)
	if file != "" {
		b, err := readSecretFile(file, t.in)
		if err != nil {
			return "", err
		}
		if token = string(b); strings.TrimSpace(token) == "" {
			return "", fmt.Errorf("there is no token in %s", fileName(file))
		}
	}
	return bareToken(token), nil
}

// bareToken is a token as it was copied, without what belongs to its header.
func bareToken(s string) string {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = strings.TrimSpace(s[len(prefix):])
		}
	}
	return s
}

// maxSecretFile is the longest file that a token or a key is read from, bytes.
const maxSecretFile = 64 << 10

// readSecretFile reads a token or a key; "-" is standard input.
func readSecretFile(file string, in io.Reader) ([]byte, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxSecretFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", fileName(file), err)
	case len(b) > maxSecretFile:
		return nil, fmt.Errorf("%s is longer than %d bytes, which no token and no key is", fileName(file), maxSecretFile)
	}
	return b, nil
}

func fileName(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf(`there is no certificate in %s: a PEM file with "-----BEGIN CERTIFICATE-----" is wanted`, file)
	}
	return pool, nil
}
