package settings_test

import (
	"reflect"
	"strings"
	"testing"

	"amalgam/hub/settings"
)

func TestDirectivesAreReadAsACaddyfileIs(t *testing.T) {
	const pem = "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----"
	for name, c := range map[string]struct {
		text string
		want []settings.Directive
	}{
		"words and comments":   {"a b\tc # d\n# e f\n\n g#h", []settings.Directive{{Name: "a", Args: []string{"b", "c"}, Line: 1}, {Name: "g#h", Line: 4}}},
		"quotes":               {`a "b c" ` + "`d \"e`" + ` "\"f\" \n" ""`, []settings.Directive{{Name: "a", Args: []string{"b c", `d "e`, `"f" \n`, ""}, Line: 1}}},
		"quotes over lines":    {"a `" + pem + "` RS256\nb", []settings.Directive{{Name: "a", Args: []string{pem, "RS256"}, Line: 1}, {Name: "b", Line: 4}}},
		"continued lines":      {"a \\\n  b\\\r\nc\r\nd", []settings.Directive{{Name: "a", Args: []string{"b", "c"}, Line: 1}, {Name: "d", Line: 4}}},
		"a backslash of a key": {`a b\c d\`, []settings.Directive{{Name: "a", Args: []string{`b\c`, `d\`}, Line: 1}}},
		"blocks":               {"a b {\n c {\n }\n}\n\"{\" \"}\"", []settings.Directive{{Name: "a", Args: []string{"b"}, Block: []settings.Directive{{Name: "c", Line: 2}}, Line: 1}, {Name: "{", Args: []string{"}"}, Line: 5}}},
		"a byte order mark":    {"\ufeffa", []settings.Directive{{Name: "a", Line: 1}}},
		"a brace in a word":    {"a b{c} {$X}", []settings.Directive{{Name: "a", Args: []string{"b{c}", "{$X}"}, Line: 1}}},
	} {
		got, err := settings.ParseDirectives(c.text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q is read as %+v, %v, want %+v", name, c.text, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"a\n}":                       "line 2: a } without a block",
		"a {\n\nb":                   "line 1: a block is not closed",
		"a { b }":                    "line 1: a { opens a block and must end its line",
		"a b }":                      "line 1: a } closes a block and must stand on a line of its own",
		"a {\n {\n }\n}":             "line 2: a { without a name",
		"\n\"a":                      `line 2: a quote " is not closed`,
		"a `b\n":                     "line 1: a quote ` is not closed",
		"a <<END\nx\nEND":            "heredoc",
		`"" a`:                       `"" is not a directive`,
		strings.Repeat("a {\n", 100): "nested more than 16 deep",
	} {
		if list, err := settings.ParseDirectives(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is read as %+v, %v, want an error with %q", text, list, err, want)
		}
	}
}

func TestPlaceholdersAreReplaced(t *testing.T) {
	env := keys(map[string]string{
		"ORIGINS": "https://a.example https://b.example", "MORE": "anonymous\nsubscriptions", "KEY": secret,
		"MERCURE_EXTRA_DIRECTIVES": "cors_origins {$ORIGINS} {$UNSET:https://c.example}\n{$MORE}\nheartbeat {$UNSET:7s}\npublisher_jwt {env.KEY} {env.UNSET}\nsubscriber_jwt \"{env.KEY}{env.KEY}\"\nresource_identifier {other.X}",
	})
	s, err := load(env)
	if err != nil || !s.Hub.Anonymous || !s.Hub.Subscriptions || s.Hub.Heartbeat.Seconds() != 7 || s.Hub.ResourceIdentifier != "{other.X}" {
		t.Fatalf("read as %+v, %v", s, err)
	}
	for _, o := range []string{"https://a.example", "https://b.example", "https://c.example"} {
		if !s.Hub.CORSOrigins.Lists(o) {
			t.Errorf("%s is missing", o)
		}
	}

	// Lines are counted as the operator sees them.
	env["MERCURE_EXTRA_DIRECTIVES"] = "{$MORE}\n\ncors_origin {$ORIGINS}"
	if _, err := load(env); err == nil || !strings.Contains(err.Error(), "line 3: cors_origin: there is no such directive") {
		t.Errorf("%v, want an error in line 3", err)
	}
	env["MERCURE_EXTRA_DIRECTIVES"] = "publisher_jwt {env.UNSET} {env.UNSET}"
	delete(env, "MERCURE_PUBLISHER_JWT_KEY")
	if _, err := load(env); err == nil || !strings.Contains(err.Error(), "the key is empty: is the variable set") {
		t.Errorf("a key from a variable that is not set: %v", err)
	}
	env["MERCURE_EXTRA_DIRECTIVES"] = "publisher_jwt {file./no/such/file}"
	if _, err := load(env); err == nil || !strings.Contains(err.Error(), "line 1: publisher_jwt: the file cannot be read") {
		t.Errorf("a key from a file that is not there: %v", err)
	}
}

func FuzzParseDirectives(f *testing.F) {
	for _, text := range []string{
		"anonymous\ntransport bolt {\n path \"a b\"\n}\n# c", "a `b\nc` \"\\\"d\\\" \\e\\\\\"", "{\n debug\n}\n:80 {\n mercure {\n }\n}",
		"a b\\\n c\\\r\nd\\", "\ufeffa \ufeff", "\"{\" {\n}", "a \"`\\\\\"", "a {$X} {env.Y}\n", "a <<b", "a\u0085b\u00a0c",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := settings.ParseDirectives(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("%q: the error names no line: %v", text, err)
			}
			return
		}
		printed := settings.Format(list)
		again, err := settings.ParseDirectives(printed)
		if err != nil || settings.Format(again) != printed {
			t.Fatalf("%q is printed as %q, which is read as %+v, %v", text, printed, again, err)
		}
		if !reflect.DeepEqual(unnumbered(list), unnumbered(again)) {
			t.Fatalf("%q is %+v, printed as %q it is %+v", text, list, printed, again)
		}
	})
}

func unnumbered(list []settings.Directive) []settings.Directive {
	for i := range list {
		list[i].Line = 0
		unnumbered(list[i].Block)
	}
	return list
}

// Whatever a file, the variable and a placeholder hold, it is read or refused.
func FuzzLoad(f *testing.F) {
	f.Add("anonymous\n{$X}", "cors_origins https://a.example", ":80")
	f.Add("{\n}\n:80 {\n route {\n mercure {\n publisher_jwt {env.X}\n }\n respond 404\n }\n}", "x", "")
	f.Add("transport_url bolt:///a?size=1&cleanup_frequency=0.5\nhistory {\n max_age 1h\n}", "", "a:b")
	f.Fuzz(func(t *testing.T, text, x, name string) {
		if strings.Contains(text+x, "jwks") || strings.Contains(text+x, "file") || strings.Contains(text+x, "payloads") {
			return // those reach out of the test
		}
		s, err := load(keys(map[string]string{"MERCURE_EXTRA_DIRECTIVES": text, "X": x, "SERVER_NAME": name}))
		if err == nil {
			s.Effective()
		}
	})
}
