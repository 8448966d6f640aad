package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// CheckHistory reports whether the history could be opened, without opening it:
// a hub that runs on it is not disturbed, and nothing is left behind.
func (s *Settings) CheckHistory() error {
	if s.Transport == "local" {
		return nil
	}
	f, err := os.OpenFile(s.Path, os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return s.ExplainHistory(err)
	}
	// Files are made beside the history, and so is its folder if it is missing.
	dir := filepath.Dir(s.Path)
	for {
		_, err := os.Stat(dir)
		if err == nil {
			break
		}
		if parent := filepath.Dir(dir); !errors.Is(err, fs.ErrNotExist) || parent == dir {
			return s.ExplainHistory(err)
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.CreateTemp(dir, ".amalgam-check-*")
	if err != nil {
		return s.ExplainHistory(err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// ExplainHistory adds what mends it to an error of opening the history, where
// it is one of the folder.
func (s *Settings) ExplainHistory(err error) error {
	dir := filepath.Dir(s.Path)
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("the data folder %s cannot be written by the user %d whom the hub runs as: give it to that user (chown), or choose another in %s (%w)", dir, os.Getuid(), EnvData, err)
	}
	return err
}
