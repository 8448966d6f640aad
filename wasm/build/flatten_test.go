package build

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// active is a segment of memory 0 as a linker writes it.
func active(at int32, text string) []byte {
	return appendVector(append(appendI32([]byte{0, 0x41}, at), 0x0b), []byte(text))
}

func list(entries ...[]byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(entries))), bytes.Join(entries, nil)...)
}

var onePage = section{sectionMemory, []byte{1, 0, 1}}

func handmade(segments ...[]byte) []byte {
	return join([]section{onePage, {sectionData, list(segments...)}})
}

// memoryOf returns what the module's memory holds when it starts, up to the
// last byte that is not zero; nil when the module cannot be read.
func memoryOf(t testing.TB, module []byte) []byte {
	sections, err := split(module)
	if err != nil {
		return nil
	}
	memory := make([]byte, page)
	for _, s := range sections {
		if s.id != sectionData {
			continue
		}
		segments, err := segmentsOf(s.body, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range segments {
			copy(memory[s.at:], s.bytes)
		}
	}
	return bytes.TrimRight(memory, "\x00")
}

func countSegments(t *testing.T, module []byte) int {
	t.Helper()
	sections, err := split(module)
	if err != nil {
		t.Fatal(err)
	}
	r := reader{rest: sections[slices.IndexFunc(sections, func(s section) bool { return s.id == sectionData })].body}
	return int(r.u32())
}

func TestSegmentsAreMerged(t *testing.T) {
	zeros := strings.Repeat("\x00", gap)
	for name, test := range map[string]struct {
		module []byte
		want   int
	}{
		"side by side":                    {handmade(active(8, "ab"), active(10, "cd")), 1},
		"a gap too small":                 {handmade(active(8, "a"), active(8+gap, "b")), 1},
		"a gap large enough":              {handmade(active(8, "a"), active(9+gap, "b")), 2},
		"zeros that were written":         {handmade(active(8, "a"+zeros+"b")), 2},
		"a gap half of which was written": {handmade(active(8, "a"+zeros[:gap/2]), active(9+gap, "b")), 2},
		"out of order":                    {handmade(active(10, "cd"), active(8, "ab")), 1},
		"zeros at both ends":              {handmade(active(0, zeros+"a"+zeros)), 1},
		"only zeros":                      {handmade(active(100, zeros)), 0},
		"nothing":                         {handmade(), 0},
		"an empty one":                    {handmade(active(page, ""), active(0, "a")), 1},
		"up to the last byte":             {handmade(active(page-1, "a")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			flat, err := Flatten(test.module)
			if err != nil {
				t.Fatal(err)
			}
			if n := countSegments(t, flat); n != test.want {
				t.Errorf("%d segments, want %d", n, test.want)
			}
			if got, want := memoryOf(t, flat), memoryOf(t, test.module); !bytes.Equal(got, want) {
				t.Errorf("the memory is %q, was %q", got, want)
			}
		})
	}
}

func TestAddressesBeyondTwoGigabytesAreUnsigned(t *testing.T) {
	module := join([]section{
		{sectionMemory, append([]byte{1, 0}, binary.AppendUvarint(nil, page)...)},
		{sectionData, list(active(-1, "z"), active(1, "a"))},
	})
	flat, err := Flatten(module)
	if err != nil {
		t.Fatal(err)
	}
	want := list(active(1, "a"), active(-1, "z"))
	if sections, _ := split(flat); !bytes.Equal(sections[1].body, want) {
		t.Errorf("the data is %x, want %x", sections[1].body, want)
	}
}

func TestTheCountOfSegmentsFollowsAndTheRestStays(t *testing.T) {
	code := section{sectionCode, []byte{0}}
	module := join([]section{{0, []byte("\x01xyz")}, onePage, {sectionDataCount, []byte{3}}, code,
		{sectionData, list(active(0, "a"), active(1, "b"), active(500, "c"))}, {0, []byte("\x04name")}})
	flat, err := Flatten(module)
	if err != nil {
		t.Fatal(err)
	}
	want := join([]section{{0, []byte("\x01xyz")}, onePage, {sectionDataCount, []byte{2}}, code,
		{sectionData, list(active(0, "ab"), active(500, "c"))}, {0, []byte("\x04name")}})
	if !bytes.Equal(flat, want) {
		t.Errorf("got  %x\nwant %x", flat, want)
	}
}

func TestWhatCannotBePromisedIsRefused(t *testing.T) {
	importing := func(kind byte, rest ...byte) section {
		return section{sectionImport, list(append([]byte{1, 'm', 1, 'n', kind}, rest...))}
	}
	data := section{sectionData, list(active(0, "a"))}
	for name, test := range map[string]struct {
		module []byte
		want   string
	}{
		"not a module":        {[]byte("<!doctype html>"), "not a WebAssembly module"},
		"a passive segment":   {handmade(append([]byte{1}, "\x01a"...)), "passive"},
		"another memory":      {handmade(append([]byte{2, 0, 0x41, 0, 0x0b}, "\x01a"...)), "mode 2"},
		"an address computed": {handmade([]byte{0, 0x23, 0, 0x0b, 1, 'a'}), "not constant"},
		"beyond the memory":   {handmade(active(page-1, "ab")), "beyond the memory"},
		"an empty one beyond": {handmade(active(page+1, "")), "beyond the memory"},
		"overlap":             {handmade(active(8, "abc"), active(10, "d")), "overlap at 10"},
		"more than it counts": {join([]section{onePage, {sectionData, append(list(active(0, "a")), 0)}}), "after the last"},
		"cut short":           {handmade(active(8, "abc"))[:20], "too early"},
		"no memory":           {join([]section{data}), "no memory of its own"},
		"two memories":        {join([]section{{sectionMemory, []byte{2, 0, 1, 0, 1}}, data}), "several memories"},
		"a 64-bit memory":     {join([]section{{sectionMemory, []byte{1, 4, 1}}, data}), "not known"},
		"an imported memory":  {join([]section{importing(importMemory, 1, 1, 2), onePage, data}), "imports a memory"},
		"an unknown import":   {join([]section{importing(9), onePage, data}), "not known"},
	} {
		t.Run(name, func(t *testing.T) {
			flat, err := Flatten(test.module)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %x, %v; want an error with %q", flat, err, test.want)
			}
		})
	}
}

func FuzzFlatten(f *testing.F) {
	f.Add(handmade(active(8, "ab"), active(100, "\x00\x00c")))
	f.Add(join([]section{onePage, {sectionDataCount, []byte{1}}, {sectionCode, []byte{0}}, {sectionData, list(active(0, "a"))}}))
	f.Add(handmade(active(-64, "x")))
	f.Fuzz(func(t *testing.T, module []byte) {
		flat, err := Flatten(module)
		if err != nil {
			return
		}
		sections, err := split(module)
		if err != nil {
			t.Fatal(err)
		}
		if size, err := ownMemory(sections); err == nil && size <= page {
			if !bytes.Equal(memoryOf(t, flat), memoryOf(t, module)) {
				t.Errorf("the memory of %x is another than that of %x", flat, module)
			}
		}
		again, err := Flatten(flat)
		if err != nil || !bytes.Equal(again, flat) {
			t.Errorf("a second time gives %x, %v after %x", again, err, flat)
		}
	})
}

// FuzzSegments makes modules that are well-formed, from pairs of a distance and a length.
func FuzzSegments(f *testing.F) {
	f.Add([]byte{0, 1, 63, 1, 64, 1, 65, 2, 0, 0}, []byte("a\x00b"))
	f.Add([]byte{200, 200}, bytes.Repeat([]byte{0}, 100))
	f.Fuzz(func(t *testing.T, layout, text []byte) {
		var segments [][]byte
		at := 0
		for pair := range slices.Chunk(layout, 2) {
			if len(pair) < 2 || len(text) == 0 {
				break
			}
			at += int(pair[0])
			data := bytes.Repeat(text, 1+int(pair[1])/len(text))[:pair[1]]
			if at+len(data) > page {
				break
			}
			segments = append(segments, active(int32(at), string(data)))
			at += len(data)
		}
		module := handmade(segments...)
		flat, err := Flatten(module)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(memoryOf(t, flat), memoryOf(t, module)) {
			t.Errorf("the memory of %x is another than that of %x", flat, module)
		}
	})
}
