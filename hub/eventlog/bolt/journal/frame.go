package journal

import (
	"encoding/binary"
	"hash/crc32"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A Frame gathers the records of one commit. Its memory is used again.
type Frame struct {
	buf   []byte
	first uint64
	count uint32
}

// keptFrame bounds the memory that a frame keeps between two commits.
const keptFrame = 4 << 20

// Begin empties the frame; its first record will have sequence first, and
// each further one the next.
func (f *Frame) Begin(first uint64) {
	if cap(f.buf) > keptFrame {
		f.buf = nil
	}
	f.buf, f.first, f.count = append(f.buf[:0], make([]byte, frameHead)...), first, 0
	binary.BigEndian.PutUint64(f.buf[8:], first)
}

// Add adds a record and returns its length.
func (f *Frame) Add(u *update.Update, at int64) int {
	start := len(f.buf)
	e := eventlog.Entry{Seq: f.first + uint64(f.count), Update: u, Time: at}
	f.buf = eventlog.AppendRecord(append(f.buf, 0, 0, 0, 0), e)
	n := len(f.buf) - start - 4
	binary.BigEndian.PutUint32(f.buf[start:], uint32(n))
	f.count++
	return n
}

// Len is the length of the frame so far, in bytes.
func (f *Frame) Len() int { return len(f.buf) }

func (f *Frame) seal(generation [8]byte) []byte {
	copy(f.buf, generation[:])
	binary.BigEndian.PutUint32(f.buf[16:], uint32(len(f.buf)-frameHead))
	binary.BigEndian.PutUint32(f.buf[20:], f.count)
	binary.BigEndian.PutUint32(f.buf[24:], frameSum(f.buf))
	return f.buf
}

// frameSum is over everything but the place of the sum itself.
func frameSum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:24], castagnoli), castagnoli, frame[frameHead:])
}

// Records is a frame as it was read.
type Records struct {
	Offset int64 // in the file
	First  uint64
	All    [][]byte
}

// Last is the sequence of the last record.
func (r Records) Last() uint64 { return r.First + uint64(len(r.All)) - 1 }

// parseFrame returns the frame at the start of b and its length, 0 if there is
// no sound one. The records share b.
func parseFrame(b []byte, generation []byte) (Records, int) {
	if len(b) < frameHead || string(b[:8]) != string(generation) {
		return Records{}, 0
	}
	length, count := int64(binary.BigEndian.Uint32(b[16:])), binary.BigEndian.Uint32(b[20:])
	if int64(len(b)) < frameHead+length || count == 0 {
		return Records{}, 0
	}
	frame := b[:frameHead+length]
	if frameSum(frame) != binary.BigEndian.Uint32(b[24:]) {
		return Records{}, 0
	}
	r := Records{First: binary.BigEndian.Uint64(b[8:])}
	for rest := frame[frameHead:]; len(rest) > 0; {
		if len(rest) < 4 {
			return Records{}, 0
		}
		n := int(binary.BigEndian.Uint32(rest))
		if n > len(rest)-4 {
			return Records{}, 0
		}
		r.All = append(r.All, rest[4:4+n])
		rest = rest[4+n:]
	}
	if uint32(len(r.All)) != count || r.First == 0 || r.Last() < r.First {
		return Records{}, 0
	}
	return r, len(frame)
}
