package tracing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"amalgam/hub/update"
)

func environmentOf(variables map[string]string) (environment, error) {
	return read(func(name string) string { return variables[name] })
}

func TestWhereTracesGo(t *testing.T) {
	const own, all = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, c := range []struct {
		variables map[string]string
		url       string
	}{
		{nil, ""},
		{map[string]string{all: "http://collector:4318"}, "http://collector:4318/v1/traces"},
		{map[string]string{all: "https://collector/otlp/"}, "https://collector/otlp/v1/traces"},
		{map[string]string{own: "http://collector:4318/as/it/is"}, "http://collector:4318/as/it/is"},
		{map[string]string{all: "http://a", own: "http://b/c"}, "http://b/c"},
		{map[string]string{all: "http://a", "OTEL_SDK_DISABLED": "true"}, ""},
		{map[string]string{all: "http://a:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_EXPORTER": "none"}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ""}, // nothing is to be sent
	} {
		e, err := environmentOf(c.variables)
		if err != nil || e.url != c.url {
			t.Errorf("%v: %q, %v, want %q", c.variables, e.url, err, c.url)
		}
	}
}

func TestTheOtherVariablesAreUnderstood(t *testing.T) {
	e, err := environmentOf(map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":           "http://a",
		"OTEL_EXPORTER_OTLP_HEADERS":            "x-for=all",
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS":     "authorization=Bearer%20secret, x-tenant=1",
		"OTEL_EXPORTER_OTLP_TIMEOUT":            "2500",
		"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "gzip",
		"OTEL_EXPORTER_OTLP_PROTOCOL":           "grpc",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL":    "http/protobuf",
		"OTEL_PROPAGATORS":                      "baggage",
		"OTEL_TRACES_SAMPLER":                   "parentbased_traceidratio",
		"OTEL_TRACES_SAMPLER_ARG":               "0.25",
	})
	if err != nil {
		t.Fatal(err)
	}
	if e.header.Get("Authorization") != "Bearer secret" || e.header.Get("X-Tenant") != "1" || e.header.Get("X-For") != "" {
		t.Errorf("headers %v", e.header)
	}
	if e.timeout != 2500*time.Millisecond || !e.gzip || e.parents {
		t.Errorf("%+v", e)
	}
}

func TestEveryMistakeNamesItsVariableAndItsMend(t *testing.T) {
	for name, c := range map[string]struct {
		variables map[string]string
		want      []string
	}{
		"gRPC":         {map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, []string{"only http/protobuf", "4318/v1/traces", "OTEL_TRACES_EXPORTER=none"}},
		"JSON":         {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "only http/protobuf"}},
		"no such URL":  {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "grpc://me:secret@collector:4317"}, []string{`OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4317"`, "http://localhost:4318"}},
		"no URL":       {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"}},
		"headers":      {map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "authorization: secret-thing"}, []string{"OTEL_EXPORTER_OTLP_HEADERS", "name=value"}},
		"a line break": {map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a=b%0Ac"}, []string{"OTEL_EXPORTER_OTLP_HEADERS"}},
		"timeout":      {map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "10s"}, []string{"OTEL_EXPORTER_OTLP_TIMEOUT", "milliseconds"}},
		"compression":  {map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"}, []string{"gzip or none"}},
		"certificate":  {map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere.pem"}, []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"}},
		"half a pair":  {map[string]string{"OTEL_EXPORTER_OTLP_CLIENT_KEY": "/nowhere.pem"}, []string{"belong together"}},
		"exporter":     {map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, []string{"OTEL_TRACES_EXPORTER", "none"}},
		"propagator":   {map[string]string{"OTEL_PROPAGATORS": "b3"}, []string{"OTEL_PROPAGATORS", "tracecontext"}},
		"sampler":      {map[string]string{"OTEL_TRACES_SAMPLER": "ratio"}, []string{"OTEL_TRACES_SAMPLER", "traceidratio"}},
		"ratio":        {map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "25%"}, []string{"OTEL_TRACES_SAMPLER_ARG", "0 to 1"}},
	} {
		if c.variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "" {
			c.variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4318"
		}
		_, err := environmentOf(c.variables)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v: want %q in it", name, err, w)
			}
		}
		if strings.Contains(err.Error(), "secret-thing") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("authorization=Bearer%20x,b=c")
	f.Add("a=%0d%0a")
	f.Fuzz(func(t *testing.T, list string) {
		h := make(map[string][]string)
		if readHeaders(list, h) != nil {
			return
		}
		for name, values := range h {
			if !isToken(name) || strings.ContainsAny(values[0], "\r\n\x00") {
				t.Errorf("%q became %q: %q", list, name, values)
			}
		}
	})
}

func updateFor(topic string) *update.Update {
	return &update.Update{Topics: []string{topic}, Data: "x"}
}

// What is read is listed, and what is listed is read: here, or by the SDK.
func TestTheVariablesThatAreReadAreListed(t *testing.T) {
	asked := map[string]bool{}
	_, err := read(func(name string) string {
		asked[name] = true
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_SAMPLER": "traceidratio"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, v := range Variables {
		listed[v.Name] = true
		if own, ok := strings.CutPrefix(v.Name, prefix); ok && v.Own {
			listed[prefix+"TRACES_"+own] = true
		}
	}
	for name := range asked {
		if !listed[name] {
			t.Errorf("%s is read, and not listed", name)
		}
	}
	bySDK := []string{"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"}
	for name := range listed {
		if !asked[name] && !slices.Contains(bySDK, name) {
			t.Errorf("%s is listed, and nobody reads it", name)
		}
	}
}
