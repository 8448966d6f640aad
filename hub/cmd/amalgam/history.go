package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"amalgam/hub/eventlog"
	"amalgam/hub/eventlog/bolt"
	"amalgam/hub/settings"
)

const historyHelp = `Works on the history of a hub that is stopped.

usage: amalgam history stat    [--json] [--path FILE]
       amalgam history compact [--salvage] [--path FILE]
       amalgam history export  [--path FILE] > history.jsonl
       amalgam history import  [--path FILE] < history.jsonl

stat tells what there is; compact writes the file anew, as small as it can be;
export and import speak JSON, one update a line.`

func historyCommand(args []string) error {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, historyHelp)
		return errUsage
	}
	name := args[0]
	fs := newFlags("history "+name, historyHelp)
	path := fs.String("path", defaultHistory(), "the file of the history")
	var asJSON, salvage *bool
	run := map[string]func() error{
		"stat":    func() error { return historyStat(os.Stdout, *path, *asJSON) },
		"compact": func() error { return historyCompact(os.Stdout, *path, *salvage) },
		"export":  func() error { return historyExport(os.Stdout, *path) },
		"import":  func() error { return historyImport(os.Stdin, *path) },
	}[name]
	switch name {
	case "stat":
		asJSON = fs.Bool("json", false, "print JSON")
	case "compact":
		salvage = fs.Bool("salvage", false, "leave damaged records out")
	case "help", "-h", "-help", "--help":
		fmt.Fprintln(os.Stderr, historyHelp)
		return flag.ErrHelp
	}
	if run == nil {
		return fmt.Errorf("there is no command history %q; did you mean %q?", name, settings.Nearest(name, []string{"stat", "compact", "export", "import"}))
	}
	if err := parse(fs, args[1:]); err != nil {
		return err
	}
	err := run()
	if errors.Is(err, os.ErrNotExist) && name != "import" {
		return fmt.Errorf("there is no history at %s: name it with --path, or its folder in %s", *path, settings.EnvData)
	}
	return err
}

func defaultHistory() string {
	return filepath.Join(cmp.Or(os.Getenv(settings.EnvData), "data"), "amalgam.db")
}

func historyStat(w io.Writer, path string, asJSON bool) error {
	p := newProgress("read")
	s, err := bolt.Scan(path, func(eventlog.Entry) error { p.step(); return nil })
	p.end()
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	fmt.Fprintf(w, "file       %s, %s and %s of journal\nevents     %d, %s; %d of them in the journal\n",
		s.Path, megabytes(s.FileBytes), megabytes(s.JournalBytes), s.Events, megabytes(s.Bytes), s.InJournal)
	for _, at := range []struct {
		name string
		*bolt.Point
	}{{"first", s.First}, {"last", s.Last}} {
		if at.Point != nil {
			fmt.Fprintf(w, "%-9s  %s, %s, sequence %d\n", at.name, at.ID, cmp.Or(timeText(at.Time), "time unknown"), at.Seq)
		}
	}
	fmt.Fprintf(w, "damaged    %d\n", s.Damaged)
	if s.Reference > 0 {
		fmt.Fprintf(w, "other hub  %d events that the next start takes over\n", s.Reference)
	}
	return nil
}

func historyCompact(w io.Writer, path string, salvage bool) error {
	before, err := os.Stat(path)
	if err != nil {
		return err
	}
	s, err := bolt.Rewrite(path, salvage, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d events, %s before, %s now\n", path, s.Events, megabytes(before.Size()), megabytes(s.FileBytes))
	if s.Damaged > 0 {
		fmt.Fprintf(w, "%d damaged records or gaps were left out\n", s.Damaged)
	}
	return nil
}

func historyExport(w io.Writer, path string) error {
	p := newProgress("exported")
	defer p.end()
	out := bufio.NewWriterSize(w, 1<<16)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	s, err := bolt.Scan(path, func(entry eventlog.Entry) error {
		p.step()
		return e.Encode(toLine(entry))
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if s.Damaged > 0 {
		return fmt.Errorf("all sound events were exported, but %d records are damaged and are not among them", s.Damaged)
	}
	return nil
}

func historyImport(r io.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the folder for the history cannot be made: name another with --path (%w)", err)
	}
	p := newProgress("imported")
	defer p.end()
	n := 0
	_, err := bolt.Rewrite(path, false, func(put func(eventlog.Entry) error) error {
		return readLines(r, time.Now(), func(e eventlog.Entry) error {
			n++
			p.step()
			return put(e)
		})
	})
	if err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	p.end()
	fmt.Fprintf(os.Stderr, "%d events imported into %s\n", n, path)
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
