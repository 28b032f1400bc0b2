package ask

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

const (
	maxAddresses   = 20
	defaultTimeout = 10 * time.Second
)

// settings are what stands under ask: in a knowledge file.
type settings struct {
	To      strictyaml.Many[strictyaml.At[string]] `yaml:"to"`
	Text    strictyaml.At[string]                  `yaml:"text"`
	From    strictyaml.At[bool]                    `yaml:"from"`
	Timeout strictyaml.At[time.Duration]           `yaml:"timeout"`
	Webhook *yaml.Node                             `yaml:"webhook"`
}

// address is the form of an address: that of an adapter and what it calls
// somebody, whose length is checked apart: {1,200} of such a class takes half of
// the program's start to compile.
var address = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}:[^\s\p{C}{}]+$`)

// maxAddressed bounds what an adapter calls somebody, in characters.
const maxAddressed = 200

// isAddress says whether a text has the form of an address.
func isAddress(text string) bool {
	_, somebody, _ := strings.Cut(text, ":")
	return utf8.RuneCountInString(somebody) <= maxAddressed && address.MatchString(text)
}

// New gives the kind, which sends through an outbox, and through the kind
// webhook. Nil stands for an outbox that reaches nobody, and for a program
// without that kind.
func New(outbox bot.Outbox, webhook dispatch.Kind) dispatch.Kind {
	return func(a knowledge.Action) (dispatch.Runner, fault.List) {
		c := checker{file: a.Pos.File}
		r := c.check(a, webhook)
		r.outbox = outbox
		c.faults.Sort()
		if len(c.faults) > 0 {
			return nil, c.faults
		}
		return r, nil
	}
}

// A checker gathers the faults of one command.
type checker struct {
	file   string
	faults fault.List
}

func (c *checker) fault(n *yaml.Node, what, do string) {
	c.faults.Add(strictyaml.Fault(c.file, n, what, do))
}

func (c *checker) check(a knowledge.Action, webhook dispatch.Kind) *runner {
	s := settings{From: strictyaml.At[bool]{Value: true}, Timeout: strictyaml.At[time.Duration]{Value: defaultTimeout}}
	if a.Node != nil {
		c.faults = strictyaml.DecodeNode(c.file, a.Node, &s)
	}
	r := &runner{from: s.From.Value, timeout: s.Timeout.Value, said: s.Text.Node == nil}
	if len(s.To) == 0 && s.Webhook == nil && len(c.faults) == 0 {
		c.faults.Add(fault.Fault{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
			What: "nobody is asked", Do: "write to: with an address such as slack:C123"})
	}
	if len(s.To) > maxAddresses {
		c.fault(s.To[maxAddresses].Node, fmt.Sprintf("%d addresses are asked; at most %d can be", len(s.To), maxAddresses), "ask a channel")
	}
	for _, to := range s.To {
		c.address(r, to)
	}
	if r.timeout <= 0 || r.timeout > dispatch.MaxTimeout {
		c.fault(s.Timeout.Node, fmt.Sprintf("nobody can be asked within %s", r.timeout), "write a time above 0s and up to 10m")
	}
	if s.Text.Node != nil {
		text, faults := dispatch.ReadSaid(c.file, s.Text)
		c.faults = append(c.faults, faults...)
		if strings.TrimSpace(s.Text.Value) == "" {
			c.fault(s.Text.Node, "the text is empty", "write what is sent, or remove the key to send what was said")
		}
		if len(s.To) == 0 {
			c.fault(s.Text.Node, "text: is sent to nobody without to:", "write to:, or remove it; the webhook has settings of its own")
		}
		r.text, r.slots = text, text.Slots()
	}
	if s.Webhook != nil {
		c.webhook(r, s.Webhook, webhook)
	}
	return r
}

func (c *checker) address(r *runner, to strictyaml.At[string]) {
	a := bot.Address(to.Value)
	switch {
	case strings.Contains(to.Value, "{"):
		c.fault(to.Node, "an address cannot hold a slot", "write it out, so that nobody can choose it")
	case !isAddress(to.Value):
		c.fault(to.Node, fmt.Sprintf("%q is no address", strictyaml.Shorten(to.Value)), "write adapter:id, such as slack:C123 or terminal:local")
	case slices.Contains(r.to, a):
		c.fault(to.Node, fmt.Sprintf("%q is asked twice", strictyaml.Shorten(to.Value)), "remove one of them")
	}
	r.to = append(r.to, a)
}

// webhook reads the settings of the webhook, as its kind does.
func (c *checker) webhook(r *runner, n *yaml.Node, kind dispatch.Kind) {
	if kind == nil {
		c.fault(n, "this version cannot ask through a webhook", "remove webhook:, and name who is asked under to:")
		return
	}
	inner, faults := kind(knowledge.Action{Kind: "webhook", Node: n, Pos: knowledge.Pos{File: c.file, Line: n.Line, Col: n.Column}})
	c.faults = append(c.faults, faults...)
	if len(faults) > 0 {
		return
	}
	r.webhook = inner
	for _, name := range inner.Slots() {
		if !slices.Contains(r.slots, name) {
			r.slots = append(r.slots, name)
		}
	}
}
