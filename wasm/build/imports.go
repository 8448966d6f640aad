package build

import "fmt"

// What a module imports (WebAssembly Core Specification 2.0, 5.5.5).
const (
	importFunction = iota
	importTable
	importMemory
	importGlobal
)

type imported struct {
	module, name string
	kind         byte
}

func imports(sections []section) ([]imported, error) {
	var list []imported
	for _, s := range sections {
		if s.id != sectionImport {
			continue
		}
		r := reader{rest: s.body}
		for n := r.u32(); n > 0 && r.err == nil; n-- {
			i := imported{string(r.vector()), string(r.vector()), r.byte()}
			switch i.kind {
			case importFunction:
				r.u32()
			case importTable:
				r.byte()
				r.limits()
			case importMemory:
				r.limits()
			case importGlobal:
				r.bytes(2)
			default:
				return nil, fmt.Errorf("import section: %q is of a kind not known here (%d)", i.name, i.kind)
			}
			list = append(list, i)
		}
		if r.err != nil {
			return nil, fmt.Errorf("import section: %w", r.err)
		}
	}
	return list, nil
}

func (r *reader) limits() {
	hasMaximum := r.byte()&1 != 0
	r.u32()
	if hasMaximum {
		r.u32()
	}
}
