package engine

import (
	"math/bits"
	"unsafe"
)

// utf16Length returns how many UTF-16 code units UTF-8 has, and whether all of
// it is ASCII. It reads eight bytes at a time, as this is done for every byte
// that comes.
func utf16Length(b []byte) (units uint32, ascii bool) {
	const high = 0x8080808080808080 // the highest bit of each byte
	var any uint64
	n, i := len(b), 0
	for ; i+8 <= len(b); i += 8 {
		x := *(*uint64)(unsafe.Pointer(&b[i]))
		if x&high == 0 {
			continue
		}
		any |= x
		follow := x & high &^ (x << 1)                    // 10xxxxxx
		four := x & high & (x << 1) & (x << 2) & (x << 3) // 1111xxxx: a surrogate pair
		n += bits.OnesCount64(four) - bits.OnesCount64(follow)
	}
	for _, c := range b[i:] {
		any |= uint64(c)
		if c&0xC0 == 0x80 {
			n--
		}
		if c >= 0xF0 {
			n++
		}
	}
	return uint32(n), any&high == 0
}
