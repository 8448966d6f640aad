package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ReadKey returns the key in a file, or else in the environment. The line end
// that editors leave is no part of a secret.
func ReadKey(file, env string) ([]byte, error) {
	if file == "" {
		return []byte(os.Getenv(env)), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if b = bytes.TrimRight(b, "\r\n"); len(b) == 0 {
		return nil, fmt.Errorf("%s is empty: it should hold the hub's key", file)
	}
	return b, nil
}

// A signer mints classic tokens with a shared secret.
type signer struct {
	method jwt.SigningMethod
	key    []byte
}

func newSigner(alg string, key []byte) (signer, error) {
	method, ok := jwt.GetSigningMethod(cmp.Or(alg, "HS256")).(*jwt.SigningMethodHMAC)
	if !ok {
		return signer{}, fmt.Errorf("tokens are minted with HS256, HS384 or HS512, not %s", alg)
	}
	return signer{method: method, key: key}, nil
}

// token mints a token for one claim, "publish" or "subscribe".
func (s signer) token(claim string, selectors ...string) (string, error) {
	return jwt.NewWithClaims(s.method, jwt.MapClaims{
		"mercure": map[string]any{claim: selectors},
		"exp":     time.Now().Add(6 * time.Hour).Unix(),
	}).SignedString(s.key)
}
