package certs

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/caddyserver/certmagic"
)

// How long what the authority signs is valid. The root is made anew when it
// has less left than one of its certificates may need.
const (
	rootLife = 10 * 365 * 24 * time.Hour
	leafLife = 30 * 24 * time.Hour
	// skew is how far a client's clock may be behind.
	skew = time.Hour
)

// Where the root is kept.
const (
	rootCertificate = "authority/root.crt"
	rootKey         = "authority/root.key"
)

// authority is the hub's own: a root, kept beside the certificates, for names
// that no public authority certifies. It is a certmagic.Issuer.
type authority struct {
	root *x509.Certificate
	key  crypto.Signer
}

// openAuthority reads the root, or makes it. Where it is not needed, it is
// neither.
func openAuthority(ctx context.Context, storage certmagic.Storage, needed bool) (*authority, error) {
	if !needed {
		return &authority{}, nil
	}
	certPEM, err := storage.Load(ctx, rootCertificate)
	keyPEM, err2 := storage.Load(ctx, rootKey)
	err = errors.Join(err, err2)
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(ctx, storage)
	}
	a := &authority{}
	if err == nil {
		a.root, a.key, err = parseRoot(certPEM, keyPEM)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the root of the hub's own authority cannot be used: remove %s and %s below the folder of the certificates, and the next start makes new ones (%w)", rootCertificate, rootKey, err)
	case time.Until(a.root.NotAfter) < leafLife:
		return makeAuthority(ctx, storage)
	}
	return a, nil
}

func parseRoot(certPEM, keyPEM []byte) (*x509.Certificate, crypto.Signer, error) {
	cert, _ := pem.Decode(certPEM)
	key, _ := pem.Decode(keyPEM)
	if cert == nil || key == nil {
		return nil, nil, errors.New("it is not PEM")
	}
	root, err := x509.ParseCertificate(cert.Bytes)
	if err != nil {
		return nil, nil, err
	}
	signer, err := x509.ParseECPrivateKey(key.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if !signer.PublicKey.Equal(root.PublicKey) {
		return nil, nil, errors.New("certificate and key do not belong together")
	}
	return root, signer, nil
}

func makeAuthority(ctx context.Context, storage certmagic.Storage) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Amalgam hub, own authority " + now.UTC().Format(time.DateOnly)},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(rootLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	// The key first: a certificate without its key would be taken for a fault.
	err = storage.Store(ctx, rootKey, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
	if err == nil {
		err = storage.Store(ctx, rootCertificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	if err != nil {
		return nil, fmt.Errorf("the root of the hub's own authority cannot be kept: let the hub's user write there, on a disk that has room (%w)", err)
	}
	return &authority{root: root, key: key}, nil
}

// Issue implements certmagic.Issuer.
func (a *authority) Issue(_ context.Context, csr *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	if err := csr.CheckSignature(); err != nil {
		return nil, err
	}
	now := time.Now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject:     csr.Subject,
		DNSNames:    csr.DNSNames,
		IPAddresses: csr.IPAddresses,
		NotBefore:   now.Add(-skew),
		NotAfter:    now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.root, csr.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	return &certmagic.IssuedCertificate{Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// IssuerKey implements certmagic.Issuer: another root is another issuer, whose
// certificates do not count.
func (a *authority) IssuerKey() string {
	if a.root == nil {
		return "own"
	}
	sum := sha256.Sum256(a.root.Raw)
	return "own-" + hex.EncodeToString(sum[:4])
}
