package tracing

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// environment is what the variables say, checked. The SDK reads the others
// itself: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and
// its argument, OTEL_BSP_…, OTEL_SPAN_….
type environment struct {
	url     string // "" for no traces
	shown   string // the same, without a password
	header  http.Header
	timeout time.Duration // of one export, with its repetitions
	gzip    bool
	tls     *tls.Config
	parents bool // traceparent counts
}

const prefix = "OTEL_EXPORTER_OTLP_"

// read reads the variables (OpenTelemetry Protocol Exporter; Environment
// Variable Specification). Every fault is reported. Without an endpoint nothing
// else is looked at.
func read(getenv func(string) string) (environment, error) {
	e := environment{header: make(http.Header), timeout: 10 * time.Second, parents: true}
	// set returns the variable for traces, or else the one for all signals.
	set := func(name string) (variable, value string) {
		for _, v := range []string{prefix + "TRACES_" + name, prefix + name} {
			if value := strings.TrimSpace(getenv(v)); value != "" {
				return v, value
			}
		}
		return "", ""
	}
	exporter := strings.TrimSpace(getenv("OTEL_TRACES_EXPORTER"))
	variable, endpoint := set("ENDPOINT")
	if endpoint == "" || exporter == "none" || strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return environment{}, nil
	}
	var faults []error
	fault := func(variable, value, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s is %q: "+format, append([]any{variable, value}, args...)...))
	}
	if exporter != "" && exporter != "otlp" {
		fault("OTEL_TRACES_EXPORTER", exporter, "traces go out as otlp, or not at all with none")
	}
	if v, protocol := set("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		fault(v, protocol, "only http/protobuf is spoken. Set %sTRACES_PROTOCOL=http/protobuf and %sTRACES_ENDPOINT to the collector's address for it, usually http://HOST:4318/v1/traces; or leave traces out with OTEL_TRACES_EXPORTER=none", prefix, prefix)
	}
	switch u, err := url.Parse(endpoint); {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		fault(variable, endpoint[strings.LastIndexByte(endpoint, '@')+1:], "it is not an http(s) URL, such as http://localhost:4318")
	default:
		if variable == prefix+"ENDPOINT" {
			u = u.JoinPath("v1", "traces")
		}
		e.url, e.shown = u.String(), u.Redacted()
	}
	if v, list := set("HEADERS"); list != "" {
		if err := readHeaders(list, e.header); err != nil {
			// The value is a secret, as a rule.
			faults = append(faults, fmt.Errorf("%s: %w", v, err))
		}
	}
	if v, ms := set("TIMEOUT"); ms != "" {
		n, err := strconv.ParseUint(ms, 10, 31)
		if err != nil || n == 0 {
			fault(v, ms, "it is a number of milliseconds, such as 10000")
		}
		e.timeout = time.Duration(n) * time.Millisecond
	}
	if v, how := set("COMPRESSION"); how != "" {
		if e.gzip = how == "gzip"; !e.gzip && how != "none" {
			fault(v, how, "it is gzip or none")
		}
	}
	if err := e.readTLS(set); err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, e.readPropagators(getenv), checkSampler(getenv), checkBatches(getenv))
	return e, errors.Join(faults...)
}

// readHeaders reads name=value,name=value with percent-encoded values.
func readHeaders(list string, header http.Header) error {
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil || !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return errors.New("write name=value, several with commas between them, values percent-encoded")
		}
		header.Set(name, value)
	}
	return nil
}

// isToken reports whether s can name a header (RFC 9110, 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

func (e *environment) readTLS(set func(string) (string, string)) error {
	caVariable, ca := set("CERTIFICATE")
	certVariable, cert := set("CLIENT_CERTIFICATE")
	_, key := set("CLIENT_KEY")
	if ca == "" && cert == "" && key == "" {
		return nil
	}
	e.tls = &tls.Config{}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return fmt.Errorf("%s: the file cannot be read: let the hub's user read it, or name another (%w)", caVariable, err)
		}
		e.tls.RootCAs = x509.NewCertPool()
		if !e.tls.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s: %s has no certificate in PEM: name the file with the root that the collector is known by", caVariable, ca)
		}
	}
	if (cert == "") != (key == "") {
		return fmt.Errorf("%sCLIENT_CERTIFICATE and %sCLIENT_KEY belong together: set both, or none", prefix, prefix)
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("%s and %sCLIENT_KEY: let the hub's user read a certificate and its key, both in PEM (%w)", certVariable, prefix, err)
		}
		e.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// readPropagators takes what would be understood: traceparent is, and baggage
// would be for nobody here.
func (e *environment) readPropagators(getenv func(string) string) error {
	list := strings.TrimSpace(getenv("OTEL_PROPAGATORS"))
	if list == "" {
		return nil
	}
	e.parents = false
	for name := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(name) {
		case "tracecontext":
			e.parents = true
		case "baggage", "none":
		default:
			return fmt.Errorf("OTEL_PROPAGATORS is %q: only tracecontext is understood (and baggage, which nothing here uses); or write none", list)
		}
	}
	return nil
}

// checkBatches refuses what the SDK would replace by its default.
func checkBatches(getenv func(string) string) error {
	var faults []error
	for _, name := range []string{"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"} {
		if value := getenv(name); value != "" {
			if n, err := strconv.Atoi(value); err != nil || n <= 0 {
				faults = append(faults, fmt.Errorf("%s is %q: it is a number above 0, of milliseconds or of spans; unset it for the default", name, value))
			}
		}
	}
	return errors.Join(faults...)
}

var samplers = []string{"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}

// checkSampler refuses what the SDK would replace by its default.
func checkSampler(getenv func(string) string) error {
	name, arg := strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER")), strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER_ARG"))
	switch {
	case name == "":
		return nil
	case !slices.Contains(samplers, strings.ToLower(name)):
		return fmt.Errorf("OTEL_TRACES_SAMPLER is %q: it is one of %s", name, strings.Join(samplers, ", "))
	case arg != "" && strings.HasSuffix(strings.ToLower(name), "traceidratio"):
		if f, err := strconv.ParseFloat(arg, 64); err != nil || !(f >= 0 && f <= 1) {
			return fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q: it is the part of the traces that is kept, from 0 to 1, such as 0.1", arg)
		}
	}
	return nil
}
