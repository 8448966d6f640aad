package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// soon is when a certificate that has not been renewed deserves a look, unless
// it is made for a shorter life.
const soon = 14 * 24 * time.Hour

// checkTLS judges how the answer travelled. strict says that the handshake
// passed the checks of an ordinary client.
func (e *exam) checkTLS(strict bool) {
	state := e.base.TLS
	if state == nil {
		e.checkPlain()
		return
	}
	e.trusted = strict
	if state.Version < tls.VersionTLS12 { // never strict
		e.add("tls", "tls-version", Problem, "The server speaks no TLS newer than %s, which browsers refuse.", tls.VersionName(state.Version)).
			mend("Turn on TLS 1.2 and 1.3 in the server that ends TLS.")
	} else {
		e.add("tls", "tls-version", OK, "It is %s.", tls.VersionName(state.Version)).value("tls_version", tls.VersionName(state.Version))
	}
	e.checkCertificate(state.PeerCertificates)
	e.trusted = e.trusted || e.o.Insecure
}

func (e *exam) checkPlain() {
	switch {
	case thisMachine(e.hub.Hostname()):
		e.trusted = true
		e.add("tls", "tls-version", OK, "It is plain HTTP, which is fine on this machine.")
	case e.private:
		e.trusted = true
		e.add("tls", "tls-version", Warning, "It is plain HTTP on a private network: whoever shares the network can read tokens and updates.").
			mend("Serve it over HTTPS, which both texts of the protocol ask for wherever a token travels.")
	default:
		e.trusted = e.o.Insecure
		e.add("tls", "tls-version", Problem, "It is plain HTTP: whoever is on the way can read tokens and updates, and pages on https:// cannot connect.").
			mend("Serve it over HTTPS: a proxy such as Caddy gets a certificate by itself.")
	}
}

func (e *exam) checkCertificate(chain []*x509.Certificate) {
	now, host := e.o.Now(), e.hub.Hostname()
	if len(chain) == 0 {
		return
	}
	leaf := chain[0]
	// Issuers, name and dates are judged one by one, because x509 stops at the
	// first fault.
	options := x509.VerifyOptions{Roots: e.o.RootCAs, Intermediates: x509.NewCertPool(), CurrentTime: leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2)}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	good := true
	problem := func(text, mend string, args ...any) {
		good, e.trusted = false, false
		e.add("tls", "tls-certificate", Problem, text, args...).mend("%s", mend)
	}
	var unknownCA x509.UnknownAuthorityError
	switch _, err := leaf.Verify(options); {
	case err == nil:
	case errors.As(err, &unknownCA) && leaf.Issuer.String() == leaf.Subject.String():
		problem("The certificate is signed by itself, so clients do not trust it.", "Get one from an authority that clients know; for a development authority, give its certificate with --ca-file.")
	case errors.As(err, &unknownCA) && len(chain) == 1:
		problem("The certificate is signed by %q, which is not known here, and the server sends no intermediate certificate.", "Let the server send the whole chain (fullchain.pem); for an authority of your own, give its certificate with --ca-file.", leaf.Issuer.CommonName)
	case errors.As(err, &unknownCA):
		problem("The certificate is signed by an authority that is not known here.", "Get one from an authority that clients know; for one of your own, give its certificate with --ca-file.")
	default:
		problem("The certificate does not verify: %s.", "Look at it with `openssl s_client -connect HOST:PORT`.", reason(err))
	}
	if err := leaf.VerifyHostname(host); err != nil {
		names := "no names"
		if len(leaf.DNSNames) > 0 {
			names = leaf.DNSNames[0]
		}
		problem("The certificate is not for %s, but for %s.", "Get one with this name, or give clients the name that it has.", host, names)
	}
	left := leaf.NotAfter.Sub(now)
	switch day := leaf.NotAfter.UTC().Format(time.DateOnly); {
	case now.Before(leaf.NotBefore):
		problem("The certificate is valid only from %s on, in %s.", "Compare the clocks: this machine's, and that of who made the certificate.", leaf.NotBefore.UTC().Format(time.DateTime), short(leaf.NotBefore.Sub(now)))
	case left <= 0:
		problem("The certificate expired %s ago, on %s.", "Renew it, and see why that did not happen by itself.", short(left), day)
	case left < min(soon, leaf.NotAfter.Sub(leaf.NotBefore)/6):
		good = false
		e.add("tls", "tls-certificate", Warning, "The certificate expires in %s, on %s.", short(left), day).
			mend("See why it has not been renewed by now.").value("days_left", int(left.Hours()/24))
	}
	if good {
		e.add("tls", "tls-certificate", OK, "The certificate is valid for another %s, until %s.", short(left), leaf.NotAfter.UTC().Format(time.DateOnly)).
			value("days_left", int(left.Hours()/24))
	}
}
