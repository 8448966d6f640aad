package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// errFile is wrapped by errors about a bbolt file that is not sound.
var errFile = errors.New("the file is damaged")

func openDB(path string, readOnly bool) (db *bbolt.DB, err error) {
	err = sound(func() error {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      time.Second,
			FreelistType: bbolt.FreelistMapType,
			ReadOnly:     readOnly,
		})
		return err
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process: stop the other hub, or give this one its own path", path)
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
