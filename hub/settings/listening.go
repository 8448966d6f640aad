package settings

import (
	"fmt"
	"net"
	"strings"
)

var listening = []Setting{
	{
		Name: "server_name", Args: "ADDRESS", Type: "address", Default: ":3000", Env: EnvServerName, Flag: "listen",
		Doc: "Where to listen: :PORT or HOST:PORT, with or without http://.",
		Apply: func(s *Settings, d Directive) (err error) {
			s.Address, err = address(d.Args)
			return err
		},
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

// address reads where to listen: :port or host:port, with or without http://.
func address(args []string) (string, error) {
	name := strings.TrimPrefix(strings.Join(args, " "), "http://")
	host, port, err := net.SplitHostPort(name)
	if err != nil || strings.HasPrefix(name, "https:") {
		return "", fmt.Errorf("is %q: this version serves plain HTTP only and needs a port, such as :3000; put a proxy with TLS in front", name)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fmt.Errorf("is %q: %q is not a port", name, port)
	}
	return net.JoinHostPort(host, port), nil
}
