package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"amalgam/hub/listen"
	"amalgam/hub/web"
	"amalgam/hub/web/metrics"
)

// admin is the private listener: metrics, health and profiles, for whoever
// runs the hub. It works until the hub has stopped, so that the stop can be
// watched. Its methods work on nil, which listens nowhere.
type admin struct {
	hs     *http.Server
	served chan error
}

// adminWithin bounds how long a stop waits for a scrape that is under way.
const adminWithin = time.Second

const adminIsOpen = "the admin listener can be reached from other machines: whoever reaches it sees metrics and profiles, see to it that only you do"

// warnOfAdmin says before a start what openAdmin would say.
func warnOfAdmin(address string) []string {
	if address == "" {
		return nil
	}
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || a.IP.IsLoopback() {
		return nil
	}
	return []string{"admin: " + adminIsOpen}
}

// openAdmin listens on address; "" is nowhere.
func (srv *server) openAdmin(address string) error {
	if address == "" {
		return nil
	}
	l, err := listen.TCP(address)
	if err != nil {
		return fmt.Errorf("the directive admin: %w", err)
	}
	ip := net.ParseIP(hostOf(l.Addr().String()))
	handler := srv.adminRoutes()
	if ip.IsLoopback() {
		handler = ownName(handler, hostOf(address))
	}
	a := &admin{served: make(chan error, 1)}
	a.hs = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(srv.logger.Handler(), slog.LevelDebug),
	}
	go func() { a.served <- a.hs.Serve(l) }()
	srv.admin = a
	if !ip.IsLoopback() {
		srv.logger.Warn(adminIsOpen, "address", l.Addr().String())
	}
	srv.logger.Info("the admin listener is open", "admin", l.Addr().String())
	return nil
}

// hostOf is an address without its port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return strings.Trim(address, "[]")
	}
	return host
}

func (srv *server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler(srv.hub, srv.hook, version))
	mux.Handle("GET /healthz", web.Health(srv.log.Ready))
	mux.Handle("GET /readyz", web.Health(srv.hub.Ready))
	// Importing net/http/pprof puts its handlers into http.DefaultServeMux too,
	// which nobody serves.
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return sameOrigin(mux)
}

// sameOrigin refuses what a page of another site has a browser ask for: a
// listener on localhost can be reached by every page that is open there.
func sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
			http.Error(w, "this listener is for the operator, not for pages of other sites", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownName refuses requests by another name than configured, localhost and
// addresses: whoever has a name lead to this machine (DNS rebinding) has a page
// that is of the same origin as the listener here.
func ownName(next http.Handler, configured string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := hostOf(r.Host)
		if name != "" && net.ParseIP(name) == nil && !strings.EqualFold(name, "localhost") && !strings.EqualFold(name, configured) {
			http.Error(w, "this listener is for this machine: ask for it as localhost, or by the name in the directive admin", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// close ends what is under way, after a moment, and waits.
func (a *admin) close() error {
	if a == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminWithin)
	defer cancel()
	if a.hs.Shutdown(ctx) != nil {
		_ = a.hs.Close() // a profile that runs for minutes
	}
	if err := <-a.served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the admin listener: %w", err)
	}
	return nil
}
