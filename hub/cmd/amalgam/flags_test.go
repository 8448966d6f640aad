package main

import (
	"errors"
	"flag"
	"os/exec"
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
		{[]string{"--wait", "15"}, "amalgam test: --wait \"15\" is not a duration: write 15s, 10m, 1h30m (`amalgam test --help` lists the flags)\n"},
		{[]string{"--topic"}, "amalgam test: flag needs an argument: -topic (`amalgam test --help` lists the flags)\n"},
	} {
		var said strings.Builder
		fs := newFlags("test", "Tests.")
		fs.SetOutput(&said)
		fs.String("token-file", "", "")
		fs.String("topic", "", "")
		fs.Int("count", 0, "how many")
		fs.Duration("wait", 0, "")
		if err := parse(fs, c.args); !errors.Is(err, errUsage) || said.String() != c.want {
			t.Errorf("%q: %v, %q, want %q", c.args, err, said.String(), c.want)
		}
		if said.Reset(); !errors.Is(parse(fs, []string{"--help"}), flag.ErrHelp) || !strings.HasPrefix(said.String(), "Tests.\n") || !strings.Contains(said.String(), "how many") {
			t.Errorf("after %q, --help says %q", c.args, said.String())
		}
	}
}

func TestTheCommandsName(t *testing.T) {
	bin := binary(t)
	for _, c := range []struct {
		args, want string
		ok         bool
	}{
		{"--version", "amalgam dev go", true},
		{"-v", "amalgam dev go", true},
		{"docter", `there is no command "docter"; did you mean "doctor"?`, false},
		{"health --url hub.example.com", `--url "hub.example.com" is not a URL: write http://`, false},
		{"demo --listen hub", `--listen "hub" has no port: write HOST:PORT, such as localhost:3000`, false},
		{"token --decode=", "there is no token", false},
	} {
		out, err := exec.Command(bin, strings.Fields(c.args)...).CombinedOutput()
		if c.ok != (err == nil) || !strings.Contains(string(out), c.want) {
			t.Errorf("amalgam %s: %v, %q, want %q", c.args, err, out, c.want)
		}
	}
}

func TestEveryFlagSaysWhatItDoes(t *testing.T) {
	bin := binary(t)
	seen := 0
	for _, c := range append(commands, command{name: "bench suite"}, command{name: "history stat"}, command{name: "history compact"}, command{name: "history export"}) {
		out, err := exec.Command(bin, append(strings.Fields(c.name), "--help")...).CombinedOutput()
		if err != nil {
			t.Fatalf("amalgam %s --help: %v\n%s", c.name, err, out)
		}
		_, flags, _ := strings.Cut(string(out), "\nflags:\n")
		for flag := range strings.SplitSeq("\n"+flags, "\n  -") {
			name, doc, _ := strings.Cut(strings.ReplaceAll(flag, "\t", "\n"), "\n")
			if name == "" {
				continue
			}
			if seen++; strings.TrimSpace(doc) == "" {
				t.Errorf("amalgam %s --help says nothing of -%s", c.name, name)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d flags were found", seen)
	}
}
