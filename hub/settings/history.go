package settings

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var transports = []Setting{
	{
		Name: "transport", Args: "bolt|local [{ path FILE | size NUMBER }]", Type: "block", Default: "bolt", Blocks: true,
		Doc:   "Where the history is kept: bolt, in a file, amalgam.db in the data folder if it names none; local, in memory only. size is max_events of history, under the name it has elsewhere. The options bucket_name and cleanup_frequency of the reference hub are taken with a warning.",
		Apply: transport,
	},
	{
		Name: "transport_url", Args: "URL", Type: "URL", Env: "MERCURE_TRANSPORT_URL",
		Doc:   "The same in one word, as the reference hub had it before: bolt:///data/my.db?size=1000, bolt://relative.db or local://local. Counts where there is no transport.",
		Apply: transportURL,
	},
	{
		Name: "history", Args: "{ max_events NUMBER | max_age DURATION | max_bytes SIZE }", Type: "block", Blocks: true,
		Unit:    "events; " + inDurations + "; " + inSizes,
		Default: "{ max_events 1000000 | max_age 0 | max_bytes 1GiB }",
		Doc:     "How much of the history is kept, the newest; one bound a line, 0 for none. In memory the default is 10000 events and 64MiB.",
		Apply:   history,
	},
}

func history(s *Settings, d Directive) error {
	if len(d.Args) > 0 || len(d.Block) == 0 {
		return errors.New("takes a block with max_events NUMBER, max_age DURATION or max_bytes SIZE, one a line")
	}
	if err := d.leaves(); err != nil {
		return err
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
			err = unknown(b.Name, "max_events", "max_age", "max_bytes")
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

// A place is where a transport directive or URL keeps the history.
type place struct {
	kind, path string
	maxEvents  int64 // 0 for not said, negative for no bound
}

func transport(s *Settings, d Directive) error {
	if len(d.Args) != 1 {
		return errors.New("is bolt or local")
	}
	p := place{kind: d.Args[0]}
	if err := errors.Join(p.checkKind(), d.leaves()); err != nil {
		return err
	}
	for _, b := range d.Block {
		if len(b.Args) != 1 || b.Args[0] == "" {
			return fmt.Errorf("%s (line %d) takes one value", b.Name, b.Line)
		}
		if err := p.set(s, b.Name, b.Args[0]); err != nil {
			return fmt.Errorf("%s (line %d): %w", b.Name, b.Line, err)
		}
	}
	s.transport = &p
	return nil
}

// others are transports of the reference hub that this one has not.
var others = []string{"redis", "postgres", "kafka", "pulsar"}

func (p *place) checkKind() error {
	switch {
	case p.kind == "null":
		p.kind = "local" // its name in old versions
	case slices.Contains(others, p.kind):
		return fmt.Errorf("is bolt or local: this hub runs on one node, and has no %s", p.kind)
	case p.kind != "bolt" && p.kind != "local":
		return fmt.Errorf("is bolt or local, not %q", p.kind)
	}
	return nil
}

// set reads one option.
func (p *place) set(s *Settings, name, value string) error {
	switch name {
	case "path":
		if p.kind == "local" {
			return errors.New("local keeps nothing in a file: leave the path out, or use bolt")
		}
		p.path = value
	case "size":
		n, err := count([]string{value})
		if err != nil {
			return err
		}
		p.maxEvents = orNone(int64(n))
	case "cleanup_frequency":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return fmt.Errorf("%q is not a number", value)
		}
		s.warn("cleanup_frequency is not used here: this hub keeps to the bounds of its history at all times")
	case "bucket_name":
		if value != "updates" {
			s.warn("bucket_name is not used here: of a history of the reference hub, the bucket %q is taken over, not %q", "updates", value)
		}
	default:
		return unknown(name, "path", "size", "bucket_name", "cleanup_frequency")
	}
	return nil
}

func transportURL(s *Settings, d Directive) error {
	if len(d.Args) != 1 {
		return errors.New("takes one URL, such as bolt:///data/my.db")
	}
	u, err := url.Parse(d.Args[0])
	if err != nil || u.Scheme == "" {
		return fmt.Errorf("%q is not a URL, such as bolt:///data/my.db or local://local", d.Args[0])
	}
	p := place{kind: u.Scheme}
	if err := p.checkKind(); err != nil {
		return err
	}
	if p.kind == "bolt" {
		if p.path = u.Host + u.Path; p.path == "" || strings.HasSuffix(p.path, "/") {
			return fmt.Errorf("%q names no file: write bolt:///data/my.db", d.Args[0])
		}
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Errorf("what follows the ? in %q cannot be read: write name=value, with & between them", d.Args[0])
	}
	for name, values := range options {
		switch {
		case name == "path":
			return errors.New("path: the file is named before the ?")
		case len(values) > 1:
			return fmt.Errorf("%s: is there %d times: write it once", name, len(values))
		}
		if err := p.set(s, name, values[0]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	s.transportURL = &p
	return nil
}
