package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/settings"
)

const suiteHelp = `Measures every row of docs/performance.md: the floor (a C program with one
write(2) a delivery, compiled with gcc), the disk's raw append and fdatasync,
this hub with a durable history, and the hub at BENCH_PEER_URL, if there is one,
with the process or processes BENCH_PEER_PID and the keys of
MERCURE_PUBLISHER_JWT_KEY and MERCURE_SUBSCRIBER_JWT_KEY.`

// suite runs the rows one after the other and keeps what they measured.
type suite struct {
	ctx    context.Context
	rounds int
	short  bool
	floor  *bench.Floor
	dir    string // on the disk that is measured
	peer   *bench.Options
	rows   []measured
	wrong  []string
}

func benchSuite(args []string) error {
	fs := newFlags("bench suite", suiteHelp)
	short := fs.Bool("short", false, "one round of each, fewer connections: to see that all works")
	long := fs.Bool("long", false, "also the rows with a history of a million events (many minutes)")
	rounds := fs.Int("rounds", 3, "runs of each row; the median counts")
	asJSON := fs.Bool("json", false, "print the rows as JSON")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *short {
		*rounds = 1
	}
	if *rounds < 1 || *rounds > 100 {
		return errors.New("--rounds is 1 to 100")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "amalgam-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &suite{ctx: ctx, rounds: *rounds, short: *short, dir: dir}
	if s.peer, err = peerFromEnv(); err != nil {
		return err
	}
	s.floor, err = bench.BuildFloor(ctx)
	if errors.Is(err, bench.ErrNoCompiler) {
		benchProgress("%v", err)
	} else if err != nil {
		return err
	} else {
		defer s.floor.Remove()
	}
	for _, spec := range s.specs() {
		if err := s.row(spec); err != nil {
			return fmt.Errorf("%s: %w", spec.work, err)
		}
	}
	if *long {
		if err := s.million(); err != nil {
			return err
		}
	}
	if *asJSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(s.rows)
	} else {
		s.print(os.Stdout)
	}
	if err == nil && len(s.wrong) > 0 {
		err = fmt.Errorf("%d runs did not deliver what was published, see WRONG above", len(s.wrong))
	}
	return err
}

// peerFromEnv returns the other hub to measure, nil if none is named.
func peerFromEnv() (*bench.Options, error) {
	url := os.Getenv("BENCH_PEER_URL")
	if url == "" {
		return nil, nil
	}
	pids, err := parsePIDs(os.Getenv("BENCH_PEER_PID"))
	if err == nil && len(pids) == 0 {
		err = errors.New("BENCH_PEER_PID is missing: the process, or processes with commas, of the hub at BENCH_PEER_URL")
	}
	return &bench.Options{
		Hub: url, PIDs: pids,
		PublisherKey: []byte(os.Getenv(settings.EnvPublisherKey)), PublisherAlg: os.Getenv(settings.EnvPublisherAlg),
		SubscriberKey: []byte(os.Getenv(settings.EnvSubscriberKey)), SubscriberAlg: os.Getenv(settings.EnvSubscriberAlg),
	}, err
}

// run runs a mode once, on a new hub of ours or, if peer, on the other one.
func (s *suite) run(mode string, o bench.Options, peer bool) (*bench.Result, error) {
	name := "this hub"
	if peer {
		name = "the peer"
		o.Hub, o.PIDs = s.peer.Hub, s.peer.PIDs
		o.PublisherKey, o.PublisherAlg = s.peer.PublisherKey, s.peer.PublisherAlg
		o.SubscriberKey, o.SubscriberAlg = s.peer.SubscriberKey, s.peer.SubscriberAlg
	} else {
		h, err := startBenchHub(s.ctx, benchHubOptions{})
		if err != nil {
			return nil, err
		}
		defer h.stop()
		h.aim(&o)
	}
	r, err := bench.Run(s.ctx, mode, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.judge(name, mode, r)
	return r, nil
}

// judge reports at once what did not arrive as it has to.
func (s *suite) judge(name, mode string, r *bench.Result) {
	for _, w := range r.Wrong {
		w = fmt.Sprintf("%s, %s with %d subscribers: %s", name, mode, r.Subscribers, w)
		benchProgress("WRONG: %s", w)
		s.wrong = append(s.wrong, w)
	}
}

// million measures what depends on a long history: replay, and the start.
func (s *suite) million() error {
	const events = 1_000_000
	h, err := startBenchHub(s.ctx, benchHubOptions{Dir: s.dir})
	if err != nil {
		return err
	}
	o := bench.Options{History: events, Timeout: 30 * time.Minute, Progress: benchProgress}
	h.aim(&o)
	r, err := bench.Run(s.ctx, "replay", o)
	h.stop()
	if err != nil {
		return err
	}
	s.judge("this hub", "replay", r)
	s.add(measured{Work: "replay: 500 clients × 100 missed, history of 1 million", Unit: "s", Hub: r.ReplaySeconds, Reach: "≤ 1.5 s",
		Reached: r.ReplaySeconds > 0 && r.ReplaySeconds <= 1.5})
	var starts []float64
	for range s.rounds {
		if h, err = startBenchHub(s.ctx, benchHubOptions{Dir: s.dir}); err != nil {
			return err
		}
		starts = append(starts, h.started.Seconds())
		h.stop()
	}
	median := bench.Median(starts)
	s.add(measured{Work: "start with 1 million events", Unit: "s", Hub: median, Reach: "≤ 1 s", Reached: median <= 1})
	return nil
}
