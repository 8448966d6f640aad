package settings_test

import (
	"strings"
	"testing"
	"time"

	"amalgam/hub"
)

func TestWhatBoundsAStreamIsReadFromItsDirective(t *testing.T) {
	for text, holds := range map[string]func(hub.Config) bool{
		"":                        func(c hub.Config) bool { return c.MaxQueue == 0 && c.StopSpread == 0 },
		"heartbeat 7s":            func(c hub.Config) bool { return c.Heartbeat == 7*time.Second },
		"heartbeat 0":             func(c hub.Config) bool { return c.Heartbeat < 0 },
		"write_timeout 5m":        func(c hub.Config) bool { return c.WriteTimeout == 5*time.Minute },
		"dispatch_timeout 1500ms": func(c hub.Config) bool { return c.DispatchTimeout == 1500*time.Millisecond },
		"subscriber_queue 64KiB":  func(c hub.Config) bool { return c.MaxQueue == 64<<10 },
		"subscriber_queue 1GB":    func(c hub.Config) bool { return c.MaxQueue == 1e9 },
		"stop_spread 15s":         func(c hub.Config) bool { return c.StopSpread == 15*time.Second },
		"stop_spread 0":           func(c hub.Config) bool { return c.StopSpread < 0 },
	} {
		s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text}))
		if err != nil || !holds(s.Hub) {
			t.Errorf("%q is read as %+v, %v", text, s, err)
		}
	}
	for text, want := range map[string]string{
		"subscriber_queue 0":    "has to have a bound",
		"subscriber_queue many": `"many" is not a size`,
		"subscriber_queue":      "takes one size",
		"stop_spread 16s":       "16s is more than 15s",
		"stop_spread 3":         `"3" is not a duration`,
		"stop_sprea 3s":         `did you mean "stop_spread"?`,
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}
