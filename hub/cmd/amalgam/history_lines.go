package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// historyLine is one update of an export. Seq tells its place and is not
// imported.
type historyLine struct {
	Seq     uint64   `json:"seq,omitempty"`
	Time    string   `json:"time,omitempty"`
	ID      string   `json:"id,omitempty"`
	Topics  []string `json:"topics"`
	Private bool     `json:"private,omitempty"`
	Type    string   `json:"type,omitempty"`
	Retry   string   `json:"retry,omitempty"`
	Data    string   `json:"data"`
}

func toLine(e eventlog.Entry) historyLine {
	u := e.Update
	return historyLine{Seq: e.Seq, Time: timeText(e.Time), ID: u.ID, Topics: u.Topics, Private: u.Private, Type: u.Type, Retry: u.Retry, Data: u.Data}
}

// timeText is RFC 3339 with milliseconds, "" for an unknown time.
func timeText(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// readLines reads what export has written. The error of a bad line names it.
// Empty lines are passed over; a line without an id gets one, a line without a
// time gets now.
func readLines(r io.Reader, now time.Time, put func(eventlog.Entry) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(bytes.TrimSpace(text)) > 0 {
			e, bad := parseLine(text, now)
			if bad != nil {
				return fmt.Errorf("line %d: %w", n, bad)
			}
			if err := put(e); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

func parseLine(text []byte, now time.Time) (e eventlog.Entry, err error) {
	var line historyLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return e, err
	}
	if d.More() {
		return e, fmt.Errorf("there is more than one value")
	}
	at := now
	if line.Time != "" {
		if at, err = time.Parse(time.RFC3339, line.Time); err != nil {
			return e, fmt.Errorf("time %q is not RFC 3339, such as 2026-01-31T12:00:00Z", line.Time)
		}
	}
	u := &update.Update{Topics: line.Topics, Private: line.Private, ID: line.ID, Type: line.Type, Retry: line.Retry, Data: line.Data}
	if u.ID == "" {
		u.ID = update.NewID()
	}
	if f := u.Check(false); f != nil {
		return e, f
	}
	return eventlog.Entry{Update: u, Time: at.UnixMilli()}, nil
}

// progress tells a person at a terminal how far a long work has come.
type progress struct {
	verb  string
	on    bool
	count int
}

func newProgress(verb string) *progress {
	info, err := os.Stderr.Stat()
	return &progress{verb: verb, on: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (p *progress) step() {
	if p.count++; p.on && p.count%50_000 == 0 {
		fmt.Fprintf(os.Stderr, "\r%d events %s", p.count, p.verb)
	}
}

func (p *progress) end() {
	if p.on && p.count >= 50_000 {
		fmt.Fprintln(os.Stderr)
	}
	p.on = false
}
