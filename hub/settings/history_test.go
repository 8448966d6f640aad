package settings_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"amalgam/hub/eventlog"
)

func TestHistoryIsBoundedAsTheDirectiveSays(t *testing.T) {
	for _, c := range []struct {
		block string
		want  eventlog.Retention
	}{
		{"max_events 5", eventlog.Retention{MaxEvents: 5}},
		{"max_events 0\nmax_bytes 0\nmax_age 0", eventlog.Retention{MaxEvents: -1, MaxAge: -1, MaxBytes: -1}},
		{"max_age 72h\nmax_bytes 64MiB", eventlog.Retention{MaxAge: 72 * time.Hour, MaxBytes: 64 << 20}},
		{"max_bytes 1GB", eventlog.Retention{MaxBytes: 1e9}},
		{"max_bytes 12", eventlog.Retention{MaxBytes: 12}},
	} {
		s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": "history {\n" + c.block + "\n}"}))
		if err != nil || s.History != c.want {
			t.Errorf("%q: %+v, %v, want %+v", c.block, s, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"history":                             "takes a block",
		"history {\nmax_event 5\n}":           `max_event (line 2): is not known here; did you mean "max_events"?`,
		"history {\nmax_bytes 1.5GB\n}":       `"1.5GB" is not a size`,
		"history {\nmax_bytes 99999999TiB\n}": "is not a size",
		"history {\nmax_bytes 9 MB\n}":        "takes one size",
		"history {\nmax_age 3d\n}":            `"3d" is not a duration`,
		"history {\nmax_events -4\n}":         "is not a number",
	} {
		if _, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}

func TestAFullDiskIsExplained(t *testing.T) {
	s, err := load(keys(map[string]string{"AMALGAM_DATA": "/data"}))
	if err != nil {
		t.Fatal(err)
	}
	full := fmt.Errorf("opening: %w", syscall.ENOSPC)
	if err := s.ExplainHistory(full); !errors.Is(err, full) || !strings.Contains(err.Error(), "the disk of the data folder /data has no room: make some, or choose another folder in AMALGAM_DATA") {
		t.Errorf("%v", err)
	}
}
