package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"amalgam/hub"
	"amalgam/hub/settings"
)

// A reloader reads the settings anew at SIGHUP and has the hub go on with what
// can change while it runs.
type reloader struct {
	options settings.Options
	started *settings.Settings // whose rest holds until a restart
	now     *settings.Settings
	hub     *hub.Hub
}

// hangups delivers SIGHUP, from the very start on: until there is a reloader,
// one waits.
func hangups() (signals chan os.Signal, done func()) {
	signals = make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// follow reloads at each signal, until stop is called, which waits.
func (r *reloader) follow(signals <-chan os.Signal) (stop func()) {
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-signals:
				r.reload()
			case <-quit:
				return
			}
		}
	})
	return func() {
		close(quit)
		running.Wait()
	}
}

// reload changes all or nothing.
func (r *reloader) reload() {
	logger := r.started.Hub.Logger
	o := r.options
	o.Before = r.now
	next, err := settings.Load(o)
	for _, w := range next.Warnings {
		logger.Warn(w)
	}
	if err == nil {
		err = r.hub.Reload(next.Hub)
	}
	if err != nil {
		logger.Error("the settings were not reloaded, those from before hold", "error", err)
		return
	}
	changed, _ := next.Changes(r.now)
	_, needRestart := next.Changes(r.started)
	r.now = next
	if len(needRestart) > 0 {
		logger.Warn("settings have changed that hold only after a restart", "settings", needRestart)
	}
	logger.Info("the settings were reloaded", "changed", changed)
}
