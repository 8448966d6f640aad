package main

import (
	"bytes"
	"cmp"
	"crypto"
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

	"amalgam/hub/auth"
	"amalgam/hub/settings"
)

// A signingKey signs tokens with one algorithm.
type signingKey struct {
	method  jwt.SigningMethod
	private any // []byte or a crypto.Signer
}

// findKey reads the key from where it was said to be, else from the variable
// that the hub itself reads for the token's role.
func findKey(r *tokenRequest, file, alg string, t terminal) (*signingKey, error) {
	if alg != "" && !slices.Contains(auth.Algorithms, alg) {
		return nil, fmt.Errorf("there is no algorithm %q: give one of %s", alg, strings.Join(auth.Algorithms, ", "))
	}
	if file != "" {
		material, err := readSecretFile(file, t.in)
		if err != nil {
			return nil, err
		}
		key, err := parseSigningKey(bytes.TrimRight(material, "\r\n"), alg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fileName(file), err)
		}
		return key, nil
	}
	name, algName := settings.EnvSubscriberKey, settings.EnvSubscriberAlg
	if r.publishes() {
		name, algName = settings.EnvPublisherKey, settings.EnvPublisherAlg
	}
	material := t.getenv(name)
	if from := t.getenv(name + "_FILE"); material == "" && from != "" {
		b, err := readSecretFile(from, t.in)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %w", name, err)
		}
		name, material = name+"_FILE", strings.TrimRight(string(b), "\r\n")
	}
	if material == "" {
		return nil, fmt.Errorf("%s is not set: put the hub's secret there, or name a file with the secret or private key by --key-file", name)
	}
	key, err := parseSigningKey([]byte(material), cmp.Or(alg, t.getenv(algName)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// parseSigningKey reads a secret or a private key in PEM. Without alg it is the
// key's own, HS256 for a secret. What a hub would not verify with is refused.
func parseSigningKey(material []byte, alg string) (*signingKey, error) {
	if len(material) == 0 {
		return nil, errors.New("there is no key: it is empty")
	}
	if !bytes.Contains(material, []byte("-----BEGIN")) {
		alg = cmp.Or(alg, "HS256")
		if _, err := auth.ParseKey(alg, material); err != nil {
			if strings.HasPrefix(alg, "HS") {
				return nil, err
			}
			return nil, fmt.Errorf(`%s signs with a private key in PEM, which begins with "-----BEGIN PRIVATE KEY-----" and keeps its line breaks: name its file by --key-file, or use HS256 for a secret`, alg)
		}
		return &signingKey{jwt.GetSigningMethod(alg), bytes.Clone(material)}, nil
	}
	private, err := parsePrivate(material)
	if err != nil {
		return nil, err
	}
	alg = cmp.Or(alg, ownAlgorithm(private))
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("the key cannot be used: %w", err)
	}
	// The hub's own rules on keys: the right type, curve and length.
	if _, err := auth.ParseKey(alg, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
		if strings.HasPrefix(alg, "HS") {
			err = fmt.Errorf("this is a private key, and %s signs with a secret: leave --alg and …_ALG to the key's own, %s", alg, ownAlgorithm(private))
		}
		return nil, err
	}
	return &signingKey{jwt.GetSigningMethod(alg), private}, nil
}

func parsePrivate(material []byte) (crypto.Signer, error) {
	for {
		block, rest := pem.Decode(material)
		if block == nil {
			return nil, errors.New("the PEM block cannot be read: it must be whole, with its line breaks")
		}
		var key any
		var err error
		switch block.Type {
		case "EC PARAMETERS": // openssl ecparam writes it before the key
			material = rest
			continue
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			if block.Headers["DEK-Info"] != "" {
				return nil, errEncrypted
			}
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			if block.Headers["DEK-Info"] != "" {
				return nil, errEncrypted
			}
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errEncrypted
		case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
			return nil, errors.New("this is a public key, which verifies tokens and cannot sign any: name the private key that belongs to it by --key-file")
		case "OPENSSH PRIVATE KEY":
			return nil, errors.New("this private key is in the format of OpenSSH: write it in PEM, `ssh-keygen -p -m PEM -f FILE`, or make one with `openssl genpkey`")
		default:
			return nil, fmt.Errorf("a PEM block %q is not a private key", block.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("the private key cannot be read: %w", err)
		}
		if signer, ok := key.(crypto.Signer); ok && ownAlgorithm(signer) != "" {
			return signer, nil
		}
		return nil, fmt.Errorf("a %T signs no tokens: use an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key", key)
	}
}

var errEncrypted = errors.New("the private key is protected by a passphrase: open it first, `openssl pkey -in private.pem | amalgam token --key-file - …`")

// ownAlgorithm is what a private key signs with unless somebody chooses.
func ownAlgorithm(key crypto.Signer) string {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return "RS256"
	case *ecdsa.PrivateKey:
		return map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[k.Curve.Params().Name]
	case ed25519.PrivateKey:
		return "EdDSA"
	}
	return ""
}
