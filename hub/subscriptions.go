package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"amalgam/hub/dialect"
	"amalgam/hub/dialect/classic"
	"amalgam/hub/dialect/draft1"
	"amalgam/hub/fanout"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// announce publishes one private update for each of some subscriptions of s when
// it begins and when it ends, in the dialect that s subscribed in (Subscription
// Events, both texts), and tells Config.OnPresence.
func (h *Hub) announce(s *fanout.Subscriber, matchers []*topic.Matcher, active bool) {
	if len(matchers) == 0 || !h.cfg.Subscriptions && h.cfg.OnPresence == nil {
		return
	}
	event := PresenceEvent{Time: time.Now(), Subscriber: s.ID, Active: active}
	for _, m := range matchers {
		id, doc := h.describe(s, m, active)
		data, err := marshal(doc)
		if err == nil {
			event.Subscriptions = append(event.Subscriptions, data)
		}
		if err == nil && h.cfg.Subscriptions {
			u := &update.Update{Private: true, Topics: []string{id}, Data: string(data)}
			if s.About.(*session).draft1 {
				u.Type = draft1.EventType
			}
			_, err = h.append(context.Background(), u)
		}
		if err != nil {
			h.cfg.Logger.Error("a subscription event could not be published", "subscriber", s.ID, "active", active, "error", err)
		}
	}
	if h.cfg.OnPresence != nil {
		h.cfg.OnPresence(event)
	}
}

// describe returns the document of one subscription of s, and its id, which is
// also the topic of its events.
func (h *Hub) describe(s *fanout.Subscriber, m *topic.Matcher, active bool) (id string, doc any) {
	about := s.About.(*session)
	payload := about.grant.PayloadFor(m)
	if about.draft1 {
		d := draft1.NewSubscription(h.cfg.Path, m, s.ID, active, payload)
		return d.ID, d
	}
	d := classic.NewSubscription(h.cfg.Path, m.Pattern(), s.ID, active, payload)
	return d.ID, d
}

// marshal is json.Marshal without escaping for HTML.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

// listSubscriptions serves the subscription API (Subscription API, both
// texts). The dialect of the token chooses the shape: the two use the same
// paths for different things.
func (h *Hub) listSubscriptions(w http.ResponseWriter, r *http.Request) {
	who, refusal := h.identify(r, dialect.ParseForm(r.URL.RawQuery), false, false)
	path := r.URL.EscapedPath()
	switch {
	case refusal != nil:
	case who.grant == nil:
		refusal = dialect.Refuse(http.StatusUnauthorized, "token-missing", "token", "the subscription API wants a token that may subscribe to %s", path)
	case !who.grant.MayRead(path):
		refusal = dialect.Insufficient("subscriptions-not-granted", "token", "the token may not read %s: none of its subscribe matchers means it", path)
	}
	if refusal != nil {
		h.refuse(w, r, refusal)
		return
	}
	// The cursor is read before the list, so that a client that subscribes
	// from it misses nothing that happened in between.
	_, last := h.cfg.Log.Last()
	last = cmp.Or(last, update.Earliest)
	var segments []string
	if rest := strings.TrimPrefix(path, h.cfg.Path+"/subscriptions"); rest != "" {
		segments = strings.Split(rest[1:], "/")
	}
	found, single, known := h.classicSubscriptions(path, last, segments)
	contentType, link := classic.SubscriptionType, h.link()+`; last-event-id="`+quote(last)+`"`
	if who.draft1 {
		found, single, known = h.draft1Subscriptions(path, segments)
		contentType = draft1.SubscriptionType
		link += `; type="` + draft1.EventType + `"; content-type="` + draft1.SubscriptionType + `"`
	}
	if !known {
		h.refuse(w, r, dialect.Refuse(http.StatusNotFound, "subscription-unknown", "", "there is no such subscription now"))
		return
	}
	header := w.Header()
	etag := `"` + quote(last) + `"`
	header.Set("ETag", etag)
	header.Set("Cache-Control", "must-revalidate")
	header.Set("Vary", "Authorization, Cookie")
	header.Add("Link", link)
	if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("If-None-Match"), " ", ""), ","), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", contentType)
	if single != nil {
		writeJSON(w, single)
		return
	}
	writeJSON(w, found)
}

// quote makes an id fit for a quoted string of a header (RFC 9110, 5.6.4).
func quote(id string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(id)
}

// eachSubscription calls fn for every subscription of one dialect, also of
// those who are away and may come back.
func (h *Hub) eachSubscription(isDraft1 bool, fn func(*fanout.Subscriber, *topic.Matcher)) {
	away := h.presence.list() // first: one who comes back meanwhile is in both lists
	all := h.fan.Subscribers()
	if len(away) > 0 {
		present := make(map[string]bool, len(all))
		for _, s := range all {
			present[s.ID] = true
		}
		for _, s := range away {
			if !present[s.ID] {
				all = append(all, s)
			}
		}
	}
	for _, s := range all {
		if s.About.(*session).draft1 == isDraft1 {
			for _, m := range s.Matchers {
				fn(s, m)
			}
		}
	}
}

// classicSubscriptions answers …/subscriptions[/{topic}[/{subscriber}]].
func (h *Hub) classicSubscriptions(path, last string, segments []string) (all, single any, known bool) {
	var found []classic.SubscriptionDocument
	h.eachSubscription(false, func(s *fanout.Subscriber, m *topic.Matcher) {
		if len(segments) > 0 && m.Pattern() != topic.Unescape(segments[0]) || len(segments) > 1 && s.ID != topic.Unescape(segments[1]) {
			return
		}
		_, doc := h.describe(s, m, true)
		found = append(found, doc.(classic.SubscriptionDocument))
	})
	slices.SortFunc(found, func(a, b classic.SubscriptionDocument) int { return cmp.Compare(a.ID, b.ID) })
	switch {
	case len(segments) < 2:
		return classic.NewCollection(path, last, found), nil, true
	case len(segments) > 2 || len(found) == 0:
		return nil, nil, false
	}
	found[0].LastEventID = last
	return nil, found[0], true
}

// draft1Subscriptions answers …/subscriptions[/{match_type}/{match}[/{subscriber}]].
func (h *Hub) draft1Subscriptions(path string, segments []string) (all, single any, known bool) {
	if len(segments) == 1 || len(segments) > 1 && !slices.Contains(draft1.MatchTypes, segments[0]) {
		return nil, nil, false
	}
	var found []draft1.SubscriptionDocument
	h.eachSubscription(true, func(s *fanout.Subscriber, m *topic.Matcher) {
		_, d := h.describe(s, m, true)
		doc := d.(draft1.SubscriptionDocument)
		if len(segments) > 1 && (doc.MatchType != segments[0] || doc.Match != topic.Unescape(segments[1])) || len(segments) > 2 && s.ID != topic.Unescape(segments[2]) {
			return
		}
		found = append(found, doc)
	})
	slices.SortFunc(found, func(a, b draft1.SubscriptionDocument) int { return cmp.Compare(a.ID, b.ID) })
	switch {
	case len(segments) < 3:
		return draft1.NewCollection(path, found), nil, true
	case len(found) == 0:
		return nil, nil, false
	}
	return nil, found[0], true
}
