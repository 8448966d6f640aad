package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"amalgam/hub/settings"
)

// errUsage is returned when what is wrong with the arguments has been said.
var errUsage = errors.New("usage")

// newFlags returns the flags of one command; help is what --help says first.
func newFlags(name, help string) *flag.FlagSet {
	fs := flag.NewFlagSet("amalgam "+name, flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprintln(fs.Output(), help)
		fmt.Fprintln(fs.Output(), "\nflags:")
		fs.PrintDefaults()
	}
	return fs
}

// parse reads args, which are flags only.
func parse(fs *flag.FlagSet, args []string) error {
	if err := parseFlags(fs, args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%q is not a flag: `%s --help` lists them", fs.Arg(0), fs.Name())
	}
	return nil
}

// parseAnywhere reads flags before and after the other arguments, which it
// returns.
func parseAnywhere(fs *flag.FlagSet, args []string) (others []string, err error) {
	for {
		if err := parseFlags(fs, args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return others, nil
		}
		others = append(others, fs.Arg(0))
		args = fs.Args()[1:]
	}
}

// parseFlags reads flags up to the first other argument. What is wrong is said
// in one line, which a page of help below it would hide.
func parseFlags(fs *flag.FlagSet, args []string) error {
	out := fs.Output()
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	fs.SetOutput(out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.Usage()
		return err
	case err != nil:
		fmt.Fprintf(out, "%s: %s (`%s --help` lists the flags)\n", fs.Name(), explain(fs, err), fs.Name())
		return errUsage
	}
	return nil
}

// explain adds the nearest flag to an error of one that there is not, and to one
// of a duration how it is written.
func explain(fs *flag.FlagSet, err error) string {
	var value, name string
	if n, _ := fmt.Sscanf(err.Error(), "invalid value %q for flag -%s", &value, &name); n == 2 {
		if f := fs.Lookup(strings.TrimSuffix(name, ":")); f != nil {
			if get, ok := f.Value.(flag.Getter); ok {
				if _, ok := get.Get().(time.Duration); ok {
					return fmt.Sprintf("--%s %q is not a duration: write 15s, 10m, 1h30m", f.Name, value)
				}
			}
		}
	}
	unknown, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err.Error()
	}
	var names, longer []string
	fs.VisitAll(func(f *flag.Flag) {
		names = append(names, f.Name)
		if strings.HasPrefix(f.Name, unknown) {
			longer = append(longer, f.Name)
		}
	})
	if len(longer) > 0 {
		names = longer
	}
	if len(names) == 0 {
		return "there is no flag --" + unknown
	}
	return fmt.Sprintf("there is no flag --%s; did you mean --%s?", unknown, settings.Nearest(unknown, names))
}
