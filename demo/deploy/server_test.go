package deploy

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalgam/hub/hubtest/process"
)

const (
	domain  = "hub.example.com"
	hubHere = "127.0.0.1:3000" // in the files
	chain   = "/etc/letsencrypt/live/" + domain + "/fullchain.pem"
	key     = "/etc/letsencrypt/live/" + domain + "/privkey.pem"
)

// A server is one of the programs that stand in front of a hub.
type server struct {
	program string
	file    string // what users copy
	// command starts it with the file, in which the values are replaced that
	// its head lists.
	command func(*place) *exec.Cmd
	values  func(*place) []string // old and new in turn, for a strings.Replacer
	plain   bool                  // passes plain HTTP on; else it redirects to HTTPS
	http1   bool                  // speaks no HTTP/2, also with clients that would
	late    bool                  // notices that a client has gone when it writes to it
	hasty   bool                  // now and then cuts a QUERY that is answered at once
}

var servers = []server{
	{program: "apache2", file: "apache.conf", command: apache, plain: true, http1: true, late: true, values: func(p *place) []string {
		return []string{hubHere, p.hub, chain, p.chain, key, p.key, "*:443", p.https, "*:80", p.http}
	}},
	{program: "nginx", file: "nginx.conf", command: nginx, values: func(p *place) []string {
		return []string{hubHere, p.hub, chain, p.chain, key, p.key, "listen 443", "listen " + p.https, "listen 80", "listen " + p.http}
	}},
	{program: "haproxy", file: "haproxy.cfg", command: haproxy, values: func(p *place) []string {
		return []string{hubHere, p.hub, "/etc/haproxy/certs/" + domain + ".pem", p.both, "bind :443", "bind " + p.https, "bind :80", "bind " + p.http}
	}},
	{program: "caddy", file: "Caddyfile", command: caddy, hasty: true, values: func(p *place) []string {
		return []string{hubHere, p.hub}
	}},
}

// A place is where a server runs: its folder, its ports, its certificate.
type place struct {
	*testing.T
	dir              string
	site             string // the file with its values replaced
	hub, http, https string // host:port
	chain, key, both string // files
	roots            *x509.CertPool
}

// start starts a server in front of a hub, on ports of its own.
func (s server) start(t *testing.T, hub string) *place {
	t.Helper()
	if _, err := exec.LookPath(s.program); err != nil {
		reason := fmt.Sprintf("%s is not on this machine: make deps, or apt-get install --no-install-recommends %s", s.program, s.program)
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	var log string
	for range 3 { // until nobody else has taken a port meanwhile
		p := &place{T: t, dir: t.TempDir(), hub: hub, http: freePort(t), https: freePort(t)}
		p.certificate()
		values := s.values(p)
		for i := 0; i < len(values); i += 2 {
			if !strings.Contains(string(text), values[i]) {
				t.Fatalf("%s does not contain %q any more", s.file, values[i])
			}
		}
		p.site = p.write("site", strings.NewReplacer(values...).Replace(string(text)))
		program, err := process.Run(s.command(p))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(program.Kill)
		if p.answers(program) {
			t.Cleanup(func() {
				_ = program.Stop() // not all of them exit with 0
				if t.Failed() {
					t.Logf("%s says:\n%s", s.program, program.Log())
				}
			})
			return p
		}
		log = program.Log()
	}
	t.Fatalf("%s does not start:\n%s", s.program, log)
	return nil
}

// freePort returns an address that nobody listens on. It is none that
// outgoing connections leave from.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.3:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// answers waits until both ports are open, and there is a certificate.
func (p *place) answers(program *process.Program) bool {
	plain := func() (net.Conn, error) { return net.Dial("tcp", p.http) }
	secure := func() (net.Conn, error) {
		return tls.Dial("tcp", p.https, &tls.Config{RootCAs: p.roots, ServerName: domain})
	}
	for _, dial := range []func() (net.Conn, error){plain, secure} {
		for deadline := time.Now().Add(process.Patience); ; time.Sleep(10 * time.Millisecond) {
			conn, err := dial()
			if err == nil {
				conn.Close()
				break
			}
			select {
			case <-program.Ended():
				return false
			default:
			}
			if time.Now().After(deadline) {
				program.Kill()
				return false
			}
		}
	}
	return true
}

// certificate writes net/http/httptest's, which is good for *.example.com and
// is its own authority.
func (p *place) certificate() {
	https := httptest.NewTLSServer(nil)
	defer https.Close()
	cert := https.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		p.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	p.chain, p.key, p.both = p.write("fullchain.pem", public), p.write("privkey.pem", private), p.write("both.pem", public+private)
	p.roots = x509.NewCertPool()
	p.roots.AddCert(https.Certificate())
}

func (p *place) write(name, text string) (path string) {
	p.Helper()
	path = filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
	return path
}

// apache starts Apache with Debian's own configuration of the modules that the
// file's head names, and of those that could be in a stream's way.
func apache(p *place) *exec.Cmd {
	const available = "/etc/apache2/mods-available/"
	var b strings.Builder
	fmt.Fprintf(&b, "ServerRoot %s\nDefaultRuntimeDir %s\nPidFile %s/pid\nErrorLog /dev/stderr\nServerName localhost\n", p.dir, p.dir, p.dir)
	if os.Getuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	for _, module := range []string{"mpm_event", "authz_core", "mime", "filter", "deflate", "reqtimeout", "env", "setenvif", "socache_shmcb",
		"ssl", "http2", "headers", "proxy", "proxy_http"} {
		for _, part := range []string{".load", ".conf"} {
			if _, err := os.Stat(available + module + part); err == nil {
				fmt.Fprintf(&b, "Include %s%s%s\n", available, module, part)
			}
		}
	}
	fmt.Fprintf(&b, "Listen %s\nListen %s\nInclude %s\n", p.http, p.https, p.site)
	cmd := exec.Command("apache2", "-DFOREGROUND", "-f", p.write("apache2.conf", b.String()))
	cmd.Env = append(os.Environ(), "APACHE_RUN_DIR="+p.dir, "APACHE_LOG_DIR="+p.dir, "APACHE_LOCK_DIR="+p.dir)
	return cmd
}

// nginx starts nginx with gzip, as Debian's main file has it.
func nginx(p *place) *exec.Cmd {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	text := user + "daemon off;\npid pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\ngzip on;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, p.dir, kind)
	}
	text += "include " + p.site + ";\n}\n"
	return exec.Command("nginx", "-e", "stderr", "-p", p.dir, "-c", p.write("nginx.conf", text))
}

func haproxy(p *place) *exec.Cmd { return exec.Command("haproxy", "-db", "-f", p.site) }

// caddy starts Caddy with other ports and the test's authority in place of a
// public one.
func caddy(p *place) *exec.Cmd {
	host, plain, _ := net.SplitHostPort(p.http)
	_, secure, _ := net.SplitHostPort(p.https)
	text := fmt.Sprintf(`{
	admin off
	http_port %s
	https_port %s
	default_bind %s
	local_certs
	skip_install_trust
	pki {
		ca local {
			root {
				cert %s
				key %s
			}
		}
	}
}
import %s
`, plain, secure, host, p.chain, p.key, p.site)
	cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", p.write("Caddyfile", text))
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	return cmd
}
