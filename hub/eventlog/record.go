package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"amalgam/hub/update"
)

// A record is one update as bytes:
//
//	byte 0      format, 3
//	byte 1      flags: bit 0 private
//	8 bytes     when the log took it, Unix milliseconds, big-endian
//	uvarint     number of topics, then each topic
//	            type, id, retry, data
//	4 bytes     CRC-32C of its sequence (8 bytes, big-endian) and of all
//	            that precedes, big-endian
//
// A string is its length in bytes as a uvarint, then the bytes. The sequence
// itself is the key under which a backend keeps the record. The checksum of
// format 2 did not cover it, and format 1 had no time either; both are read.
const (
	recordFormat    = 3
	recordPlaceless = 2
	recordUntimed   = 1
	recordTimeBytes = 8
	flagPrivate     = 1
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	// ErrRecord is wrapped by the error for bytes that are not a whole, sound
	// record.
	ErrRecord = errors.New("eventlog: damaged record")
)

// AppendRecord appends e as a record to dst and returns it.
func AppendRecord(dst []byte, e Entry) []byte {
	start := len(dst)
	u := e.Update
	var flags byte
	if u.Private {
		flags |= flagPrivate
	}
	dst = append(dst, recordFormat, flags)
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.Time))
	dst = binary.AppendUvarint(dst, uint64(len(u.Topics)))
	for _, t := range u.Topics {
		dst = appendString(dst, t)
	}
	dst = appendString(dst, u.Type)
	dst = appendString(dst, u.ID)
	dst = appendString(dst, u.Retry)
	dst = appendString(dst, u.Data)
	return binary.BigEndian.AppendUint32(dst, recordSum(e.Seq, dst[start:]))
}

// recordSum binds a record to its place: one that is found under the key of
// another is damaged.
func recordSum(seq uint64, body []byte) uint32 {
	sum := ^uint32(0) // by hand: crc32 would take the 8 bytes from the heap
	for shift := 56; shift >= 0; shift -= 8 {
		sum = castagnoli[byte(sum)^byte(seq>>shift)] ^ sum>>8
	}
	return crc32.Update(^sum, castagnoli, body)
}

// ParseRecord returns the entry whose record was found at the place seq. Its
// time is 0 if the record has none. It does not keep record.
func ParseRecord(seq uint64, record []byte) (e Entry, err error) {
	if len(record) < 6 {
		return e, fmt.Errorf("%w: %d bytes", ErrRecord, len(record))
	}
	body, sum := record[:len(record)-4], binary.BigEndian.Uint32(record[len(record)-4:])
	want := recordSum(seq, body)
	if body[0] < recordFormat {
		want = crc32.Checksum(body, castagnoli)
	}
	if sum != want {
		return e, fmt.Errorf("%w: wrong checksum", ErrRecord)
	}
	fields := 2
	switch {
	case body[0] == recordUntimed:
	case (body[0] == recordFormat || body[0] == recordPlaceless) && len(body) >= 2+recordTimeBytes:
		e.Time = int64(binary.BigEndian.Uint64(body[2:]))
		fields += recordTimeBytes
	default:
		return e, fmt.Errorf("%w: format %d, this version reads formats %d to %d", ErrRecord, body[0], recordUntimed, recordFormat)
	}
	// One string holds all fields: a replay decodes many records, and what it
	// keeps of one it keeps as long as the others.
	r := reader{rest: string(body[fields:])}
	u := &update.Update{Private: body[1]&flagPrivate != 0}
	n := r.uvarint()
	if n > uint64(len(r.rest)) { // each topic takes a byte at least
		return Entry{}, fmt.Errorf("%w: %d topics in %d bytes", ErrRecord, n, len(r.rest))
	}
	u.Topics = make([]string, n)
	for i := range u.Topics {
		u.Topics[i] = r.string()
	}
	u.Type, u.ID, u.Retry, u.Data = r.string(), r.string(), r.string(), r.string()
	if r.bad || len(r.rest) != 0 {
		return Entry{}, fmt.Errorf("%w: wrong length", ErrRecord)
	}
	e.Seq, e.Update = seq, u
	return e, nil
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// reader takes fields off the front of a record; bad sticks.
type reader struct {
	rest string
	bad  bool
}

func (r *reader) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break // more than 64 bits
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.bad, r.rest = true, ""
	return 0
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, ""
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}
