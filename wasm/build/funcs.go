package build

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// fn is one entry of the runtime's table of functions (runtime/symtab.go, cmd/link/internal/ld/pcln.go).
type fn struct {
	name   string
	body   int // which of the bodies in the code section
	tables int // bytes that describe it; a table that several share counts for the first
}

// image is memory, of which the zeros between segments are left out.
type image []segment

// at returns n bytes at an address, nil where there are none.
func (m image) at(address, n int) []byte {
	buf := make([]byte, n)
	found := false
	for _, s := range m {
		from, to := max(int(s.at), address), min(int(s.end()), address+n)
		if from < to {
			copy(buf[from-address:], s.bytes[from-int(s.at):to-int(s.at)])
			found = true
		}
	}
	if !found {
		return nil
	}
	return buf
}

// findFuncs finds the table by how it begins: the magic number of Go 1.20, two
// zeros, the size of an instruction, that of a pointer.
func findFuncs(m image) ([]fn, error) {
	head := []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}
	for _, s := range m {
		if i := bytes.Index(s.bytes, head); i >= 0 {
			return readFuncs(m, int(s.at)+i)
		}
	}
	return nil, errNoFuncs
}

func readFuncs(m image, start int) ([]fn, error) {
	// One copy up to the end of the data.
	last := m[len(m)-1]
	all := m.at(start, int(last.end())-start)
	word := func(at int) int { return int(binary.LittleEndian.Uint64(all[at:])) }
	half := func(at int) int { return int(binary.LittleEndian.Uint32(all[at:])) }
	if len(all) < 72 {
		return nil, errNoFuncs
	}
	count, names, pctab, funcs := word(8), word(32), word(56), word(64)
	if min(count, names, pctab, funcs) < 0 || max(names, pctab, funcs+count*8) > len(all)-8 {
		return nil, errNoFuncs
	}
	first := half(funcs)          // functions are numbered from 4096, the first body of the code section
	seen := map[int]bool{0: true} // offsets into pctab; 0 means that there is none
	table := make([]fn, count)
	for i := range table {
		entry, at := half(funcs+8*i), funcs+half(funcs+8*i+4)
		const fixed = 44
		if at+fixed > len(all) {
			return nil, fmt.Errorf("function %d of %d is described beyond the data's end", i, count)
		}
		pcdata, funcdata := half(at+28), int(all[at+43])
		end := at + fixed + 4*(pcdata+funcdata)
		name := names + half(at+4)
		if pcdata > 16 || end > len(all) || name >= len(all) {
			return nil, fmt.Errorf("function %d of %d is not described as known here", i, count)
		}
		text, _, _ := bytes.Cut(all[name:], []byte{0})
		f := fn{name: string(text), body: entry - first, tables: 8 + end - at + len(text) + 1}
		offsets := []int{half(at + 16), half(at + 20), half(at + 24)}
		for n := range pcdata {
			offsets = append(offsets, half(at+fixed+4*n))
		}
		for _, offset := range offsets {
			if !seen[offset] && pctab+offset < len(all) {
				seen[offset] = true
				f.tables += pcTableSize(all[pctab+offset:])
			}
		}
		table[i] = f
	}
	return table, nil
}

// pcTableSize is the length of pairs of varints up to a pair that begins with zero.
func pcTableSize(table []byte) int {
	at := 0
	for {
		value, n := binary.Uvarint(table[at:])
		if n <= 0 {
			return at
		}
		at += n
		if value == 0 && at > n {
			return at
		}
		_, n = binary.Uvarint(table[at:])
		if n <= 0 {
			return at
		}
		at += n
	}
}
