package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"time"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog"
)

// Settings is everything an operator can set, read and checked.
type Settings struct {
	Address string // host:port to listen on
	DataDir string // where the log is kept
	Hub     hub.Config
	// Transport is "bolt", a log in the file Path, or "local", in memory only.
	Transport string
	Path      string
	// History bounds what the log keeps.
	History eventlog.Retention
	// Warnings are for the operator to read once, at the start.
	Warnings []string
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
)

// Load reads the environment. Every fault is reported, not only the first.
func Load(getenv func(string) string, logger *slog.Logger) (*Settings, error) {
	s := &Settings{Transport: "bolt", Hub: hub.Config{Logger: logger}}
	var faults []error
	fault := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	var err error
	s.Address, err = address(getenv(EnvServerName))
	fault(err)
	s.DataDir = or(getenv(EnvData), "data")

	list, err := ParseDirectives(getenv(EnvDirectives))
	if err != nil {
		fault(fmt.Errorf("%s: %w", EnvDirectives, err))
	}
	for _, d := range list {
		if err := s.apply(d); err != nil {
			fault(fmt.Errorf("%s, line %d: %s: %w", EnvDirectives, d.Line, d.Name, err))
		}
	}
	if len(s.Hub.Issuers) > 0 && s.Hub.ResourceIdentifier == "" && len(s.Hub.PublicURLs) == 0 {
		s.Warnings = append(s.Warnings, "the audience of access tokens is taken from the Host header of each request: set resource_identifier, or public_urls, so that a client cannot choose it")
	}
	if s.Path == "" {
		s.Path = filepath.Join(s.DataDir, "amalgam.db")
	}

	// A hub that trusts issuers of access tokens need not take classic ones.
	classic := len(s.Hub.Issuers) == 0
	s.Hub.PublisherKeys, err = key(getenv, EnvPublisherKey, EnvPublisherAlg, classic)
	fault(err)
	s.Hub.SubscriberKeys, err = key(getenv, EnvSubscriberKey, EnvSubscriberAlg, classic)
	fault(err)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return s, nil
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func key(getenv func(string) string, name, algName string, required bool) ([]*auth.Key, error) {
	material := getenv(name)
	if material == "" {
		if !required {
			return nil, nil
		}
		return nil, fmt.Errorf("%s is missing: set it to the secret (or PEM public key) that the tokens are signed with, for example %s=\"$(openssl rand -base64 32)\"", name, name)
	}
	k, err := auth.ParseKey(or(getenv(algName), "HS256"), []byte(material))
	if err != nil {
		return nil, fmt.Errorf("%s with %s=%s: %w", name, algName, or(getenv(algName), "HS256"), err)
	}
	return []*auth.Key{k}, nil
}

// address reads SERVER_NAME: :port or host:port, with or without http://.
func address(name string) (string, error) {
	name = strings.TrimPrefix(or(name, ":3000"), "http://")
	host, port, err := net.SplitHostPort(name)
	if err != nil || strings.HasPrefix(name, "https:") {
		return "", fmt.Errorf("%s is %q: this version serves plain HTTP only and needs a port, such as :3000; put a proxy with TLS in front", EnvServerName, name)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fmt.Errorf("%s is %q: %q is not a port", EnvServerName, name, port)
	}
	return net.JoinHostPort(host, port), nil
}

// duration reads a directive's one argument as a time; "0" turns off.
func duration(args []string) (time.Duration, error) {
	if len(args) != 1 {
		return 0, errors.New("takes one duration, such as 40s or 10m; 0 turns it off")
	}
	if args[0] == "0" {
		return -1, nil
	}
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration: write 40s, 10m, 1h30m, or 0 to turn it off", args[0])
	}
	if d == 0 {
		return -1, nil
	}
	return d, nil
}
