package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// checkEvery is how soon a changed file is noticed, at the next handshake.
const checkEvery = time.Second

// files is a certificate and its key in files that somebody else renews.
type files struct {
	cert, key string
	logger    *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	read    stamp // of what was read last, well or not
	checked time.Time
}

// stamp tells versions of the two files apart.
type stamp struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

func openFiles(cert, key string, logger *slog.Logger) (*files, error) {
	f := &files{cert: cert, key: key, logger: logger, checked: time.Now()}
	var err error
	if f.read, err = f.stamp(); err == nil {
		f.current, err = f.load()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no such file: name the certificate (with its chain) and its key, both in PEM (%w)", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("let the hub's user read the certificate and its key (%w)", err)
	case err != nil:
		return nil, fmt.Errorf("%s and %s are not a certificate and its key, both in PEM: %w", cert, key, err)
	}
	return f, nil
}

func (f *files) stamp() (s stamp, err error) {
	cert, err := os.Stat(f.cert)
	if err != nil {
		return s, err
	}
	key, err := os.Stat(f.key)
	if err != nil {
		return s, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

func (f *files) load() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	return &c, err
}

// doubts says what clients will not accept.
func (f *files) doubts(names []string) (doubts []string) {
	leaf, now := f.current.Leaf, time.Now()
	switch {
	case now.After(leaf.NotAfter):
		doubts = append(doubts, fmt.Sprintf("the certificate %s has expired on %s: renew it", f.cert, leaf.NotAfter.Format(time.DateOnly)))
	case now.Before(leaf.NotBefore):
		doubts = append(doubts, fmt.Sprintf("the certificate %s is not valid before %s: compare the clock of this machine (`date -u`)", f.cert, leaf.NotBefore.Format(time.RFC3339)))
	}
	for _, n := range names {
		if leaf.VerifyHostname(n) != nil {
			doubts = append(doubts, fmt.Sprintf("the certificate %s is not for %s, a name that is served, but for %s: have one issued for it", f.cert, n, strings.Join(leaf.DNSNames, " ")))
		}
	}
	return doubts
}

// get returns the certificate, which it has read again if the files have
// changed. Two that do not fit, as while one of them is being replaced, leave
// the old one in use.
func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.checked) < checkEvery {
		return f.current, nil
	}
	f.checked = time.Now()
	now, err := f.stamp()
	if err == nil && now == f.read {
		return f.current, nil
	}
	var next *tls.Certificate
	if err == nil {
		next, err = f.load()
	}
	if err != nil {
		if now != f.read {
			f.logger.Error("the certificate has changed and cannot be used: the one before stays in use", "file", f.cert, "error", err)
		}
		f.read = now
		return f.current, nil
	}
	f.read, f.current = now, next
	f.logger.Info("the certificate was read again", "file", f.cert, "expires", next.Leaf.NotAfter)
	return f.current, nil
}
