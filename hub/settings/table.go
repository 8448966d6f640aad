package settings

import (
	"errors"
	"fmt"

	"amalgam/hub/auth"
)

// A Setting is one directive: its name, how it is written, what it does.
type Setting struct {
	Name  string
	Usage string
	Doc   string
	apply func(*Settings, Directive) error
}

// Table lists every directive.
var Table = []Setting{
	{"anonymous", "anonymous", "Clients without a token may receive public updates. Default: off.",
		flag(func(s *Settings) { s.Hub.Anonymous = true })},
	{"cors_origins", "cors_origins ORIGIN…", "Origins whose pages may read from the hub, such as https://example.com or https://*.example.com (one label for each *); * for all, without cookies. Default: none.",
		origins(func(s *Settings, o auth.Origins) { s.Hub.CORSOrigins = o })},
	{"publish_origins", "publish_origins ORIGIN…", "Origins whose pages may publish with a cookie, besides the hub's own. Default: none.",
		origins(func(s *Settings, o auth.Origins) { s.Hub.PublishOrigins = o })},
	{"subscriptions", "subscriptions", "Announces subscriptions and serves the subscription API. Default: off.",
		flag(func(s *Settings) { s.Hub.Subscriptions = true })},
	{"issuer", "issuer ID { publisher|subscriber { jwt KEY [ALG] | jwks_uri URL } authorization_server }", "Trusts an issuer of draft1 access tokens, with a secret or PEM key for each role or the address of a key set (https:// or file://); authorization_server advertises it in the metadata. May be repeated.",
		issuer},
	{"resource_identifier", "resource_identifier ID", "What the aud of an access token must name. Default: the hub's URL as the request has it.",
		func(s *Settings, d Directive) (err error) { s.Hub.ResourceIdentifier, err = word1(d.Args); return err }},
	{"public_urls", "public_urls URL…", "The hub's URLs; a request to any other name is refused with 421. Default: every name is served.",
		func(s *Settings, d Directive) (err error) { s.Hub.PublicURLs, err = urls(d.Args); return err }},
	{"cookie_name", "cookie_name NAME", "The cookie of classic tokens. Default: mercureAuthorization.",
		func(s *Settings, d Directive) (err error) { s.Hub.CookieName, err = word1(d.Args); return err }},
	{"access_cookie_name", "access_cookie_name NAME", "The cookie of access tokens. Default: __Secure-mercure_access_token.",
		func(s *Settings, d Directive) (err error) { s.Hub.AccessCookie, err = word1(d.Args); return err }},
	{"no_query_token", "no_query_token", "Refuses classic tokens in the URL (?authorization=). Default: off.",
		flag(func(s *Settings) { s.Hub.NoQueryToken = true })},
	{"max_subscribers", "max_subscribers NUMBER", "The most streams open at once; 0 for no limit. Default: 0.",
		func(s *Settings, d Directive) (err error) { s.Hub.MaxSubscribers, err = count(d.Args); return err }},
	{"max_subscribers_per_address", "max_subscribers_per_address NUMBER", "The most streams open at once from one client address; 0 for no limit. Default: 0.",
		func(s *Settings, d Directive) (err error) {
			s.Hub.MaxSubscribersPerAddress, err = count(d.Args)
			return err
		}},
	{"heartbeat", "heartbeat DURATION", "Time between two comments on each stream; 0 for none. Default: 40s.",
		func(s *Settings, d Directive) (err error) { s.Hub.Heartbeat, err = duration(d.Args); return err }},
	{"write_timeout", "write_timeout DURATION", "The longest life of a stream, after which the client reconnects; each ends up to a tenth earlier; 0 for no limit. Default: 600s.",
		func(s *Settings, d Directive) (err error) { s.Hub.WriteTimeout, err = duration(d.Args); return err }},
	{"dispatch_timeout", "dispatch_timeout DURATION", "How long one write may take before a client counts as gone. Default: 5s.",
		func(s *Settings, d Directive) (err error) { s.Hub.DispatchTimeout, err = duration(d.Args); return err }},
	{"subscriber_queue", "subscriber_queue SIZE", "How much may wait for one subscriber, as encoded events; one for whom more would wait reads it from the history instead. Default: 1MiB.",
		subscriberQueue},
	{"stop_spread", "stop_spread DURATION", "When the hub stops, each stream ends at a random moment within this time, so that clients do not all come back at once; /readyz says \"stopping\" from its beginning, and the port stays open until its end. At most 15s; 0 ends all at once. Default: 3s.",
		stopSpread},
	{"payloads", "payloads FILE [enforce|warn]", "The JSON Schema (draft 2020-12) of what updates carry, each event in its properties: an update of such a type whose data does not hold is refused with 422 and its faults, or, with warn, taken and logged. The schemas are served at the hub's path + /payloads. Default: none; enforce.",
		payloads},
	{"explain", "explain", "Refusals tell the client their rule and reason. For development. Default: off.",
		flag(func(s *Settings) { s.Hub.Explain = true })},
	{"transport", "transport bolt|local [{ path FILE }]", "Where the history is kept: bolt, in a file; local, in memory only. Default: bolt, in amalgam.db in the data folder.",
		transport},
	{"history", "history { max_events NUMBER | max_age DURATION | max_bytes SIZE }", "How much of the history is kept, the newest; one bound a line, 0 for none. A size is bytes, or KB, MB, GB (1,000) or KiB, MiB, GiB (1,024). Default: 1000000 events and 1GiB, of any age; in memory 10000 events and 64MiB.",
		history},
}

func (s *Settings) apply(d Directive) error {
	for _, t := range Table {
		if t.Name == d.Name {
			return t.apply(s, d)
		}
	}
	names := make([]string, len(Table))
	for i, t := range Table {
		names[i] = t.Name
	}
	return fmt.Errorf("there is no such directive; did you mean %q? (`amalgam run --help` lists them)", Nearest(d.Name, names))
}

func flag(set func(*Settings)) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) error {
		if len(d.Args) > 0 || len(d.Block) > 0 {
			return errors.New("stands alone, without arguments")
		}
		set(s)
		return nil
	}
}

func origins(set func(*Settings, auth.Origins)) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) error {
		if len(d.Args) == 0 {
			return errors.New("needs at least one origin, such as https://example.com")
		}
		o, err := auth.ParseOrigins(d.Args)
		if err != nil {
			return err
		}
		set(s, o)
		return nil
	}
}

func transport(s *Settings, d Directive) error {
	if len(d.Args) != 1 || d.Args[0] != "bolt" && d.Args[0] != "local" {
		return errors.New("is bolt or local")
	}
	s.Transport = d.Args[0]
	for _, b := range d.Block {
		switch {
		case b.Name != "path":
			return fmt.Errorf("%s is not known here; did you mean path?", b.Name)
		case len(b.Args) != 1 || b.Args[0] == "":
			return errors.New("path takes one file name")
		case s.Transport == "local":
			return errors.New("local keeps nothing in a file: leave the path out, or use bolt")
		}
		s.Path = b.Args[0]
	}
	return nil
}

// Nearest returns the name that needs the fewest edits to become word.
func Nearest(word string, names []string) string {
	best, least := "", 1<<30
	for _, n := range names {
		if d := distance(word, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the Levenshtein distance, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
