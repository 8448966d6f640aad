package build

import (
	"errors"
	"fmt"
	"strings"
)

// Weight is what one Go package adds to a module, in bytes before compression.
type Weight struct {
	Code   int `json:"code"`   // its functions
	Tables int `json:"tables"` // their names, lines, frames and safe points, for tracebacks and the collector
}

// Weights of a module: by import path, and what belongs to no single package.
type Weights struct {
	Packages map[string]Weight `json:"packages"`
	Lookup   int               `json:"lookup"` // from an address to its function: repeats and zeros, of which compression leaves little
	Data     int               `json:"data"`   // the rest of the data: types, strings, variables, maps of stacks
	Other    int               `json:"other"`  // imports, exports, function types
	Total    int               `json:"total"`
}

// lookup is what runtime.findfunctab takes for a function: 20 bytes for each
// 4,096 of the 65,536 addresses that it has on wasm.
const lookup = 20 * 16

// Weigh says which Go package takes how much of a module that Go 1.20 or later
// has linked. It reads the runtime's own table of functions rather than the
// section "name", in which the linker has mangled the paths.
func Weigh(module []byte) (*Weights, error) {
	sections, err := split(module)
	if err != nil {
		return nil, err
	}
	var bodies []int
	var segments []segment
	for _, s := range sections {
		switch s.id {
		case sectionCode:
			r := reader{rest: s.body}
			for n := r.u32(); n > 0 && r.err == nil; n-- {
				before := len(r.rest)
				r.vector()
				bodies = append(bodies, before-len(r.rest))
			}
			if r.err != nil {
				return nil, fmt.Errorf("code section: %w", r.err)
			}
		case sectionData:
			if segments, err = segmentsOf(s.body, 1<<32); err != nil {
				return nil, err
			}
		}
	}
	table, err := findFuncs(segments)
	if err != nil {
		return nil, err
	}
	w := &Weights{Packages: map[string]Weight{}, Total: len(module)}
	rest := len(module)
	for _, s := range segments {
		w.Data += len(s.bytes)
	}
	for _, f := range table {
		if f.body < 0 || f.body >= len(bodies) {
			return nil, fmt.Errorf("function %s is number %d of %d: this Go numbers them otherwise", f.name, f.body, len(bodies))
		}
		p := w.Packages[packageOf(f.name)]
		p.Code += bodies[f.body]
		p.Tables += f.tables
		w.Packages[packageOf(f.name)] = p
		w.Data -= f.tables
		rest -= bodies[f.body] + f.tables
	}
	w.Other = rest - w.Data
	w.Lookup = min(lookup*len(table), w.Data)
	w.Data -= w.Lookup
	return w, nil
}

// packageOf is the import path in a symbol's name, as in path/to/pkg.(*T).Method.
func packageOf(symbol string) string {
	symbol = strings.TrimPrefix(symbol, "type:.eq.") // made by the compiler, for a type
	symbol = strings.TrimPrefix(symbol, "type:.hash.")
	plain, _, _ := strings.Cut(symbol, "[") // type arguments hold paths as well
	slash := strings.LastIndexByte(plain, '/') + 1
	name, _, found := strings.Cut(plain[slash:], ".")
	if !found || plain == "" || strings.HasPrefix(plain, "go:") || strings.HasPrefix(plain, "struct {") {
		return "(made by compiler and linker)"
	}
	return strings.ReplaceAll(plain[:slash]+name, "%2e", ".") // how the linker writes dots in the last element
}

var errNoFuncs = errors.New("no table of Go functions in the module's data")
