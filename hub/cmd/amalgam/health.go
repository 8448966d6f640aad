package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

func healthCommand(args []string) error {
	fs := newFlags("health", "Asks a hub whether it takes updates, and exits with 1 if it does not.")
	url := fs.String("url", "http://localhost:3000/readyz", "the hub's /readyz")
	timeout := fs.Duration("timeout", 3*time.Second, "how long to wait")
	if err := parse(fs, args); err != nil {
		return err
	}
	client := &http.Client{Timeout: *timeout}
	resp, err := client.Get(*url)
	if err != nil {
		return fmt.Errorf("the hub does not answer: %w", err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(body)))
	}
	fmt.Println("ready")
	return nil
}
