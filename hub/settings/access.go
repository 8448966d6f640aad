package settings

import (
	"fmt"
	"net/http"
	"net/url"

	"amalgam/hub"
	"amalgam/hub/auth"
)

var access = []Setting{
	{
		Name: "anonymous", Type: "switch", Default: "off",
		Doc:   "Clients without a token may receive public updates.",
		Apply: alone(func(s *Settings) { s.Hub.Anonymous = true }),
	},
	{
		Name: "cors_origins", Args: "ORIGIN…", Type: "origins", Env: "AMALGAM_CORS_ORIGINS", Flag: "cors-origins", Reload: true,
		Doc:   "Origins whose pages may read from the hub, such as https://example.com or https://*.example.com (one label for each *); * for all, without cookies.",
		Apply: into(origins, func(s *Settings) *auth.Origins { return &s.Hub.CORSOrigins }),
	},
	{
		Name: "publish_origins", Args: "ORIGIN…", Type: "origins", Reload: true,
		Doc:   "Origins whose pages may publish with a cookie, besides the hub's own; * for all, so that any site can have its visitors publish.",
		Apply: into(origins, func(s *Settings) *auth.Origins { return &s.Hub.PublishOrigins }),
	},
	{
		Name: "subscriptions", Type: "switch", Default: "off",
		Doc:   "Announces subscriptions and serves the subscription API.",
		Apply: alone(func(s *Settings) { s.Hub.Subscriptions = true }),
	},
	{
		Name: "cookie_name", Args: "NAME", Type: "name", Default: "mercureAuthorization",
		Doc:   "The cookie of classic tokens (in the reference hub's 1.0 this directive means the other one).",
		Apply: into(cookieName, func(s *Settings) *string { return &s.Hub.CookieName }),
	},
	{
		Name: "access_cookie_name", Args: "NAME", Type: "name", Default: "__Secure-mercure_access_token",
		Doc:   "The cookie of access tokens.",
		Apply: into(cookieName, func(s *Settings) *string { return &s.Hub.AccessCookie }),
	},
	{
		Name: "no_query_token", Type: "switch", Default: "off",
		Doc:   "Refuses classic tokens in the URL (?authorization=).",
		Apply: alone(func(s *Settings) { s.Hub.NoQueryToken = true }),
	},
	{
		Name: "resource_identifier", Args: "ID", Type: "identifier",
		Doc:   "What the aud of an access token must name. Without it, the hub's URL as the request has it.",
		Apply: into(one, func(s *Settings) *string { return &s.Hub.ResourceIdentifier }),
	},
	{
		Name: "public_urls", Args: "URL…", Type: "URLs",
		Doc:   "The hub's URLs; a request to any other name is refused with 421. Without it, every name is served.",
		Apply: into(publicURLs, func(s *Settings) *[]string { return &s.Hub.PublicURLs }),
	},
}

var development = []Setting{
	{
		Name: "debugger", Type: "switch", Default: "off",
		Doc:   "Serves a page at /debugger/, in which a person subscribes, publishes, and sees events, subscribers, tokens and schemas. It has only the rights of the token that is pasted into it.",
		Apply: alone(func(s *Settings) { s.Debugger = true }),
	},
	{
		Name: "explain", Type: "switch", Default: "off", Reload: true,
		Doc:   "Refusals tell the client their rule and reason. For development.",
		Apply: alone(func(s *Settings) { s.Hub.Explain = true }),
	},
}

// publicURLs reads URLs of the hub. One without its path would never be asked
// for, and every request refused.
func publicURLs(args []string) ([]string, error) {
	list, err := urls(args)
	if err != nil {
		return nil, fmt.Errorf("%w, such as https://hub.example.com%s", err, hub.DefaultPath)
	}
	for _, a := range list {
		if u, err := url.Parse(a); err == nil && u.Path != hub.DefaultPath {
			u.Path = hub.DefaultPath
			return nil, fmt.Errorf("%q is not the hub's URL, which has its path: write %s", a, u)
		}
	}
	return list, nil
}

func cookieName(args []string) (string, error) {
	name, err := one(args)
	if err == nil && (&http.Cookie{Name: name}).Valid() != nil {
		err = fmt.Errorf("%q cannot be a cookie's name: it has letters, digits, - and _", name)
	}
	return name, err
}
