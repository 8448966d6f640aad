package settings

import (
	"fmt"
	"os"
	"strings"
)

// An Origin is where a setting was given.
type Origin struct {
	// Where is a variable, a file or a flag.
	Where string
	// Line is the line in it, 0 if it holds one setting only.
	Line int
	// own says that it is the setting's own variable or flag.
	own bool
}

func (o Origin) String() string {
	if o.Line == 0 {
		return o.Where
	}
	return fmt.Sprintf("%s, line %d", o.Where, o.Line)
}

// The places where settings are given; one replaces those before it.
type rank int

const (
	inFile rank = iota
	inDirectives
	inVariable
	inFlag
)

// A Given is one directive and where it was given.
type Given struct {
	Directive
	From Origin
	rank rank
}

// fault puts the place and the name before what is wrong with g.
func (g Given) fault(err error) error {
	if g.From.own {
		return fmt.Errorf("%s: %w", g.From, err)
	}
	return fmt.Errorf("%s: %s: %w", g.From, g.Name, err)
}

// collect reads all places, in the order of their ranks.
func (s *Settings) collect(o Options) (given []Given, faults []error) {
	if o.ConfigFile != "" {
		list, err := s.fromFile(o.ConfigFile, o.Getenv)
		given, faults = append(given, list...), append(faults, err)
	}
	list, err := s.fromText(EnvDirectives, o.Getenv(EnvDirectives), inDirectives, o.Getenv)
	given, faults = append(given, list...), append(faults, err)
	for i := range Table {
		g, err := fromVariable(&Table[i], o.Getenv)
		if g != nil {
			given = append(given, *g)
		}
		if err != nil {
			s.faulty[Table[i].Name] = true
		}
		faults = append(faults, err)
	}
	for _, f := range o.Flags {
		list, err := s.fromFlag(f, o.Getenv)
		given, faults = append(given, list...), append(faults, err)
	}
	return given, faults
}

func (s *Settings) fromFile(file string, getenv func(string) string) ([]Given, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be read: let the hub's user read it, or name another with --config (%w)", err)
	}
	return s.fromText(file, string(text), inFile, getenv)
}

// fromText reads directives, as they are or in a mercure block.
func (s *Settings) fromText(where, text string, r rank, getenv func(string) string) ([]Given, error) {
	list, err := parseWith(text, getenv)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", where, err)
	}
	list, err = s.unwrap(where, list)
	given := make([]Given, len(list))
	for i, d := range list {
		given[i] = Given{Directive: d, From: Origin{Where: where, Line: d.Line}, rank: r}
	}
	return given, err
}

// fromVariable reads a setting's own variable, or the file that its _FILE
// variant names. It returns nil if neither is set.
func fromVariable(t *Setting, getenv func(string) string) (*Given, error) {
	if t.Env == "" {
		return nil, nil
	}
	name, value := t.Env, getenv(t.Env)
	if t.secret() {
		if file := getenv(t.Env + "_FILE"); file != "" {
			if value != "" {
				return nil, fmt.Errorf("%s and %s_FILE are both set: unset one of them", t.Env, t.Env)
			}
			name = t.Env + "_FILE"
			var err error
			if value, err = readSecret(file); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if value == "" {
		return nil, nil
	}
	return &Given{Directive: t.directive(value), From: Origin{Where: name, own: true}, rank: inVariable}, nil
}

// directive is the setting with the value of a variable or flag.
func (t *Setting) directive(value string) Directive {
	d := Directive{Name: t.Name, Args: []string{value}}
	if t.list() {
		d.Args = strings.Fields(value)
	}
	return d
}

func (s *Settings) fromFlag(f Flag, getenv func(string) string) ([]Given, error) {
	where := "--" + f.Name
	if f.Name == SetFlag {
		given, err := s.fromText(where, f.Value, inFlag, getenv)
		if len(given) == 1 {
			given[0].From.Line = 0
		}
		return given, err
	}
	for i := range Table {
		t := &Table[i]
		if t.Flag != f.Name {
			continue
		}
		value := f.Value
		if t.secret() {
			var err error
			if value, err = readSecret(value); err != nil {
				s.faulty[t.Name] = true
				return nil, fmt.Errorf("%s: %w", where, err)
			}
		}
		return []Given{{Directive: t.directive(value), From: Origin{Where: where, own: true}, rank: inFlag}}, nil
	}
	return nil, fmt.Errorf("there is no flag %s", where)
}

// choose keeps, of each setting, what its last place says, and finds what is
// said twice there.
func choose(given []Given) (chosen []Given, replaced map[string][]Origin, faults []error) {
	last := make(map[string]rank)
	for _, g := range given {
		last[g.Name] = max(last[g.Name], g.rank)
	}
	replaced = make(map[string][]Origin)
	first := make(map[string]Origin)
	for _, g := range given {
		if g.rank < last[g.Name] {
			replaced[g.Name] = append(replaced[g.Name], g.From)
			continue
		}
		t, err := lookUp(g.Name)
		if before, twice := first[g.Name]; err == nil && twice && !t.Repeats && t.Instead == "" {
			err = fmt.Errorf("is set already in line %d: write it once", before.Line)
			if before.Line == 0 {
				err = fmt.Errorf("is given by %s already: give it once", before.Where)
			}
		}
		if err != nil {
			faults = append(faults, g.fault(err))
			continue
		}
		first[g.Name] = g.From
		chosen = append(chosen, g)
	}
	return chosen, replaced, faults
}
