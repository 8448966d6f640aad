package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// cookie returns the Cookie header's value with a token, under the name of the
// check's dialect.
func (t *T) cookie(token string) string {
	return choose(t, "mercureAuthorization", "__Secure-mercure_access_token") + "=" + token
}

// reads reports to the check whether a stream opened with h gets private
// updates of the topic a.
func reads(t *T, query string, h http.Header, want bool) {
	s := t.openWith(http.MethodGet, t.streamURL(t.match(t.Topic("a"))+query), h, "")
	private(t, "secret", t.Topic("a"))
	if want {
		s.Want("secret")
	}
	s.Want("fence")
	s.Close()
}

const (
	places7 = "draft-07, Authorization"
	places8 = "draft-08, Presenting the Access Token"
)

// Where a token may be, and which one counts.
var tokenPlaceChecks = slices.Concat(
	each("A token in the Authorization header authorizes a subscriber", "draft-07, Authorization HTTP Header", "draft-08, Authorization HTTP Header", "",
		func(t *T) { reads(t, "", bearer(t.subscriber(t.Topic("a"))), true) }),
	draft1("The name of the scheme Bearer is compared without regard to case", "draft-08, Authorization HTTP Header", "",
		func(t *T) {
			for _, scheme := range []string{"bearer", "BEARER", "bEaReR"} {
				reads(t, "", header("Authorization", scheme+" "+t.subscriber(t.Topic("a"))), true)
			}
		}),
	each("A token in the cookie authorizes a subscriber", "draft-07, Cookie", "draft-08, Cookie", "",
		func(t *T) { reads(t, "", header("Cookie", "x=y; "+t.cookie(t.subscriber(t.Topic("a")))), true) }),
	classic("A token in the parameter authorization authorizes a subscriber", "draft-07, URI Query Parameter", "",
		func(t *T) { reads(t, "&authorization="+t.subscriber(t.Topic("a")), nil, true) }),
	classic("A token in the parameter authorization authorizes a publisher", "draft-07, URI Query Parameter", "",
		func(t *T) {
			h := header("Content-Type", formType)
			t.want(t.do(http.MethodPost, t.streamURL("authorization="+t.publisher("*")), h, form("topic", t.Topic("a"))), http.StatusOK)
		}),
	classic("The answer to a token in the URL is marked private for caches", "draft-07, URI Query Parameter", "",
		func(t *T) {
			a := t.try(t.match(t.Topic("a"))+"&authorization="+t.subscriber(t.Topic("a")), nil)
			if cache := a.Header.Get("Cache-Control"); !strings.Contains(cache, "private") {
				t.Errorf("Cache-Control is %q, want private in it", cache)
			}
		}),
	classic("The header is used, and the parameter and the cookie are ignored", places7, "token-precedence private-filter",
		func(t *T) {
			good, bad := t.subscriber(t.Topic("a")), t.subscriber(t.Topic("b"))
			reads(t, "&authorization="+bad, bearer(good, "Cookie", t.cookie(bad)), true)
			reads(t, "&authorization="+good, bearer(bad), false)
			reads(t, "", bearer(bad, "Cookie", t.cookie(good)), false)
			reads(t, "&authorization=broken", bearer(good, "Cookie", t.cookie("broken")), true)
		}),
	draft1("The header is used, and the cookie is ignored", places8, "token-precedence private-filter",
		func(t *T) {
			good, bad := t.subscriber(t.Topic("a")), t.subscriber(t.Topic("b"))
			reads(t, "", bearer(good, "Cookie", t.cookie(bad)), true)
			reads(t, "", bearer(bad, "Cookie", t.cookie(good)), false)
			reads(t, "", bearer(good, "Cookie", t.cookie("broken")), true)
		}),
	classic("The parameter is used before the cookie", places7, "private-filter",
		func(t *T) {
			good, bad := t.subscriber(t.Topic("a")), t.subscriber(t.Topic("b"))
			reads(t, "&authorization="+good, header("Cookie", t.cookie(bad)), true)
			reads(t, "&authorization="+bad, header("Cookie", t.cookie(good)), false)
		}),
	each("A broken token in the header is refused, whatever the cookie holds", places7, places8, "token-precedence token-refused",
		func(t *T) {
			h := bearer("broken", "Cookie", t.cookie(t.subscriber("*")))
			t.want(t.try(t.match(t.Topic("a")), h), http.StatusUnauthorized)
		}),
	classic("A header that is not Bearer and one token is refused with 401", "draft-07, Authorization HTTP Header", "token-refused",
		func(t *T) {
			for _, value := range []string{"Basic eDp5", "Bearer", "Bearer ", "Bearer  " + t.subscriber("*"), "Token " + t.subscriber("*"), t.subscriber("*"), "Bearer " + t.subscriber("*") + " x"} {
				t.want(t.try(t.match(t.Topic("a")), header("Authorization", value)), http.StatusUnauthorized)
			}
		}),
	draft1("A header that presents no single Bearer token is a malformed request: 400 with invalid_request", "draft-08, Error Responses", "token-refused",
		func(t *T) {
			for _, value := range []string{"Bearer", "Bearer ", "Bearer  " + t.subscriber("*"), "Bearer " + t.subscriber("*") + " x"} {
				a := t.try(t.match(t.Topic("a")), header("Authorization", value))
				t.want(a, http.StatusBadRequest)
				t.wantChallenge(a, "invalid_request")
			}
		}),
	draft1("Another scheme than Bearer is refused, not taken for no token", places8, "token-refused",
		func(t *T) {
			for _, value := range []string{"Basic eDp5", "DPoP " + t.subscriber("*"), t.subscriber("*")} {
				t.want(t.try(t.match(t.Topic("a")), header("Authorization", value)), http.StatusBadRequest, http.StatusUnauthorized)
			}
		}),
	each("Two Authorization headers are refused", "draft-07, Authorization HTTP Header", "draft-08, Error Responses", "token-refused",
		func(t *T) {
			token := t.subscriber("*")
			t.want(t.try(t.match(t.Topic("a")), bearer(token, "Authorization", "Bearer "+token)), http.StatusBadRequest, http.StatusUnauthorized)
		}),
	draft1("A token in the URL is refused: authorization and access_token are no places for it", places8, "token-refused",
		func(t *T) {
			for _, name := range []string{"authorization", "access_token"} {
				t.want(t.try(t.match(t.Topic("a"))+"&"+form(name, t.subscriber("*")), nil), http.StatusBadRequest)
			}
		}),
	draft1("An access token in the URL is refused on a classic request too", places8, "token-refused",
		func(t *T) {
			t.want(t.try(form("topic", t.Topic("a"), "authorization", t.subscriber("*")), nil), http.StatusBadRequest, http.StatusUnauthorized)
		}),
	draft1("An access token in the URL does not publish", places8, "",
		func(t *T) {
			for _, name := range []string{"authorization", "access_token"} {
				a := t.do(http.MethodPost, t.streamURL(form(name, t.publisher("*"))), header("Content-Type", formType), form("topic", t.Topic("a")))
				t.want(a, http.StatusBadRequest, http.StatusUnauthorized)
			}
		}),
	draft1("A token in the body of a publish does not count", places8, "",
		func(t *T) {
			t.want(t.post(nil, "topic", t.Topic("a"), "access_token", t.publisher("*"), "authorization", t.publisher("*")), http.StatusUnauthorized)
		}),
	each("A token in the other dialect's cookie is refused", "protocol.md, token places", "protocol.md, token places", "token-refused",
		func(t *T) {
			name := choose(t, "__Secure-mercure_access_token", "mercureAuthorization")
			t.want(t.try(t.match(t.Topic("a")), header("Cookie", name+"="+t.subscriber("*"))), http.StatusUnauthorized)
		}),
)
