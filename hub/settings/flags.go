package settings

import (
	"flag"
	"fmt"
)

// A Flag is one flag of the command line that was given.
type Flag struct{ Name, Value string }

// SetFlag is the flag that gives any directive.
const SetFlag = "set"

// AddFlags adds the flags of Table to fs. What was given on the command line is
// in the list that it returns, once fs has been parsed.
func AddFlags(fs *flag.FlagSet) *[]Flag {
	given := new([]Flag)
	add := func(name, usage string) {
		fs.Func(name, usage, func(value string) error {
			*given = append(*given, Flag{name, value})
			return nil
		})
	}
	for i := range Table {
		t := &Table[i]
		if t.Flag == "" {
			continue
		}
		usage := fmt.Sprintf("`%s`: the directive %s", t.Args, t.Name)
		if t.secret() {
			usage = fmt.Sprintf("`FILE` with the %s of %s", t.Type, t.Name)
		}
		add(t.Flag, usage)
	}
	add(SetFlag, "any `DIRECTIVE`, such as --set 'heartbeat 15s'; may be repeated")
	return given
}
