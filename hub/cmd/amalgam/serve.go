package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"amalgam/hub"
	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/listen"
	"amalgam/hub/settings"
	"amalgam/hub/web"
	"amalgam/hub/webhook"
	"amalgam/jsdist"
)

// Where the browser SDK is served, and the debugger's page.
const (
	sdkPath      = "/sdk/"
	debuggerPath = "/debugger/"
)

// server is a hub with its log and everything that is served beside it.
type server struct {
	log    eventlog.Log
	hub    *hub.Hub
	hook   *webhook.Sender // nil without on_subscription
	mux    *http.ServeMux
	logger *slog.Logger

	admin    *admin // nil without one
	stopping atomic.Bool
}

// newServer opens the log and starts the hub. root serves what no other path
// does; nil is the home page.
func newServer(s *settings.Settings, root http.Handler) (*server, error) {
	var log eventlog.Log
	var err error
	if s.Transport == "local" {
		log = memory.New(s.History)
	} else if log, err = bolt.Open(s.Path, &bolt.Options{Logger: s.Hub.Logger, Retention: s.History}); err != nil {
		return nil, s.ExplainHistory(err)
	}
	s.Hub.Log = log
	hook := startWebhook(s)
	h, err := hub.New(s.Hub)
	if err != nil {
		closeWebhook(hook)
		return nil, errors.Join(err, log.Close())
	}
	sdk, err := web.SDK(sdkPath, jsdist.Files(), jsdist.Built())
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	debugger, err := web.Debugger(debuggerPath, web.DebuggerPage{HubPath: hub.DefaultPath, SDKPath: sdkPath})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if root == nil {
		home := web.HomePage{Version: version, HubPath: hub.DefaultPath, SDKPath: sdkPath, SDKBuilt: jsdist.Built()}
		if s.Debugger {
			home.DebuggerPath = debuggerPath
		}
		root = onlyRoot(web.Home(home))
	}
	srv := &server{log: log, hub: h, hook: hook, mux: http.NewServeMux(), logger: s.Hub.Logger}
	srv.mux.Handle(hub.DefaultPath, h)
	srv.mux.Handle(hub.DefaultPath+"/", h)
	srv.mux.Handle(hub.MetadataPath, h)
	srv.mux.Handle(sdkPath, h.Observe(sdk))
	if s.Debugger {
		srv.mux.Handle(debuggerPath, h.Observe(debugger))
	}
	srv.mux.Handle("/healthz", web.Health(log.Ready))
	srv.mux.Handle("/readyz", web.Health(h.Ready))
	srv.mux.Handle("/", h.Observe(root))
	if err := srv.openAdmin(s.Admin); err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), requestsWithin)
		defer cancel()
		return nil, errors.Join(err, srv.close(ctx))
	}
	return srv, nil
}

func onlyRoot(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serve serves until a signal, then stops.
func (srv *server) serve(ports *listen.Server) error {
	signals, done := stopSignals()
	defer done()
	failed := make(chan error, 1)
	go func() { failed <- ports.Serve(srv.closesConnections(srv.mux)) }()
	select {
	case err := <-failed:
		ctx, cancel := context.WithTimeout(context.Background(), requestsWithin)
		defer cancel()
		return errors.Join(err, srv.close(ctx), ports.Close())
	case <-signals:
	}
	return srv.stop(ports, signals, done)
}

func (srv *server) close(ctx context.Context) error {
	err := srv.hub.Close(ctx)
	closeWebhook(srv.hook)
	return errors.Join(err, srv.admin.close(), srv.log.Close())
}
