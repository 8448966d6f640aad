package conformance_test

import (
	"testing"
	"time"

	"amalgam/hub/conformance"
	"amalgam/hub/hubtest/process"
)

// Secrets of the hubs that the tests start.
const (
	classicPublisher  = "classic-publisher-secret-for-tests-only-0123456789"
	classicSubscriber = "classic-subscriber-secret-for-tests-only-0123456789"
	draft1Publisher   = "draft1-publisher-secret-for-tests-only-0123456789"
	draft1Subscriber  = "draft1-subscriber-secret-for-tests-only-0123456789"
	issuer            = "https://issuer.example"
)

const issuerBlock = `
issuer ` + issuer + ` {
  publisher {
    jwt ` + draft1Publisher + `
  }
  subscriber {
    jwt ` + draft1Subscriber + `
  }
}`

const directives = `
anonymous
subscriptions
heartbeat 300ms
cors_origins https://page.example https://*.pages.example
publish_origins https://app.example https://*.apps.example` + issuerBlock

const strictResource = "https://strict.example/.well-known/mercure"

const strictDirectives = `
cors_origins *
resource_identifier ` + strictResource + issuerBlock

// buildHub builds the hub's binary.
func buildHub(t *testing.T) string {
	t.Helper()
	bin, err := process.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// startHubs starts the hub under test and the strict one, and describes them.
// more are directives for both. They end with the test.
func startHubs(t *testing.T, bin, more string) conformance.Target {
	t.Helper()
	target := conformance.Target{
		URL:            startHub(t, bin, directives+more),
		StrictURL:      startHub(t, bin, strictDirectives+more),
		StrictResource: strictResource,
		Anonymous:      true,
		Subscriptions:  true,
		Heartbeat:      300 * time.Millisecond,
		CORSOrigins:    []string{"https://page.example", "https://*.pages.example"},
		PublishOrigins: []string{"https://app.example", "https://*.apps.example"},
		Limits:         conformance.DefaultLimits,
	}
	target.Classic.PublisherKey, target.Classic.SubscriberKey = []byte(classicPublisher), []byte(classicSubscriber)
	target.Draft1.Issuer = issuer
	target.Draft1.PublisherKey, target.Draft1.SubscriberKey = []byte(draft1Publisher), []byte(draft1Subscriber)
	return target
}

// startHub starts one hub and returns its URL. It is stopped with the test,
// which fails if the hub does not stop cleanly.
func startHub(t *testing.T, bin, directives string) string {
	t.Helper()
	h, err := process.Start(process.Options{
		Bin: bin, Data: t.TempDir(), Directives: "stop_spread 0\n" + directives,
		PublisherKey: classicPublisher, SubscriberKey: classicSubscriber,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})
	return h.URL()
}
