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
	if err := tryFolder(filepath.Dir(s.Path)); err != nil {
		return unwritable(filepath.Dir(s.Path), err)
	}
	return nil
}

// CheckCertificates reports what is wrong with the files of TLS and with the
// folder where certificates are kept, and what clients would not accept. It
// changes nothing.
func (s *Settings) CheckCertificates() (warnings []string, err error) {
	c := s.Listen.Certificates
	warnings, err = c.Check()
	if len(s.Listen.Secure) > 0 && c.CertFile == "" {
		if cannot := tryFolder(c.Folder); cannot != nil {
			err = errors.Join(err, unwritable(c.Folder, cannot))
		}
	}
	return warnings, err
}

// tryFolder reports whether files can be made in dir, or in what is there of the
// way to it.
func tryFolder(dir string) error {
	for {
		_, err := os.Stat(dir)
		if err == nil {
			break
		}
		if parent := filepath.Dir(dir); !errors.Is(err, fs.ErrNotExist) || parent == dir {
			return err
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.CreateTemp(dir, ".amalgam-check-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// ExplainHistory adds what mends it to an error of opening the history, where
// it is one of the folder.
func (s *Settings) ExplainHistory(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("the disk of the data folder %s has no room: make some, or choose another folder in %s (%w)", filepath.Dir(s.Path), EnvData, err)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) {
		return unwritable(filepath.Dir(s.Path), err)
	}
	return err
}

func unwritable(dir string, err error) error {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return fmt.Errorf("the data folder %s cannot be written by the user %d whom the hub runs as: give it to that user (chown), or choose another in %s (%w)", dir, os.Getuid(), EnvData, err)
}
