package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
)

func TestAWrongFlagIsSaidInOneLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--token", "abc"}, "amalgam test: there is no flag --token; did you mean --token-file? (`amalgam test --help` lists the flags)\n"},
		{[]string{"-topik", "a"}, "amalgam test: there is no flag --topik; did you mean --topic? (`amalgam test --help` lists the flags)\n"},
		{[]string{"--count", "many"}, "amalgam test: invalid value \"many\" for flag -count: parse error (`amalgam test --help` lists the flags)\n"},
		{[]string{"--topic"}, "amalgam test: flag needs an argument: -topic (`amalgam test --help` lists the flags)\n"},
	} {
		var said strings.Builder
		fs := newFlags("test", "Tests.")
		fs.SetOutput(&said)
		fs.String("token-file", "", "")
		fs.String("topic", "", "")
		fs.Int("count", 0, "how many")
		if err := parse(fs, c.args); !errors.Is(err, errUsage) || said.String() != c.want {
			t.Errorf("%q: %v, %q, want %q", c.args, err, said.String(), c.want)
		}
		if said.Reset(); !errors.Is(parse(fs, []string{"--help"}), flag.ErrHelp) || !strings.HasPrefix(said.String(), "Tests.\n") || !strings.Contains(said.String(), "how many") {
			t.Errorf("after %q, --help says %q", c.args, said.String())
		}
	}
}
