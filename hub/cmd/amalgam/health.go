package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"amalgam/hub/settings"
)

func healthCommand(args []string) error {
	fs := newFlags("health", "Asks a hub whether it takes updates, and exits with 1 if it does not.")
	url := fs.String("url", "", "the hub's /readyz; default: of the hub on this machine that listens on SERVER_NAME")
	timeout := fs.Duration("timeout", 3*time.Second, "how long to wait")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *url != "" && !strings.HasPrefix(*url, "http://") && !strings.HasPrefix(*url, "https://") {
		return fmt.Errorf("--url %q is not a URL: write http:// or https:// before it", *url)
	}
	client := &http.Client{Timeout: *timeout}
	if *url == "" {
		var transport *http.Transport
		*url, transport = here(os.Getenv(settings.EnvServerName))
		client.Transport = transport
		defer transport.CloseIdleConnections()
	}
	status, body, err := askHealth(client, *url)
	if plain, ok := strings.CutPrefix(*url, "http://"); ok && err == nil && status == http.StatusBadRequest && strings.Contains(body, "HTTPS server") {
		status, body, err = askHealth(client, "https://"+plain)
	}
	if err != nil {
		return fmt.Errorf("the hub does not answer: %w", err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("%d %s: %s", status, http.StatusText(status), strings.TrimSpace(body))
	}
	fmt.Println("ready")
	return nil
}

func askHealth(client *http.Client, url string) (status int, body string, err error) {
	resp, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	return resp.StatusCode, string(b), err
}

// here returns /readyz of the hub with this SERVER_NAME, and the way to it: on
// this machine, whatever its name resolves to. Its certificate is no matter
// here, and one for its name is not there yet when it has just been started.
func here(serverName string) (url string, way *http.Transport) {
	scheme := "http"
	name, port := "", "3000"
	if sites := settings.Addresses(serverName); len(sites) > 0 {
		given, rest, ok := strings.Cut(strings.TrimSuffix(sites[0], "/"), "://")
		if !ok {
			given, rest = "", given
		}
		var err error
		if name, port, err = net.SplitHostPort(rest); err != nil {
			name, port = strings.Trim(rest, "[]"), ""
		}
		if n, err := net.LookupPort("tcp", port); err == nil && port != "" {
			port = strconv.Itoa(n) // it may have been a name, such as https
		}
		switch given = strings.ToLower(given); {
		case given == "https", given == "" && (port == "" || port == "443"):
			scheme = "https"
		}
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[scheme]
		}
	}
	host := "127.0.0.1"
	if ip, err := netip.ParseAddr(name); err == nil {
		bare := ip.WithZone("") // a URL has no zone
		if !bare.IsUnspecified() {
			host = name
		}
		name = bare.String()
	}
	if name == "" {
		name = host
	}
	return scheme + "://" + net.JoinHostPort(name, port) + "/readyz", &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(host, port))
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name},
	}
}
