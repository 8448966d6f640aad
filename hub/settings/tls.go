package settings

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// automatic says how far auto_https goes.
type automatic int

const (
	httpsOn automatic = iota
	httpsWithoutRedirects
	httpsOff
)

var tlsSettings = []Setting{
	{
		Name: "tls", Args: "[EMAIL|internal|CERT_FILE KEY_FILE] [{ ca URL | ca_root FILE | eab_key_id ID | eab_mac_key KEY }]", Type: "certificates", Blocks: true, Secrets: []string{"eab_mac_key"},
		Doc:   "Serves every address by HTTPS, but those with http://. internal: with certificates of the hub's own authority, whose root is in the data folder, tls/authority/root.crt; CERT_FILE KEY_FILE: with these, in PEM, which are read again when they change; else with certificates obtained by ACME, from the server with the directory URL ca, which is known by the certificates in the file ca_root, with the account there that the eab_ values bind to.",
		Apply: tlsDirective,
	},
	{
		Name: "email", Args: "ADDRESS", Type: "e-mail",
		Doc:   "The address that the authority may write to about the certificates.",
		Apply: into(email, func(s *Settings) *string { return &s.Listen.Certificates.Email }),
	},
	{
		Name: "acme_ca", Args: "URL", Type: "URL", Default: "https://acme-v02.api.letsencrypt.org/directory",
		Doc:   "The directory of the ACME server that certificates are obtained from; if it is set, also those for internal names.",
		Apply: into(acmeCA, func(s *Settings) *string { return &s.Listen.Certificates.CA }),
	},
	{
		Name: "acme_ca_root", Args: "FILE", Type: "file",
		Doc:   "The certificates, in PEM, that the ACME server is known by, if not by those of the system.",
		Apply: into(one, func(s *Settings) *string { return &s.Listen.Certificates.CARoot }),
	},
	{
		Name: "auto_https", Args: "off|disable_redirects", Type: "word",
		Doc:   "off: a domain does not mean HTTPS, as behind a proxy with TLS. disable_redirects: no port is opened that leads from HTTP to HTTPS.",
		Apply: autoHTTPS,
	},
	{
		Name: "http_port", Args: "PORT", Type: "port", Default: "80",
		Doc:   "The port that leads from HTTP to HTTPS, and that answers the authority. It is opened if HTTPS is on port 443 or a certificate is obtained.",
		Apply: into(portNumber, func(s *Settings) *string { return &s.redirectPort }),
	},
	{
		Name: "bind", Args: "ADDRESS", Type: "address",
		Doc:   "The network address that all ports are opened on. Without it, they are on all there are, but for localhost:PORT and ADDRESS:PORT. amalgam health does not see it: give that --url http://ADDRESS:PORT/readyz, or write ADDRESS:PORT into " + EnvServerName + ".",
		Apply: into(bindAddress, func(s *Settings) *string { return &s.bind }),
	},
	{
		Name: "protocols", Args: "h1 [h2] [h3] [h2c]", Type: "words", Default: "h1 h2 h3",
		Doc:   "What is spoken: h2 and h3, HTTP/2 and HTTP/3, go with HTTPS, h3 over UDP; h2c is HTTP/2 without TLS, for a proxy that speaks it.",
		Apply: protocols,
	},
	{
		Name: "max_connections_per_address", Args: "NUMBER", Type: "number", Unit: "connections", Default: "0",
		Doc:   "The most connections open at once from one client address, or one /64 of IPv6; the next is answered 429, or closed where TLS would come first. trusted_proxies are not counted. 0 for no limit.",
		Apply: into(count, func(s *Settings) *int { return &s.Listen.Limits.ConnectionsPerAddress }),
	},
	{
		Name: "body_timeout", Args: "DURATION", Type: "duration", Unit: inDurations, Default: "30s",
		Doc:   "How long the body of a request may take to arrive.",
		Apply: into(bodyTimeout, func(s *Settings) *time.Duration { return &s.Listen.Limits.ReadBody }),
	},
}

func tlsDirective(s *Settings, d Directive) error {
	s.tlsGiven = true
	c := &s.Listen.Certificates
	switch {
	case len(d.Args) == 0:
	case len(d.Args) == 1 && d.Args[0] == "internal":
		c.Internal = true
	case len(d.Args) == 1 && strings.Contains(d.Args[0], "@"):
		var err error
		if c.Email, err = email(d.Args); err != nil {
			return err
		}
	case len(d.Args) == 2 && d.Args[0] != "" && d.Args[1] != "":
		c.CertFile, c.KeyFile = d.Args[0], d.Args[1]
	default:
		return errors.New("takes an e-mail address, or internal, or the files of a certificate and its key, such as: tls /etc/hub/cert.pem /etc/hub/key.pem")
	}
	if err := d.leaves(); err != nil {
		return err
	}
	for _, b := range d.Block {
		var err error
		switch b.Name {
		case "ca":
			c.CA, err = acmeCA(b.Args)
		case "ca_root":
			c.CARoot, err = one(b.Args)
		case "eab_key_id":
			c.AccountKeyID, err = one(b.Args)
		case "eab_mac_key":
			c.AccountMAC, err = one(b.Args)
		default:
			err = unknown(b.Name, "ca", "ca_root", "eab_key_id", "eab_mac_key")
		}
		if err == nil && (c.Internal || c.CertFile != "") {
			err = errors.New("is for certificates that are obtained by ACME: leave it out, or leave out what stands after tls")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	if (c.AccountKeyID == "") != (c.AccountMAC == "") {
		return errors.New("eab_key_id and eab_mac_key belong together: write both, as the authority has given them to you")
	}
	return nil
}

func email(args []string) (string, error) {
	a, err := one(args)
	if err != nil {
		return "", err
	}
	if parsed, err := mail.ParseAddress(a); err != nil || parsed.Address != a {
		return "", fmt.Errorf("%q is not an e-mail address, such as you@example.com", a)
	}
	return a, nil
}

// acmeCA reads a directory URL. Without TLS anybody on the way could have
// certificates issued.
func acmeCA(args []string) (string, error) {
	a, err := one(args)
	if err != nil {
		return "", err
	}
	if u, err := url.Parse(a); err != nil || u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is not the https:// URL of an ACME server's directory, such as https://acme-staging-v02.api.letsencrypt.org/directory", a)
	}
	return a, nil
}

func autoHTTPS(s *Settings, d Directive) error {
	switch {
	case slices.Equal(d.Args, []string{"off"}):
		s.autoHTTPS = httpsOff
	case slices.Equal(d.Args, []string{"disable_redirects"}):
		s.autoHTTPS = httpsWithoutRedirects
	default:
		return errors.New("is off or disable_redirects; leave it out for both, certificates and redirects")
	}
	return nil
}

func portNumber(args []string) (string, error) {
	p, err := one(args)
	n := 0
	if err == nil {
		n, err = net.LookupPort("tcp", p)
	}
	if err != nil {
		return "", fmt.Errorf("%q is not a port", strings.Join(args, " "))
	}
	return strconv.Itoa(n), nil
}

func bindAddress(args []string) (string, error) {
	a, err := one(args)
	if err == nil {
		_, err = netip.ParseAddr(a)
	}
	if err != nil {
		return "", fmt.Errorf("%q is not one address of this machine, such as 127.0.0.1", strings.Join(args, " "))
	}
	return a, nil
}

func protocols(s *Settings, d Directive) error {
	s.Listen.NoHTTP2, s.Listen.NoHTTP3, s.Listen.H2C = true, true, false
	for _, a := range d.Args {
		switch a {
		case "h1":
		case "h2":
			s.Listen.NoHTTP2 = false
		case "h3":
			s.Listen.NoHTTP3 = false
		case "h2c":
			s.Listen.H2C = true
		default:
			return fmt.Errorf("%s %w", a, unknown(a, "h1", "h2", "h3", "h2c"))
		}
	}
	if !slices.Contains(d.Args, "h1") {
		return errors.New("h1 cannot be left out: it is what every client falls back to")
	}
	return nil
}

func bodyTimeout(args []string) (time.Duration, error) {
	t, err := span(args)
	if t < 0 {
		return 0, errors.New("has to have a bound, such as 30s: a client could hold a connection for ever")
	}
	return t, err
}
