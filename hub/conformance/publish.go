package conformance

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const (
	publication7 = "draft-07, Publication"
	publication8 = "draft-08, Publication"
)

var uuidV4 = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// What publishing is: the answer, the token's reach, alternates.
var publishChecks = slices.Concat(
	each("A publish is answered with 200 and the id of the update, in text/plain and UTF-8", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			a := t.publish("topic", t.Topic("a"), "data", "x")
			t.want(a, http.StatusOK)
			if e := s.Next(); a.Body == "" || e.ID != a.Body {
				t.Errorf("the answer is %q, the event has the id %q; want the same", a.Body, e.ID)
			}
			if ct := strings.ToLower(a.Header.Get("Content-Type")); strings.ReplaceAll(ct, " ", "") != "text/plain;charset=utf-8" {
				t.Errorf("Content-Type is %q, want text/plain; charset=utf-8", ct)
			}
		}),
	each("A generated id is a random UUID, urn:uuid: of version 4", "protocol.md decision 4", "protocol.md decision 4", "",
		func(t *T) {
			a, b := t.sent("topic", t.Topic("a")), t.sent("topic", t.Topic("a"))
			if !uuidV4.MatchString(a) || !uuidV4.MatchString(b) || a == b {
				t.Errorf("the ids are %q and %q, want two random UUIDs", a, b)
			}
		}),
	each("The id that a publisher gives is the event's", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			for _, id := range []string{"urn:x:" + t.tag, t.tag + " with spaces: and é", t.tag + "#1", "EARLIEST" + t.tag} {
				if got := t.sent("topic", t.Topic("a"), "id", id, "data", "x"); got != id {
					t.Errorf("the answer is %q, want %q", got, id)
				}
				if e := s.Next(); e.ID != id {
					t.Errorf("the event's id is %q, want %q", e.ID, id)
				}
			}
		}),
	each("An update with alternate topics reaches the subscribers of each", publication7, publication8, "",
		func(t *T) {
			canonical, alternate, neither := t.open(t.match(t.Topic("a")), ""), t.open(t.match(t.Topic("c")), ""), t.open(t.match(t.Topic("d")), "")
			t.sent("topic", t.Topic("a"), "topic", t.Topic("b"), "topic", t.Topic("c"), "data", "x")
			t.sent("topic", t.Topic("d"), "data", "fence")
			canonical.Want("x")
			alternate.Want("x")
			neither.Want("fence")
		}),
	each("Data may be left out: the event has empty data", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"))
			s.Want("")
		}),
	each("Fields that the hub does not know are ignored", publication7, publication8, "",
		func(t *T) {
			s := t.open(t.match(t.Topic("a")), "")
			t.sent("topic", t.Topic("a"), "data", "x", "unknown", "1", "match", "y", "target", "z", "Topic", t.Topic("b"), "", "w")
			s.Want("x")
		}),
	each("A publish without a topic is refused with 400", publication7, publication8, "",
		func(t *T) { t.want(t.publish("data", "x", "id", t.tag), http.StatusBadRequest) }),
	each("A body that is no form is refused", publication7, publication8, "",
		func(t *T) {
			for _, contentType := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x"} {
				h := bearer(t.publisher("*"), "Content-Type", contentType)
				t.want(t.postBody(h, form("topic", t.Topic("a"))), http.StatusUnsupportedMediaType, http.StatusBadRequest)
			}
		}),
	each("A form may name its charset", publication7, publication8, "",
		func(t *T) {
			h := bearer(t.publisher("*"), "Content-Type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")
			t.want(t.postBody(h, form("topic", t.Topic("a"))), http.StatusOK)
		}),
	each("Publishing without a token is refused with 401", "draft-07, Publishers", "draft-08, Error Responses", "",
		func(t *T) { t.want(t.post(nil, "topic", t.Topic("a")), http.StatusUnauthorized) }),
	each("A token that grants other topics is refused with 403", "draft-07, Publishers", "draft-08, Publishers", "",
		func(t *T) {
			t.want(t.post(bearer(t.publisher(t.Topic("b"))), "topic", t.Topic("a")), http.StatusForbidden)
		}),
	each("An update with one topic that the token does not grant is refused with 403, and nobody gets it", "draft-07, Publishers", "draft-08, Publishers", "publish-every-topic",
		func(t *T) {
			s := t.open(t.match(t.Topic("a"), t.Topic("b")), "")
			token := t.publisher(t.Topic("a"))
			t.want(t.post(bearer(token), "topic", t.Topic("a"), "topic", t.Topic("b"), "data", "1"), http.StatusForbidden)
			t.want(t.post(bearer(token), "topic", t.Topic("b"), "topic", t.Topic("a"), "data", "2"), http.StatusForbidden)
			t.want(t.post(bearer(token), "topic", t.Topic("a"), "data", "fence"), http.StatusOK)
			s.Want("fence")
		}),
	each("A token that grants every topic of an update one by one is enough", "draft-07, Publishers", "draft-08, Publishers", "",
		func(t *T) {
			t.want(t.post(bearer(t.publisher(t.Topic("a"), t.Topic("b"))), "topic", t.Topic("a"), "topic", t.Topic("b")), http.StatusOK)
		}),
	each("A token that may only subscribe may not publish: 403", "draft-07, Publishers", "draft-08, Publishers", "",
		func(t *T) {
			t.want(t.post(bearer(t.mint(true, nil, t.claims("subscribe", "*"))), "topic", t.Topic("a")), http.StatusForbidden)
		}),
	each("What was refused is not kept: it is not replayed either", publication7, publication8, "",
		func(t *T) {
			t.want(t.publish("topic", t.Topic("a"), "id", "#x", "data", "refused"), http.StatusBadRequest)
			t.want(t.post(nil, "topic", t.Topic("a"), "data", "refused"), http.StatusUnauthorized)
			t.sent("topic", t.Topic("a"), "data", "kept")
			t.open(t.match(t.Topic("a"))+t.cursor("earliest"), "").Want("kept")
		}),
)

// The rules on the fields of an update.
var publishFieldChecks = slices.Concat(
	each("An id that starts with # is refused with 400", publication7, publication8, "",
		func(t *T) {
			t.want(t.publish("topic", t.Topic("a"), "id", "#1"), http.StatusBadRequest)
			t.want(t.publish("topic", t.Topic("a"), "id", "#"), http.StatusBadRequest)
		}),
	each("The reserved id earliest is refused with 400", "protocol.md decision 2", publication8, "",
		func(t *T) { t.want(t.publish("topic", t.Topic("a"), "id", "earliest"), http.StatusBadRequest) }),
	each("Line breaks and NUL in an id are refused with 400", "protocol.md decision 2", publication8, "control-characters",
		func(t *T) {
			for _, c := range []string{"\n", "\r", "\x00", "\r\n"} {
				t.want(t.publish("topic", t.Topic("a"), "id", "a"+c+"b"), http.StatusBadRequest)
			}
		}),
	each("Line breaks and NUL in a type are refused with 400", "protocol.md decision 2", publication8, "control-characters",
		func(t *T) {
			for _, c := range []string{"\n", "\r", "\x00", "\r\n"} {
				t.want(t.publish("topic", t.Topic("a"), "type", "a"+c+"b"), http.StatusBadRequest)
			}
		}),
	draft1("Every other control character in an id, a type or a topic is refused with 400: C0, DEL and C1", publication8, "control-characters",
		func(t *T) {
			for _, c := range []string{"\t", "\x1b", "\x7f", "\u0080", "\u0085", "\u009f"} {
				t.want(t.publish("topic", t.Topic("a"), "id", "a"+c), http.StatusBadRequest)
				t.want(t.publish("topic", t.Topic("a"), "type", c+"a"), http.StatusBadRequest)
				t.want(t.publish("topic", t.Topic("a"+c+"b")), http.StatusBadRequest)
			}
			t.want(t.publish("topic", t.Topic("a"), "topic", t.Topic("a\nb")), http.StatusBadRequest)
		}),
	draft1("Invisible format characters in an id, a type or a topic are refused with 400", publication8, "format-characters",
		func(t *T) {
			for _, c := range []string{"\u200b", "\u200d", "\u202e", "\ufeff", "\u00ad", "\U000e0020"} {
				t.want(t.publish("topic", t.Topic("a"), "id", "a"+c), http.StatusBadRequest)
				t.want(t.publish("topic", t.Topic("a"), "type", "a"+c), http.StatusBadRequest)
				t.want(t.publish("topic", t.Topic("a"+c)), http.StatusBadRequest)
				t.want(t.publish("topic", t.Topic("a"), "topic", t.Topic("a"+c)), http.StatusBadRequest)
			}
		}),
	draft1("A field that is not valid UTF-8 is refused with 400", publication8, "",
		func(t *T) {
			h := bearer(t.publisher("*"))
			for _, body := range []string{"topic=%FF", "topic=a&data=%FF", "topic=a&id=%C3", "topic=a&type=%ED%A0%80"} {
				t.want(t.postBody(h, body), http.StatusBadRequest)
			}
		}),
	draft1("A retry that is not ASCII digits alone is refused with 400", publication8, "",
		func(t *T) {
			for _, retry := range []string{"-1", "+1", "1.5", "1e3", "abc", "1 ", " 1", "0x10", "１２", "1\ndata: x"} {
				t.want(t.publish("topic", t.Topic("a"), "retry", retry), http.StatusBadRequest)
			}
		}),
	classic("A retry with a line break forges no field: it is refused with 400", "protocol.md decision 2", "",
		func(t *T) {
			t.want(t.publish("topic", t.Topic("a"), "retry", "1\ndata: x"), http.StatusBadRequest)
			t.want(t.publish("topic", t.Topic("a"), "retry", "1\rdata: x"), http.StatusBadRequest)
		}),
	draft1("The type mercure is the hub's own: it is refused with 400", publication8, "",
		func(t *T) { t.want(t.publish("topic", t.Topic("a"), "type", "mercure"), http.StatusBadRequest) }),
	draft1("Only the exact type mercure is reserved", publication8, "",
		func(t *T) {
			for _, name := range []string{"Mercure", "mercure2", " mercure"} {
				t.want(t.publish("topic", t.Topic("a"), "type", name), http.StatusOK)
			}
		}),
	draft1("The topic * cannot be published to: 400, also as an alternate", publication8, "",
		func(t *T) {
			t.want(t.publish("topic", "*"), http.StatusBadRequest)
			t.want(t.publish("topic", t.Topic("a"), "topic", "*"), http.StatusBadRequest)
		}),
	draft1("A publish that no token could justify is refused with 400, whatever the token grants", publication8, "",
		func(t *T) {
			h := bearer(t.publisher(t.Topic("a")))
			t.want(t.post(h, "topic", "*"), http.StatusBadRequest)
			t.want(t.post(h, "topic", t.hubPath()+"/x"), http.StatusBadRequest)
		}),
)
