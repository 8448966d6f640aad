package webhook

import (
	"encoding/base64"
	"strings"
	"testing"
)

// FuzzSecret sees that a secret is read to the bytes that were meant, within the
// bounds, and that no error repeats it.
func FuzzSecret(f *testing.F) {
	f.Add(testSecret)
	f.Add("whsec_")
	f.Add("as many characters as a secret has")
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := ParseSecret(text)
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats it: %v", err)
			}
			return
		}
		if n := len(secret.key); n < minSecret || n > maxSecret || !secret.Set() {
			t.Errorf("%q has %d bytes", text, n)
		}
		encoded := secretPrefix + base64.StdEncoding.EncodeToString(secret.key)
		if again, err := ParseSecret(encoded); err != nil || string(again.key) != string(secret.key) {
			t.Errorf("%q is %q, which is read as %q, %v", text, encoded, again.key, err)
		}
	})
}
