package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 15 * time.Second

// receiver is an application that answers with the statuses given, then 204.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status []int
	tries  []try
	got    chan try
}

type try struct {
	id, timestamp, signature string
	status                   int
	body                     string
}

func startReceiver(t *testing.T, status ...int) *receiver {
	r := &receiver{status: status, got: make(chan try, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		one := try{q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), q.Header.Get("webhook-signature"), 204, string(body)}
		r.mu.Lock()
		if len(r.status) > 0 {
			one.status, r.status = r.status[0], r.status[1:]
		}
		r.mu.Unlock()
		if one.status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(one.status)
		r.got <- one
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t *testing.T) try {
	t.Helper()
	select {
	case one := <-r.got:
		return one
	case <-time.After(patience):
		t.Fatal("no message came")
	}
	return try{}
}

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func start(t *testing.T, r *receiver, change func(*Options)) *Sender {
	secret, err := ParseSecret(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: r.URL, Secret: secret, MinDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	s := New(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

func send(t *testing.T, s *Sender, subject string, data any) {
	t.Helper()
	if err := s.Send(subject, "test.sent", time.Unix(1_700_000_000, 0), data); err != nil {
		t.Fatal(err)
	}
}

func TestAMessageIsSignedAsStandardWebhooksHasIt(t *testing.T) {
	r := startReceiver(t)
	send(t, start(t, r, nil), "s", map[string]int{"n": 1})
	got := r.next(t)
	if want := `{"type":"test.sent","timestamp":"2023-11-14T22:13:20Z","data":{"n":1}}`; got.body != want {
		t.Errorf("the body is %s, want %s", got.body, want)
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(testSecret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", got.id, got.timestamp, got.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); got.signature != want || got.id == "" {
		t.Errorf("the signature of %+v is not %s", got, want)
	}
}

// The example of the specification's own text.
func TestTheSignatureOfAKnownMessage(t *testing.T) {
	secret, err := ParseSecret(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	got := secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestAMessageIsTriedUntilItIsTakenWithOneID(t *testing.T) {
	r := startReceiver(t, 500, 503, 302, 404, 204)
	s := start(t, r, nil)
	send(t, s, "s", 1)
	send(t, s, "s", 2)
	first := r.next(t)
	for range 4 {
		if again := r.next(t); again.id != first.id || again.body != first.body {
			t.Errorf("tried again as %+v, first was %+v", again, first)
		}
	}
	if last := r.next(t); last.id == first.id || !strings.Contains(last.body, `"data":2`) {
		t.Errorf("then came %+v", last)
	}
}

func TestThePasswordInTheURLIsNotLogged(t *testing.T) {
	r := startReceiver(t, 302)
	var log strings.Builder
	s := start(t, r, func(o *Options) {
		o.URL = strings.Replace(o.URL, "http://", "http://me:TOPSECRET@", 1)
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	send(t, s, "s", 1)
	r.next(t)
	r.next(t)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "is tried again") || strings.Contains(text, "TOPSECRET") {
		t.Errorf("the log says %s", text)
	}
}

func TestMessagesAboutOneSubjectComeInOrder(t *testing.T) {
	r := startReceiver(t, 500)
	s := start(t, r, nil)
	const subjects, each = 20, 10
	for n := range each {
		for i := range subjects {
			send(t, s, fmt.Sprint(i), [2]int{i, n})
		}
	}
	next := make([]int, subjects)
	for taken := 0; taken < subjects*each; {
		one := r.next(t)
		if one.status != 204 {
			continue
		}
		taken++
		var m struct{ Data [2]int }
		if err := json.Unmarshal([]byte(one.body), &m); err != nil {
			t.Fatal(err)
		}
		if m.Data[1] != next[m.Data[0]] {
			t.Fatalf("of %d came %d, want %d", m.Data[0], m.Data[1], next[m.Data[0]])
		}
		next[m.Data[0]]++
	}
}

func TestAMessageIsGivenUpAndTheNextOneGoesOut(t *testing.T) {
	r := startReceiver(t, 500, 500)
	var log strings.Builder
	s := start(t, r, func(o *Options) {
		o.GiveUp = time.Nanosecond
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	send(t, s, "s", 1)
	send(t, s, "s", 2)
	send(t, s, "s", 3)
	for range 2 {
		r.next(t)
	}
	if got := r.next(t); !strings.Contains(got.body, `"data":3`) || got.status != 204 {
		t.Errorf("then came %+v", got)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "a webhook message is lost"); n != 2 {
		t.Errorf("the log tells of %d lost messages:\n%s", n, log.String())
	}
	st := s.Stats()
	if st.Messages[GivenUp] != 2 || st.Messages[Delivered] != 1 || st.Retries != 0 || st.Waiting != 0 || time.Since(st.LastError) > time.Minute {
		t.Errorf("2 given up and 1 delivered are counted as %+v", st)
	}
}

func TestTheOldestGoWhereTooManyWait(t *testing.T) {
	hold := make(chan struct{})
	var got []string
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		got = append(got, string(body)) // one lane: one at a time
		<-hold
	}))
	defer app.Close()
	s := start(t, &receiver{Server: app}, func(o *Options) { o.MaxWaiting = 3 * lanes })
	for n := range 10 {
		send(t, s, "s", n)
	}
	close(hold)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(got, ""); len(got) > 4 || !strings.HasSuffix(all, `"data":8}`+strings.TrimSuffix(got[0], `"data":0}`)+`"data":9}`) {
		t.Errorf("delivered are %s", all)
	}
	if st := s.Stats(); st.Messages[Delivered] != uint64(len(got)) || st.Messages[Dropped] != uint64(10-len(got)) || !st.LastError.IsZero() {
		t.Errorf("%d delivered of 10 are counted as %+v", len(got), st)
	}
}

func TestCloseDeliversWhatWaitsOrSaysThatItIsLost(t *testing.T) {
	r := startReceiver(t, 500)
	s := start(t, r, nil)
	send(t, s, "s", 1)
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("closed with %v", err)
	}
	if r.next(t).status != 500 || r.next(t).status != 204 {
		t.Error("what waited was not delivered")
	}

	s = start(t, r, func(o *Options) { o.URL = "http://127.0.0.1:1" })
	send(t, s, "s", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err != ErrLost {
		t.Errorf("closed with %v, want ErrLost", err)
	}
	if st := s.Stats(); st.Waiting != 1 || st.Messages[GivenUp] != 0 || st.Retries == 0 || st.LastError.IsZero() {
		t.Errorf("a message that was not taken is counted as %+v", st)
	}
}

func TestSecrets(t *testing.T) {
	for _, bad := range []string{"", "short", "whsec_***", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)), strings.Repeat("x", 65)} {
		if _, err := ParseSecret(bad); err == nil || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("%q: %v, want an error with a mend", bad, err)
		}
	}
	for _, good := range []string{strings.Repeat("x", 24), testSecret} {
		if _, err := ParseSecret(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}
