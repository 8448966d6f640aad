package settings

import (
	"slices"
	"strings"
)

// elsewhere lists the directives of the reference hub, of 0.x and 1.0, that
// make no sense here or have another name.
var elsewhere = []Setting{
	{Name: "protocol_version_compatibility", Args: "VERSION", Instead: "both generations of the protocol are always served, decided per request"},
	{Name: "topic_selector_cache", Args: "ENTRIES [SHARDS]", Instead: "what has been matched is remembered without being asked, within a bound; leave it out"},
	{Name: "topic_matcher_cache", Args: "ENTRIES", Instead: "what has been matched is remembered without being asked, within a bound; leave it out"},
	{Name: "subscriber_list_cache_size", Args: "ENTRIES", Instead: "subscribers are found by their topics, without a cache; leave it out"},
	{Name: "cache", Args: "COUNTERS COST", Instead: "nothing has to be cached by hand; leave it out"},
	{Name: "license", Args: "KEY", Secrets: []string{"license"}, Instead: "this hub needs no licence key; leave it out"},
	{Name: "drain_timeout", Args: "DURATION", Instead: "streams end over stop_spread, which is 3s by default"},
	{Name: "name", Args: "NAME", Instead: "one process is one hub; leave it out"},
	{Name: "public_url", Args: "URL", Instead: "write resource_identifier for the audience of tokens, and public_urls for the names that are served"},
	{Name: "ui", Instead: "use debugger, which serves a page at /debugger/"},
	{Name: "demo", Instead: "start `amalgam demo`, which is a hub with a demo on a port of its own"},
	{Name: "playground", Instead: "start `amalgam demo`, which is a hub with a demo on a port of its own"},
	{Name: "use_forwarded_headers", Instead: "name the proxies with trusted_proxies"},
}

// otherVariables are those of the reference hub's images, and of its stand-alone
// server before them, that this hub does not read.
var otherVariables = []struct{ name, instead string }{
	{"MERCURE_LICENSE", "this hub needs no licence key: leave it out"},
	{"GLOBAL_OPTIONS", "it is for Caddy, which is not in here: set directives in " + EnvDirectives},
	{"CADDY_EXTRA_CONFIG", "it is for Caddy, which is not in here: set directives in " + EnvDirectives},
	{"CADDY_SERVER_EXTRA_DIRECTIVES", "it is for Caddy, which is not in here: set directives in " + EnvDirectives},
	{"MERCURE_CORS_ALLOWED_ORIGINS", "write cors_origins in " + EnvDirectives},
	{"MERCURE_PUBLISH_ALLOWED_ORIGINS", "write publish_origins in " + EnvDirectives},

	{"JWT_KEY", "set " + EnvPublisherKey + " and " + EnvSubscriberKey},
	{"JWT_ALGORITHM", "set " + EnvPublisherAlg + " and " + EnvSubscriberAlg},
	{"PUBLISHER_JWT_KEY", "set " + EnvPublisherKey},
	{"PUBLISHER_JWT_ALGORITHM", "set " + EnvPublisherAlg},
	{"SUBSCRIBER_JWT_KEY", "set " + EnvSubscriberKey},
	{"SUBSCRIBER_JWT_ALGORITHM", "set " + EnvSubscriberAlg},
	{"ALLOW_ANONYMOUS", "write anonymous in " + EnvDirectives},
	{"CORS_ALLOWED_ORIGINS", "write cors_origins in " + EnvDirectives},
	{"PUBLISH_ALLOWED_ORIGINS", "write publish_origins in " + EnvDirectives},
	{"DISPATCH_SUBSCRIPTIONS", "write subscriptions in " + EnvDirectives},
	{"DISPATCH_TIMEOUT", "write dispatch_timeout in " + EnvDirectives},
	{"HEARTBEAT_INTERVAL", "write heartbeat in " + EnvDirectives},
	{"WRITE_TIMEOUT", "write write_timeout in " + EnvDirectives},
	{"READ_TIMEOUT", "requests are bounded in time without it: leave it out"},
	{"READ_HEADER_TIMEOUT", "requests are bounded in time without it: leave it out"},
	{"TRANSPORT_URL", "set MERCURE_TRANSPORT_URL, or write transport in " + EnvDirectives},
	{"DB_PATH", "write transport bolt { path FILE } in " + EnvDirectives},
	{"HISTORY_SIZE", "write history { max_events NUMBER } in " + EnvDirectives},
	{"HISTORY_CLEANUP_FREQUENCY", "the history keeps to its bounds at all times: leave it out"},
	{"USE_FORWARDED_HEADERS", "write trusted_proxies with the proxies' addresses in " + EnvDirectives},
	{"ADDR", "set " + EnvServerName},
	{"ACME_HOSTS", "set " + EnvServerName},
	{"ACME_CERT_DIR", "set " + EnvData + ", whose folder tls has the certificates"},
	{"ACME_HTTP01_ADDR", "write http_port in " + EnvDirectives},
	{"CERT_FILE", "write tls CERT_FILE KEY_FILE in " + EnvDirectives},
	{"KEY_FILE", "write tls CERT_FILE KEY_FILE in " + EnvDirectives},
	{"METRICS_ENABLED", "write admin " + DefaultAdmin + " in " + EnvDirectives},
	{"METRICS_ADDR", "write admin with the address in " + EnvDirectives},
}

// anybodys are variables of the stand-alone server whose names others use, too:
// they are answered only beside another one.
var anybodys = []struct{ name, instead string }{
	{"SUBSCRIPTIONS", "write subscriptions in " + EnvDirectives},
	{"DEMO", "start `amalgam demo`"},
	{"DEBUG", "for reasons of refusals in the answers, write explain in " + EnvDirectives},
	{"COMPRESS", "leave it out: a stream that is compressed is held back"},
}

// answerVariables warns of variables that another hub reads and this one does
// not.
func (s *Settings) answerVariables(getenv func(string) string) {
	before := len(s.Warnings)
	for _, v := range otherVariables {
		if strings.TrimSpace(getenv(v.name)) != "" {
			s.warn("%s is set, which another hub reads and this one does not: %s", v.name, v.instead)
		}
	}
	if len(s.Warnings) == before {
		return
	}
	for _, v := range anybodys {
		if getenv(v.name) != "" {
			s.warn("%s is set, which another hub reads and this one does not: %s", v.name, v.instead)
		}
	}
}

// answerMisspelt warns of variables that nobody reads and that look like one of
// the hub's. Others with its prefixes may be meant for {env.NAME}, or for the
// application beside it.
func (s *Settings) answerMisspelt(environ []string) {
	known := []string{EnvDirectives, EnvData, EnvConfig}
	for i := range Table {
		known = append(known, Table[i].variables()...)
	}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if value == "" || slices.Contains(known, name) || !strings.HasPrefix(name, "MERCURE_") && !strings.HasPrefix(name, "AMALGAM_") {
			continue
		}
		if meant := Nearest(name, known); distance(name, meant) <= 2 {
			s.warn("%s is set, which this hub does not read: did you mean %s?", name, meant)
		}
	}
}
