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
//	byte 0      format, 1
//	byte 1      flags: bit 0 private
//	uvarint     number of topics, then each topic
//	            type, id, retry, data
//	4 bytes     CRC-32C of all that precedes, big-endian
//
// A string is its length in bytes as a uvarint, then the bytes.
const (
	recordFormat = 1
	flagPrivate  = 1
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	// ErrRecord is wrapped by the error for bytes that are not a whole, sound
	// record.
	ErrRecord = errors.New("eventlog: damaged record")
)

// AppendRecord appends u as a record to dst and returns it.
func AppendRecord(dst []byte, u *update.Update) []byte {
	start := len(dst)
	var flags byte
	if u.Private {
		flags |= flagPrivate
	}
	dst = append(dst, recordFormat, flags)
	dst = binary.AppendUvarint(dst, uint64(len(u.Topics)))
	for _, t := range u.Topics {
		dst = appendString(dst, t)
	}
	dst = appendString(dst, u.Type)
	dst = appendString(dst, u.ID)
	dst = appendString(dst, u.Retry)
	dst = appendString(dst, u.Data)
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// ParseRecord returns the update in record. It does not keep record.
func ParseRecord(record []byte) (*update.Update, error) {
	if len(record) < 6 {
		return nil, fmt.Errorf("%w: %d bytes", ErrRecord, len(record))
	}
	body, sum := record[:len(record)-4], binary.BigEndian.Uint32(record[len(record)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, fmt.Errorf("%w: wrong checksum", ErrRecord)
	}
	if body[0] != recordFormat {
		return nil, fmt.Errorf("%w: format %d, this version reads format %d", ErrRecord, body[0], recordFormat)
	}
	r := reader{rest: body[2:]}
	u := &update.Update{Private: body[1]&flagPrivate != 0}
	n := r.uvarint()
	if n > uint64(len(r.rest)) { // each topic takes a byte at least
		return nil, fmt.Errorf("%w: %d topics in %d bytes", ErrRecord, n, len(r.rest))
	}
	u.Topics = make([]string, n)
	for i := range u.Topics {
		u.Topics[i] = r.string()
	}
	u.Type, u.ID, u.Retry, u.Data = r.string(), r.string(), r.string(), r.string()
	if r.bad || len(r.rest) != 0 {
		return nil, fmt.Errorf("%w: wrong length", ErrRecord)
	}
	return u, nil
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// reader takes fields off the front of a record; bad sticks.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
