package bolt

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"amalgam/hub/eventlog/bolt/journal"
)

// A disk stands between the log and its journals: it records what is written,
// and fails when it is told to.
type disk struct {
	mu       sync.Mutex
	ops      []op
	room     int64 // no file grows beyond it; 0 for no bound
	short    bool  // the next write stops half-way: no space
	syncFail bool
	syncs    int
}

// An op is one thing that happened, in order.
type op struct {
	file string // base name; "" for what is not about a journal
	off  int64
	data []byte // written
	size int64  // truncated to, if it is not -1
	sync bool
	db   []byte // the bbolt file, durable
	id   string // acknowledged
	seq  uint64
}

func (d *disk) record(o op) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops = append(d.ops, o)
}

func (d *disk) set(change func(d *disk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *disk) open(path string) (journal.File, error) {
	f, err := journal.OpenFile(path)
	return &diskFile{File: f, disk: d, name: filepath.Base(path)}, err
}

type diskFile struct {
	journal.File
	disk *disk
	name string
}

func (f *diskFile) WriteAt(b []byte, off int64) (int, error) {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(b)
	if d.short {
		n, d.short = n/2, false
	}
	if d.room > 0 {
		n = max(0, min(n, int(d.room-off)))
	}
	d.ops = append(d.ops, op{file: f.name, off: off, data: slices.Clone(b[:n]), size: -1})
	if _, err := f.File.WriteAt(b[:n], off); err != nil {
		return 0, err
	}
	if n < len(b) {
		return n, &os.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	return n, nil
}

func (f *diskFile) Sync() error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	if d.syncFail {
		return &os.PathError{Op: "fdatasync", Path: f.name, Err: syscall.EIO}
	}
	d.ops = append(d.ops, op{file: f.name, sync: true, size: -1})
	return nil // the images are what counts: the real disk may be late
}

func (f *diskFile) Truncate(size int64) error {
	f.disk.record(op{file: f.name, size: size})
	return f.File.Truncate(size)
}

// crash writes the files as a power loss after the first n ops would have left
// them: what was synced, and of what was not, any of its sectors.
func (d *disk) crash(t *testing.T, n int, random *rand.Rand, path string) {
	t.Helper()
	files := make(map[string][]byte)
	synced := make(map[string]int) // ops up to here are durable
	for i, o := range d.ops[:n] {
		if o.sync {
			synced[o.file] = i
		}
		if o.db != nil {
			files[filepath.Base(path)] = o.db
		}
	}
	for i, o := range d.ops[:n] {
		if o.file == "" || o.sync {
			continue
		}
		b := files[o.file]
		switch {
		case o.size >= 0:
			if int64(len(b)) > o.size {
				b = b[:o.size]
			}
		case i < synced[o.file]:
			b = put(b, o.data, o.off)
		default:
			for start := 0; start < len(o.data); {
				end := min(len(o.data), start+512-int((o.off+int64(start))%512))
				if random.IntN(2) == 0 {
					b = put(b, o.data[start:end], o.off+int64(start))
				}
				start = end
			}
		}
		files[o.file] = b
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func put(b, data []byte, off int64) []byte {
	if need := int(off) + len(data); need > len(b) {
		b = append(b, make([]byte, need-len(b))...)
	}
	copy(b[off:], data)
	return b
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// copyLog copies the files of the log at path into a new folder, as a killed
// process leaves them.
func copyLog(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(path))
	for _, suffix := range []string{"", "-journal1", "-journal2"} {
		if err := os.WriteFile(to+suffix, readFile(t, path+suffix), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
