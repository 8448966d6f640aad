package bolt

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// errFile is wrapped by errors about a bbolt file that is not sound.
	errFile  = errors.New("the file is damaged")
	errInUse = errors.New("is in use by another process: stop the other hub, or give this one its own path")
)

// openDB opens the bbolt file at path, and refuses one whose pages are not in
// order.
func openDB(path string, readOnly bool) (db *bbolt.DB, err error) {
	var file *os.File
	err = sound(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:         time.Second,
			FreelistType:    bbolt.FreelistMapType,
			ReadOnly:        readOnly,
			PreLoadFreelist: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				var err error
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		})
		return err
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s %w", path, errInUse)
	case errors.Is(err, errFile) && file != nil:
		abandon(file)
	case err == nil:
		if err = checkPages(db, file); err != nil {
			_ = db.Close()
		}
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || err != nil && noRoom(err) {
		return nil, fmt.Errorf("%s cannot be opened as a log: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened as a log: %w; %s", path, err, salvage(path))
	}
	return db, nil
}

func view(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
	return sound(func() error { return db.View(fn) })
}

func change(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
	return sound(func() error { return db.Update(fn) })
}

// sound turns the panics with which bbolt answers a damaged page, and the
// fault of a page that was cut off the file, into errors.
func sound(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errFile, p)
		}
	}()
	return fn()
}
