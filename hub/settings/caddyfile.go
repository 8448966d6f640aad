package settings

import (
	"fmt"
	"slices"
	"strings"

	"amalgam/hub"
)

// A Caddyfile says more than a hub needs. Of one that has a mercure block, the
// block is taken, the address of the site it is in, and what else in the site
// this hub has a setting for. What would change nothing is left out with a
// warning. Anything else stops the start: it would be missed.

// unused are directives of Caddy without which the hub answers the same.
var unused = []string{"respond", "encode", "log", "log_skip", "skip_log", "log_append", "header", "vars"}

// fromGlobal are the global options that this hub may have a setting for.
var fromGlobal = []string{"email", "acme_ca", "acme_ca_root", "auto_https", "metrics"}

// within are the directives of Caddy that a mercure block may stand in.
var within = []string{"route", "handle"}

// unwrap takes the directives out of a mercure block, wherever in list it is;
// list itself if it has none.
func (s *Settings) unwrap(where string, list []Directive) ([]Directive, error) {
	w := &unwrapper{where: where}
	if blocks := countBlocks(list); blocks > 1 {
		return nil, fmt.Errorf("%s has %d mercure blocks: one process is one hub, so leave one, and start another process for each of the others", where, blocks)
	} else if blocks == 0 {
		return list, nil
	}
	w.top(list)
	if len(w.unused) > 0 {
		s.warn("%s: not used here, because it is for Caddy: %s", where, strings.Join(w.unused, ", "))
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.taken, nil
}

func isBlock(d Directive) bool { return d.Name == "mercure" && (d.Block != nil || len(d.Args) == 0) }

func countBlocks(list []Directive) int {
	n := 0
	for _, d := range list {
		if isBlock(d) {
			n++
		} else {
			n += countBlocks(d.Block)
		}
	}
	return n
}

type unwrapper struct {
	where  string
	taken  []Directive
	unused []string
	err    error
}

// top reads what stands outside of every block.
func (w *unwrapper) top(list []Directive) {
	for i, d := range list {
		switch {
		case d.Name == "":
			w.global(d.Block)
		case isBlock(d):
			w.taken = append(w.taken, d.Block...)
		case known(d.Name):
			w.taken = append(w.taken, d)
		case countBlocks(d.Block) > 0 && !slices.Contains(within, d.Name):
			w.site(d)
			w.inside(d.Block)
		case d.Block == nil && first(list[:i]) && isAddress(d.Name):
			w.site(d) // the only site of a file may do without braces
		default:
			w.inside([]Directive{d})
		}
	}
}

// first reports whether at most global options stand before a line.
func first(before []Directive) bool {
	return len(before) == 0 || len(before) == 1 && before[0].Name == ""
}

func isAddress(name string) bool { return name == "localhost" || strings.ContainsAny(name, ".:") }

func known(name string) bool {
	_, err := lookUp(name)
	return err == nil
}

// site takes the addresses before a site's block.
func (w *unwrapper) site(d Directive) {
	args := make([]string, 0, 1+len(d.Args))
	for _, a := range slices.Concat([]string{d.Name}, d.Args) {
		if a = strings.TrimSuffix(a, ","); a != "" {
			args = append(args, a)
		}
	}
	w.taken = append(w.taken, Directive{Name: "server_name", Args: args, Line: d.Line})
}

func (w *unwrapper) global(list []Directive) {
	for _, d := range list {
		if slices.Contains(fromGlobal, d.Name) && known(d.Name) {
			w.taken = append(w.taken, d)
		} else {
			w.leave(d)
		}
	}
}

// inside reads a site, or what in it the mercure block stands in.
func (w *unwrapper) inside(list []Directive) {
	for _, d := range list {
		switch {
		case isBlock(d):
			w.taken = append(w.taken, d.Block...)
		case slices.Contains(unused, d.Name), isToTools(d):
			w.leave(d)
		case known(d.Name):
			w.taken = append(w.taken, d)
		case slices.Contains(within, d.Name) && len(d.Args) == 0:
			w.inside(d.Block)
		case w.err == nil:
			w.err = fmt.Errorf("%s, line %d: %s: is Caddy's, and this hub is no web server: take the line out, or keep Caddy in front of the hub", w.where, d.Line, d.Name)
		}
	}
}

// isToTools recognizes the redirect from the reference hub's home page to its
// tools, which its file for development has. Here the home page is one itself.
func isToTools(d Directive) bool {
	return d.Name == "redir" && len(d.Args) > 1 && d.Args[0] == "/" && strings.HasPrefix(d.Args[1], hub.DefaultPath+"/")
}

func (w *unwrapper) leave(d Directive) {
	w.unused = append(w.unused, fmt.Sprintf("%s (line %d)", d.Name, d.Line))
}
