package settings

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// parseWith reads text and replaces its placeholders: {$NAME} and
// {$NAME:default} before anything else is read, so that a variable may hold
// several words or lines; {env.NAME} and {file.PATH} within one word.
func parseWith(text string, getenv func(string) string) ([]Directive, error) {
	text, lines, err := expand(text, getenv)
	if err != nil {
		return nil, err
	}
	list, err := parse(text, func(offset int) int { return lines[offset] })
	if err != nil {
		return nil, err
	}
	return list, fill(list, getenv)
}

// expand replaces {$NAME}, and returns the line of each byte of what comes of
// it, and of its end. What takes a placeholder's place counts as being in its
// line, and is not looked at again.
func expand(text string, getenv func(string) string) (string, []int, error) {
	numbers := lineNumbers(text)
	var b strings.Builder
	var lines []int
	keep := func(from, to int) {
		b.WriteString(text[from:to])
		lines = append(lines, numbers[from:to]...)
	}
	at := 0
	for {
		start, end := find(text[at:], "{$", "}")
		if start < 0 {
			keep(at, len(text))
			return b.String(), append(lines, numbers[len(text)]), nil
		}
		if end < 0 || numbers[at+start] != numbers[at+end-1] {
			return "", nil, fmt.Errorf("line %d: a {$ is not closed: write {$NAME}, in one line", numbers[at+start])
		}
		keep(at, at+start)
		name, value, _ := strings.Cut(text[at+start+2:at+end-1], ":")
		if set := getenv(name); set != "" {
			value = set
		}
		b.WriteString(value)
		for range len(value) {
			lines = append(lines, numbers[at+start])
		}
		at += end
	}
}

// find returns where the first text from open to shut begins and ends in s, or
// -1 if there is none.
func find(s, open, shut string) (start, end int) {
	if start = strings.Index(s, open); start < 0 {
		return -1, -1
	}
	n := strings.Index(s[start:], shut)
	if n < 0 {
		return start, -1
	}
	return start, start + n + len(shut)
}

// fill replaces {env.NAME} and {file.PATH} in arguments. What takes their
// place is not looked at again.
func fill(list []Directive, getenv func(string) string) error {
	for i := range list {
		d := &list[i]
		for j, a := range d.Args {
			filled, err := fillWord(a, getenv)
			if err != nil {
				return fmt.Errorf("line %d: %s: %w", d.Line, d.Name, err)
			}
			d.Args[j] = filled
		}
		if err := fill(d.Block, getenv); err != nil {
			return err
		}
	}
	return nil
}

func fillWord(s string, getenv func(string) string) (string, error) {
	var b strings.Builder
	for {
		start, end := find(s, "{", "}")
		if end < 0 {
			if strings.Contains(s, "{env.") || strings.Contains(s, "{file.") {
				return "", errors.New("a placeholder is not closed: write {env.NAME} or {file.PATH}")
			}
			return b.String() + s, nil
		}
		b.WriteString(s[:start])
		placeholder := s[start:end]
		s = s[end:]
		name := placeholder[1 : len(placeholder)-1]
		if variable, ok := strings.CutPrefix(name, "env."); ok {
			b.WriteString(getenv(variable))
		} else if file, ok := strings.CutPrefix(name, "file."); ok {
			content, err := readSecret(file)
			if err != nil {
				return "", err
			}
			b.WriteString(content)
		} else {
			b.WriteString(placeholder)
		}
	}
}

// maxSecret is the largest file that is read for a secret, in bytes.
const maxSecret = 64 << 10

// readSecret reads a file that holds one secret, and takes the line break away
// that editors and `echo` put at its end.
func readSecret(file string) (string, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxSecret {
		return "", fmt.Errorf("%s is larger than %d bytes: it must hold the secret and nothing else", file, maxSecret)
	}
	var content []byte
	if err == nil {
		content, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: let the hub's user read it, or name another (%w)", err)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty: write the secret there", file)
	}
	return secret, nil
}
