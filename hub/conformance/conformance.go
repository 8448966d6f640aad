package conformance

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// The dialects a check speaks. Both is for what belongs to neither alone.
const (
	Classic = "classic" // draft-dunglas-mercure-07, the 0.x line
	Draft1  = "draft1"  // draft-dunglas-mercure-08, the 1.0 line
	Both    = "both"
)

// A Check proves one behaviour of a hub.
type Check struct {
	// Name is a sentence about the hub that is true if the check passes. It is
	// unique within its Dialect.
	Name string
	// Section says where the behaviour is demanded: "draft-07, …" and
	// "draft-08, …" are the protocol's texts, "protocol.md …" is what Amalgam
	// decided where the texts leave room.
	Section string
	Dialect string
	// Rules name the rules of the hub without which the check fails. The
	// sabotage test breaks one rule at a time and expects exactly the checks
	// that name it to fail.
	Rules []string
	Run   func(*T)

	// alone keeps other checks from running at the same time: what the check
	// looks at changes with every update of the hub. slow checks wait for a
	// clock: they start first.
	alone, slow bool
}

// ID names the check: its dialect and its sentence.
func (c Check) ID() string { return c.Dialect + ": " + c.Name }

// Ours reports whether the check rests on a decision of Amalgam's rather than
// on a text, so that another hub may well fail it.
func (c Check) Ours() bool { return strings.HasPrefix(c.Section, "protocol.md") }

// A Status is the outcome of a check.
type Status string

const (
	Pass Status = "pass"
	Fail Status = "fail"
	Skip Status = "skip" // the target lacks what the check needs
)

// A Result is the outcome of one check. Reason says why it failed or was
// skipped.
type Result struct {
	Check  Check
	Status Status
	Reason string
	Took   time.Duration
}

// Checks returns all checks, always in the same order.
func Checks() []Check {
	return slices.Concat(
		subscribeChecks, selectorChecks, matcherChecks, queryChecks,
		publishChecks, publishFieldChecks, reservedChecks, encodingChecks,
		privateChecks, tokenPlaceChecks, classicTokenChecks, draft1TokenChecks,
		detailChecks, challengeChecks, downgradeChecks, csrfChecks, corsChecks,
		cursorChecks, replayChecks, subscriptionEventChecks,
		subscriptionAPIChecks, discoveryChecks, topicsOnChecks, limitChecks,
	)
}

// parallel is how many checks run at the same time. They mostly wait.
const parallel = 8

// Run runs the checks that filter selects (all if it is nil) against a hub and
// returns their results in the order of Checks. done, if it is not nil, is
// called after each check, from one goroutine at a time. When Run returns,
// every connection that it opened is closed.
func Run(ctx context.Context, target Target, filter func(Check) bool, done func(Result)) []Result {
	env := newEnvironment(target)
	defer env.close()
	var checks []Check
	for _, c := range Checks() {
		if filter == nil || filter(c) {
			checks = append(checks, c)
		}
	}
	results := make([]Result, len(checks))
	var mu sync.Mutex
	run := func(i int) {
		r := env.run(ctx, checks[i])
		mu.Lock()
		defer mu.Unlock()
		results[i] = r
		if done != nil {
			done(r)
		}
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range parallel {
		wg.Go(func() {
			for i := range next {
				run(i)
			}
		})
	}
	for _, slow := range []bool{true, false} {
		for i, c := range checks {
			if !c.alone && c.slow == slow {
				next <- i
			}
		}
	}
	close(next)
	wg.Wait()
	for i, c := range checks {
		if c.alone {
			run(i)
		}
	}
	return results
}

// environment is what the checks of one run share.
type environment struct {
	target Target
	client *http.Client
	tag    string
	mu     sync.Mutex
	count  int
}

// run runs one check to its end and closes what it opened.
func (env *environment) run(ctx context.Context, c Check) (r Result) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 6*env.target.Patience)
	defer cancel()
	t := env.newT(ctx, c)
	func() {
		defer func() {
			switch p := recover(); p.(type) {
			case nil, stop:
			default:
				t.Errorf("the check itself panicked: %v\n%s", p, debug.Stack())
			}
		}()
		c.Run(t)
	}()
	t.close()
	r = Result{Check: c, Status: Pass, Took: time.Since(start)}
	switch {
	case len(t.failures) > 0:
		r.Status, r.Reason = Fail, strings.Join(t.failures, "; ")
	case t.skipped != "":
		r.Status, r.Reason = Skip, t.skipped
	}
	return r
}

// check makes a check; rules are separated by spaces.
func check(dialect, name, section, rules string, run func(*T)) []Check {
	return []Check{{Name: name, Section: section, Dialect: dialect, Rules: strings.Fields(rules), Run: run}}
}

func classic(name, section, rules string, run func(*T)) []Check {
	return check(Classic, name, section, rules, run)
}

func draft1(name, section, rules string, run func(*T)) []Check {
	return check(Draft1, name, section, rules, run)
}

func hubwide(name, section, rules string, run func(*T)) []Check {
	return check(Both, name, section, rules, run)
}

// each makes one check for each dialect, of what they have in common.
func each(name, section7, section8, rules string, run func(*T)) []Check {
	return append(classic(name, section7, rules, run), draft1(name, section8, rules, run)...)
}

// alone marks checks that must run by themselves.
func alone(checks []Check) []Check {
	for i := range checks {
		checks[i].alone = true
	}
	return checks
}

// slow marks checks that mostly wait.
func slow(checks []Check) []Check {
	for i := range checks {
		checks[i].slow = true
	}
	return checks
}

// Summary counts results and says so in one line.
func Summary(results []Result) (line string, failed int) {
	n := map[Status]int{}
	for _, r := range results {
		n[r.Status]++
	}
	return fmt.Sprintf("%d checks: %d passed, %d failed, %d skipped", len(results), n[Pass], n[Fail], n[Skip]), n[Fail]
}
