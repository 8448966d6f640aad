package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// limit returns a limit of the target, or skips the check if it has none.
func (t *T) limit(n int, what string) int {
	t.need(n > 0, "a limit of "+what)
	return n
}

const limits = "protocol.md decision 8"

// What is too long or too much. Each limit itself is still accepted.
var limitChecks = slices.Concat(
	each("A body longer than the limit is refused with 413", limits, publication8, "",
		func(t *T) {
			data := strings.Repeat("x", t.limit(t.Target.Limits.Body, "the body"))
			t.want(t.publish("topic", t.Topic("a"), "data", data), http.StatusRequestEntityTooLarge)
			t.want(t.publish("topic", t.Topic("a"), "data", data[:len(data)-1000]), http.StatusOK)
		}),
	each("An update with more topics than allowed is refused: 400 in classic, 413 in draft1", limits, publication8, "",
		func(t *T) {
			n := t.limit(choose(t, t.Target.Limits.Topics, t.Target.Limits.Topics1), "topics in an update")
			fields := slices.Repeat([]string{"topic", t.Topic("a")}, n)
			t.want(t.publish(fields...), http.StatusOK)
			t.want(t.publish(append(fields, "topic", t.Topic("a"))...), choose(t, http.StatusBadRequest, http.StatusRequestEntityTooLarge))
		}),
	each("An id or a type longer than allowed is refused: 400 in classic, 413 in draft1", limits, publication8, "",
		func(t *T) {
			n := t.limit(t.Target.Limits.ID, "bytes in an id")
			long := t.tag + strings.Repeat("x", n-len(t.tag))
			t.want(t.publish("topic", t.Topic("a"), "id", long, "type", long), http.StatusOK)
			for _, field := range []string{"id", "type"} {
				t.want(t.publish("topic", t.Topic("a"), field, long+"x"), choose(t, http.StatusBadRequest, http.StatusRequestEntityTooLarge))
			}
		}),
	each("A subscription with more matchers than allowed is refused with 400", limits, subscription8, "",
		func(t *T) {
			n := t.limit(choose(t, t.Target.Limits.Matchers, t.Target.Limits.Matchers1), "matchers in a subscription")
			// Short names: the whole query must fit into a request line.
			query := strings.Repeat(choose(t, "topic", "match")+"=x&", n)
			t.granted(query, nil)
			t.want(t.try(query+t.match("y"), nil), http.StatusBadRequest)
		}),
	each("A matcher longer than allowed is refused with 400", limits, subscription8, "",
		func(t *T) {
			n := t.limit(t.Target.Limits.Selector, "bytes in a matcher")
			t.granted(t.match(strings.Repeat("x", n)), nil)
			t.want(t.try(t.match(strings.Repeat("x", n+1)), nil), http.StatusBadRequest)
		}),
	draft1("A URL Pattern longer than allowed is refused with 400", subscription8, "",
		func(t *T) {
			n := t.limit(t.Target.Limits.Selector, "bytes in a matcher")
			t.want(t.try(form("match_urlpattern", "https://example.com/"+strings.Repeat("x", n)), nil), http.StatusBadRequest)
		}),
	each("A token longer than allowed is refused with 401", limits, errors8, "",
		func(t *T) {
			n := t.limit(t.Target.Limits.Token, "bytes in a token")
			t.wantPublish("a token that is too long", t.mint(true, nil, with(t.claims("publish", "*"), "x", strings.Repeat("x", n))), http.StatusUnauthorized)
			t.wantPublish("a long token", t.mint(true, nil, with(t.claims("publish", "*"), "x", strings.Repeat("x", n/2))), http.StatusOK)
		}),
	draft1("A detail with more matchers than allowed makes the token invalid", details8, "details-whole",
		func(t *T) {
			n := t.limit(t.Target.Limits.Matchers1, "matchers in a detail")
			many := slices.Repeat([]any{object{"match": "*"}}, n+1)
			t.wantPublish("as many matchers as allowed", t.mint(true, nil, t.access(with(detail("publish"), "topics", many[:n]))), http.StatusOK)
			malformed(t, with(detail("publish"), "topics", many))
		}),
	draft1("A detail with a matcher longer than allowed makes the token invalid", details8, "details-whole",
		func(t *T) {
			n := t.limit(t.Target.Limits.Selector, "bytes in a matcher")
			malformed(t, with(detail("publish"), "topics", []any{object{"match": strings.Repeat("x", n+1)}}))
		}),
	hubwide("Headers larger than allowed are refused with 431, not with a broken connection", limits, "",
		func(t *T) {
			n := t.limit(t.Target.Limits.Header, "bytes in the headers")
			t.granted(t.match(t.Topic("a")), header("X-Large", strings.Repeat("x", n/2)))
			t.want(t.try(t.match(t.Topic("a")), header("X-Large", strings.Repeat("x", n+n/4))), http.StatusRequestHeaderFieldsTooLarge)
		}),
)
