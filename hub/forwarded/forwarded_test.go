package forwarded_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"amalgam/hub/forwarded"
)

// from makes a request as it arrives from an address; headers are names and
// values in turn.
func from(remote string, headers ...string) *http.Request {
	r := &http.Request{RemoteAddr: remote, Host: "hub:3000", Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestTheClientIsTheLastWhoIsNoTrustedProxy(t *testing.T) {
	const proxies, standard = "10.0.0.0/8 192.0.2.7 2001:db8::/32", "forwarded 10.0.0.0/8"
	for _, c := range []struct {
		name, trusted string
		r             *http.Request
		want          forwarded.Client
	}{
		{"no proxy is trusted", "", from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Host", "a.example"), forwarded.Client{"10.0.0.1:5", "http", "hub:3000"}},
		{"no proxy is named: the scheme alone is believed", "", from("1.1.1.1:5", "X-Forwarded-Proto", "https"), forwarded.Client{"1.1.1.1:5", "https", "hub:3000"}},
		{"the peer is not trusted", proxies, from("1.1.1.1:5", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "a.example"), forwarded.Client{"1.1.1.1:5", "http", "hub:3000"}},
		{"one proxy", proxies, from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "a.example"), forwarded.Client{"1.2.3.4", "https", "a.example"}},
		{"a single address is trusted", proxies, from("192.0.2.7:5", "X-Forwarded-For", "1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"IPv4 in IPv6", proxies, from("[::ffff:10.0.0.1]:5", "X-Forwarded-For", "::ffff:1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"a network of IPv4 in IPv6", "::ffff:10.0.0.0/104", from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"IPv6, with a port", proxies, from("[2001:db8::1]:5", "X-Forwarded-For", "[2001:dead::1]:443"), forwarded.Client{"2001:dead::1", "http", "hub:3000"}},
		{"what the client has made up", proxies, from("10.0.0.1:5", "X-Forwarded-For", "10.9.9.9, 6.6.6.6, 1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"two proxies", proxies, from("10.0.0.1:5", "X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.0.0.2", "X-Forwarded-Proto", "https, http", "X-Forwarded-Host", "a.example, inner"), forwarded.Client{"1.2.3.4", "https", "a.example"}},
		{"two lines", proxies, from("10.0.0.1:5", "X-Forwarded-For", "6.6.6.6", "X-Forwarded-For", "1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"all are proxies", proxies, from("10.0.0.1:5", "X-Forwarded-For", "10.0.0.3, 10.0.0.2"), forwarded.Client{"10.0.0.3", "http", "hub:3000"}},
		{"a name in the list", proxies, from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4, unknown, 10.0.0.2"), forwarded.Client{"10.0.0.2", "http", "hub:3000"}},
		{"a scheme without an address", proxies, from("10.0.0.1:5", "X-Forwarded-Proto", "HTTPS"), forwarded.Client{"10.0.0.1:5", "https", "hub:3000"}},
		{"a scheme that is none", proxies, from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "gopher"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"a host that is none", proxies, from("10.0.0.1:5", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Host", "a.example/x?y"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"Forwarded is not read unasked", proxies, from("10.0.0.1:5", "Forwarded", "for=1.2.3.4"), forwarded.Client{"10.0.0.1:5", "http", "hub:3000"}},
		{"Forwarded", standard, from("10.0.0.1:5", "Forwarded", `for=6.6.6.6, For="[2001:dead::1]:99";Proto=https;host="a.example:8443";by=_x, for=10.0.0.2;host=inner`), forwarded.Client{"2001:dead::1", "https", "a.example:8443"}},
		{"X-Forwarded-For beside Forwarded", standard, from("10.0.0.1:5", "X-Forwarded-For", "6.6.6.6", "Forwarded", "for=1.2.3.4"), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"an obfuscated address", standard, from("10.0.0.1:5", "Forwarded", "for=_hidden;proto=https"), forwarded.Client{"10.0.0.1:5", "https", "hub:3000"}},
		{"a quote that is not closed", standard, from("10.0.0.1:5", "Forwarded", `for="6.6.6.6, for=1.2.3.4`), forwarded.Client{"1.2.3.4", "http", "hub:3000"}},
		{"Forwarded that cannot be read", standard, from("10.0.0.1:5", "Forwarded", `for="1.2.3.4`), forwarded.Client{"10.0.0.1:5", "http", "hub:3000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p forwarded.Proxies
			if c.trusted != "" {
				var err error
				if p, err = forwarded.Parse(strings.Fields(c.trusted)); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.Resolve(c.r); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTLSIsHTTPSUnlessATrustedProxySaysOtherwise(t *testing.T) {
	p, err := forwarded.Parse([]string{"private_ranges"})
	if err != nil {
		t.Fatal(err)
	}
	for remote, want := range map[string]string{"192.168.1.1:5": "http", "8.8.8.8:5": "https"} {
		r := from(remote, "X-Forwarded-Proto", "http")
		r.TLS = &tls.ConnectionState{}
		if got := p.Resolve(r).Scheme; got != want {
			t.Errorf("from %s: %s, want %s", remote, got, want)
		}
	}
}

func TestFaultyProxiesNameTheMend(t *testing.T) {
	for words, want := range map[string]string{
		"":              "no proxy is named",
		"forwarded":     "no proxy is named",
		"proxy.example": "is not an address",
		"10.0.0.0/99":   "is not a network",
		"10.1.0.0/8":    "did you mean 10.0.0.0/8?",
	} {
		if _, err := forwarded.Parse(strings.Fields(words)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", words, err, want)
		}
	}
}

func TestAGroupIsAnIPv4AddressOrTheSlash64OfIPv6(t *testing.T) {
	for remote, want := range map[string]string{
		"1.2.3.4:5": "1.2.3.4", "1.2.3.4": "1.2.3.4", "[::ffff:1.2.3.4]:5": "1.2.3.4",
		"[2001:db8::1:2]:5": "2001:db8::/64", "[fe80::1%eth0]:5": "fe80::/64", "@": "@",
	} {
		if got := forwarded.Group(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

// FuzzResolve sees that whatever a client sends before it reaches a proxy, it is
// known by the address that the proxy has seen, and that its peer alone counts
// where that is not trusted.
func FuzzResolve(f *testing.F) {
	f.Add("1.2.3.4, 10.0.0.2", "https", "a.example", `for="[::1]";proto=https`)
	f.Add(",, ,", "gopher,", "a b", `for=1;;, =,"`)
	f.Add("[", "HTTPS", "[::1]:4", `for="\`)
	x, err := forwarded.Parse([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	standard, err := forwarded.Parse([]string{"10.0.0.0/8", "forwarded"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, xff, proto, host, std string) {
		made := func(remote string, more ...string) *http.Request {
			return from(remote, append([]string{"X-Forwarded-For", xff, "X-Forwarded-Proto", proto, "X-Forwarded-Host", host, "Forwarded", std}, more...)...)
		}
		for _, p := range []forwarded.Proxies{x, standard} {
			if got := p.Resolve(made("1.1.1.1:5")); got != (forwarded.Client{Address: "1.1.1.1:5", Scheme: "http", Host: "hub:3000"}) {
				t.Errorf("an untrusted peer became %+v", got)
			}
			got := p.Resolve(made("10.0.0.1:5"))
			if got.Scheme != "http" && got.Scheme != "https" || strings.ContainsAny(got.Host, " /?#\r\n\"") {
				t.Errorf("%+v", got)
			}
		}
		if got := x.Resolve(made("10.0.0.1:5", "X-Forwarded-For", "9.9.9.9")); got.Address != "9.9.9.9" {
			t.Errorf("behind what a client sent, it is %+v", got)
		}
		got := standard.Resolve(made("10.0.0.1:5", "Forwarded", "for=9.9.9.9;proto=https;host=b.example"))
		if got != (forwarded.Client{Address: "9.9.9.9", Scheme: "https", Host: "b.example"}) {
			t.Errorf("behind what a client sent, it is %+v", got)
		}
	})
}

// FuzzProxies sees that what is read as an address or a network trusts itself,
// and that the group of an address is one of those that it is read as.
func FuzzProxies(f *testing.F) {
	for _, w := range []string{"10.0.0.0/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "::ffff:1.2.3.4", "2001:db8::/32", "private_ranges", "forwarded", "::/0", "1.2.3.4/32"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, word string) {
		p, err := forwarded.Parse([]string{word})
		if err != nil || word == "private_ranges" {
			return
		}
		first, _, _ := strings.Cut(word, "/")
		for _, remote := range []string{first, "[" + first + "]:443"} {
			if strings.Contains(first, ":") || remote == first {
				if !p.TrustsRemote(remote) {
					t.Errorf("%q does not trust %s", word, remote)
				}
			}
		}
		if group, again := forwarded.Group(first), forwarded.Group("["+first+"]:1"); strings.Contains(first, ":") && group != again {
			t.Errorf("%s is of the group %s, with a port of %s", first, group, again)
		}
	})
}
