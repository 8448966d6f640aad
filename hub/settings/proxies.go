package settings

import (
	"amalgam/hub/forwarded"
)

var proxies = []Setting{
	{
		Name: "trusted_proxies", Args: "[forwarded] ADDRESS|NETWORK|private_ranges…", Type: "networks",
		Doc:   "The proxies in front of the hub. They are believed when they say, in X-Forwarded-For, -Proto and -Host, who a request is from: that address is logged and counted, that scheme and host are the hub's. With forwarded, the header Forwarded (RFC 7239) is read in place of these. A network is such as 10.0.0.0/8; private_ranges are those that are not routed on the Internet. Without it nobody is believed, but for X-Forwarded-Proto, which only says something of who sends it.",
		Apply: into(trustedProxies, func(s *Settings) *forwarded.Proxies { return &s.Hub.TrustedProxies }),
	},
}

// trustedProxies reads the directive as Caddy writes it, too: "static" before
// the networks.
func trustedProxies(args []string) (forwarded.Proxies, error) {
	if len(args) > 0 && args[0] == "static" {
		args = args[1:]
	}
	return forwarded.Parse(args)
}
