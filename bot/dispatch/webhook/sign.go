package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"time"

	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"

	"golang.org/x/net/http/httpguts"
)

const (
	signatureHeader = "X-Frontdesk-Signature"
	timestampHeader = "X-Frontdesk-Timestamp"
	hmacSHA256      = "hmac-sha256"
	// minKey is the least length of a key, in bytes; shorter ones can be guessed
	// by who has seen one request.
	minKey = 16
)

// signing is how requests are signed.
type signing struct {
	key    secret.String
	header string
}

// sign reads how requests are signed; nil for not at all.
func (c *checker) sign(t strictyaml.At[sign]) *signing {
	if t.Node == nil {
		return nil
	}
	s := signing{header: signatureHeader}
	known := len(c.Faults)
	s.key = c.needed(t.Value.Secret, t.Node, "the secret to sign with")
	if len(c.Faults) == known && len(s.key.Reveal()) < minKey {
		c.Fault(t.Value.Secret.Node, "the secret to sign with is too short", fmt.Sprintf("use at least %d characters by chance", minKey))
	}
	if t.Value.Header.Node != nil {
		s.header = textproto.CanonicalMIMEHeaderKey(t.Value.Header.Value)
		if !httpguts.ValidHeaderFieldName(t.Value.Header.Value) || ownHeaders[s.header] != "" {
			c.Fault(t.Value.Header.Node, fmt.Sprintf("the header %q cannot hold the signature", strictyaml.Shorten(t.Value.Header.Value)),
				"write "+signatureHeader)
		}
	}
	if a := t.Value.Algorithm; a.Node != nil && a.Value != hmacSHA256 {
		c.Fault(a.Node, fmt.Sprintf("there is no algorithm %q", strictyaml.Shorten(a.Value)), "write "+hmacSHA256)
	}
	return &s
}

// A signer signs every request on its way, so that one which is repeated or
// redirected is signed anew.
type signer struct {
	signing *signing // nil for not at all
	next    http.RoundTripper
}

// RoundTrip signs a copy of the request and sends it.
func (s signer) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.signing == nil {
		return s.next.RoundTrip(req)
	}
	mac := hmac.New(sha256.New, []byte(s.signing.key.Reveal()))
	now := strconv.FormatInt(time.Now().Unix(), 10)
	fmt.Fprintf(mac, "%s\n%s\n%s\n", now, req.Method, req.URL.RequestURI())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(mac, body); err != nil {
			return nil, err
		}
	}
	signed := req.Clone(req.Context())
	signed.Header.Set(timestampHeader, now)
	signed.Header.Set(s.signing.header, "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return s.next.RoundTrip(signed)
}
