package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"amalgam/hub/listen"
)

// A stop takes no longer than stop_spread, which is 15 s at most, and, one after
// the other, requestsWithin, adminWithin, logWithin (beside it webhooksWithin,
// which is shorter), tracesWithin and closeWithin: 28 s where a container's
// runtime kills after 30, and 16 s with the default of 3 s. Each needs
// milliseconds, unless somebody hangs. A test adds them up.
const (
	// requestsWithin is for the requests that are under way when the streams
	// have ended, and for a client that does not take the end of its stream.
	requestsWithin = 5 * time.Second
	logWithin      = 4 * time.Second
)

// stopSignals delivers the signals that stop the hub, until done is called.
func stopSignals() (signals chan os.Signal, done func()) {
	signals = make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	return signals, func() { signal.Stop(signals) }
}

// closesConnections has clients come back on another connection, and so to
// another hub, once this one is stopping. HTTP/3 does without the header, and
// forbids it (RFC 9114, 4.2): it says so itself when the port is closed.
func (srv *server) closesConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if srv.stopping.Load() && r.ProtoMajor < 3 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// stop stops in order: unready, streams ended over a while in which requests
// are still taken, the port closed, requests under way answered, what is left
// cut, the log closed. Another signal ends the waiting, and a third the
// process. It returns an error only if the log has one: a client that does not
// let go is no failure of the hub.
func (srv *server) stop(ports *listen.Server, signals <-chan os.Signal, done func()) error {
	srv.stopping.Store(true)
	srv.logger.Info("stopping")
	patient, hurry := context.WithCancel(context.Background())
	defer hurry()
	go func() {
		select {
		case <-signals:
			srv.logger.Warn("stopping at once")
			done()
			hurry()
		case <-patient.Done():
		}
	}()
	_ = srv.hub.Drain(patient)

	grace, cancel := context.WithTimeout(patient, requestsWithin)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- srv.hub.Close(grace) }()
	if err := errors.Join(ports.Shutdown(grace), <-closed); err != nil {
		srv.logger.Warn("connections were cut: their clients had not sent their request, or not taken their answer, in time", "error", err)
	}
	_ = ports.Close()
	var told sync.WaitGroup
	told.Go(func() { closeWebhook(srv.hook) })
	defer told.Wait()
	_ = srv.admin.close()

	// Whatever got a 2xx is on disk by now: a log that takes long to close, on a
	// disk that hangs, loses nothing by being left.
	logClosed := make(chan error, 1)
	go func() { logClosed <- srv.log.Close() }()
	select {
	case err := <-logClosed:
		told.Wait() // which may have to log what is lost
		if err == nil {
			srv.logger.Info("stopped")
		}
		return err
	case <-time.After(logWithin):
		srv.logger.Warn("stopped, without waiting for the log to close any longer: the next start tidies it")
		return nil
	}
}
