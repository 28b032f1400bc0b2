package shelf

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
)

// The variables of the environment that name where models come from. The first
// is ours and comes before the configuration; the second is what the tools of
// Hugging Face read
// (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfendpoint)
// and comes after it.
const (
	envMirror   = "FRONTDESK_MODELS_MIRROR"
	envEndpoint = "HF_ENDPOINT"
)

// hub is where the repositories of the catalogue are.
const hub = "https://huggingface.co"

// Config says where models come from, the section models: of config.yaml.
type Config struct {
	// Mirror stands in the place of https://huggingface.co; empty for none.
	Mirror string `yaml:"mirror"`
	// Token is sent to the host that models come from, and to no other, for
	// repositories that are not open to everybody.
	Token secret.String `yaml:"token"`
	// Catalogue is a file with models of the owner's own, in the format of the
	// built-in catalogue; empty for none. A path that is not absolute counts from
	// the configuration, whose loader makes it absolute.
	Catalogue string `yaml:"catalogue"`
}

// DefaultConfig fetches from where the models are published.
func DefaultConfig() Config { return Config{} }

// Check reports every setting that cannot be used.
func (c Config) Check(report func(key, what, do string)) {
	if c.Mirror != "" {
		if _, err := readMirror(c.Mirror); err != nil {
			report("mirror", err.Error(), `write what stands in the place of https://huggingface.co, such as "https://models.example.org", or leave it out`)
		}
	}
}

// source gives the address that stands before every repository, without a slash
// at its end.
func (c Config) source() (*url.URL, error) {
	from, name := c.Mirror, "models: mirror:"
	if s := os.Getenv(envMirror); s != "" {
		from, name = s, "$"+envMirror
	} else if s := os.Getenv(envEndpoint); s != "" && from == "" {
		from, name = s, "$"+envEndpoint
	}
	if from == "" {
		return url.Parse(hub)
	}
	u, err := readMirror(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !c.Token.IsZero() && u.Scheme == "http" && !isThisMachine(u.Hostname()) {
		return nil, fmt.Errorf("%s: the token (models: token:) is not sent over a connection that others can read; use https:// or leave the token out", name)
	}
	return u, nil
}

// readMirror reads an address that can stand before a repository.
func readMirror(text string) (*url.URL, error) {
	u, err := webAddress(strings.TrimRight(text, "/"))
	if err == nil && (u.RawQuery != "" || u.Fragment != "") {
		return nil, errors.New("the address of a mirror ends before any ? or #")
	}
	return u, err
}

// webAddress reads an address of the web. What may be a password is not in the
// error.
func webAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("that is no address")
	case u.User != nil:
		return nil, errors.New("an address must not hold a name or a password")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, fmt.Errorf("%q is no address of the web", strictyaml.Shorten(text))
	}
	return u, nil
}

// isThisMachine says whether nothing leaves this machine on the way to a host.
func isThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}

// hostPort gives the host and the port of an address, so that two can be
// compared.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
