package main

import (
	"context"
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

// follow reloads at each signal, until stop is called, which gives up the reload
// that is under way, and waits.
func (r *reloader) follow(signals <-chan os.Signal) (stop func()) {
	ctx, quit := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			select {
			case <-signals:
				r.reload(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		quit()
		running.Wait()
	}
}

// reload changes all or nothing; nothing, if ctx is over before.
func (r *reloader) reload(ctx context.Context) {
	logger := r.started.Hub.Logger
	o := r.options
	o.Before, o.Context = r.now, ctx
	next, err := settings.Load(o)
	if ctx.Err() != nil {
		return
	}
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
