package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"amalgam/hub/bench"
	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A spec is one row: what to run, which figure counts, and what it has to be.
type spec struct {
	work, unit string
	mode       string
	o          bench.Options
	value      func(*bench.Result) float64
	// base is what the figure is compared with, measured in the same round;
	// nil for nothing. It returns 0 where it cannot be measured.
	base     func() (float64, error)
	baseName string
	reach    string
	reached  func(value, ratio float64) bool
	note     func(*bench.Result) string
}

// measured is a row with its figures, medians of the rounds.
type measured struct {
	Work     string  `json:"work"`
	Unit     string  `json:"unit"`
	Base     float64 `json:"base,omitempty"`
	BaseName string  `json:"base_name,omitempty"`
	Hub      float64 `json:"hub"`
	Ratio    float64 `json:"ratio,omitempty"` // the median of the rounds' ratios
	Peer     float64 `json:"peer,omitempty"`
	Reach    string  `json:"reach"`
	Reached  bool    `json:"reached"`
	Note     string  `json:"note,omitempty"`
}

func perDelivery(r *bench.Result) float64 { return r.CPUPerDelivery }
func perPublish(r *bench.Result) float64  { return r.CPUPerPublish }
func publishRate(r *bench.Result) float64 { return r.PublishRate }

func (s *suite) specs() []spec {
	many, most, secs := 10_000, 19_000, 1
	if s.short {
		many, most, secs = 2000, 4000, 0
	}
	dur := func(n int) time.Duration { return time.Duration(n*secs)*time.Second + time.Second }
	var list []spec
	list = append(list, spec{
		work: fmt.Sprintf("idle: %d subscribers", many), unit: "KB a connection", mode: "idle",
		o:     bench.Options{Subscribers: many},
		value: func(r *bench.Result) float64 { return r.RSSPerConn },
		reach: "≤ 8 KB", reached: func(v, _ float64) bool { return v <= 8 },
		note: func(r *bench.Result) string { return fmt.Sprintf("PSS %.1f KB", r.PSSPerConn) },
	})
	for _, n := range []int{1000, many} {
		floor := func() (float64, error) { return s.floorAt(n, dur(2)) }
		list = append(list, spec{
			work: fmt.Sprintf("fan-out to %d, one write a delivery", n), unit: "µs CPU a delivery", mode: "fanout",
			o: bench.Options{Subscribers: n, Duration: dur(2), Pace: bench.Pace{Lockstep: true}}, value: perDelivery,
			base: floor, baseName: "C floor",
			reach: "≤ 1.25 × floor", reached: func(_, ratio float64) bool { return ratio > 0 && ratio <= 1.25 },
			note: latencyNote,
		}, spec{
			work: fmt.Sprintf("fan-out to %d, as fast as it goes", n), unit: "µs CPU a delivery", mode: "fanout",
			o: bench.Options{Subscribers: n, Duration: dur(3), Events: 2_000_000 / n}, value: perDelivery,
			base: floor, baseName: "C floor",
			reach: "< floor", reached: func(_, ratio float64) bool { return ratio > 0 && ratio < 1 },
			note: latencyNote,
		})
	}
	list = append(list, spec{
		work: "durable publish, 1 publisher", unit: "a second", mode: "publish",
		o: bench.Options{Publishers: 1, Duration: dur(2)}, value: publishRate,
		base: s.rawSync, baseName: "append + fdatasync",
		reach: "≥ 0.8 × raw", reached: func(_, ratio float64) bool { return ratio >= 0.8 }, note: publishNote,
	}, spec{
		work: "durable publish, 64 publishers", unit: "a second", mode: "publish",
		o: bench.Options{Publishers: 64, Duration: dur(3)}, value: publishRate,
		base: s.rawSync, baseName: "append + fdatasync",
		reach: "≥ 15,000 a second", reached: func(v, _ float64) bool { return v >= 15_000 }, note: publishNote,
	})
	unicast := func(n int) string {
		return fmt.Sprintf("unicast: %d private topics and tokens, 16 publishers", n)
	}
	for _, n := range []int{100, many, most} {
		list = append(list, spec{
			work: unicast(n), unit: "µs CPU a publish", mode: "unicast",
			o: bench.Options{Subscribers: n, Duration: dur(2)}, value: perPublish,
			base: func() (float64, error) { return s.hubAt(unicast(100)), nil }, baseName: "100 subscribers",
			reach: "≤ 120 µs, flat", reached: func(v, ratio float64) bool { return v <= 120 && ratio <= 1.25 },
			note: func(r *bench.Result) string { return fmt.Sprintf("%.0f/s, %s", r.PublishRate, latencyNote(r)) },
		})
	}
	for _, m := range []bench.Match{bench.Template, bench.URLPattern} {
		o := bench.Options{Subscribers: many, Topics: 500, Publishers: 4, Duration: dur(2), Events: 1500}
		patterns := o
		patterns.Match = m
		list = append(list, spec{
			work: fmt.Sprintf("%d subscribers over 500 distinct %ss", many, m), unit: "µs CPU a publish", mode: "fanout",
			o: patterns, value: perPublish,
			base: func() (float64, error) {
				r, err := s.run("fanout", o, false)
				if err != nil {
					return 0, err
				}
				return r.CPUPerPublish, nil
			}, baseName: "exact topics",
			reach: "≤ 2 × exact", reached: func(_, ratio float64) bool { return ratio > 0 && ratio <= 2 },
			note: latencyNote,
		})
	}
	return append(list, spec{
		work: "replay: 500 clients × 100 missed, history of 20 thousand", unit: "s", mode: "replay",
		o:     bench.Options{History: 20_000},
		value: func(r *bench.Result) float64 { return r.ReplaySeconds },
		reach: "≤ 1 s", reached: func(v, _ float64) bool { return v > 0 && v <= 1 },
	}, spec{
		work: fmt.Sprintf("connect: %d subscribers with tokens of their own", many), unit: "a second", mode: "connect",
		o:     bench.Options{Subscribers: many},
		value: func(r *bench.Result) float64 { return r.ConnectRate },
		reach: "≥ 8,000 a second", reached: func(v, _ float64) bool { return v >= 8000 },
		note: func(r *bench.Result) string { return fmt.Sprintf("%.0f µs CPU a connection", r.CPUPerConnection) },
	})
}

func latencyNote(r *bench.Result) string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.2f events a read, %.2f writes a delivery, p50 %.1f ms, p99 %.1f ms", r.EventsPerRead, r.WritesPerDelivery, ms(r.LatencyP50), ms(r.LatencyP99))
}

func publishNote(r *bench.Result) string {
	return fmt.Sprintf("%.0f µs CPU a publish", r.CPUPerPublish)
}

// floorAt is what a delivery costs in C.
func (s *suite) floorAt(n int, d time.Duration) (float64, error) {
	if s.floor == nil {
		return 0, nil
	}
	r, err := s.floor.Run(s.ctx, bench.Options{Subscribers: n, Duration: d})
	if err != nil {
		return 0, fmt.Errorf("the floor: %w", err)
	}
	s.judge("the floor", "fanout", r)
	return r.CPUPerDelivery, nil
}

// hubAt is what an earlier row measured; 0 if it has not been.
func (s *suite) hubAt(work string) float64 {
	for _, m := range s.rows {
		if m.Work == work {
			return m.Hub
		}
	}
	return 0
}

// rawSync is how often a second the disk takes one record.
func (s *suite) rawSync() (float64, error) {
	u := &update.Update{Topics: []string{"https://bench.example/0123456789/0/7"}, ID: update.NewID(), Data: strings.Repeat("x", 135)}
	return bench.RawSync(s.ctx, s.dir, eventlog.AppendRecord(nil, eventlog.Entry{Seq: 1, Update: u, Time: time.Now().UnixMilli()}), time.Second)
}

// row measures one row in as many rounds as there are.
func (s *suite) row(spec spec) error {
	spec.o.Progress = func(string, ...any) {}
	m := measured{Work: spec.work, Unit: spec.unit, BaseName: spec.baseName, Reach: spec.reach}
	var hub, base, ratio, peer []float64
	for i := range s.rounds {
		benchProgress("%s, round %d of %d", spec.work, i+1, s.rounds)
		b := 0.0
		var err error
		if spec.base != nil {
			if b, err = spec.base(); err != nil {
				return err
			}
		}
		r, err := s.run(spec.mode, spec.o, false)
		if err != nil {
			return err
		}
		v := spec.value(r)
		hub = append(hub, v)
		if b > 0 {
			base, ratio = append(base, b), append(ratio, v/b)
		}
		if spec.note != nil {
			m.Note = spec.note(r)
		}
		if s.peer == nil {
			continue
		}
		if r, err = s.run(spec.mode, spec.o, true); err != nil {
			benchProgress("%v", err) // a peer need not speak every dialect
			continue
		}
		peer = append(peer, spec.value(r))
	}
	m.Hub, m.Base, m.Ratio, m.Peer = bench.Median(hub), bench.Median(base), bench.Median(ratio), bench.Median(peer)
	m.Reached = spec.reached(m.Hub, m.Ratio)
	s.add(m)
	return nil
}

// add keeps a row and shows it at once.
func (s *suite) add(m measured) {
	s.rows = append(s.rows, m)
	benchProgress("   %s", strings.Join(m.cells(s.peer != nil), " · "))
}

func (m measured) cells(peer bool) []string {
	show := func(v float64) string {
		switch {
		case v == 0:
			return "–"
		case v >= 1000:
			return fmt.Sprintf("%.0f", v)
		case v >= 100:
			return fmt.Sprintf("%.1f", v)
		}
		return fmt.Sprintf("%.2f", v)
	}
	base := show(m.Base)
	if m.Base != 0 {
		base += " (" + m.BaseName + ")"
	}
	verdict := "**no**"
	if m.Reached {
		verdict = "yes"
	}
	cells := []string{m.Work, m.Unit, show(m.Hub), base, show(m.Ratio), m.Reach, verdict}
	if peer {
		cells = append(cells, show(m.Peer))
	}
	return append(cells, m.Note)
}

// print writes the table in Markdown.
func (s *suite) print(w io.Writer) {
	head := []string{"work", "unit", "this hub", "compared with", "ratio", "reach", "reached"}
	if s.peer != nil {
		head = append(head, "peer")
	}
	head = append(head, "last round")
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, m := range s.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(m.cells(s.peer != nil), " | "))
	}
	for _, wrong := range s.wrong {
		fmt.Fprintf(w, "\nWRONG: %s\n", wrong)
	}
}
