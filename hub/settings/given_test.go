package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalgam/hub/settings"
)

// write makes a file in a folder of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func loadFile(t *testing.T, text string, env map[string]string, flags ...settings.Flag) (*settings.Settings, error) {
	t.Helper()
	return settings.Load(settings.Options{ConfigFile: write(t, "amalgam.conf", text), Getenv: func(name string) string { return env[name] }, Flags: flags})
}

// effective is a setting as --check prints it.
func effective(s *settings.Settings, name string) settings.Effective {
	for _, e := range s.Effective() {
		if e.Name == name {
			return e
		}
	}
	return settings.Effective{}
}

func TestAFlagComesBeforeTheEnvironmentAndThatBeforeTheFile(t *testing.T) {
	const file = "server_name :1\nheartbeat 1s\nwrite_timeout 1m\ncors_origins https://a.example\nanonymous"
	env := keys(map[string]string{"SERVER_NAME": ":3", "MERCURE_EXTRA_DIRECTIVES": "server_name :2\nheartbeat 2s\ncors_origins https://b.example"})
	s, err := loadFile(t, file, env, settings.Flag{Name: "listen", Value: ":4"}, settings.Flag{Name: "set", Value: "cors_origins https://c.example"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"server_name":      {":4", "--listen"},
		"heartbeat":        {"2s", "MERCURE_EXTRA_DIRECTIVES, line 2"},
		"write_timeout":    {"1m", "line 3"},
		"cors_origins":     {"https://c.example", "--set"},
		"anonymous":        {"on", "line 5"},
		"dispatch_timeout": {"5s", "default"},
		"publisher_jwt":    {"***", "MERCURE_PUBLISHER_JWT_KEY"},
	} {
		if e := effective(s, name); e.Value != want[0] || !strings.HasSuffix(e.From, want[1]) {
			t.Errorf("%s is %+v, want %v", name, e, want)
		}
	}
	if !slices.Equal(s.Listen.Plain, []string{":4"}) || s.Hub.CORSOrigins.Lists("https://a.example") || !s.Hub.CORSOrigins.Lists("https://c.example") {
		t.Errorf("read as %+v", s)
	}
	if e := effective(s, "server_name"); len(e.Instead) != 3 {
		t.Errorf("server_name is %+v, want the three places that it replaces", e)
	}
}

func TestASettingGivenTwiceInOnePlaceIsAMistake(t *testing.T) {
	if _, err := loadFile(t, "heartbeat 1s\nanonymous\nheartbeat 2s", keys(nil)); err == nil || !strings.Contains(err.Error(), "line 3: heartbeat: is set already in line 1") {
		t.Errorf("heartbeat twice: %v", err)
	}
	if _, err := loadFile(t, "", keys(nil), settings.Flag{Name: "set", Value: "cors_origins https://a.example"}, settings.Flag{Name: "cors-origins", Value: "https://b.example"}); err == nil || !strings.Contains(err.Error(), "--cors-origins: is given by --set already: give it once") {
		t.Errorf("by two flags: %v", err)
	}
	if _, err := loadFile(t, "", keys(nil), settings.Flag{Name: "log", Value: "json"}, settings.Flag{Name: "log", Value: "text"}); err == nil || !strings.Contains(err.Error(), "--log: is given by --log already: give it once") {
		t.Errorf("--log twice: %v", err)
	}
	s, err := loadFile(t, "publisher_jwt "+secret+"\npublisher_jwt "+secret+secret+"\nsubscriber_jwt "+secret, nil)
	if err != nil || len(s.Hub.PublisherKeys) != 2 {
		t.Errorf("two keys, which add up: %+v, %v", s, err)
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	file := write(t, "secret", secret+"\r\n")
	s, err := load(map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": file, "MERCURE_SUBSCRIBER_JWT_KEY_FILE": file})
	if err != nil {
		t.Fatal(err)
	}
	if e := effective(s, "publisher_jwt"); e.From != "MERCURE_PUBLISHER_JWT_KEY_FILE" || e.Value != "***" {
		t.Errorf("publisher_jwt is %+v", e)
	}
	if s, err = loadFile(t, "", nil, settings.Flag{Name: "publisher-key-file", Value: file}, settings.Flag{Name: "subscriber-key-file", Value: file}); err != nil || len(s.Hub.SubscriberKeys) != 1 {
		t.Errorf("by flags: %v", err)
	}
	if s, err = loadFile(t, "publisher_jwt {file."+file+"}\nsubscriber_jwt "+secret, nil); err != nil || len(s.Hub.PublisherKeys) != 1 {
		t.Errorf("by a placeholder: %v", err)
	}
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"both":    {keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": file}), "MERCURE_PUBLISHER_JWT_KEY and MERCURE_PUBLISHER_JWT_KEY_FILE are both set: unset one"},
		"missing": {map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": file + "x"}, "MERCURE_PUBLISHER_JWT_KEY_FILE: the file cannot be read: let the hub's user read it"},
		"empty":   {map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": write(t, "empty", "\n")}, "is empty: write the secret there"},
		"large":   {map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": write(t, "large", strings.Repeat("x", 70_000))}, "larger than 65536 bytes"},
		"short":   {map[string]string{"MERCURE_PUBLISHER_JWT_KEY_FILE": write(t, "short", "abc\n")}, "the secret has 3 bytes"},
	} {
		if _, err := load(c.env); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestNoSecretIsShown(t *testing.T) {
	const other = "another-secret-that-nobody-may-see-0123456789"
	s, err := loadFile(t, "publisher_jwt "+other+" HS256\nissuer https://a.example {\n publisher {\n jwt "+other+"\n }\n}\nlicense "+other+"\npublic_urls https://a.example/.well-known/mercure", keys(map[string]string{"MERCURE_PUBLISHER_JWT_KEY": ""}))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Effective() {
		if strings.Contains(e.Value, other) || strings.Contains(e.Value, secret) {
			t.Errorf("%+v shows a secret", e)
		}
	}
	if e := effective(s, "issuer"); !strings.Contains(e.Value, "jwt ***") {
		t.Errorf("issuer is %+v", e)
	}
	for _, w := range s.Warnings {
		if strings.Contains(w, other) {
			t.Errorf("the warning %q shows a secret", w)
		}
	}
}
