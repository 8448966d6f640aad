package main

import (
	"net"
	"net/url"
	"slices"
	"testing"

	"amalgam/hub/hubtest"
	"amalgam/hub/settings"
)

// FuzzWhereHealthAsks sees that health asks at a port that a hub with the same
// SERVER_NAME opens, by HTTPS only where that is spoken.
func FuzzWhereHealthAsks(f *testing.F) {
	for _, name := range []string{"", ":80", "[::1]:3000", "hub.example.com", "http://[::1]", "HTTPS://localhost:8443/", "a.example:8443 :80", "\n:80\t", "hub:https", ",:0443", "hub:443", ":\v0", ":80\r", "[fe80::1%eth0]:3000", "https://a:80"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		env := map[string]string{"SERVER_NAME": name, "MERCURE_PUBLISHER_JWT_KEY": hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY": hubtest.SubscriberSecret}
		s, err := settings.Load(settings.Options{Getenv: func(name string) string { return env[name] }})
		if err != nil {
			return
		}
		asked, way := here(name)
		way.CloseIdleConnections()
		u, err := url.Parse(asked)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		opens := func(list []string) bool {
			return slices.ContainsFunc(list, func(address string) bool {
				_, port, _ := net.SplitHostPort(address)
				return port == u.Port()
			})
		}
		plain, secure := opens(s.Listen.Plain), opens(s.Listen.Secure)
		if u.Scheme == "https" && !secure || u.Scheme == "http" && !plain && !secure {
			t.Errorf("%q is asked at %s, and listens on %q and, by HTTPS, on %q", name, asked, s.Listen.Plain, s.Listen.Secure)
		}
	})
}
