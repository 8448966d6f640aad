package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A hub is asked where SERVER_NAME says that it listens, as the image does.
func TestHealthAsksTheHubOfSERVER_NAME(t *testing.T) {
	ready := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	plain, secure := httptest.NewServer(ready), httptest.NewTLSServer(ready)
	stopping := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
	}))
	for _, s := range []*httptest.Server{plain, secure, stopping} {
		defer s.Close()
	}
	port := func(s *httptest.Server) string { return s.URL[strings.LastIndexByte(s.URL, ':'):] }
	for name, want := range map[string]string{
		port(plain):                              "",
		"127.0.0.1" + port(plain):                "",
		"localhost" + port(plain):                "",
		"http://hub.example.com" + port(plain):   "",
		"https://hub.example.com" + port(secure): "",
		"hub.example.com" + port(secure):         "",
		port(plain) + ", hub.example.com":        "",
		port(stopping):                           "503 Service Unavailable: stopping",
		"127.0.0.5" + port(plain):                "does not answer",
	} {
		t.Setenv("SERVER_NAME", name)
		err := healthCommand(nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("SERVER_NAME=%s: %v, want %q", name, err, want)
		}
	}
}

func TestWhereHealthAsks(t *testing.T) {
	for name, want := range map[string]string{
		"":                     "http://127.0.0.1:3000/readyz",
		":80":                  "http://127.0.0.1:80/readyz",
		"[::1]:3000":           "http://[::1]:3000/readyz",
		"0.0.0.0:3000":         "http://0.0.0.0:3000/readyz",
		"hub.example.com":      "https://hub.example.com:443/readyz",
		"http://hub.example":   "http://hub.example:80/readyz",
		"https://hub.example/": "https://hub.example:443/readyz",
		"\n:80\n:81\n":         "http://127.0.0.1:80/readyz",
		"HTTPS://hub.example":  "https://hub.example:443/readyz",
		"http://[::1]":         "http://[::1]:80/readyz",
		"[fe80::1%eth0]:3000":  "http://[fe80::1]:3000/readyz",
		":https":               "https://127.0.0.1:443/readyz",
	} {
		if got, _ := here(name); got != want {
			t.Errorf("SERVER_NAME=%q: %s, want %s", name, got, want)
		}
	}
}
