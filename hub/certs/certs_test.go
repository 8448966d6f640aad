package certs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalgam/hub/certs"
)

// open opens a keeper, started, that ends with the test.
func open(t *testing.T, cfg certs.Config) *certs.Keeper {
	t.Helper()
	k, err := certs.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	if err := k.Start(); err != nil {
		t.Fatal(err)
	}
	return k
}

// shown is the certificate that a client who asks for a name gets.
func shown(t *testing.T, k *certs.Keeper, name string) (*x509.Certificate, error) {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	go func() { _ = tls.Server(server, k.TLS()).Handshake() }()
	conn := tls.Client(client, &tls.Config{ServerName: name, InsecureSkipVerify: true}) // judged below
	_ = client.SetDeadline(time.Now().Add(10 * time.Second))
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return conn.ConnectionState().PeerCertificates[0], nil
}

func TestTheOwnAuthorityKeepsItsRootAndCertifiesWhatNoPublicOneDoes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tls")
	var roots [][]byte
	for range 2 {
		k := open(t, certs.Config{Names: []string{"localhost", "127.0.0.1", "hub.internal"}, Folder: folder})
		root, err := os.ReadFile(k.RootFile())
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(root)
		for _, name := range []string{"localhost", "hub.internal"} {
			leaf, err := shown(t, k, name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if leaf, err := shown(t, k, "127.0.0.1"); err != nil || leaf.VerifyHostname("localhost") != nil {
			t.Errorf("a client without a server name gets %v, %v, want the first", leaf, err)
		}
		if leaf, err := shown(t, k, "other.example"); err == nil {
			t.Errorf("a name that is not served gets the certificate of %v", leaf.DNSNames)
		}
		k.Close()
	}
	if !bytes.Equal(roots[0], roots[1]) {
		t.Error("the root has changed with a restart: every client would have to trust it anew")
	}
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if info, _ := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
}

func TestWhoCertifiesWhichName(t *testing.T) {
	for name, public := range map[string]bool{
		"hub.example.com": true, "example.com": true, "localhost": false, "app.localhost": false, "hub": false,
		"hub.local": false, "hub.internal": false, "192.0.2.1": false, "10.0.0.1": false, "::1": false,
	} {
		if certs.IsPublic(name) != public {
			t.Errorf("%s: public is %v, want %v", name, !public, public)
		}
	}
}

// pair writes a certificate for a name and its key.
func pair(t *testing.T, folder, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// wantShown waits until the certificate for a name is shown.
func wantShown(t *testing.T, k *certs.Keeper, name string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		leaf, err := shown(t, k, name)
		if err == nil && leaf.DNSNames[0] == name {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the certificate for %s is not shown: %v", name, err)
		}
	}
}

func TestFilesThatChangeAreReadAgainAndBrokenOnesAreNot(t *testing.T) {
	folder := t.TempDir()
	cert, key := pair(t, folder, "one.example")
	var log bytes.Buffer
	k := open(t, certs.Config{Names: []string{"other.example"}, CertFile: cert, KeyFile: key, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), " is not for ") {
		t.Errorf("nobody is told that it is for another name: %s", log.String())
	}
	wantShown(t, k, "one.example")
	pair(t, folder, "two.example")
	wantShown(t, k, "two.example")
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(log.String(), "cannot be used"); time.Sleep(50 * time.Millisecond) {
		if leaf, err := shown(t, k, "two.example"); err != nil || leaf.DNSNames[0] != "two.example" {
			t.Fatalf("a broken file took the certificate away: %v", err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the broken file was not noticed")
		}
	}
	pair(t, folder, "three.example")
	wantShown(t, k, "three.example")
	if n := strings.Count(log.String(), "cannot be used"); n != 1 {
		t.Errorf("one broken file was logged %d times", n)
	}
}

func TestWhatCannotBeUsedNamesTheMend(t *testing.T) {
	folder := t.TempDir()
	cert, key := pair(t, folder, "a.example")
	broken := filepath.Join(folder, "broken")
	if err := os.MkdirAll(filepath.Join(folder, "authority"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{broken, filepath.Join(folder, "authority/root.crt"), filepath.Join(folder, "authority/root.key")} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, cfg := range map[string]certs.Config{
		"name the certificate (with its chain) and its key": {CertFile: filepath.Join(folder, "none"), KeyFile: key},
		"are not a certificate and its key":                 {CertFile: cert, KeyFile: broken},
		"there is no name to certify":                       {Folder: folder},
		"remove authority/root.crt and authority/root.key":  {Folder: folder, Names: []string{"localhost"}},
		"has no certificate in PEM":                         {Folder: folder, Names: []string{"a.example"}, CARoot: broken},
		"the ACME server's root cannot be read":             {Folder: folder, Names: []string{"a.example"}, CARoot: filepath.Join(folder, "none")},
	} {
		k, err := certs.Open(cfg)
		if err == nil {
			k.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
