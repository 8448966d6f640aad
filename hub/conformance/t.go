package conformance

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// T is what a check runs with: the target, a way to fail, and helpers that
// speak the check's dialect. Fatalf and Skipf end the check and may only be
// called from the goroutine that runs it.
type T struct {
	Target  Target
	Dialect string // Classic or Draft1: what the helpers speak

	env *environment
	ctx context.Context
	tag string // unique among all checks of all runs

	mu       sync.Mutex
	failures []string
	skipped  string
	cleanup  []func()
}

// stop is what Fatalf and Skipf panic with.
type stop struct{}

func (env *environment) newT(ctx context.Context, c Check) *T {
	env.mu.Lock()
	defer env.mu.Unlock()
	env.count++
	t := &T{Target: env.target, Dialect: c.Dialect, env: env, ctx: ctx, tag: fmt.Sprintf("%sx%d", env.tag, env.count)}
	if c.Dialect == Both {
		t.Dialect = Classic
		if env.target.Classic.PublisherKey == nil {
			t.Dialect = Draft1
		}
	}
	return t
}

// Errorf fails the check and goes on. It may be called from any goroutine.
func (t *T) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) < 5 {
		t.failures = append(t.failures, fmt.Sprintf(format, args...))
	}
}

// Fatalf fails the check and ends it.
func (t *T) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	panic(stop{})
}

// Skipf ends the check because the target lacks what it needs.
func (t *T) Skipf(format string, args ...any) {
	t.skipped = fmt.Sprintf(format, args...)
	panic(stop{})
}

// Cleanup has fn called when the check has ended, the last one first.
func (t *T) Cleanup(fn func()) { t.cleanup = append(t.cleanup, fn) }

func (t *T) close() {
	for i := len(t.cleanup) - 1; i >= 0; i-- {
		t.cleanup[i]()
	}
}

// Topic returns a topic that no other check uses.
func (t *T) Topic(name string) string { return "https://example.com/" + t.tag + "/" + name }

// draft1 reports whether the check speaks draft1.
func (t *T) draft1() bool { return t.Dialect == Draft1 }

// choose returns what is right for the check's dialect.
func choose[V any](t *T, classic, draft1 V) V {
	if t.draft1() {
		return draft1
	}
	return classic
}

// need skips the check unless the target has what it needs.
func (t *T) need(has bool, what string) {
	if !has {
		t.Skipf("the target needs %s", what)
	}
}

// short cuts a text for a message.
func short(s string) string {
	if s = strings.TrimSpace(s); len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}
