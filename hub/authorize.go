package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
)

// A caller is who sends a request, as far as its token says.
type caller struct {
	grant *auth.Grant // nil without a token
	place auth.Place
	// draft1 is the dialect whose rules the token was judged by.
	draft1 bool
}

// identify finds and judges the token of a request. A token that fails is
// refused: it is never tried under the other dialect's rules, and its bearer is
// never treated as if it had sent none. draft1 says that the request itself is
// in that dialect, publisher which keys count.
func (h *Hub) identify(r *http.Request, query dialect.Form, isDraft1, publisher bool) (caller, *dialect.Refusal) {
	places, refusal := h.places(query, isDraft1)
	if refusal != nil {
		return caller{}, refusal
	}
	token, place, err := auth.FindToken(r, places)
	if err != nil {
		refusal := dialect.Refuse(http.StatusUnauthorized, "token-presented", string(place), "%v", err)
		if isDraft1 {
			refusal.Status, refusal.Code = http.StatusBadRequest, dialect.InvalidRequest
		}
		return caller{}, refusal
	}
	if token == "" {
		return caller{}, nil
	}
	note(r, slog.String("token", string(place)))
	now := time.Now()
	access := h.access.Load()
	key := keyOf(token, publisher, string(place), h.resource(r)+" "+h.baseURL(r))
	if c := access.grants.find(key, now); c != nil {
		return *c, nil
	}
	c, refusal := h.judge(r, access, token, place, publisher)
	if refusal == nil {
		access.grants.remember(key, c, now)
	}
	return c, refusal
}

// judge verifies a token by the rules that its header names.
func (h *Hub) judge(r *http.Request, access *access, token string, place auth.Place, publisher bool) (caller, *dialect.Refusal) {
	header, err := auth.ReadHeader(token)
	if err != nil {
		return caller{}, dialect.BadToken("token-malformed", "token", err)
	}
	c := caller{place: place}
	var refusal *dialect.Refusal
	switch header.Typ {
	case "", "jwt":
		if place == auth.InDraft1Cookie {
			return caller{}, dialect.BadToken("token-place", "cookie", fmt.Errorf("the cookie %s is for access tokens (typ at+jwt): put a classic token into %s", h.cfg.AccessCookie, h.cfg.CookieName))
		}
		if !access.takesClassic(publisher) {
			return caller{}, dialect.BadToken("token-classic", "typ", errors.New("this hub has no key for classic tokens (typ JWT): send an access token (typ at+jwt)"))
		}
		keys := access.classicKeys(publisher, header.Kid)
		if len(keys) == 0 {
			return caller{}, dialect.BadToken("token-kid", "kid", fmt.Errorf("the hub's key set has no key with the kid %q: a new key is known here five minutes after its source has it", header.Kid))
		}
		c.grant, refusal = classic.JudgeToken(token, keys)
	case draft1.TokenType:
		c.draft1 = true
		switch place {
		case auth.InQuery:
			refusal = dialect.Refuse(http.StatusBadRequest, "token-in-url", "authorization", "an access token must not travel in a URL: send it in the Authorization header or the cookie %s", h.cfg.AccessCookie)
			refusal.Code = dialect.InvalidRequest
		case auth.InClassicCookie:
			refusal = dialect.BadToken("token-place", "cookie", fmt.Errorf("the cookie %s is for classic tokens: put an access token (typ at+jwt) into %s", h.cfg.CookieName, h.cfg.AccessCookie))
		default:
			judge := draft1.Judge{Issuers: access.issuers, Limits: h.cfg.Limits}
			c.grant, refusal = judge.JudgeToken(token, header, publisher, h.resource(r), h.baseURL(r))
		}
	default:
		refusal = dialect.BadToken("token-typ", "typ", fmt.Errorf("the token's header says typ %q: this hub takes JWT (classic) and at+jwt (draft1)", header.Typ))
	}
	if refusal != nil {
		return caller{}, refusal
	}
	return c, nil
}

// places says where the token of a request may be. The dialect of the request
// comes first, but the cookie of the other counts too: not to look at it would
// be to treat its bearer as anonymous.
func (h *Hub) places(query dialect.Form, isDraft1 bool) (auth.Places, *dialect.Refusal) {
	classicCookie := auth.CookiePlace{Name: h.cfg.CookieName, Place: auth.InClassicCookie}
	accessCookie := auth.CookiePlace{Name: h.cfg.AccessCookie, Place: auth.InDraft1Cookie}
	places := auth.Places{Cookies: []auth.CookiePlace{classicCookie, accessCookie}}
	if isDraft1 {
		places.Cookies = []auth.CookiePlace{accessCookie, classicCookie}
		for _, name := range []string{"authorization", "access_token"} {
			if _, ok := query.Get(name); ok {
				refusal := dialect.Refuse(http.StatusBadRequest, "token-in-url", name, "a token must not travel in a URL: send it in the Authorization header or a cookie")
				refusal.Code = dialect.InvalidRequest
				return places, refusal
			}
		}
		return places, nil
	}
	if token, ok := query.Get("authorization"); ok {
		if h.cfg.NoQueryToken {
			return places, dialect.Refuse(http.StatusUnauthorized, "token-in-url", "authorization", "this hub takes no token from a URL: send it in the Authorization header or the cookie %s", h.cfg.CookieName)
		}
		places.Query = &token
	}
	return places, nil
}

// allowCookiePublish guards publishing with a cookie, which a browser sends
// whoever asked it to (CSRF; Security Considerations of both texts).
func (h *Hub) allowCookiePublish(r *http.Request) *dialect.Refusal {
	source, listed := auth.Source(r), h.access.Load().publishOrigins
	switch {
	case source == "":
		return dialect.Refuse(http.StatusForbidden, "origin-missing", "Origin", "a publisher that uses the cookie must send Origin or Referer: use the Authorization header outside a browser")
	case auth.SameHost(source, r), listed.Lists(source), listed.Any():
		return nil
	}
	return dialect.Refuse(http.StatusForbidden, "origin-not-listed", "Origin", "pages on %s may not publish with the cookie: add it to publish_origins", source)
}
