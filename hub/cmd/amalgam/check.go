package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"amalgam/hub/settings"
	"amalgam/hub/tracing"
)

// checked is what `amalgam run --check --json` prints.
type checked struct {
	OK       bool                 `json:"ok"`
	Faults   []string             `json:"faults"`
	Warnings []string             `json:"warnings"`
	Settings []settings.Effective `json:"settings"`
	Traces   string               `json:"traces,omitempty"` // where they would go
}

// check reads the settings, sees whether a hub could start with them, and
// prints them. It looks at every file and variable that a start would; it opens
// neither the port nor the history.
func check(o settings.Options, asJSON bool, out io.Writer) error {
	s, err := settings.Load(o)
	doubts, tlsErr := s.CheckCertificates()
	s.Warnings = slices.Concat(s.Warnings, doubts, s.CheckKeySets(), warnOfAdmin(s.Admin))
	traces, tracesErr := tracing.Check(o.Getenv)
	faults := settings.Join(err, s.CheckHistory(), tlsErr, tracesErr)
	if asJSON {
		c := checked{OK: len(faults) == 0, Faults: []string{}, Warnings: append([]string{}, s.Warnings...), Settings: s.Effective(), Traces: traces}
		for _, f := range faults {
			c.Faults = append(c.Faults, f.Error())
		}
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(c); err != nil {
			return err
		}
	} else {
		printSettings(out, s)
		if traces != "" {
			fmt.Fprintln(out, "\ntraces go to", traces)
		}
	}
	if len(faults) > 0 {
		return faulty(faults)
	}
	if !asJSON {
		fmt.Fprintln(out, "\nA hub can start with these settings.")
	}
	return nil
}

func printSettings(out io.Writer, s *settings.Settings) {
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, e := range s.Effective() {
		from := e.From
		if len(e.Instead) > 0 {
			from += ", instead of " + strings.Join(e.Instead, "; ")
		}
		for i, line := range strings.Split(strings.ReplaceAll(e.Value, "\t", "  "), "\n") {
			if i == 0 {
				fmt.Fprintf(table, "%s\t%s\t%s\n", e.Name, line, from)
			} else {
				fmt.Fprintf(table, "\t%s\t\n", line)
			}
		}
	}
	_ = table.Flush()
	for _, w := range s.Warnings {
		fmt.Fprintln(out, "\nwarning:", w)
	}
}
