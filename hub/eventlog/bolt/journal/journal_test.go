package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"amalgam/hub/eventlog"
	"amalgam/hub/update"
)

// A ram is a file in memory that knows all that was done to it.
type ram struct {
	data []byte
	ops  []ramOp
	room int64 // it does not grow beyond; 0 for no bound
	fail error // of the next Sync
}

type ramOp struct {
	off  int64
	data []byte // written, or
	size int64  // truncated to, if data is nil
}

func (r *ram) open(string) (File, error) { return r, nil }

func (r *ram) ReadAt(b []byte, off int64) (int, error) {
	n := copy(b, r.data[min(off, int64(len(r.data))):])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (r *ram) WriteAt(b []byte, off int64) (int, error) {
	n := len(b)
	if r.room > 0 {
		n = int(max(0, min(int64(n), r.room-off)))
	}
	r.apply(ramOp{off: off, data: slices.Clone(b[:n])})
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (r *ram) Truncate(size int64) error { r.apply(ramOp{size: size}); return nil }

func (r *ram) apply(o ramOp) {
	r.ops = append(r.ops, o)
	if o.data == nil {
		r.data = r.data[:o.size]
		return
	}
	if grow := o.off + int64(len(o.data)) - int64(len(r.data)); grow > 0 {
		r.data = append(r.data, make([]byte, grow)...)
	}
	copy(r.data[o.off:], o.data)
}

func (r *ram) Sync() error          { return r.fail }
func (r *ram) Size() (int64, error) { return int64(len(r.data)), nil }
func (r *ram) Close() error         { return nil }

func newJournal(t testing.TB, r *ram, through uint64) *Journal {
	t.Helper()
	j, err := Open("journal", r.open)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Reset(1, through); err != nil {
		t.Fatal(err)
	}
	return j
}

func entry(seq uint64) eventlog.Entry {
	u := &update.Update{Topics: []string{"t"}, ID: fmt.Sprint("id", seq), Data: strings.Repeat("d", int(seq*37%200))}
	return eventlog.Entry{Seq: seq, Update: u, Time: int64(seq)}
}

// write writes a frame of n records.
func write(j *Journal, first uint64, n int) error {
	var f Frame
	f.Begin(first)
	for i := range uint64(n) {
		e := entry(first + i)
		f.Add(e.Update, e.Time)
	}
	return j.Write(&f)
}

// wantSound fails the test unless frames hold what was written, in order, and
// returns the last sequence.
func wantSound(t testing.TB, frames []Records, after uint64) uint64 {
	t.Helper()
	for _, f := range frames {
		if f.First <= after {
			t.Fatalf("sequence %d after %d", f.First, after)
		}
		for i, record := range f.All {
			seq := f.First + uint64(i)
			if want := eventlog.AppendRecord(nil, entry(seq)); string(record) != string(want) {
				t.Fatalf("sequence %d is %q, want %q", seq, record, want)
			}
		}
		after = f.Last()
	}
	return after
}

func TestACrashAtAnyByteLeavesWholeFramesOnly(t *testing.T) {
	r := &ram{}
	const through = 7
	j := newJournal(t, r, through)
	durable := map[int]uint64{len(r.ops): through} // operations → last sequence
	last := uint64(through)
	for i := range 60 {
		n := 1 + i%4
		if i%20 == 19 {
			n = 5000 // so that the file grows
		}
		if err := write(j, last+1, n); err != nil {
			t.Fatal(err)
		}
		last += uint64(n)
		durable[len(r.ops)] = last
	}
	if len(r.data) < 2*firstSpace {
		t.Fatalf("%d bytes: the file has not grown", len(r.data))
	}
	random := rand.New(rand.NewPCG(1, 1))
	after := &ram{}
	began, acknowledged := false, uint64(0)
	crashes := 0
	for n, o := range r.ops {
		if seq, ok := durable[n]; ok {
			began, acknowledged = true, seq
		}
		for cut := 0; began && cut < len(o.data); cut++ {
			if n > 5 { // every byte of some, some bytes of every one
				cut += random.IntN(1 + len(o.data)/3)
			}
			now := &ram{data: slices.Clone(after.data)}
			now.apply(ramOp{off: o.off, data: o.data[:min(cut, len(o.data)-1)]})
			frames, damage := Merge(through, parse("journal", now.data))
			if len(damage) > 0 {
				t.Fatalf("operation %d, byte %d of %d: %v", n, cut, len(o.data), damage[0])
			}
			if got := wantSound(t, frames, through); got != acknowledged {
				t.Fatalf("operation %d, byte %d of %d: sequences up to %d, want %d", n, cut, len(o.data), got, acknowledged)
			}
			crashes++
		}
		after.apply(o)
	}
	if frames, damage := Merge(through, parse("journal", after.data)); len(damage) > 0 || wantSound(t, frames, through) != last {
		t.Errorf("without a crash: %d frames, %v", len(frames), damage)
	}
	t.Logf("%d crashes", crashes)
}

func TestAFileThatWasCutOffIsDamaged(t *testing.T) {
	r := &ram{}
	j := newJournal(t, r, 0)
	for seq := uint64(1); seq <= 40; seq++ {
		if err := write(j, seq, 1); err != nil {
			t.Fatal(err)
		}
	}
	for size := headerSize + frameHead; size < len(r.data); size += 1 + size/30 {
		frames, damage := Merge(0, parse("journal", r.data[:size]))
		wantSound(t, frames, 0)
		if len(damage) == 0 {
			t.Fatalf("cut to %d of %d bytes: no damage", size, len(r.data))
		}
	}
}

func TestADamagedLastFrameIsSeen(t *testing.T) {
	r := &ram{}
	j := newJournal(t, r, 0)
	for seq := uint64(1); seq <= 2; seq++ {
		if err := write(j, seq, 1); err != nil {
			t.Fatal(err)
		}
	}
	start := parse("journal", r.data).Frames[1].Offset
	for at := start; at < j.end; at++ {
		data := slices.Clone(r.data[:8<<10])
		data[at] ^= 4
		c := parse("journal", data)
		if frames, _ := Merge(0, c); wantSound(t, frames, 0) != 1 || !c.Torn {
			t.Errorf("byte %d of the last frame flipped: torn %v", at-start, c.Torn)
		}
	}
}

func TestAHistoryThatIsBehindItsJournalIsDamaged(t *testing.T) {
	r := &ram{}
	newJournal(t, r, 12)
	for last, want := range map[uint64]int{11: 1, 12: 0, 13: 0} {
		if _, damage := Merge(last, parse("journal", r.data)); len(damage) != want {
			t.Errorf("a history up to %d and a journal from 12: %v, want %d damages", last, damage, want)
		}
	}
}

func TestAFullDiskTakesNothingAndASyncThatFailsIsFinal(t *testing.T) {
	r := &ram{}
	j := newJournal(t, r, 0)
	if err := write(j, 1, 1); err != nil {
		t.Fatal(err)
	}
	before := len(r.data)
	r.room = int64(before) + 1000
	if err := write(j, 2, 20000); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrBroken) {
		t.Errorf("without room: %v, want ENOSPC and no more", err)
	}
	if len(r.data) != before {
		t.Errorf("the file has %d bytes, want %d as before", len(r.data), before)
	}
	if err := write(j, 2, 1); err != nil {
		t.Errorf("one that fits: %v", err)
	}
	r.fail = syscall.EIO
	if err := write(j, 3, 1); !errors.Is(err, ErrBroken) {
		t.Errorf("a failed sync: %v, want ErrBroken", err)
	}
	r.fail = nil
	if err := write(j, 3, 1); !errors.Is(err, ErrBroken) {
		t.Errorf("after a failed sync: %v, want ErrBroken", err)
	}
	frames, damage := Merge(0, parse("journal", r.data))
	if last := wantSound(t, frames, 0); last != 2 || len(damage) > 0 {
		t.Errorf("sequences up to %d, %v, want 2", last, damage)
	}
}

func TestAHeaderOfVersion1IsStillRead(t *testing.T) {
	r := &ram{}
	j := newJournal(t, r, 0)
	if err := write(j, 1, 3); err != nil {
		t.Fatal(err)
	}
	copy(r.data, oldMagic)
	clear(r.data[24:36])
	binary.BigEndian.PutUint32(r.data[24:], crc32.Checksum(r.data[:24], castagnoli))
	c := parse("journal", r.data)
	frames, damage := Merge(0, c)
	if last := wantSound(t, frames, 0); !c.Header || last != 3 || len(damage) > 0 {
		t.Errorf("header %v, sequences up to %d, %v, want 3", c.Header, last, damage)
	}
}

// FuzzRead writes bytes anywhere into two files that follow each other, as
// damage does, and reads them.
func FuzzRead(f *testing.F) {
	files := [2]*ram{{}, {}}
	seq := uint64(1)
	for i, r := range files {
		j, err := Open("journal", r.open)
		if err != nil {
			f.Fatal(err)
		}
		if err := j.Reset(uint64(i+1), seq-1); err != nil {
			f.Fatal(err)
		}
		for n := 1; n < 6; n++ {
			if err := write(j, seq, n); err != nil {
				f.Fatal(err)
			}
			seq += uint64(n)
		}
	}
	const used = 4 << 10 // the zeros after it are not worth the time
	f.Add(uint8(0), uint16(9), []byte{1}, uint64(0))
	f.Add(uint8(1), uint16(600), []byte("amljrnl2"), uint64(3))
	f.Add(uint8(0), uint16(headerSize), files[1].data[headerSize:headerSize+300], uint64(0))
	f.Add(uint8(2), uint16(0), files[0].data[:1200], uint64(0))
	f.Fuzz(func(t *testing.T, which uint8, at uint16, b []byte, last uint64) {
		if which == 2 { // nothing but these bytes
			frames, _ := Merge(last, parse("fuzz", b), parse("fuzz", slices.Clone(b)))
			after := last
			for _, r := range frames {
				if r.First <= after {
					t.Fatalf("sequence %d after %d", r.First, after)
				}
				after = r.Last()
			}
			return
		}
		var contents []*Contents
		for i, r := range files {
			data := slices.Clone(r.data[:used])
			if i == int(which%2) {
				copy(data[int(at)%used:], b)
			}
			contents = append(contents, parse("fuzz", data))
		}
		frames, _ := Merge(last, contents...)
		wantSound(t, frames, last)
	})
}

func BenchmarkFrameAdd(b *testing.B) {
	b.ReportAllocs()
	u := &update.Update{Topics: []string{"https://example.com/books/1"}, ID: "urn:uuid:9b2ff9c5-0000-4000-8000-000000000001", Data: strings.Repeat("d", 150)}
	var f Frame
	f.Begin(1)
	for n := 0; b.Loop(); n++ {
		if n%64 == 0 {
			f.Begin(1)
		}
		f.Add(u, 1)
	}
}
