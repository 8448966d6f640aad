package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amalgam/demo"
	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/listen"
	"amalgam/hub/settings"
	"amalgam/jsdist"
	"amalgam/payload/messages"
)

func demoCommand(args []string) error {
	flags := newFlags("demo", `Starts a hub with an instant-messaging demo on one port. Development keys are
made at the first start and kept in the data folder (mode 0600).`)
	address := flags.String("listen", "localhost:3000", "host and port to listen on")
	data := flags.String("data", "data", "folder for the keys and the history")
	verbose := flags.Bool("v", false, "log every request")
	if err := parse(flags, args); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(*address); err != nil {
		return fmt.Errorf("--listen %q has no port: write HOST:PORT, such as localhost:3000", *address)
	}
	keys := make(map[string]string)
	for _, role := range []string{"publisher", "subscriber"} {
		secret, err := developmentKey(filepath.Join(*data, role+".key"))
		if err != nil {
			return err
		}
		keys[role] = secret
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelInfo
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))

	ports, err := listen.Open(listen.Config{Plain: []string{*address}, Logger: logger})
	if err != nil {
		return err
	}
	srv, page, err := newDemo(ports, keys, *data, logger)
	if err != nil {
		_ = ports.Close()
		return err
	}
	fmt.Print(page)
	return srv.serve(ports)
}

// newDemo starts the hub and the demo on ports, and returns what to
// tell the person who started it.
func newDemo(ports *listen.Server, keys map[string]string, data string, logger *slog.Logger) (*server, string, error) {
	s := &settings.Settings{Transport: "bolt", Path: filepath.Join(data, "amalgam.db")}
	s.Debugger = true
	s.Hub = hub.Config{Anonymous: true, Subscriptions: true, Explain: true, Logger: logger, StopSpread: -1}
	// The page has a button for a payload that does not hold: a hub that refused
	// it would leave nothing for the browser to judge.
	s.Hub.Payloads, s.Hub.PayloadsMode = messages.Payloads, hub.PayloadsWarn
	for role, dst := range map[string]*[]*auth.Key{"publisher": &s.Hub.PublisherKeys, "subscriber": &s.Hub.SubscriberKeys} {
		k, err := auth.ParseKey("HS256", []byte(keys[role]))
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w: delete the file, and the next start makes a new key", filepath.Join(data, role+".key"), err)
		}
		*dst = []*auth.Key{k}
	}
	base := ports.URL()
	token, err := mintToken("HS256", []byte(keys["publisher"]), []string{"*"}, nil, nil, 24*time.Hour)
	if err != nil {
		return nil, "", err
	}
	command := publishCommand(base+hub.DefaultPath, token)
	app, err := demo.New(demo.Config{
		HubURL:        "http://" + ports.Addr().String() + hub.DefaultPath,
		PublisherKey:  []byte(keys["publisher"]),
		SubscriberKey: []byte(keys["subscriber"]),
		PublicHubPath: hub.DefaultPath,
		SDKPath:       sdkPath,
		Logger:        logger,
		CurlCommand:   command,
	})
	if err != nil {
		return nil, "", err
	}
	srv, err := newServer(s, app)
	if err != nil {
		return nil, "", err
	}
	where, err := filepath.Abs(data)
	if err != nil {
		where = data
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n  Open      %s\n  Hub       %s\n  Data      %s\n\n  Publish a message that everybody on the page sees:\n\n%s\n\n", base, base+hub.DefaultPath, where, command)
	if !jsdist.Built() {
		b.WriteString("  The browser SDK is not built into this binary, so the page cannot connect: run `make build` first.\n\n")
	}
	b.WriteString("  Ctrl-C stops.\n")
	return srv, b.String(), nil
}

func publishCommand(url, token string) string {
	return fmt.Sprintf(`curl %s \
  -H 'Authorization: Bearer %s' \
  -d topic=/demo/messages -d type=new_message \
  --data-urlencode 'data={"id":"1","conversation":"demo","from":{"id":"curl","name":"curl"},"text":"Hello from the shell","sentAt":"%s"}'`,
		url, token, time.Now().UTC().Format(time.RFC3339))
}

// developmentKey reads the secret in file, or makes it.
func developmentKey(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("the data folder cannot be made; choose another with --data: %w", err)
	}
	raw := make([]byte, 32)
	rand.Read(raw) // never fails
	secret := base64.RawURLEncoding.EncodeToString(raw)
	return secret, os.WriteFile(file, []byte(secret+"\n"), 0o600)
}
