// Package journal is the write-ahead file of the bolt log: what one group
// commit has gathered becomes one frame, one write and one sync.
//
//	header   512 bytes: magic, epoch, generation, the last sequence that was
//	         durable elsewhere when this use began (8 bytes each, big-endian),
//	         CRC-32C of the four, then zeros
//	frames   one after the other: generation, first sequence (8 bytes each),
//	         length of the payload, number of records (4 bytes each), CRC-32C
//	         of these and of the payload, payload: each record as its length
//	         (4 bytes) and its bytes
//	zeros    written ahead, so that a sync has no metadata to write
//
// A file is used again from its start with a new random generation, which
// tells new frames from old ones and from whatever bytes an update holds. The
// epoch grows by one with each use: it tells which of two files is the newer.
// Version 1 of the header had no last sequence; it is still read.
package journal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"amalgam/hub/stat"
)

const (
	headerSize = 512 // a sector: written whole or not at all
	frameHead  = 28
)

var (
	magic      = []byte("amljrnl2")
	oldMagic   = []byte("amljrnl1")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	// ErrBroken is wrapped by the error of a journal whose state on disk is
	// not known any more: a sync has failed. It must not be written again.
	ErrBroken = errors.New("the journal cannot be trusted any more")
)

// Sizes of the space that is written ahead, in bytes.
const (
	firstSpace = 1 << 20
	mostGrowth = 8 << 20
	mostKept   = 16 << 20 // of a file that is used again
)

// A Journal is one file. One goroutine at a time may use it.
type Journal struct {
	path       string
	file       File
	generation [8]byte
	size       int64 // of the file
	end        int64 // of its frames, all durable
	broken     error

	// Syncs counts the nanoseconds of each sync; nil counts none. Set it after
	// Open.
	Syncs *stat.Histogram
}

// Open opens or creates the file at path. Reset must follow, after Read.
func Open(path string, open OpenFunc) (*Journal, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Journal{path: path, file: f, size: size}, nil
}

// Path returns the file's name.
func (j *Journal) Path() string { return j.path }

// Size returns the size of the file in bytes.
func (j *Journal) Size() int64 { return j.size }

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// Reset forgets the frames, durably: what they hold, and all up to the
// sequence through, must be durable elsewhere.
func (j *Journal) Reset(epoch, through uint64) error {
	if j.broken != nil {
		return j.broken
	}
	if _, err := rand.Read(j.generation[:]); err != nil {
		return err
	}
	j.end = headerSize
	if keep := min(wholeSpace(j.size), mostKept); keep > 0 && keep < j.size {
		if err := j.file.Truncate(keep); err != nil {
			return err
		}
		j.size = keep
	}
	header := make([]byte, headerSize)
	b := append(header[:0], magic...)
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = append(b, j.generation[:]...)
	b = binary.BigEndian.AppendUint64(b, through)
	binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := j.file.WriteAt(header, 0); err != nil {
		return err
	}
	j.size = max(j.size, headerSize)
	if err := j.Reserve(0); err != nil {
		return err
	}
	return j.sync()
}

// Reserve sees that n more bytes of frames fit into the space written ahead,
// and zeros after them. The space is durable before it is used, so that no
// crash leaves a frame beyond the end of the file: one there has been cut off.
// When the disk is full the file stays as it was.
func (j *Journal) Reserve(n int64) error {
	if j.broken != nil {
		return j.broken
	}
	before := j.size
	for j.end+n+frameHead > j.size {
		grow := growth(j.size)
		if _, err := j.file.WriteAt(make([]byte, grow), j.size); err != nil {
			if cut := j.file.Truncate(j.size); cut != nil {
				return j.breaks(errors.Join(err, cut))
			}
			return err
		}
		j.size += grow
	}
	if j.size == before {
		return nil
	}
	return j.sync()
}

func growth(size int64) int64 { return max(firstSpace-size, min(size, mostGrowth)) }

// wholeSpace is the size that a file of this size had before it began to grow
// for the last time, if it has not ended to: 0 for one that is not complete.
func wholeSpace(size int64) int64 {
	whole := int64(0)
	for next := int64(firstSpace); next <= size; next += growth(next) {
		whole = next
	}
	return whole
}

// Write makes a frame durable. After an error nothing of it will be read
// again; one that wraps ErrBroken is final.
func (j *Journal) Write(f *Frame) error {
	b := f.seal(j.generation)
	if err := j.Reserve(int64(len(b))); err != nil {
		return err
	}
	if _, err := j.file.WriteAt(b, j.end); err != nil {
		// What has been written of it lies in space of the file: it can be
		// taken back even when the disk is full.
		if cut := j.cut(); cut != nil {
			return j.breaks(errors.Join(err, cut))
		}
		return err
	}
	if err := j.sync(); err != nil {
		_ = j.cut() // the next start should not find what was refused
		return err
	}
	j.end += int64(len(b))
	return nil
}

func (j *Journal) cut() error {
	_, err := j.file.WriteAt(make([]byte, frameHead), j.end)
	return err
}

// sync never tries twice: after a failed one the kernel has forgotten what it
// did not write, and the next would succeed without it.
func (j *Journal) sync() error {
	defer j.Syncs.Since(time.Now())
	if err := j.file.Sync(); err != nil {
		return j.breaks(fmt.Errorf("sync: %w", err))
	}
	return nil
}

func (j *Journal) breaks(err error) error {
	j.broken = fmt.Errorf("%w: %s: %w", ErrBroken, j.path, err)
	return j.broken
}
