package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"amalgam/hub/doctor"
)

const (
	lineWidth = 96 // columns
	textAt    = 12 // column at which sentences begin
)

// statusMarks are how a status is shown, and its colour.
var statusMarks = map[doctor.Status]struct{ mark, colour string }{
	doctor.OK:      {"ok", "\x1b[32m"},
	doctor.Warning: {"warning", "\x1b[33m"},
	doctor.Problem: {"PROBLEM", "\x1b[1;31m"},
	doctor.Skipped: {"skipped", "\x1b[2m"},
}

var groupTitles = map[string]string{
	"reachability": "Reachability", "tls": "TLS", "hub": "Hub", "stream": "Stream",
	"browser": "Browser", "clock": "Clock", "token": "Token", "access": "Access",
}

// printReport writes a report for a person.
func printReport(w io.Writer, r *doctor.Report, colour bool) error {
	paint := func(code, s string) string {
		if !colour {
			return s
		}
		return code + s + "\x1b[0m"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", paint("\x1b[1m", r.Examined))
	group := ""
	for _, f := range r.Findings {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n%s\n", paint("\x1b[1m", groupTitles[group]))
		}
		s := statusMarks[f.Status]
		b.WriteString("  " + paint(s.colour, fmt.Sprintf("%-*s", textAt-2, s.mark)))
		b.WriteString(wrap(f.Text, textAt) + "\n")
		if f.Mend != "" {
			b.WriteString(strings.Repeat(" ", textAt) + "→ " + wrap(f.Mend, textAt+2) + "\n")
		}
	}
	fmt.Fprintf(&b, "\n%s\n", paint(statusMarks[r.Verdict].colour, verdict(r)))
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict is the report in one line.
func verdict(r *doctor.Report) string {
	problems, warnings := count(r.Problems, "problem"), count(r.Warnings, "warning")
	switch {
	case r.Problems > 0 && r.Warnings > 0:
		return problems + " and " + warnings + "."
	case r.Problems > 0:
		return problems + "."
	case r.Warnings > 0:
		return "No problem, " + warnings + "."
	}
	return "No problem."
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// wrap breaks s into lines between words; all but the first begin at column at.
func wrap(s string, at int) string {
	var b strings.Builder
	column := at
	for i, word := range strings.Fields(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > lineWidth:
			b.WriteString("\n" + strings.Repeat(" ", at))
			column = at
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
