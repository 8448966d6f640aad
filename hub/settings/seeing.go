package settings

import (
	"errors"
	"fmt"
	"net"
)

// DefaultAdmin is where metrics are when nobody says where: the port that
// OpenTelemetry's exporters for Prometheus have. Caddy's 2019 may be Caddy's, in
// front of this hub.
const DefaultAdmin = "localhost:9464"

var seeing = []Setting{
	{
		Name: "admin", Args: "ADDRESS|off", Type: "address", Default: "off", Env: "AMALGAM_ADMIN", Flag: "admin", Blocks: true,
		Doc: "Where to listen for the operator: /metrics, /healthz, /readyz and /debug/pprof/, such as localhost:9464. It asks for no password: keep it private.",
		Apply: func(s *Settings, d Directive) (err error) {
			if d.Block != nil {
				return errors.New("takes no block: that of Caddy's directive of the same name is not understood")
			}
			s.Admin, err = adminAddress(d.Args)
			s.adminSet = err == nil
			return err
		},
	},
	{
		Name: "metrics", Type: "switch", Default: "off", Blocks: true,
		Doc: "Opens the admin listener at " + DefaultAdmin + ", unless `admin` says where it is: for configurations of the reference hub, whose metrics this turns on. They are at /metrics of that listener, with the reference's names and others.",
		Apply: func(s *Settings, d Directive) error {
			// Caddy's may have a block, and a path as a matcher; neither changes
			// what is served here.
			s.metrics = true
			if len(d.Args) > 0 || len(d.Block) > 0 {
				s.warn("metrics stands alone here: its arguments and its block, which are Caddy's, are not used")
			}
			return nil
		},
	},
	{
		Name: "access_log", Args: "on|off", Type: "switch", Default: "on",
		Doc: "Whether each request has a line in the log when it is answered, and each stream one when it ends. What is refused, or fails, has one in any case.",
		Apply: func(s *Settings, d Directive) error {
			if len(d.Args) != 1 || d.Args[0] != "on" && d.Args[0] != "off" {
				return errors.New("is on or off")
			}
			s.Hub.NoAccessLog = d.Args[0] == "off"
			return nil
		},
	},
}

// adminAddress reads HOST:PORT, :PORT or off, which is "".
func adminAddress(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("takes one address, such as " + DefaultAdmin + ", or off")
	}
	if args[0] == "off" {
		return "", nil
	}
	_, port, err := net.SplitHostPort(args[0])
	if err != nil {
		return "", fmt.Errorf("is %q, which needs a port: write HOST:PORT, such as %s, or off", args[0], DefaultAdmin)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fmt.Errorf("is %q: %q is not a port", args[0], port)
	}
	return args[0], nil
}

// finishAdmin answers metrics, which does not say where.
func (s *Settings) finishAdmin() {
	switch {
	case !s.metrics:
	case !s.adminSet:
		s.Admin = DefaultAdmin
		s.warn("metrics: they are at http://%s/metrics; the directive admin chooses another address", DefaultAdmin)
	case s.Admin == "":
		s.warn("metrics: they are on the admin listener, which is off: write `admin %s`, or leave metrics out", DefaultAdmin)
	}
}
