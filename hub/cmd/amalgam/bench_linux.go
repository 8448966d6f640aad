package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/settings"
)

func benchHelp() string {
	var b strings.Builder
	b.WriteString(`Puts load on a hub of the protocol and measures what it costs: on this hub,
started for it in a folder of its own, or on any other at --hub.

  amalgam bench fanout --subscribers 10000
  amalgam bench unicast --hub http://127.0.0.1:3000/.well-known/mercure --pid 4711

modes:
`)
	for _, m := range bench.Modes {
		fmt.Fprintf(&b, "  %-8s  %s\n", m.Name, m.Summary)
	}
	b.WriteString("  floor     what a fan-out costs a C program with one write(2) a delivery (needs gcc)\n")
	b.WriteString("  suite     every row of docs/performance.md, beside the floor (`make bench`)")
	return b.String()
}

func benchCommand(args []string) error {
	if len(args) > 0 && args[0] == "hub" {
		return benchHub(args[1:])
	}
	if len(args) > 0 && args[0] == "suite" {
		return benchSuite(args[1:])
	}
	mode := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		mode, args = args[0], args[1:]
	}
	var o bench.Options
	fs := newFlags("bench", benchHelp())
	fs.StringVar(&o.Hub, "hub", "", "URL of the hub; none: start this one")
	pids := fs.String("pid", "", "the hub's process, or several with commas, to measure its cost")
	publisherFile := fs.String("publisher-key-file", "", "file with the publishers' secret (or "+settings.EnvPublisherKey+" in the environment)")
	subscriberFile := fs.String("subscriber-key-file", "", "file with the subscribers' secret (or "+settings.EnvSubscriberKey+")")
	fs.IntVar(&o.Subscribers, "subscribers", 0, "open streams; default by mode: 500, 1000 or 10000")
	fs.IntVar(&o.Publishers, "publishers", 0, "publishers at a time; default by mode: 4, 16 or 64")
	fs.IntVar(&o.Topics, "topics", 0, "distinct topics, shared evenly by the subscribers; default by mode: 1, or one each")
	match := fs.String("match", "exact", "what subscribers follow: exact topics, or one template or urlpattern for each topic")
	rate := fs.String("rate", "", "events a second, max, or lockstep: the next when everybody has the last; default: lockstep for fanout, else max")
	fs.IntVar(&o.Size, "size", 193, "bytes of an event on the stream")
	fs.DurationVar(&o.Duration, "duration", 0, "of the timed part; idle: time to settle; default 5s, idle 3s")
	fs.IntVar(&o.Events, "events", 0, "the most events in the timed part; 0 for no bound but --duration")
	fs.IntVar(&o.History, "history", 0, "replay: events to publish before")
	fs.IntVar(&o.Missed, "missed", 100, "replay: events that each subscriber missed")
	asJSON := fs.Bool("json", false, "print the result as JSON")
	profile := fs.String("cpuprofile", "", "`file` for a CPU profile of the hub that is started")
	local := fs.Bool("local", false, "let the hub that is started keep its history in memory only")
	if err := parse(fs, args); err != nil {
		return err
	}
	if mode == "" {
		fs.Usage()
		return errUsage
	}
	var err error
	if o.PublisherKey, err = bench.ReadKey(*publisherFile, settings.EnvPublisherKey); err != nil {
		return err
	}
	if o.SubscriberKey, err = bench.ReadKey(*subscriberFile, settings.EnvSubscriberKey); err != nil {
		return err
	}
	o.PublisherAlg, o.SubscriberAlg = os.Getenv(settings.EnvPublisherAlg), os.Getenv(settings.EnvSubscriberAlg)
	if o.PIDs, err = parsePIDs(*pids); err != nil {
		return err
	}
	o.Match = bench.Match(*match)
	if *rate == "" && mode == "fanout" {
		*rate = "lockstep"
	}
	if *rate != "" {
		if o.Pace, err = bench.ParsePace(*rate); err != nil {
			return err
		}
	}
	o.Progress = benchProgress
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if o.Hub == "" && mode != "floor" {
		h, err := startBenchHub(ctx, benchHubOptions{Profile: *profile, Local: *local})
		if err != nil {
			return err
		}
		defer h.stop()
		h.aim(&o)
	}
	r, err := runBench(ctx, mode, o)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		r.Print(os.Stdout)
	}
	if err == nil && len(r.Wrong) > 0 {
		err = errors.New("what arrived is not what was published: see above")
	}
	return err
}

func runBench(ctx context.Context, mode string, o bench.Options) (*bench.Result, error) {
	if mode != "floor" {
		return bench.Run(ctx, mode, o)
	}
	f, err := bench.BuildFloor(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Remove()
	return f.Run(ctx, o)
}

var benchBegan = time.Now()

// benchProgress tells on standard error what is going on.
func benchProgress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(benchBegan).Seconds(), fmt.Sprintf(format, args...))
}

func parsePIDs(s string) ([]int, error) {
	if s == "" {
		return nil, nil
	}
	var pids []int
	for f := range strings.SplitSeq(s, ",") {
		pid, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || pid <= 0 {
			return nil, fmt.Errorf("--pid: %q is not the number of a process", f)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}
