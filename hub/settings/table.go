package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Setting is one thing an operator can set. How to add one:
//
//  1. Write its entry into the list of the file it belongs to (keys.go,
//     access.go …), or into a list of your own file and that list into Table
//     below.
//  2. Apply reads the directive into the Settings (a field there, or of
//     Settings.Hub) and says what is wrong with it: what was expected, and what
//     to write instead. one, duration, size, count, urls in args.go read usual
//     arguments. The caller adds the place and the name.
//  3. Run `go generate ./hub/settings`: docs/configuration.md, `amalgam run
//     --help`, the variable, its _FILE variant if it is secret, the flag and
//     `amalgam run --check` come from the entry.
//
// What has to see several settings at once is one of the finishers of
// settings.go. What Reload can change is said by Reload, and done by
// hub.Hub.Reload.
type Setting struct {
	// Name is the directive's.
	Name string
	// Args is how what follows the name is written, such as "ORIGIN…".
	Args string
	// Type says what its value is, in a word; Unit in what it is counted.
	Type, Unit string
	// Default is what holds without it, as it would be written; "" for nothing.
	Default string
	Doc     string
	// Env is the variable that sets it too; its value is the directive's one
	// argument, or with Type "origins" or "URLs" one or more.
	Env string
	// Flag of `amalgam run` that sets it too. For a secret it names a file: what
	// is on a command line, everybody on the machine can read.
	Flag string
	// Secrets are the names of the directives, of this one or in its block,
	// whose first argument is never shown.
	Secrets []string
	// Blocks says that a block may follow, which Apply judges.
	Blocks bool
	// Repeats allows several in one place, which add up.
	Repeats bool
	// Reload says that SIGHUP changes it without a restart.
	Reload bool
	// Instead makes it one that another hub has and this one does without: it is
	// taken with one warning, which says what to use instead.
	Instead string
	Apply   func(*Settings, Directive) error
}

// Table lists every setting, in the order in which the documentation does.
var Table = slices.Concat(listening, tlsSettings, proxies, keys, access, streams, presence, transports, payloadSchemas, seeing, development, elsewhere)

// secret reports whether the setting's own value is one.
func (t *Setting) secret() bool { return slices.Contains(t.Secrets, t.Name) }

// list reports whether a variable or flag may hold several values.
func (t *Setting) list() bool { return t.Type == "origins" || t.Type == "URLs" }

// lookUp returns the setting of a name, or an error that has the nearest.
func lookUp(name string) (*Setting, error) {
	names := make([]string, len(Table))
	for i := range Table {
		if Table[i].Name == name {
			return &Table[i], nil
		}
		names[i] = Table[i].Name
	}
	if strings.Contains(name, `\n`) {
		return nil, errors.New(`there is no such directive: \n stands in it as two characters, where a line break belongs`)
	}
	return nil, fmt.Errorf("there is no such directive; did you mean %q? (`amalgam run --help` lists them)", Nearest(name, names))
}

// apply reads one directive.
func (s *Settings) apply(t *Setting, g Given) error {
	if t.Instead != "" {
		s.warn("%s: %s is not used here: %s", g.From, t.Name, t.Instead)
		return nil
	}
	if g.Block != nil && !t.Blocks {
		return errors.New("takes no block: write what is in it on lines of their own")
	}
	err := t.Apply(s, g.Directive)
	if err == nil {
		return nil
	}
	for _, a := range g.Args {
		if known(a) {
			return fmt.Errorf("%w; %s is a directive itself: write it on a line of its own", err, a)
		}
	}
	return err
}

// alone makes the Apply of a directive that stands alone.
func alone(set func(*Settings)) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) error {
		if len(d.Args) > 0 {
			return errors.New("stands alone, without arguments: leave the line out to turn it off")
		}
		set(s)
		return nil
	}
}

// into makes the Apply of a directive whose arguments read understands.
func into[T any](read func(args []string) (T, error), field func(*Settings) *T) func(*Settings, Directive) error {
	return func(s *Settings, d Directive) error {
		v, err := read(d.Args)
		if err == nil {
			*field(s) = v
		}
		return err
	}
}
