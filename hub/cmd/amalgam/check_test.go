package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalgam/hub/hubtest"
)

// runCheck runs `amalgam run --check` with a configuration file beside the
// variables, and returns what the plain form complains of, and the other form.
func runCheck(t *testing.T, bin, directives string, env ...string) (complaint string, c checked) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "amalgam.conf")
	if err := os.WriteFile(file, []byte(directives), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (stdout, stderr []byte, code int) {
		ctx, cancel := context.WithTimeout(context.Background(), hubtest.Patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, bin, append([]string{"run", "--check", "--config", file}, args...)...)
		cmd.Env = append([]string{"AMALGAM_DATA=" + t.TempDir(), "MERCURE_PUBLISHER_JWT_KEY=" + hubtest.PublisherSecret, "MERCURE_SUBSCRIBER_JWT_KEY=" + hubtest.SubscriberSecret}, env...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run()
		return out.Bytes(), errs.Bytes(), cmd.ProcessState.ExitCode()
	}
	_, plain, code := run()
	asJSON, errs, jsonCode := run("--json")
	if err := json.Unmarshal(asJSON, &c); err != nil {
		t.Fatalf("--json: %v\n%s%s", err, asJSON, errs)
	}
	if want := map[bool]int{true: 0, false: 1}[c.OK]; code != want || jsonCode != want || c.OK != (len(c.Faults) == 0) {
		t.Errorf("exit %d and, with --json, %d; ok is %v with %d faults\n%s", code, jsonCode, c.OK, len(c.Faults), plain)
	}
	return string(plain), c
}

// certificate writes one for a name, and its key.
func certificate(t *testing.T, name string, until time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: until.Add(-24 * time.Hour), NotAfter: until}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// Whatever a start would stumble over is told before, with its mend.
func TestCheckLooksAtEveryFileAndAtTheVariablesOfTraces(t *testing.T) {
	bin := binary(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none, noise := filepath.Join(dir, "none"), write("noise", "noise")
	cert, key := certificate(t, "a.example", time.Now().Add(time.Hour))
	_, otherKey := certificate(t, "a.example", time.Now().Add(time.Hour))
	const secure = "server_name https://a.example\n"
	for name, c := range map[string]struct {
		directives, env, fault, mend string
	}{
		"an endpoint that is no URL":        {env: "OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318", fault: `OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4318"`, mend: "such as http://localhost:4318"},
		"a protocol that is not spoken":     {env: "OTEL_EXPORTER_OTLP_ENDPOINT=http://a\nOTEL_EXPORTER_OTLP_PROTOCOL=grpc", fault: "only http/protobuf is spoken", mend: "Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"},
		"a collector's root that is not so": {env: "OTEL_EXPORTER_OTLP_ENDPOINT=https://a\nOTEL_EXPORTER_OTLP_CERTIFICATE=" + none, fault: "OTEL_EXPORTER_OTLP_CERTIFICATE: the file cannot be read", mend: "name another"},
		"attributes that are none":          {env: "OTEL_EXPORTER_OTLP_ENDPOINT=http://a\nOTEL_RESOURCE_ATTRIBUTES=noise", fault: "OTEL_RESOURCE_ATTRIBUTES", mend: "write name=value"},
		"batches of none":                   {env: "OTEL_EXPORTER_OTLP_ENDPOINT=http://a\nOTEL_BSP_MAX_QUEUE_SIZE=0", fault: "OTEL_BSP_MAX_QUEUE_SIZE", mend: "a number above 0"},
		"no certificate":                    {directives: secure + "tls " + none + " " + key, fault: "tls: there is no such file", mend: "name the certificate"},
		"a certificate that is none":        {directives: secure + "tls " + noise + " " + key, fault: noise + " and " + key + " are not", mend: "both in PEM"},
		"another's key":                     {directives: secure + "tls " + cert + " " + otherKey, fault: "private key does not match", mend: "a certificate and its key"},
		"no root of the ACME server":        {directives: secure + "acme_ca_root " + none, fault: "the ACME server's root cannot be read", mend: "name another"},
		"a root that is none":               {directives: secure + "acme_ca_root " + noise, fault: noise + " has no certificate", mend: "name the file with the root"},
		"a data folder that is a file":      {env: "AMALGAM_DATA=" + noise, fault: "the data folder " + noise + " cannot be written", mend: "choose another in AMALGAM_DATA"},
		"certificates in a file":            {directives: secure + "transport local", env: "AMALGAM_DATA=" + noise, fault: "the data folder " + noise, mend: "choose another in AMALGAM_DATA"},
		"no schemas":                        {directives: "payloads " + none, fault: "there is no file " + none, mend: "write the schemas there"},
		"schemas that are none":             {directives: "payloads " + noise, fault: noise + " is not a JSON Schema", mend: "mend it:\n"},
		"no key set":                        {directives: "subscriber_jwks_url file://" + none, env: "MERCURE_SUBSCRIBER_JWT_KEY=", fault: "no such file", mend: "read a JWK Set there"},
		"a key set that is none":            {directives: "subscriber_jwks_url file://" + noise, env: "MERCURE_SUBSCRIBER_JWT_KEY=", fault: "it is not a JWK Set", mend: "read a JWK Set there"},
		"a key set beside the folder":       {directives: "subscriber_jwks_url file://jwks.json", env: "MERCURE_SUBSCRIBER_JWT_KEY=", fault: "does not name a file from the root", mend: "write file:///path"},
		"a key set of no host":              {directives: "subscriber_jwks_url https:///jwks.json", env: "MERCURE_SUBSCRIBER_JWT_KEY=", fault: "names no host", mend: "write https://HOST"},
		"no PEM":                            {env: "MERCURE_PUBLISHER_JWT_KEY=\nMERCURE_PUBLISHER_JWT_KEY_FILE=" + noise + "\nMERCURE_PUBLISHER_JWT_ALG=ES256", fault: "no PEM block found", mend: "-----BEGIN PUBLIC KEY-----"},
		"a private PEM":                     {env: "MERCURE_PUBLISHER_JWT_KEY=\nMERCURE_PUBLISHER_JWT_KEY_FILE=" + key + "\nMERCURE_PUBLISHER_JWT_ALG=ES256", fault: "private key", mend: "openssl pkey"},
		"no file of a secret":               {env: "MERCURE_PUBLISHER_JWT_KEY=\nMERCURE_PUBLISHER_JWT_KEY_FILE=" + none, fault: "the file cannot be read", mend: "name another"},
	} {
		t.Run(name, func(t *testing.T) {
			complaint, got := runCheck(t, bin, c.directives, strings.Split(c.env, "\n")...)
			if len(got.Faults) == 0 || !strings.Contains(got.Faults[0], c.fault) || !strings.Contains(got.Faults[0], c.mend) {
				t.Errorf("the faults are %q, want one of %q with the mend %q", got.Faults, c.fault, c.mend)
			}
			if !strings.Contains(complaint, c.fault) {
				t.Errorf("without --json it complains:\n%s", complaint)
			}
		})
	}

	t.Run("nothing is wrong", func(t *testing.T) {
		complaint, got := runCheck(t, bin, secure+"tls "+cert+" "+key, "OTEL_EXPORTER_OTLP_ENDPOINT=http://me:secret@collector:4318")
		if complaint != "" || !got.OK || len(got.Warnings) > 0 || got.Traces != "http://me:xxxxx@collector:4318/v1/traces" {
			t.Errorf("%q, %+v", complaint, got)
		}
	})
	t.Run("what lets a hub start", func(t *testing.T) {
		cert, key := certificate(t, "b.example", time.Now().Add(-time.Hour))
		_, got := runCheck(t, bin, secure+"tls "+cert+" "+key+"\nsubscriber_jwks_url http://me:secret@127.0.0.1:1/jwks ES256\nadmin :9464", "MERCURE_SUBSCRIBER_JWT_KEY=")
		all := strings.Join(got.Warnings, "\n")
		for _, want := range []string{"the admin listener can be reached from other machines", "has expired on ", "is not for a.example, a name that is served, but for b.example", "the key set http://me:xxxxx@127.0.0.1:1/jwks cannot be fetched now"} {
			if !got.OK || !strings.Contains(all, want) {
				t.Errorf("ok is %v; of %q warn only\n%s", got.OK, want, all)
			}
		}
	})
}
