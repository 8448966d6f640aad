package build

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	// gap is how many zeros in a row end a segment. Fewer cost less, once
	// compressed, than the address of a further segment.
	gap  = 64
	page = 65536
)

// segment is memory that is not zero when a module starts.
type segment struct {
	at    int64
	bytes []byte
}

func (s segment) end() int64 { return s.at + int64(len(s.bytes)) }

// Flatten rewrites a module's data section: Go's linker cuts it into some
// 20,000 segments, whose addresses compress badly. The memory with which the
// module starts is the same. It refuses modules of which it cannot promise that.
func Flatten(module []byte) ([]byte, error) {
	flat, err := flatten(module)
	if err != nil {
		return nil, fmt.Errorf("packing the module's data: %w", err)
	}
	return flat, nil
}

func flatten(module []byte) ([]byte, error) {
	sections, err := split(module)
	if err != nil {
		return nil, err
	}
	data := slices.IndexFunc(sections, func(s section) bool { return s.id == sectionData })
	if data < 0 {
		return module, nil
	}
	size, err := ownMemory(sections)
	if err != nil {
		return nil, err
	}
	segments, err := segmentsOf(sections[data].body, size)
	if err != nil {
		return nil, err
	}
	segments = merge(segments)
	sections[data].body = encodeSegments(segments)
	for i := range sections {
		if sections[i].id == sectionDataCount {
			sections[i].body = binary.AppendUvarint(nil, uint64(len(segments)))
		}
	}
	return join(sections), nil
}

// ownMemory returns the bytes of the one memory that the module brings along.
// An imported one may hold something where the segments leave gaps.
func ownMemory(sections []section) (int64, error) {
	for _, s := range sections {
		if s.id != sectionMemory {
			continue
		}
		r := reader{rest: s.body}
		count, flags, pages := r.u32(), r.u32(), r.u32()
		switch {
		case r.err != nil:
			return 0, fmt.Errorf("memory section: %w", r.err)
		case count == 0:
			continue
		case count > 1:
			return 0, errors.New("the module has several memories")
		case flags > 3 || pages > page: // memory64, and what may come after it
			return 0, errors.New("the module's memory is of a kind not known here")
		}
		return int64(pages) * page, importsNoMemory(sections)
	}
	return 0, errors.New("the module has no memory of its own")
}

func importsNoMemory(sections []section) error {
	list, err := imports(sections)
	if err != nil {
		return err
	}
	for _, i := range list {
		if i.kind == importMemory {
			return errors.New("the module imports a memory")
		}
	}
	return nil
}

// segmentsOf reads a data section whose memory has size bytes.
func segmentsOf(body []byte, size int64) ([]segment, error) {
	r := reader{rest: body}
	count := r.u32()
	var segments []segment
	for n := uint32(0); n < count && r.err == nil; n++ {
		if mode := r.u32(); r.err == nil && mode != 0 {
			return nil, fmt.Errorf("data segment %d is passive, or of another memory (mode %d); code may name it by its number", n, mode)
		}
		const i32Const, end = 0x41, 0x0b
		op, at, last := r.byte(), int64(uint32(r.i32())), r.byte()
		if r.err == nil && (op != i32Const || last != end) {
			return nil, fmt.Errorf("data segment %d: its address is not constant", n)
		}
		s := segment{at, r.vector()}
		if r.err == nil && s.end() > size {
			return nil, fmt.Errorf("data segment %d ends at %d, beyond the memory's %d bytes: the module could not start", n, s.end(), size)
		}
		segments = append(segments, s)
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = errors.New("there is something after the last segment")
	}
	if r.err != nil {
		return nil, fmt.Errorf("data section: %w", r.err)
	}
	slices.SortStableFunc(segments, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(segments); i++ {
		if segments[i].at < segments[i-1].end() {
			return nil, fmt.Errorf("data segments overlap at %d", segments[i].at)
		}
	}
	return segments, nil
}

// merge joins sorted segments, and splits them where gap zeros follow each other.
func merge(segments []segment) []segment {
	var (
		merged []segment
		run    segment
		end    int64 // behind the last byte looked at
		zeros  int64 // how many bytes before end are zero
	)
	finish := func() {
		if len(run.bytes) > 0 {
			merged = append(merged, run)
		}
		run = segment{}
	}
	for _, s := range segments {
		zeros += s.at - end
		for i, b := range s.bytes {
			if b == 0 {
				zeros++
				continue
			}
			switch {
			case len(run.bytes) == 0 || zeros >= gap:
				finish()
				run.at = s.at + int64(i)
			default:
				run.bytes = append(run.bytes, make([]byte, zeros)...)
			}
			run.bytes = append(run.bytes, b)
			zeros = 0
		}
		end = s.end()
	}
	finish()
	return merged
}

func encodeSegments(segments []segment) []byte {
	body := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		body = append(body, 0, 0x41)
		body = appendI32(body, int32(uint32(s.at)))
		body = append(body, 0x0b)
		body = appendVector(body, s.bytes)
	}
	return body
}
