// Package homeassistant is the kind of command that has Home Assistant do
// something, by its REST API (https://developers.home-assistant.io/docs/api/rest/).
// Where it is stands in config.yaml:
//
//	homeassistant:
//	  url: http://homeassistant.local:8123
//	  token: ${env:HOMEASSISTANT_TOKEN}   # a long-lived access token
//	  timeout: 10s
//	  ca: ca.pem                          # of a certificate of one's own; default: those of the system
//
// A command does one of four things:
//
//	run:
//	  homeassistant:
//	    service: light.turn_on                     # call a service
//	    target: {entity_id: "{lamp}", area_id: "{area}"}
//	    data: {brightness_pct: "{brightness}"}
//	    response: true                             # the service answers something
//	    output: $..forecast[0].condition           # and this of it is shown
//	    output_limit: 4096                         # bytes, at most 1 MiB
//	    timeout: 10s                               # default: that of config.yaml; at most 10m
//
//	run: {homeassistant: {intent: HassTurnOn, slots: {name: "{name}", domain: light}}}
//	run: {homeassistant: {state: "{sensor}", output: $.attributes.unit_of_measurement}}
//	run: {homeassistant: {conversation: "{text}", agent_id: conversation.house}}
//
// An intent needs "intent:" in the configuration of Home Assistant, which opens
// /api/intent/handle. Slots may be multiplied by a number (multiply:
// {volume_level: 0.01}). A conversation is the hand-over to an agent of Home
// Assistant, which remembers what was said before in the same conversation of
// ours; what it says is the output.
//
// # Values
//
// What is called is fixed: services, intents and agents hold no slots. Values
// are written as JSON; a number is one where its slot is. An id that comes from
// a slot must be one: neither "all" nor a list can come in that way. A key whose
// slots have no value, as the command does without them, is left out; where
// nothing is left of a target, nothing is called.
package homeassistant

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"frontdesk/internal/secret"

	"github.com/jellydator/ttlcache/v3"
)

const (
	maxConversations = 10_000
	// forget is how long Home Assistant keeps a conversation (CONVERSATION_TIMEOUT
	// in homeassistant/helpers/chat_session.py).
	forget  = 5 * time.Minute
	maxCA   = 1 << 20  // bytes
	maxSent = 64 << 10 // bytes of a request
	maxGot  = 4 << 20  // bytes of an answer
)

// Config says where Home Assistant is. Without a URL there is none.
type Config struct {
	URL   string        `yaml:"url"`
	Token secret.String `yaml:"token"`
	// Timeout is how long one call may take where the command does not say.
	Timeout time.Duration `yaml:"timeout"`
	// CA is a file of certificates in PEM by which that of the server is known;
	// empty for those of the system.
	CA string `yaml:"ca"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config { return Config{Timeout: 10 * time.Second} }

// Check reports what is wrong with the settings.
func (c Config) Check(report func(key, what, do string)) {
	if c.URL == "" {
		if !c.Token.IsZero() || c.CA != "" {
			report("url", "it is not said where Home Assistant is", "write url: http://homeassistant.local:8123")
		}
		return
	}
	if _, err := c.base(); err != nil {
		report("url", err.Error(), "write for example http://homeassistant.local:8123")
	}
	if c.Token.IsZero() {
		report("token", "Home Assistant needs a token", "make a long-lived access token on the page of your profile there, and write token: ${env:HOMEASSISTANT_TOKEN}")
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > time.Minute {
		report("timeout", "a call cannot take "+c.Timeout.String(), "write a time between 100ms and 1m")
	}
}

// base gives the address.
func (c Config) base() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("it is no address of a server")
	case u.User != nil:
		return nil, errors.New("the address holds a user")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address holds more than a path")
	}
	return u, nil
}

// A Client is one Home Assistant. It is safe for concurrent use.
type Client struct {
	base    *url.URL // nil where there is none
	token   secret.String
	timeout time.Duration
	// redactor finds the token in what is shown.
	redactor *secret.Redactor
	http     *http.Client
	// conversations are the ids that Home Assistant gave to ours.
	conversations *ttlcache.Cache[string, string]
}

// New makes a client. It connects to nothing. The configuration must be one
// that Check has nothing against.
func New(cfg Config) (*Client, error) {
	c := &Client{token: cfg.Token, timeout: cfg.Timeout, redactor: secret.NewRedactor(cfg.Token), conversations: ttlcache.New(
		ttlcache.WithTTL[string, string](forget), ttlcache.WithCapacity[string, string](maxConversations))}
	if cfg.URL == "" {
		return c, nil
	}
	var err error
	if c.base, err = cfg.base(); err != nil {
		return nil, fmt.Errorf("homeassistant.url: %w", err)
	}
	c.http, err = HTTP(cfg.CA)
	return c, err
}

// HTTP gives a client for a Home Assistant whose certificate is known by the
// file ca, or by those of the system where that is empty. It follows no
// redirect, as the token would go with it.
func HTTP(ca string) (*http.Client, error) {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 4,
		IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if ca != "" {
		pool, err := certificates(ca)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}, nil
}

func certificates(file string) (*x509.CertPool, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the certificates of Home Assistant: %w", err)
	case !info.Mode().IsRegular() || info.Size() > maxCA:
		return nil, fmt.Errorf("the certificates of Home Assistant: %s is no file of at most %d bytes", file, maxCA)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the certificates of Home Assistant: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("the certificates of Home Assistant: %s holds none in PEM", file)
	}
	return pool, nil
}

// Close lets go of the connections.
func (c *Client) Close() {
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}

// address gives the URL of a path below /api, as it is sent and as it is shown.
func (c *Client) address(query string, path ...string) string {
	u := c.base.JoinPath(append([]string{"api"}, path...)...)
	u.RawQuery = query
	return u.String()
}

// brief gives a text on one line.
func brief(s string) string { return strings.Join(strings.Fields(s), " ") }
