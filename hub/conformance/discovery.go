package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// metadataPath is where RFC 9728 puts the metadata of the hub.
func metadataPath(t *T) string { return "/.well-known/oauth-protected-resource" + t.hubPath() }

func (t *T) metadata() object {
	a := t.get(metadataPath(t), nil)
	if !t.want(a, http.StatusOK) {
		panic(stop{})
	}
	if ct := a.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Errorf("the metadata has the Content-Type %q, want application/json", ct)
	}
	var m object
	if err := json.Unmarshal([]byte(a.Body), &m); err != nil {
		t.Fatalf("the metadata is no JSON object: %v: %s", err, short(a.Body))
	}
	return m
}

const metadata8 = "draft-08, Protected Resource Metadata"

// Discovery of the hub and of what it accepts.
var discoveryChecks = slices.Concat(
	classic("The hub is at its well-known path", "draft-07, Discovery", "",
		func(t *T) {
			if t.hubPath() != "/.well-known/mercure" {
				t.Errorf("the hub's path is %q, want /.well-known/mercure", t.hubPath())
			}
		}),
	draft1("The metadata names the resource identifier that tokens must be for", metadata8, "",
		func(t *T) {
			if got := t.metadata()["resource"]; got != t.Target.Draft1.Resource {
				t.Errorf("resource is %v, want %q", got, t.Target.Draft1.Resource)
			}
		}),
	draft1("The metadata lists the type of authorization details", metadata8, "",
		func(t *T) { t.wantList(t.metadata(), "authorization_details_types_supported", detailType) }),
	draft1("The metadata says that tokens are taken in the header, and in no other way of RFC 6750", metadata8, "",
		func(t *T) {
			m := t.metadata()
			t.wantList(m, "bearer_methods_supported", "header")
			if list, _ := m["bearer_methods_supported"].([]any); len(list) != 1 {
				t.Errorf("bearer_methods_supported is %v, want header alone", list)
			}
		}),
	draft1("The cookie that the metadata names is one that the hub takes", metadata8, "",
		func(t *T) {
			name, _ := t.metadata()["mercure_cookie"].(string)
			t.need(name != "", "cookie authorization")
			reads(t, "", header("Cookie", name+"="+t.subscriber(t.Topic("a"))), true)
		}),
	draft1("The metadata lists the matcher types, or leaves them at exact and urlpattern", metadata8, "",
		func(t *T) {
			if m := t.metadata(); m["mercure_matcher_types_supported"] != nil {
				t.wantList(m, "mercure_matcher_types_supported", "exact")
				t.wantList(m, "mercure_matcher_types_supported", "urlpattern")
			}
		}),
	draft1("The metadata says whether the hub tracks subscriptions", metadata8, "",
		func(t *T) {
			got, _ := t.metadata()["mercure_subscriptions"].(bool)
			a := t.get(t.hubPath()+"/subscriptions", bearer(t.subscriber("*")))
			if served := a.Status == http.StatusOK; got != served {
				t.Errorf("mercure_subscriptions is %v, the subscription API answers %d", got, a.Status)
			}
		}),
	draft1("The metadata can be read without a token, even where subscribers need one", metadata8, "",
		func(t *T) {
			t.need(t.Target.StrictURL != "", "a second hub that wants tokens (StrictURL)")
			a := t.get(strings.TrimSuffix(t.Target.StrictURL, t.hubPath())+metadataPath(t), nil)
			t.want(a, http.StatusOK)
			if got := t.document(a.Body)["resource"]; got != t.strictResource() {
				t.Errorf("resource is %v, want %q", got, t.strictResource())
			}
		}),
)

func (t *T) wantList(m object, name, member string) {
	list, _ := m[name].([]any)
	if !slices.Contains(list, any(member)) {
		t.Errorf("%s is %v, want %q in it", name, m[name], member)
	}
}
