package settings

import (
	"fmt"
	"slices"
	"strings"
)

var listening = []Setting{
	{
		Name: "server_name", Args: "ADDRESS…", Type: "addresses", Default: ":3000", Env: EnvServerName, Flag: "listen",
		Doc:   "Where to listen, one address or several. A port, :PORT, or http:// before it serves HTTP; a domain, DOMAIN or DOMAIN:PORT, serves HTTPS with a certificate that the hub obtains (docs/tls.md). localhost, an address or a name for internal use serves HTTP if it has a port, and else, or with https:// before it, HTTPS with a certificate of the hub's own authority.",
		Apply: func(s *Settings, d Directive) (err error) { s.sites, err = parseSites(d.Args); return err },
	},
	{
		Name: "data_dir", Args: "FOLDER", Type: "folder", Default: "data", Env: EnvData, Flag: "data",
		Doc:   "The folder of the history. It is made if it is missing.",
		Apply: into(one, func(s *Settings) *string { return &s.DataDir }),
	},
	{
		Name: "log_format", Args: "text|json", Type: "word", Default: "text", Env: "AMALGAM_LOG", Flag: "log",
		Doc: "How the log is written, to the standard error.",
		Apply: func(s *Settings, d Directive) error {
			if len(d.Args) != 1 || d.Args[0] != "text" && d.Args[0] != "json" {
				return fmt.Errorf("is text or json, not %q", strings.Join(d.Args, " "))
			}
			s.LogFormat = d.Args[0]
			return nil
		},
	},
}

// noteAddress warns of an address in a file that SERVER_NAME replaces: in the
// image it is always set, and a domain that is written elsewhere only would be
// served without TLS.
func (s *Settings) noteAddress(given []Given) {
	var by *Given
	for _, g := range slices.Backward(given) {
		switch {
		case g.Name != "server_name":
		case g.rank > inVariable:
			return // said just now
		case g.rank == inVariable:
			by = &g
		case by != nil && strings.Join(g.Args, " ") != strings.Join(by.Args, " "):
			s.warn("%s: server_name %s is not used: SERVER_NAME, %s, takes its place; set that to the address, or to nothing", g.From, strings.Join(g.Args, " "), by.Args[0])
			return
		}
	}
}
