package journal

import (
	"io"
	"os"
)

// A File is what a journal needs of a file; tests put faulty ones in its
// place.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes what was written durable, and the size of the file.
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
}

// An OpenFunc opens the file at path, and creates it if there is none.
type OpenFunc func(path string) (File, error)

// OpenFile opens a real file.
func OpenFile(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

type osFile struct{ *os.File }

func (f osFile) Sync() error { return datasync(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
