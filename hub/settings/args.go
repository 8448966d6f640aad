package settings

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalgam/hub/auth"
)

// The units of Setting.Unit that several settings have.
const (
	inDurations = "ms, s, m, h"
	inSizes     = "B, KB, MB, GB, TB; KiB, MiB, GiB, TiB"
)

// one reads a directive's one argument.
func one(args []string) (string, error) {
	if len(args) != 1 || args[0] == "" {
		return "", errors.New("takes one value")
	}
	return args[0], nil
}

// duration reads a directive's one argument as a time; "0" turns off and is -1.
func duration(args []string) (time.Duration, error) {
	d, err := span(args)
	if err != nil {
		err = fmt.Errorf("%w, or 0 to turn it off", err)
	}
	return d, err
}

// span is duration for what cannot be turned off, whose caller refuses -1.
func span(args []string) (time.Duration, error) {
	if len(args) != 1 {
		return 0, errors.New("takes one duration, such as 40s or 10m")
	}
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration: write 40s, 10m, 1h30m, 24h for a day", args[0])
	}
	if d == 0 {
		return -1, nil
	}
	return d, nil
}

// count reads a directive's one argument as a number; 0 means no limit.
func count(args []string) (int, error) {
	if len(args) != 1 {
		return 0, errors.New("takes one number; 0 means no limit")
	}
	n, err := strconv.ParseUint(args[0], 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number from 0, which means no limit, to %d", args[0], math.MaxInt32)
	}
	return int(n), nil
}

var units = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// size reads a directive's one argument as a number of bytes, 0 for no limit.
func size(args []string) (int64, error) {
	n, err := amount(args)
	if err != nil {
		err = fmt.Errorf("%w, or 0 for no limit", err)
	}
	return n, err
}

// amount reads a directive's one argument as a number of bytes.
func amount(args []string) (int64, error) {
	if len(args) != 1 {
		return 0, errors.New("takes one size, such as 64MiB or 1GB")
	}
	for _, u := range units {
		digits, ok := strings.CutSuffix(args[0], u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err == nil && int64(n) <= math.MaxInt64/u.bytes {
			return int64(n) * u.bytes, nil
		}
		break
	}
	return 0, fmt.Errorf("%q is not a size: write a whole number and a unit, such as 64MiB or 1GB", args[0])
}

// bounded reads a size that must be above 0.
func bounded(args []string) (int64, error) {
	n, err := amount(args)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, errors.New("has to have a bound: write a size above 0, such as 1MiB")
	case n > math.MaxInt:
		return 0, fmt.Errorf("%s is more than this machine can address", args[0])
	}
	return n, nil
}

// urls reads one or more absolute http(s) URLs.
func urls(args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("needs a URL")
	}
	for _, a := range args {
		if u, err := url.Parse(a); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, fmt.Errorf("%q is not an absolute URL with http:// or https://", a)
		}
	}
	return args, nil
}

// origins reads one or more origins.
func origins(args []string) (auth.Origins, error) {
	if len(args) == 0 {
		return auth.Origins{}, errors.New("needs at least one origin, such as https://example.com")
	}
	return auth.ParseOrigins(args)
}

// leaves sees that every directive in a block has no block of its own and,
// unless it may repeat, is there once.
func (d Directive) leaves(repeat ...string) error {
	seen := make(map[string]bool)
	for _, b := range d.Block {
		switch {
		case b.Block != nil:
			return fmt.Errorf("%s (line %d): takes no block", b.Name, b.Line)
		case seen[b.Name] && !slices.Contains(repeat, b.Name):
			return fmt.Errorf("%s (line %d): is there already: write it once", b.Name, b.Line)
		}
		seen[b.Name] = true
	}
	return nil
}

// unknown says that a name is not among those that a block, or an argument,
// may have.
func unknown(name string, names ...string) error {
	nearest := Nearest(name, names)
	if distance(name, nearest) > max(len(name), len(nearest))/2 {
		return fmt.Errorf("is not known here: there are %s", strings.Join(names, ", "))
	}
	return fmt.Errorf("is not known here; did you mean %q?", nearest)
}
