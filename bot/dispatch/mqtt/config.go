package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"frontdesk/internal/secret"
)

// maxPEM bounds each file of certificates, in bytes.
const maxPEM = 1 << 20

// Config says which broker the commands of this kind talk to, the section mqtt:
// of config.yaml.
type Config struct {
	// URL is that of the broker: mqtt or tcp, mqtts or ssl, ws, wss. Empty: there
	// is none, and no command of this kind can be used.
	URL string `yaml:"url"`
	// ClientID is what we call ourselves. Empty: the broker gives us a name. Two
	// programs with one name throw each other out.
	ClientID string        `yaml:"client_id"`
	Username string        `yaml:"username"`
	Password secret.String `yaml:"password"`
	TLS      TLS           `yaml:"tls"`
	// KeepAlive is how often we show that we are there, and soon after which the
	// broker notices that we are not.
	KeepAlive time.Duration `yaml:"keepalive"`
	// ConnectTimeout bounds an attempt to connect.
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
}

// TLS names files in PEM.
type TLS struct {
	CA   string `yaml:"ca"`   // the only authorities that are trusted; empty: those of the system
	Cert string `yaml:"cert"` // who we are; with Key
	Key  string `yaml:"key"`
	// Insecure is there to be refused.
	Insecure bool `yaml:"insecure" unsupported:"name the authority of the broker under ca:, so that nobody else can answer in its place"`
}

// DefaultConfig gives the settings that hold where the owner says nothing.
func DefaultConfig() Config {
	return Config{KeepAlive: 30 * time.Second, ConnectTimeout: 5 * time.Second}
}

// ports are the schemes that are known, and their usual ports.
var ports = map[string]string{
	"mqtt": "1883", "tcp": "1883", "mqtts": "8883", "ssl": "8883", "ws": "80", "wss": "443",
}

// isTLS says whether a scheme is encrypted.
func isTLS(scheme string) bool { return scheme == "mqtts" || scheme == "ssl" || scheme == "wss" }

// Check reports every setting out of its range.
func (c Config) Check(report func(key, what, do string)) {
	c.checkURL(report)
	if len(c.ClientID) > 200 || strings.ContainsFunc(c.ClientID, unfit) {
		report("client_id", "a broker cannot know us by this name", "write at most 200 letters and digits")
	}
	if len(c.Username) > 1000 || strings.ContainsFunc(c.Username, unfit) {
		report("username", "this cannot be a user", "write at most 1000 letters and digits")
	}
	if c.KeepAlive < 5*time.Second || c.KeepAlive > 12*time.Hour {
		report("keepalive", "we cannot show every "+c.KeepAlive.String()+" that we are there", "write a time between 5s and 12h")
	}
	if c.ConnectTimeout < time.Second || c.ConnectTimeout > time.Minute {
		report("connect_timeout", "an attempt to connect cannot take "+c.ConnectTimeout.String(), "write a time between 1s and 1m")
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		report("tls", "a certificate is of no use without its key, nor a key without its certificate", "write cert: and key:, or neither")
	}
}

func (c Config) checkURL(report func(key, what, do string)) {
	const do = "write one as mqtt://broker:1883 or mqtts://broker:8883"
	if c.URL == "" {
		if c.Username != "" || !c.Password.IsZero() || c.TLS != (TLS{}) {
			report("url", "there is no broker to which these settings belong", do)
		}
		return
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil: // It may hold a password, so the error is not repeated.
		report("url", "it is no URL", do)
	case ports[u.Scheme] == "":
		report("url", "the URL begins with none of mqtt://, tcp://, mqtts://, ssl://, ws:// and wss://", do)
	case u.Hostname() == "" || strings.HasSuffix(u.Host, ":"):
		report("url", "the URL names no host", do)
	case u.User != nil:
		report("url", "the URL holds a user", "write username: and password: instead")
	case u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Scheme, "ws") && strings.Trim(u.Path, "/") != "":
		report("url", "the URL holds more than a broker needs", do)
	case !isTLS(u.Scheme) && c.TLS != (TLS{}):
		report("url", "the connection is not encrypted, and has no use for tls:", "write mqtts:// or wss://, or remove tls:")
	}
}

// Resolve gives the settings with what absolute makes of the paths of the files
// that they name.
func (c Config) Resolve(absolute func(path string) (string, error)) (Config, error) {
	for _, path := range []*string{&c.TLS.CA, &c.TLS.Cert, &c.TLS.Key} {
		if *path == "" {
			continue
		}
		found, err := absolute(*path)
		if err != nil {
			return Config{}, err
		}
		*path = found
	}
	return c, nil
}

// address gives the URL with its port.
func (c Config) address() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil || ports[u.Scheme] == "" {
		return nil, errors.New("the URL of the broker cannot be used")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), ports[u.Scheme])
	}
	return u, nil
}

// tls reads the certificates.
func (c Config) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS.CA != "" {
		data, err := readPEM(c.TLS.CA)
		if err != nil {
			return nil, fmt.Errorf("reading the authority of the broker: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("reading the authority of the broker: %s holds no certificate", c.TLS.CA)
		}
	}
	if c.TLS.Cert != "" {
		cert, err := readPEM(c.TLS.Cert)
		if err != nil {
			return nil, fmt.Errorf("reading our certificate for the broker: %w", err)
		}
		key, err := readPEM(c.TLS.Key)
		if err != nil {
			return nil, fmt.Errorf("reading our key for the broker: %w", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("reading our certificate for the broker: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxPEM {
		return nil, fmt.Errorf("%s is no file of certificates", path)
	}
	return os.ReadFile(path)
}
