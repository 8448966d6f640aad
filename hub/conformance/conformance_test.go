package conformance_test

import (
	"flag"
	"regexp"
	"testing"
	"time"

	"amalgam/hub/conformance"
)

// With -hub the suite runs against that hub instead of one that is built from
// the source. Everything that is not given is skipped.
var (
	flagHub           = flag.String("hub", "", "URL of the hub to test, such as http://localhost:3000/.well-known/mercure")
	flagPublisher     = flag.String("publisher-key", "", "HS256 secret of classic publishers")
	flagSubscriber    = flag.String("subscriber-key", "", "HS256 secret of classic subscribers")
	flagIssuer        = flag.String("issuer", "", "issuer of draft1 tokens")
	flagIssuerPub     = flag.String("issuer-publisher-key", "", "HS256 secret of the issuer's publishers")
	flagIssuerSub     = flag.String("issuer-subscriber-key", "", "HS256 secret of the issuer's subscribers")
	flagResource      = flag.String("resource", "", "resource identifier (aud) of the hub; default its URL")
	flagAnonymous     = flag.Bool("anonymous", false, "the hub lets clients without a token subscribe")
	flagSubscriptions = flag.Bool("subscriptions", false, "the hub tracks subscriptions")
	flagHeartbeat     = flag.Duration("heartbeat", 0, "the hub's heartbeat, if it is short")
	flagCheck         = flag.String("check", "", "run only the checks whose id (dialect: sentence) this expression matches")
)

func TestTheHubConforms(t *testing.T) {
	var target conformance.Target
	if *flagHub != "" {
		target = conformance.Target{URL: *flagHub, Anonymous: *flagAnonymous, Subscriptions: *flagSubscriptions, Heartbeat: *flagHeartbeat}
		target.Classic.PublisherKey, target.Classic.SubscriberKey = []byte(*flagPublisher), []byte(*flagSubscriber)
		target.Draft1.Issuer, target.Draft1.Resource = *flagIssuer, *flagResource
		target.Draft1.PublisherKey, target.Draft1.SubscriberKey = []byte(*flagIssuerPub), []byte(*flagIssuerSub)
	} else {
		target = startHubs(t, buildHub(t), "")
	}
	only := regexp.MustCompile(*flagCheck)
	start := time.Now()
	results := conformance.Run(t.Context(), target, func(c conformance.Check) bool { return only.MatchString(c.ID()) }, nil)
	for _, r := range results {
		t.Run(r.Check.ID(), func(t *testing.T) {
			switch r.Status {
			case conformance.Fail:
				t.Errorf("[%s] after %v: %s", r.Check.Section, r.Took.Round(time.Millisecond), r.Reason)
			case conformance.Skip:
				if *flagHub == "" {
					t.Errorf("skipped, but the hub of the test has everything: %s", r.Reason)
				}
				t.Skip(r.Reason)
			}
		})
	}
	summary, _ := conformance.Summary(results)
	t.Logf("%s in %v", summary, time.Since(start).Round(time.Millisecond))
}

func TestChecksAreDescribed(t *testing.T) {
	section := regexp.MustCompile(`^(draft-0[78]|protocol\.md)[, ]`)
	seen := map[string]bool{}
	all := conformance.Checks()
	if len(all) < 120 {
		t.Errorf("there are %d checks, want 120 and more", len(all))
	}
	for _, c := range all {
		if seen[c.ID()] {
			t.Errorf("two checks are called %q", c.ID())
		}
		seen[c.ID()] = true
		if !section.MatchString(c.Section) {
			t.Errorf("%s: %q names no section of a text", c.ID(), c.Section)
		}
		if c.Dialect != conformance.Classic && c.Dialect != conformance.Draft1 && c.Dialect != conformance.Both {
			t.Errorf("%s: %q is no dialect", c.ID(), c.Dialect)
		}
	}
}
