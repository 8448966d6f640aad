// Package auth turns a token into a Grant: where the token is found, how it is
// verified, with which keys, and from which origins a browser may come. What a
// token's claims mean is for the dialects to say.
package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithms lists the signature algorithms that a key can be given for.
var Algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// A Key verifies signatures of one algorithm. Binding the two is what keeps a
// public key from being used as an HMAC secret.
type Key struct {
	alg string
	key any    // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	kid string // of a key from a JWK Set
}

// Alg returns the algorithm the key is for.
func (k *Key) Alg() string { return k.alg }

// ParseKey reads a secret (HS…) or a PEM public key or certificate (all
// others) for one algorithm. It refuses what could not be safe: a PEM as an
// HMAC secret, a secret shorter than the hash (RFC 7518 §3.2), a private key,
// a key of another type than the algorithm's.
func ParseKey(alg string, material []byte) (*Key, error) {
	if !slices.Contains(Algorithms, alg) {
		return nil, fmt.Errorf("%q is not an algorithm this hub verifies: use one of %s", alg, strings.Join(Algorithms, ", "))
	}
	if hmac, ok := jwt.GetSigningMethod(alg).(*jwt.SigningMethodHMAC); ok {
		if bytes.Contains(material, []byte("-----BEGIN")) {
			return nil, fmt.Errorf("a PEM key cannot be used with %s, whose key is a shared secret: set the algorithm to the key's own, such as RS256, ES256 or EdDSA", alg)
		}
		if need := hmac.Hash.Size(); len(material) < need {
			return nil, fmt.Errorf("the secret has %d bytes, %s needs at least %d (RFC 7518 §3.2): make one with `openssl rand -base64 %d`", len(material), alg, need, need)
		}
		return &Key{alg: alg, key: bytes.Clone(material)}, nil
	}
	pub, err := parsePEM(material)
	if err != nil {
		return nil, fmt.Errorf("%s needs a public key: %w", alg, err)
	}
	if err := fits(alg, pub); err != nil {
		return nil, err
	}
	return &Key{alg: alg, key: pub}, nil
}

func parsePEM(material []byte) (any, error) {
	block, _ := pem.Decode(material)
	if block == nil {
		return nil, errors.New(`no PEM block found: the key starts with "-----BEGIN PUBLIC KEY-----" and keeps its line breaks`)
	}
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	}
	if strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return nil, errors.New("this is a private key, which the hub must not have: give it the public one, `openssl pkey -in private.pem -pubout`")
	}
	return nil, fmt.Errorf("a PEM block %q is not a public key or certificate", block.Type)
}

func fits(alg string, pub any) error {
	var got string
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS") {
			if k.N.BitLen() < 2048 {
				return fmt.Errorf("the RSA key has %d bits, %s needs at least 2048 (RFC 7518 §3.3)", k.N.BitLen(), alg)
			}
			return nil
		}
		got = "an RSA key"
	case *ecdsa.PublicKey:
		if m, ok := jwt.GetSigningMethod(alg).(*jwt.SigningMethodECDSA); ok && m.CurveBits == k.Curve.Params().BitSize {
			return nil
		}
		got = fmt.Sprintf("an ECDSA key on %s", k.Curve.Params().Name)
	case ed25519.PublicKey:
		if alg == "EdDSA" {
			return nil
		}
		got = "an Ed25519 key"
	default:
		got = fmt.Sprintf("a %T", pub)
	}
	return fmt.Errorf("%s does not verify with %s: set the algorithm to the key's own", alg, got)
}
