// Package certs keeps the certificates that a hub shows: obtained by ACME,
// issued by an authority of its own, or read from files.
package certs

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

// Config says which certificates there are to be. The zero value has none.
type Config struct {
	// Names are the names and addresses to be certified.
	Names []string
	// Folder is where keys and certificates are kept; it is made with mode 0700.
	Folder string
	// CertFile and KeyFile, in PEM, serve all names, if they are set. They are
	// read again when they have changed.
	CertFile, KeyFile string
	// Internal has the hub's own authority certify all names, not only those
	// that no public one does (see IsPublic).
	Internal bool
	// CA is the directory URL of an ACME server; default Let's Encrypt. One that
	// is set is asked for internal names, too, except localhost and addresses.
	CA string
	// CARoot is a file with the certificates, in PEM, that the ACME server is
	// known by; default those of the system.
	CARoot string
	// Email is told to the ACME server; may be empty.
	Email string
	// AccountKeyID and AccountMAC bind the ACME account to one that there is
	// with the authority (RFC 8555, 7.3.4); the MAC in base64url.
	AccountKeyID, AccountMAC string
	// HTTPPort and TLSPort are where the challenges of ACME arrive, on Host (""
	// for all addresses). 0 for HTTPPort: there is no HTTP.
	HTTPPort, TLSPort int
	Host              string
	Logger            *slog.Logger
}

// A Keeper keeps certificates: it obtains and renews them.
type Keeper struct {
	cfg       Config
	files     *files
	cache     *certmagic.Cache
	internal  *certmagic.Config // by the hub's own authority
	public    *certmagic.Config // by ACME
	acme      *certmagic.ACMEIssuer
	authority *authority
	byACME    []string
	byOwn     []string
	ctx       context.Context
	stop      context.CancelFunc
	closed    sync.Once
}

// Check reports what is wrong with the files that it names, if any, and what
// clients would not accept of a certificate. It changes nothing.
func (cfg Config) Check() (warnings []string, err error) {
	if cfg.CertFile == "" {
		_, err := cfg.roots()
		return nil, err
	}
	f, err := openFiles(cfg.CertFile, cfg.KeyFile, cfg.Logger)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return f.doubts(cfg.Names), nil
}

// Open reads the certificates that there are, and makes those of the hub's own
// authority. It opens no connection: Start does.
func Open(cfg Config) (*Keeper, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	k := &Keeper{cfg: cfg}
	k.ctx, k.stop = context.WithCancel(context.Background())
	if cfg.CertFile != "" {
		var err error
		if k.files, err = openFiles(cfg.CertFile, cfg.KeyFile, cfg.Logger); err == nil {
			for _, doubt := range k.files.doubts(cfg.Names) {
				cfg.Logger.Warn(doubt)
			}
		}
		return k, err
	}
	if len(cfg.Names) == 0 {
		return nil, errors.New("there is no name to certify")
	}
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the certificates cannot be made: let the hub's user write there (%w)", err)
	}
	for _, n := range cfg.Names {
		if k.ownCertifies(n) {
			k.byOwn = append(k.byOwn, n)
		} else {
			k.byACME = append(k.byACME, n)
		}
	}
	logger := zap.New(&core{handler: cfg.Logger.Handler().WithAttrs([]slog.Attr{slog.String("part", "certificates")})})
	storage := &certmagic.FileStorage{Path: cfg.Folder}
	template := certmagic.Config{Storage: storage, Logger: logger, DefaultServerName: cfg.Names[0], OnEvent: k.tell}
	k.cache = certmagic.NewCache(certmagic.CacheOptions{Logger: logger, GetConfigForCert: func(c certmagic.Certificate) (*certmagic.Config, error) {
		if len(c.Names) > 0 && slices.Contains(k.byACME, c.Names[0]) {
			return k.public, nil
		}
		return k.internal, nil
	}})
	var err error
	if k.authority, err = openAuthority(k.ctx, storage, len(k.byOwn) > 0); err != nil {
		k.Close()
		return nil, err
	}
	k.internal, k.public = certmagic.New(k.cache, template), certmagic.New(k.cache, template)
	k.internal.Issuers = []certmagic.Issuer{k.authority}
	if k.acme, err = k.newACME(logger); err != nil {
		k.Close()
		return nil, err
	}
	k.public.Issuers = []certmagic.Issuer{k.acme}
	if err := k.certifyOwn(); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

// certifyOwn has the own authority certify its names, which needs nobody else:
// no client comes too early.
func (k *Keeper) certifyOwn() error {
	if len(k.byOwn) == 0 {
		return nil
	}
	if err := k.internal.ManageSync(k.ctx, k.byOwn); err != nil {
		return fmt.Errorf("the hub's own certificates: %w", err)
	}
	k.cfg.Logger.Info("certified by the hub's own authority: clients have to trust its root", "names", k.byOwn, "root", k.RootFile())
	return nil
}

// IsPublic reports whether a public authority certifies a name: not localhost,
// no address, no name for internal use, none of a single label.
func IsPublic(name string) bool {
	return certmagic.SubjectQualifiesForPublicCert(name) && !certmagic.SubjectIsIP(name) && strings.Contains(name, ".")
}

func (k *Keeper) ownCertifies(name string) bool {
	switch {
	case k.cfg.Internal, name == "localhost", certmagic.SubjectIsIP(name):
		return true
	case k.cfg.CA != "":
		return false
	}
	return !IsPublic(name)
}

func (k *Keeper) newACME(logger *zap.Logger) (*certmagic.ACMEIssuer, error) {
	issuer := certmagic.ACMEIssuer{
		CA: cmp.Or(k.cfg.CA, certmagic.LetsEncryptProductionCA), Email: k.cfg.Email, Agreed: true, Logger: logger,
		ListenHost: k.cfg.Host, AltHTTPPort: k.cfg.HTTPPort, AltTLSALPNPort: k.cfg.TLSPort,
		DisableHTTPChallenge: k.cfg.HTTPPort == 0,
	}
	if k.cfg.AccountKeyID != "" {
		issuer.ExternalAccount = &acme.EAB{KeyID: k.cfg.AccountKeyID, MACKey: k.cfg.AccountMAC}
	}
	var err error
	if issuer.TrustedRoots, err = k.cfg.roots(); err != nil {
		return nil, err
	}
	return certmagic.NewACMEIssuer(k.public, issuer), nil
}

// roots are those that the ACME server is known by; nil for the system's.
func (cfg Config) roots() (*x509.CertPool, error) {
	if cfg.CARoot == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(cfg.CARoot)
	if err != nil {
		return nil, fmt.Errorf("the ACME server's root cannot be read: let the hub's user read it, or name another (%w)", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in PEM: name the file with the root of the ACME server", cfg.CARoot)
	}
	return roots, nil
}

// Start has the certificates obtained that the ACME server is to give, and
// renewed, until Close. Handshakes fail until it has given them.
func (k *Keeper) Start() error {
	if k.files != nil {
		return nil
	}
	return k.public.ManageAsync(k.ctx, k.byACME)
}

// tell logs what certmagic does.
func (k *Keeper) tell(_ context.Context, event string, data map[string]any) error {
	switch event {
	case "cert_obtaining":
		k.cfg.Logger.Info("obtaining a certificate", "name", data["identifier"])
	case "cert_obtained":
		k.cfg.Logger.Info("obtained a certificate", "name", data["identifier"], "renewal", data["renewal"], "issuer", data["issuer"])
	}
	return nil
}

// RootFile is the root of the hub's own authority, in PEM.
func (k *Keeper) RootFile() string {
	return (&certmagic.FileStorage{Path: k.cfg.Folder}).Filename(rootCertificate)
}

// TLS is for servers that show the certificates and answer the challenges of
// ACME over TLS (RFC 8737).
func (k *Keeper) TLS() *tls.Config {
	if k.files != nil {
		return &tls.Config{GetCertificate: k.files.get}
	}
	return k.public.TLSConfig()
}

// Challenge answers the challenges of ACME over HTTP (RFC 8555, 8.3), and has
// next serve everything else.
func (k *Keeper) Challenge(next http.Handler) http.Handler {
	if k.acme == nil {
		return next
	}
	return k.acme.HTTPChallengeHandler(next)
}

// Close ends what Start has begun.
func (k *Keeper) Close() {
	k.closed.Do(func() {
		k.stop()
		if k.cache != nil {
			k.cache.Stop()
		}
	})
}
