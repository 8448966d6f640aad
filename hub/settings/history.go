package settings

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// history reads the bounds of what the log keeps:
//
//	history {
//	    max_events 100000
//	    max_age    72h
//	    max_bytes  512MiB
//	}
func history(s *Settings, d Directive) error {
	if len(d.Args) > 0 || len(d.Block) == 0 {
		return errors.New("takes a block with max_events NUMBER, max_age DURATION or max_bytes SIZE, one a line")
	}
	for _, b := range d.Block {
		var err error
		switch b.Name {
		case "max_events":
			var n int
			n, err = count(b.Args)
			s.History.MaxEvents = orNone(int64(n))
		case "max_age":
			s.History.MaxAge, err = duration(b.Args)
		case "max_bytes":
			var n int64
			n, err = size(b.Args)
			s.History.MaxBytes = orNone(n)
		default:
			err = fmt.Errorf("is not known here; did you mean %q?", Nearest(b.Name, []string{"max_events", "max_age", "max_bytes"}))
		}
		if err != nil {
			return fmt.Errorf("%s (line %d): %w", b.Name, b.Line, err)
		}
	}
	return nil
}

// orNone turns the 0 of a directive into the negative of a bound that is off.
func orNone(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}

var units = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// size reads a directive's one argument as a number of bytes.
func size(args []string) (int64, error) {
	if len(args) != 1 {
		return 0, errors.New("takes one size, such as 64MiB or 1GB; 0 means no limit")
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
	return 0, fmt.Errorf("%q is not a size: write a whole number and a unit, such as 64MiB or 1GB, or 0 for no limit", args[0])
}
