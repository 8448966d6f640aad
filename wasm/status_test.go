package wasm

import (
	"slices"
	"testing"
)

func TestAnErrorMeansWhatTheReadyStateSays(t *testing.T) {
	for readyState, want := range map[int][2]string{
		readyStateConnecting: {"waiting", CodeLost},
		readyStateOpen:       {"open", ""},
		2:                    {"closed", CodeRefused},
	} {
		got := afterError(readyState)
		if string(got.State) != want[0] || got.Code != want[1] || (got.Reason == "") != (got.Code == "") {
			t.Errorf("readyState %d: %+v", readyState, got)
		}
	}
}

func TestEveryNameIsListenedToOnce(t *testing.T) {
	got := names([]string{"chat", "message"}, []string{"chat", "error", "error", "message"})
	if want := []string{"chat", "message", "error"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := names([]string{"chat"}, nil); !slices.Equal(got, []string{"chat", "message"}) {
		t.Errorf("events without a name are not listened to: %v", got)
	}
}
