package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"slices"
)

// Contents is what a file holds.
type Contents struct {
	Path  string
	Epoch uint64
	// Header tells whether the header was sound. Without it the frames are
	// those of the generation that the first of them names.
	Header bool
	// Through is the last sequence that was durable elsewhere; 0 if unknown.
	Through uint64
	// Frames are the sound ones, in the order of the file. Those from
	// Frames[Whole] on lie beyond bytes that are none, which start at End.
	Frames []Records
	Whole  int
	End    int64
	// Torn tells that at End a frame begins which is not whole, or damaged.
	Torn bool
	// Cut tells that the file has been longer.
	Cut bool
}

// Read returns what the file holds. It judges nothing: see Merge.
func (j *Journal) Read() (*Contents, error) {
	data := make([]byte, j.size)
	if n, err := j.file.ReadAt(data, 0); err != nil && (err != io.EOF || n < len(data)) {
		return nil, fmt.Errorf("%s cannot be read: %w", j.path, err)
	}
	return parse(j.path, data), nil
}

func parse(path string, data []byte) *Contents {
	c := &Contents{Path: path, End: headerSize}
	if len(data) < headerSize+frameHead {
		return c
	}
	var generation []byte
	current := sealed(data, magic, 32)
	if current {
		c.Through = binary.BigEndian.Uint64(data[24:])
		defer func() { c.Cut = c.isCut(data) }()
	}
	if current || sealed(data, oldMagic, 24) {
		c.Header, c.Epoch, generation = true, binary.BigEndian.Uint64(data[8:]), data[16:24]
	} else if generation = data[headerSize : headerSize+8]; len(bytes.Trim(generation, "\x00")) == 0 {
		return c
	}
	for {
		r, n := parseFrame(data[c.End:], generation)
		if n == 0 {
			break
		}
		r.Offset = c.End
		c.Frames = append(c.Frames, r)
		c.End += int64(n)
	}
	c.Whole = len(c.Frames)
	rest := data[c.End:]
	// One flipped bit in its first bytes should not make a commit unseen.
	c.Torn = len(rest) >= len(generation) &&
		bits.OnesCount64(binary.BigEndian.Uint64(rest)^binary.BigEndian.Uint64(generation)) <= 8
	for at := 0; ; {
		i := bytes.Index(rest[at:], generation)
		if i < 0 {
			return c
		}
		at += i
		r, n := parseFrame(rest[at:], generation)
		if n > 0 {
			r.Offset = c.End + int64(at)
			c.Frames = append(c.Frames, r)
		}
		at += max(n, 1)
	}
}

// sealed reports whether data is a header of n bytes and its checksum.
func sealed(data, magic []byte, n int) bool {
	return bytes.HasPrefix(data, magic) && binary.BigEndian.Uint32(data[n:]) == crc32.Checksum(data[:n], castagnoli)
}

// isCut holds the size of the file against what Reserve does.
func (c *Contents) isCut(data []byte) bool {
	whole := wholeSpace(int64(len(data)))
	if whole < c.End+frameHead || len(bytes.Trim(data[whole:], "\x00")) > 0 {
		return true
	}
	// The head of a torn frame can be trusted when it is in one sector.
	if c.Torn && c.End%headerSize <= headerSize-frameHead {
		return c.End+frameHead+int64(binary.BigEndian.Uint32(data[c.End+16:])) > int64(len(data))
	}
	return false
}

// Damage says where a journal has lost records that were durable once.
type Damage struct {
	Path   string
	Offset int64
	// From and To are the sequences that are missing, if To is not less.
	From, To uint64
	what     string
}

func (d *Damage) Error() string {
	missing := ""
	if d.From <= d.To {
		missing = fmt.Sprintf(": the updates with sequences %d to %d are lost", d.From, d.To)
	}
	return fmt.Sprintf("%s is damaged at byte %d: %s%s", d.Path, d.Offset, d.what, missing)
}

const (
	whatHeader = "its header is not readable, but updates follow it"
	whatGap    = "a commit is not readable, but later ones follow it"
	whatCut    = "its end has been cut off, with the commits there"
	whatMoved  = "its header tells of updates in the history that the history does not have"
)

// Merge returns the frames of the files that follow sequence last, in order,
// each once. What a crash has torn off the end is not missed: no publisher
// was ever told that it is stored. Where sound frames follow a gap, a file
// has been cut off, or one knows of a later end, durable records have been
// lost: then damage names the places, and the frames after them are returned
// as well.
func Merge(last uint64, files ...*Contents) (frames []Records, damage []*Damage) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b *Contents) int {
		if a.Header && b.Header {
			return cmp.Compare(a.Epoch, b.Epoch)
		}
		return cmp.Compare(a.first(), b.first())
	})
	expected := last + 1
	var before *Contents
	for i, c := range files {
		// A frame that could not be written, and was not quite taken back
		// before a crash, has sequences that the next file uses again.
		limit := uint64(math.MaxUint64)
		if i+1 < len(files) {
			limit = files[i+1].first()
		}
		for n, f := range c.Frames {
			if f.Last() < expected || f.First >= limit {
				continue
			}
			if !c.Header && (len(damage) == 0 || damage[len(damage)-1].Path != c.Path) {
				damage = append(damage, &Damage{Path: c.Path, From: expected, To: f.First - 1, what: whatHeader})
			}
			if f.First < expected {
				f.All = f.All[expected-f.First:]
				f.First = expected
			}
			if f.First > expected {
				d := &Damage{Path: c.Path, Offset: c.End, From: expected, To: f.First - 1, what: whatGap}
				if n < c.Whole && before != nil {
					d.Path, d.Offset = before.Path, before.End
				} else if n > 0 && n > c.Whole {
					d.Offset = c.Frames[n-1].Offset // somewhere after it
				}
				damage = append(damage, d)
			}
			frames = append(frames, f)
			expected = f.Last() + 1
		}
		before = c
	}
	for _, c := range files {
		if c.Cut {
			damage = append(damage, &Damage{Path: c.Path, Offset: c.End, From: 1, what: whatCut})
		}
		if c.Through >= expected {
			damage = append(damage, &Damage{Path: c.Path, From: expected, To: c.Through, what: whatMoved})
		}
	}
	return frames, damage
}

// first is the sequence of the first frame, the greatest number if there is
// none.
func (c *Contents) first() uint64 {
	if len(c.Frames) == 0 {
		return math.MaxUint64
	}
	return c.Frames[0].First
}
