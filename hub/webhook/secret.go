package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Secret signs messages; its receiver has the same. It is made by ParseSecret.
type Secret struct{ key []byte }

// The bounds of a secret, in bytes, as Standard Webhooks has them.
const minSecret, maxSecret = 24, 64

const secretPrefix = "whsec_"

// ParseSecret reads a secret of 24 to 64 bytes: in base64 after whsec_, or as it
// is.
func ParseSecret(text string) (Secret, error) {
	key := []byte(text)
	if encoded, ok := strings.CutPrefix(text, secretPrefix); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return Secret{}, errors.New(`what follows whsec_ is not base64: make a secret with echo "whsec_$(openssl rand -base64 32)"`)
		}
	}
	if len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, fmt.Errorf(`it has %d bytes, and needs %d to %d: make one with echo "whsec_$(openssl rand -base64 32)"`, len(key), minSecret, maxSecret)
	}
	return Secret{key}, nil
}

// Set reports whether there is a secret.
func (s Secret) Set() bool { return len(s.key) > 0 }

// sign makes the signature of one try.
func (s Secret) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
