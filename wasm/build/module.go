package build

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The sections of a module that this package looks into (WebAssembly Core
// Specification 2.0, 5.5.2).
const (
	sectionImport    = 2
	sectionMemory    = 5
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

var header = []byte("\x00asm\x01\x00\x00\x00")

type section struct {
	id   byte
	body []byte
}

// split takes a module apart. The bodies point into it.
func split(module []byte) ([]section, error) {
	if len(module) < len(header) || string(module[:len(header)]) != string(header) {
		return nil, errors.New("not a WebAssembly module of version 1")
	}
	var sections []section
	r := reader{rest: module[len(header):]}
	for len(r.rest) > 0 {
		id := r.byte()
		body := r.vector()
		if r.err != nil {
			return nil, fmt.Errorf("section %d: %w", id, r.err)
		}
		sections = append(sections, section{id, body})
	}
	return sections, nil
}

func join(sections []section) []byte {
	module := append([]byte(nil), header...)
	for _, s := range sections {
		module = append(module, s.id)
		module = appendVector(module, s.body)
	}
	return module
}

var errShort = errors.New("it ends too early")

// reader reads what the specification calls values. The first error stays, and
// from then on everything reads as zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) byte() byte {
	b := r.bytes(1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *reader) bytes(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.rest)) {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// u32 reads an unsigned LEB128 number.
func (r *reader) u32() uint32 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 5 || v > 1<<32-1 {
		r.err = errors.New("a number that does not fit into 32 bits, or is cut short")
		return 0
	}
	r.rest = r.rest[n:]
	return uint32(v)
}

// i32 reads a signed LEB128 number.
func (r *reader) i32() int32 {
	var v int64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b&0x80 != 0 {
			continue
		}
		if b&0x40 != 0 {
			v |= -1 << (shift + 7)
		}
		if int64(int32(v)) != v {
			break
		}
		return int32(v)
	}
	if r.err == nil {
		r.err = errors.New("a number that does not fit into 32 bits")
	}
	return 0
}

// vector reads bytes with their number before them.
func (r *reader) vector() []byte { return r.bytes(int(r.u32())) }

func appendVector(to, bytes []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(bytes))), bytes...)
}

func appendI32(to []byte, v int32) []byte {
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(to, b)
		}
		to = append(to, b|0x80)
	}
}
