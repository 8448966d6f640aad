package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// reserved publishes to topics that the hub keeps for itself. %s in a topic is
// the hub's path without its first slash.
func reserved(t *T, topics ...string) {
	status := choose(t, http.StatusForbidden, http.StatusBadRequest)
	for _, topic := range topics {
		topic = strings.ReplaceAll(topic, "%s", t.hubPath()[1:])
		t.want(t.publish("topic", topic, "data", "forged"), status)
		t.want(t.publish("topic", t.Topic("a"), "topic", topic, "data", "forged"), status)
	}
}

const (
	reserved7 = "protocol.md decision 2"
	reserved8 = "draft-08, Reserved Hub Namespace"
)

// The hub's own path, which no publisher may use: 403 in classic, 400 in
// draft1. Every topic is tried as the canonical and as an alternate topic.
var reservedChecks = slices.Concat(
	each("The hub's path and everything below it cannot be published to", "protocol.md, reserved", publication8, "",
		func(t *T) { reserved(t, "/%s", "/%s/", "/%s/subscriptions/a/b", "/%s?x#y") }),
	each("The hub's path is reserved on every scheme and host", reserved7, reserved8, "reserved-resolved",
		func(t *T) {
			reserved(t, t.base()+"/%s/subscriptions/x", "https://elsewhere.example/%s", "http://elsewhere.example:81/%s/a", "//elsewhere.example/%s/a", "HTTPS://user@elsewhere.example/%s")
		}),
	each("The hub's path is reserved where percent-encoding spells it", reserved7, reserved8, "reserved-encoded",
		func(t *T) {
			at := strings.LastIndexByte(t.hubPath(), '/') + 1
			last := t.hubPath()[at:]
			var encoded strings.Builder
			for i := range len(last) {
				encoded.WriteString("%" + strings.ToUpper(hex2(last[i])))
			}
			dir := t.hubPath()[:at]
			reserved(t, dir+"%"+hex2(last[0])+last[1:], dir+encoded.String()+"/subscriptions/x", strings.ToLower(dir+encoded.String()))
		}),
	each("The hub's path is reserved where dot segments lead to it, encoded or not", reserved7, reserved8, "reserved-resolved",
		func(t *T) {
			reserved(t, "/x/../%s", "/./%s/a", "/%s/../"+t.lastSegment()+"/a", "/x/%2e%2E/%s/a", "https://elsewhere.example/x/../%s")
		}),
	each("The hub's path is reserved for references relative to its URL", reserved7, reserved8, "reserved-resolved",
		func(t *T) {
			reserved(t, t.lastSegment(), t.lastSegment()+"/subscriptions/x", "./"+t.lastSegment(), "?query", "#fragment")
		}),
	each("The hub's path is reserved where a backslash or a space hides it from a careless test", reserved7, reserved8, "reserved-resolved",
		func(t *T) {
			reserved(t, `\`+strings.ReplaceAll(t.hubPath()[1:], "/", `\`), `https:\\elsewhere.example\%s`, " /%s", "/%s/a ")
		}),
	each("What only resembles the hub's path can be published to", publication7, publication8, "",
		func(t *T) {
			for _, topic := range []string{
				"/" + t.tag + "%s", "%sx", "%s%2Fa", "/" + t.tag + "?%s", "https://example.com/" + t.tag + "#%s", strings.ToUpper(t.hubPath()) + t.tag,
				"urn:" + t.lastSegment(), "http://[" + t.tag + "%s",
			} {
				topic = strings.ReplaceAll(topic, "%s", t.hubPath())
				t.want(t.publish("topic", topic), http.StatusOK)
			}
		}),
	each("A forged subscription event reaches nobody", "protocol.md, reserved", reserved8, "",
		func(t *T) {
			topic := t.hubPath() + "/subscriptions/" + choose(t, "", "exact/") + t.tag + "/urn%3Ax"
			s := t.open(t.match(topic, t.Topic("fence")), t.subscriber("*"))
			t.publish("topic", topic, "data", "forged", "private", "on")
			t.publish("topic", t.Topic("x"), "topic", topic, "data", "forged", "private", "on")
			t.sent("topic", t.Topic("fence"), "data", "fence")
			s.Want("fence")
		}),
)

func (t *T) lastSegment() string {
	path := t.hubPath()
	return path[strings.LastIndexByte(path, '/')+1:]
}

func hex2(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}
