package webhook

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

const (
	defaultTimeout = 10 * time.Second
	defaultOutput  = 4096 // bytes
	defaultRetries = 2    // where a request may be repeated
	maxRetries     = 10
	maxCA          = 1 << 20 // bytes of the file
)

// methods are those that may be written; true for those that may be repeated
// (RFC 9110, section 9.2.2).
var methods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPut: true, http.MethodDelete: true,
	http.MethodPost: false, http.MethodPatch: false,
}

// settings are what stands under webhook: in a knowledge file.
type settings struct {
	URL          strictyaml.At[string]                 `yaml:"url"`
	Method       strictyaml.At[string]                 `yaml:"method"`
	Headers      strictyaml.Map[string]                `yaml:"headers"`
	JSON         *yaml.Node                            `yaml:"json"`
	Form         strictyaml.At[strictyaml.Map[string]] `yaml:"form"`
	Body         strictyaml.At[string]                 `yaml:"body"`
	ContentType  strictyaml.At[string]                 `yaml:"content_type"`
	Numbers      bool                                  `yaml:"numbers"`
	Auth         strictyaml.At[auth]                   `yaml:"auth"`
	Sign         strictyaml.At[sign]                   `yaml:"sign"`
	Timeout      strictyaml.At[time.Duration]          `yaml:"timeout"`
	Output       strictyaml.At[string]                 `yaml:"output"`
	OutputLimit  strictyaml.At[int]                    `yaml:"output_limit"`
	Expect       strictyaml.Many[strictyaml.At[int]]   `yaml:"expect"`
	Retries      strictyaml.At[int]                    `yaml:"retries"`
	Idempotent   bool                                  `yaml:"idempotent"`
	AllowPrivate bool                                  `yaml:"allow_private"`
	Proxy        strictyaml.At[bool]                   `yaml:"proxy"`
	TLS          struct {
		CA       strictyaml.At[string] `yaml:"ca"`
		Insecure bool                  `yaml:"insecure" unsupported:"name the authority of the server under ca:, so that nobody else can answer in its place"`
	} `yaml:"tls"`
}

type auth struct {
	Bearer strictyaml.At[string] `yaml:"bearer"`
	Basic  strictyaml.At[struct {
		User     strictyaml.At[string] `yaml:"user"`
		Password strictyaml.At[string] `yaml:"password"`
	}] `yaml:"basic"`
}

type sign struct {
	Secret    strictyaml.At[string] `yaml:"secret"`
	Header    strictyaml.At[string] `yaml:"header"`
	Algorithm strictyaml.At[string] `yaml:"algorithm"`
}

var _ dispatch.Kind = New

// New checks the settings of a command. It reads the secrets and the
// certificates that they name, and asks nobody.
func New(a knowledge.Action) (dispatch.Runner, fault.List) {
	r, faults := newRunner(a)
	if len(faults) > 0 {
		return nil, faults
	}
	return r, nil
}

func newRunner(a knowledge.Action) (*runner, fault.List) {
	s := settings{
		Method:      strictyaml.At[string]{Value: http.MethodPost},
		Numbers:     true,
		Timeout:     strictyaml.At[time.Duration]{Value: defaultTimeout},
		OutputLimit: strictyaml.At[int]{Value: defaultOutput},
	}
	c := checker{dispatch.NewReader(a, &s, `webhook: {url: "https://home.example/lights"}`)}
	if len(c.Faults) > 0 {
		return nil, c.Faults // what could not be read is not worth checking
	}
	r := &runner{
		method:     c.method(s.Method),
		headers:    c.headers(s),
		body:       c.body(s),
		idempotent: s.Idempotent,
		timeout:    c.Timeout(s.Timeout),
		limit:      c.Limit(s.OutputLimit),
		mapping:    c.Mapping(s.Output),
		expect:     c.expect(s.Expect),
	}
	if s.URL.Node == nil {
		c.Fault(nil, "the url is missing", `write for example url: "https://home.example/lights"`)
	} else {
		r.address = c.address(s.URL)
	}
	r.retries = c.retries(s, r.method)
	signing := c.sign(s.Sign)
	r.dialer = c.dialer(s, r.address)
	r.client = r.newClient(signing, c.transport(s, r.dialer))
	c.Faults.Sort()
	r.slots, r.redactor = c.Slots(), c.Redactor()
	return r, c.Faults
}

// A checker reads one command's settings.
type checker struct{ *dispatch.Reader }

// needed reads a secret that must be written; within is where it would stand.
func (c *checker) needed(t strictyaml.At[string], within *yaml.Node, what string) (s secret.String) {
	if strings.TrimSpace(t.Value) == "" {
		if t.Node != nil {
			within = t.Node
		}
		c.Fault(within, what+" is missing", "say where it is kept with ${env:NAME} or ${file:path}")
		return s
	}
	return c.Secret(t)
}

func (c *checker) method(t strictyaml.At[string]) string {
	if _, ok := methods[t.Value]; !ok {
		do := "write POST, GET, HEAD, PUT, PATCH or DELETE"
		if _, ok := methods[strings.ToUpper(t.Value)]; ok {
			do = "write " + strings.ToUpper(t.Value)
		}
		c.Fault(t.Node, fmt.Sprintf("there is no method %q", strictyaml.Shorten(t.Value)), do)
	}
	return t.Value
}

func (c *checker) expect(list strictyaml.Many[strictyaml.At[int]]) []int {
	var all []int
	for _, t := range list {
		switch {
		case t.Value < 200 || t.Value > 599:
			c.Fault(t.Node, fmt.Sprintf("%d is no status that ends a request", t.Value), "write one from 200 to 599")
		case slices.Contains(all, t.Value):
			c.Fault(t.Node, fmt.Sprintf("%d is there twice", t.Value), "remove one of them")
		}
		all = append(all, t.Value)
	}
	return all
}

func (c *checker) retries(s settings, method string) int {
	may := methods[method] || s.Idempotent
	if s.Retries.Node == nil {
		if may {
			return defaultRetries
		}
		return 0
	}
	n := s.Retries.Value
	switch {
	case n < 0 || n > maxRetries:
		c.Fault(s.Retries.Node, fmt.Sprintf("a request cannot be repeated %d times", n), fmt.Sprintf("write a number from 0 to %d", maxRetries))
	case n > 0 && !may:
		c.Fault(s.Retries.Node, fmt.Sprintf("a %s that is sent twice may be done twice", method),
			"write retries: 0, or idempotent: true where the server heeds the Idempotency-Key")
	}
	return n
}

// authorities reads the certificates that are trusted; nil for those of the
// system.
func (c *checker) authorities(t strictyaml.At[string]) *x509.CertPool {
	if t.Node == nil {
		return nil
	}
	path := c.Path(c.Fixed(t, "ca"))
	info, err := os.Stat(path)
	var data []byte
	if err == nil && info.Mode().IsRegular() && info.Size() <= maxCA {
		data, err = os.ReadFile(path)
	}
	pool := x509.NewCertPool()
	switch {
	case err != nil:
		c.Fault(t.Node, fmt.Sprintf("the authority cannot be read: %v", err), "name a file of certificates in PEM; it counts from the folder of this file")
	case !pool.AppendCertsFromPEM(data):
		c.Fault(t.Node, fmt.Sprintf("%s holds no certificate", path), "name a file of certificates in PEM")
	}
	return pool
}
