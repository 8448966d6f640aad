package settings_test

import (
	"slices"
	"strings"
	"testing"

	"amalgam/hub/settings"
)

func TestWhereToListenFollowsFromTheServersName(t *testing.T) {
	for _, c := range []struct {
		name, directives        string
		plain, secure, redirect string
		names                   string
	}{
		{"", "", ":3000", "", "", ""},
		{":80", "", ":80", "", "", ""},
		{"http://:443", "", ":443", "", "", ""},
		{"http://127.0.0.1:3000/", "", "127.0.0.1:3000", "", "", ""},
		{"localhost:3000", "", "localhost:3000", "", "", ""},
		{"hub:3000", "", ":3000", "", "", ""},
		{"10.1.2.3:3000", "", "10.1.2.3:3000", "", "", ""},
		{"[::1]:3000", "", "[::1]:3000", "", "", ""},
		{"localhost", "", "", ":443", ":80", "localhost"},
		{"https://localhost:8443", "", "", "localhost:8443", "", "localhost"},
		{"127.0.0.1", "", "", ":443", ":80", "127.0.0.1"},
		{"https://[::1]:8443", "", "", "[::1]:8443", "", "::1"},
		{"https://[fe80::1%eth0]:8443", "", "", "[fe80::1%eth0]:8443", "", "fe80::1"},
		{"Example.com", "", "", ":443", ":80", "example.com"},
		{"https://example.com", "", "", ":443", ":80", "example.com"},
		{"http://example.com", "", ":80", "", "", ""},
		{"example.com:80", "", ":80", "", "", ""},
		{"example.com:8443", "", "", ":8443", ":80", "example.com"},
		{"a.example.com, b.example.com", "", "", ":443", ":80", "a.example.com b.example.com"},
		{":3000\r\n", "", ":3000", "", "", ""},
		{"a.example.com :3000", "", ":3000", ":443", ":80", "a.example.com"},
		{"a.example.com,:80", "", ":80", ":443", "", "a.example.com"},
		{"example.com", "auto_https disable_redirects", "", ":443", "", "example.com"},
		{"example.com", "auto_https off", ":80", "", "", ""},
		{"https://example.com", "auto_https off", "", ":443", "", "example.com"},
		{"example.com", "http_port 8080\nbind 127.0.0.1", "", "127.0.0.1:443", "127.0.0.1:8080", "example.com"},
		{"localhost:3000", "tls internal", "", "localhost:3000", "", "localhost"},
		{":3000", "tls cert.pem key.pem", "", ":3000", "", ""},
		{"*.example.com", "tls cert.pem key.pem", "", ":443", ":80", "*.example.com"},
		{"http://:http hub:0443 hub.example.com:https", "http_port 080", ":80", ":443", "", "hub hub.example.com"},
		{"http://:80 example.com", "tls internal", ":80", ":443", "", "example.com"},
	} {
		s, err := load(keys(map[string]string{"SERVER_NAME": c.name, "MERCURE_EXTRA_DIRECTIVES": c.directives}))
		if err != nil {
			t.Errorf("%s %s: %v", c.name, c.directives, err)
			continue
		}
		l := s.Listen
		if got := [...]string{strings.Join(l.Plain, " "), strings.Join(l.Secure, " "), l.Redirect, strings.Join(l.Certificates.Names, " ")}; got != [...]string{c.plain, c.secure, c.redirect, c.names} {
			t.Errorf("%s %s: listens on %q, want %q", c.name, c.directives, got, [...]string{c.plain, c.secure, c.redirect, c.names})
		}
	}
}

func TestWhatIsSaidOfTLSIsUnderstood(t *testing.T) {
	s, err := load(keys(map[string]string{"SERVER_NAME": "example.com", "AMALGAM_DATA": "/data", "MERCURE_EXTRA_DIRECTIVES": `
		tls ops@example.com {
			ca https://acme.example/directory
			ca_root /etc/acme.pem
			eab_key_id kid
			eab_mac_key secret
		}
		protocols h1 h3
		max_connections_per_address 50
		body_timeout 5s`}))
	if err != nil {
		t.Fatal(err)
	}
	c := s.Listen.Certificates
	if c.Email != "ops@example.com" || c.CA != "https://acme.example/directory" || c.CARoot != "/etc/acme.pem" || c.AccountKeyID != "kid" || c.AccountMAC != "secret" || c.Folder != "/data/tls" {
		t.Errorf("certificates: %+v", c)
	}
	if l := s.Listen; !l.NoHTTP2 || l.NoHTTP3 || l.H2C || l.Limits.ConnectionsPerAddress != 50 || l.Limits.ReadBody.Seconds() != 5 {
		t.Errorf("listening: %+v", l)
	}
	for _, e := range s.Effective() {
		if strings.Contains(e.Value, "secret") {
			t.Errorf("%s shows a secret: %s", e.Name, e.Value)
		}
	}
}

func TestMistakesInListeningNameTheMend(t *testing.T) {
	for _, c := range []struct{ name, directives, want string }{
		{"ftp://example.com", "", "write http:// or https://"},
		{"example.com/hub", "", "is not an address to listen on"},
		{"exa mple_!.com", "", "is not an address to listen on"},
		{",", "", "needs an address"},
		{":https", "", "is the port of HTTPS"},
		{"https://", "", "has neither a name nor a port"},
		{"example.com:", "", "no port behind the colon"},
		{":443", "", "write the domain"},
		{"https://:443", "", "no name to obtain a certificate for"},
		{":3000", "tls internal", "no name to obtain a certificate for"},
		{"*.example.com", "", "without a DNS provider"},
		{"http://:3000", "tls internal", "nothing is served by HTTPS"},
		{"http://:443, example.com", "", "HTTP and HTTPS at once"},
		{"example.com", "tls a b c", "takes an e-mail address"},
		{"example.com", "tls internal {\nca https://a.example\n}", "is for certificates that are obtained by ACME"},
		{"example.com", "tls {\ncaroot x\n}", `did you mean "ca_root"?`},
		{"example.com", "acme_ca http://acme.example", "https:// URL"},
		{"example.com", "email nobody", "is not an e-mail address"},
		{"3000", "", `"3000" is a number: for a port, write :3000`},
		{"https://8443", "", `"https://8443" is a number: for a port, write https://:8443`},
		{"example.com", "auto_https on", "off or disable_redirects"},
		{"example.com", "protocols h2", "h1 cannot be left out"},
		{"example.com", "protocols h1 http3", `there are h1, h2, h3, h2c`},
		{"example.com", "bind hub", "is not one address of this machine"},
		{"example.com", "http_port x", "is not a port"},
		{"example.com", "body_timeout 0", "has to have a bound"},
		{"example.com", "trusted_proxies 10.1.0.0/8", "did you mean 10.0.0.0/8?"},
	} {
		if _, err := load(keys(map[string]string{"SERVER_NAME": c.name, "MERCURE_EXTRA_DIRECTIVES": c.directives})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.name, c.directives, err, c.want)
		}
	}
}

// FuzzServerName sees that no name panics, and that what is taken can be
// listened on by a name that a certificate can have.
func FuzzServerName(f *testing.F) {
	for _, s := range []string{":80", "example.com, https://[::1]:8443", "http://*.a:0/", "https://[::%*]", "https://a..b", "://", "[::1", "hub\x00:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s, err := settings.Load(settings.Options{Getenv: func(n string) string { return keys(map[string]string{"SERVER_NAME": name})[n] }})
		if err != nil {
			return
		}
		if len(s.Listen.Plain)+len(s.Listen.Secure) == 0 {
			t.Errorf("%q is taken and nothing is listened on", name)
		}
		if slices.ContainsFunc(s.Listen.Names, func(n string) bool { return n == "" || strings.ContainsAny(n, " /*@,") }) {
			t.Errorf("%q: names %q", name, s.Listen.Names)
		}
	})
}
