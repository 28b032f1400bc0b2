package homeassistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

const (
	shown   = 4096 // bytes of output
	example = `homeassistant: {service: light.turn_on, target: {entity_id: light.kitchen}}`
)

// What names things in Home Assistant: an object of a domain, an id, an intent.
var (
	entityID = regexp.MustCompile(`^[a-z0-9_]{1,128}\.[a-z0-9_]{1,128}$`)
	plainID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// targets are the keys of a target, and what their values are.
var targets = map[string]*regexp.Regexp{
	"entity_id": entityID, "device_id": plainID, "area_id": plainID, "floor_id": plainID, "label_id": plainID,
}

// settings are what stands under homeassistant: in a knowledge file.
type settings struct {
	Service      strictyaml.At[string]   `yaml:"service"`
	Target       *yaml.Node              `yaml:"target"`
	Data         *yaml.Node              `yaml:"data"`
	Response     strictyaml.At[bool]     `yaml:"response"`
	Intent       strictyaml.At[string]   `yaml:"intent"`
	Slots        *yaml.Node              `yaml:"slots"`
	Multiply     strictyaml.Map[float64] `yaml:"multiply"`
	State        strictyaml.At[string]   `yaml:"state"`
	Conversation strictyaml.At[string]   `yaml:"conversation"`
	Agent        strictyaml.At[string]   `yaml:"agent_id"`
	Language     strictyaml.At[string]   `yaml:"language"`
	Output       strictyaml.At[string]   `yaml:"output"`
	OutputLimit  strictyaml.At[int]      `yaml:"output_limit"`

	Timeout strictyaml.At[time.Duration] `yaml:"timeout"`
}

// What a command does.
const (
	service = iota
	intent
	state
	conversation
)

// A runner runs one command.
type runner struct {
	client   *Client
	does     int
	name     string // of the service or the intent
	fields   []field
	fixed    map[string]any // what else is sent
	response bool
	text     knowledge.Text // the entity, or what is said
	id       *regexp.Regexp // of the entity
	output   dispatch.Mapping
	limit    int // bytes of output that are shown
	timeout  time.Duration
	slots    []string
}

// A field is one key of what is sent.
type field struct {
	key   string
	json  dispatch.JSON
	slots []string
	// ids are the texts of a target, each of which must be an id.
	ids      []identifier
	id       *regexp.Regexp
	multiply float64 // 0 for nothing
}

// An identifier is a text that must be an id where it holds slots.
type identifier struct {
	text  knowledge.Text
	slots []string
}

var _ dispatch.Kind = (*Client)(nil).Kind

// Kind checks the settings of a command.
func (c *Client) Kind(a knowledge.Action) (dispatch.Runner, fault.List) {
	if c.base == nil {
		return nil, fault.List{{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col, What: "it is not said where Home Assistant is",
			Do: "write homeassistant: {url: http://homeassistant.local:8123, token: \"${env:HOMEASSISTANT_TOKEN}\"} in the configuration"}}
	}
	s := settings{
		OutputLimit: strictyaml.At[int]{Value: shown},
		Timeout:     strictyaml.At[time.Duration]{Value: c.timeout},
	}
	k := checker{Reader: dispatch.NewReader(a, &s, example)}
	if len(k.Faults) > 0 {
		return nil, k.Faults // what could not be read is not worth checking
	}
	r := &runner{client: c, fixed: map[string]any{}, limit: k.Limit(s.OutputLimit), timeout: k.Timeout(s.Timeout)}
	k.check(s, r)
	k.Faults.Sort()
	if len(k.Faults) > 0 {
		return nil, k.Faults
	}
	r.slots = k.Slots()
	return r, nil
}

// A checker reads the settings of one command.
type checker struct{ *dispatch.Reader }

// check reads the settings into the runner.
func (k checker) check(s settings, r *runner) {
	var given []string
	for does, t := range []strictyaml.At[string]{s.Service, s.Intent, s.State, s.Conversation} {
		if t.Node != nil {
			r.does = does
			given = append(given, []string{"service", "intent", "state", "conversation"}[does])
		}
	}
	if len(given) != 1 {
		what := "it is not said what Home Assistant shall do"
		if len(given) > 1 {
			what = "a command does one thing, and not " + strings.Join(given, " and ")
		}
		k.Fault(nil, what, "write one of service:, intent:, state: and conversation:")
		return
	}
	k.belong(s, given[0])
	switch r.does {
	case service:
		r.name = k.named(s.Service, entityID, "a service", "light.turn_on")
		r.fields = append(k.target(s.Target), k.mapping(s.Data, "data", nil)...)
		r.response = s.Response.Value
		if s.Output.Node != nil && !r.response {
			k.Fault(s.Output.Node, "the service is not asked for a response that could be shown", "write response: true")
		}
		if s.Output.Node == nil && r.response {
			s.Output = strictyaml.At[string]{Value: "$.service_response"}
		}
	case intent:
		r.name = k.named(s.Intent, plainID, "an intent", "HassTurnOn")
		r.fields = k.mapping(s.Slots, "slots", s.Multiply)
	case state:
		r.text, r.id = k.Text(s.State), entityID
		if len(r.text.Slots()) == 0 {
			k.named(s.State, entityID, "an entity", "sensor.outside")
		}
		if s.Output.Node == nil {
			s.Output = strictyaml.At[string]{Value: "$.state"}
		}
	case conversation:
		r.text = k.Text(s.Conversation)
		if strings.TrimSpace(s.Conversation.Value) == "" {
			k.Fault(s.Conversation.Node, "nothing would be said", `write conversation: "{text}" with a slot of type text`)
		}
		if s.Agent.Node != nil {
			r.fixed["agent_id"] = k.Fixed(s.Agent, "agent_id")
		}
	}
	if s.Language.Node != nil {
		r.fixed["language"] = k.Fixed(s.Language, "language")
	}
	r.output = k.Mapping(s.Output)
}

// belong reports the keys that have no meaning for what the command does.
func (k checker) belong(s settings, does string) {
	for _, key := range []struct {
		name  string
		node  *yaml.Node
		needs []string
	}{
		{"target", s.Target, []string{"service"}},
		{"data", s.Data, []string{"service"}},
		{"response", s.Response.Node, []string{"service"}},
		{"slots", s.Slots, []string{"intent"}},
		{"multiply", multiplyNode(s.Multiply), []string{"intent"}},
		{"agent_id", s.Agent.Node, []string{"conversation"}},
		{"language", s.Language.Node, []string{"intent", "conversation"}},
		{"output", s.Output.Node, []string{"service", "state"}},
	} {
		if key.node != nil && !slices.Contains(key.needs, does) {
			k.Fault(key.node, fmt.Sprintf("%s: has no meaning with %s:", key.name, does), "it belongs to "+strings.Join(key.needs, ": and ")+":")
		}
	}
}

func multiplyNode(m strictyaml.Map[float64]) *yaml.Node {
	if len(m) == 0 {
		return nil
	}
	return m[0].Key.Node
}

// named reads what must be a name.
func (k checker) named(t strictyaml.At[string], like *regexp.Regexp, what, example string) string {
	name := k.Fixed(t, what)
	if name != "" && !like.MatchString(name) || t.Value == "" {
		k.Fault(t.Node, fmt.Sprintf("%q names no %s", strictyaml.Shorten(name), strings.TrimPrefix(strings.TrimPrefix(what, "an "), "a ")),
			"write it as "+example)
	}
	return name
}

// target reads what a service is called for.
func (k checker) target(n *yaml.Node) []field {
	fields := k.mapping(n, "target", nil)
	for i := range fields {
		f := &fields[i]
		if f.id = targets[f.key]; f.id == nil {
			k.Fault(n, fmt.Sprintf("a target has no %q", strictyaml.Shorten(f.key)), "it has entity_id, device_id, area_id, floor_id and label_id")
			continue
		}
		node := n.Content[2*i+1]
		texts := []*yaml.Node{node}
		if node.Kind == yaml.SequenceNode {
			texts = node.Content
		}
		for _, t := range texts {
			if t.Kind != yaml.ScalarNode {
				k.Fault(t, f.key+" is neither a text nor a list of texts", `write for example entity_id: [light.one, "{lamp}"]`)
				continue
			}
			text, err := knowledge.ParseText(t.Value)
			if err != nil {
				continue // that is reported
			}
			plain := text.Expand(func(string) string { return "" })
			if len(text.Slots()) == 0 && !f.id.MatchString(plain) && plain != "all" {
				k.Fault(t, fmt.Sprintf("%q is no %s", strictyaml.Shorten(plain), f.key), "write for example "+strings.Replace(f.key, "entity_id", "light.kitchen", 1))
			}
			f.ids = append(f.ids, identifier{text, text.Slots()})
		}
	}
	return fields
}

// mapping reads keys with values that are sent as JSON.
func (k checker) mapping(n *yaml.Node, what string, multiply strictyaml.Map[float64]) []field {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		k.Fault(n, what+" has no keys", fmt.Sprintf(`write for example %s: {key: "{slot}"}`, what))
		return nil
	}
	var fields []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		f := field{key: k.Fixed(strictyaml.At[string]{Value: key.Value, Node: key}, "a key"), json: k.JSON(v, true), slots: slotsIn(v)}
		if what == "data" && targets[f.key] != nil {
			k.Fault(key, f.key+" says for what a service is called", "write it under target:, where it is checked")
		}
		fields = append(fields, f)
	}
	for _, m := range multiply {
		at := slices.IndexFunc(fields, func(f field) bool { return f.key == m.Key.Value })
		if at < 0 || len(fields[at].slots) == 0 || m.Value.Value == 0 {
			k.Fault(m.Key.Node, fmt.Sprintf("%q cannot be multiplied", strictyaml.Shorten(m.Key.Value)), "name one of slots: that has a slot as its value, and a number other than 0")
			continue
		}
		fields[at].multiply = m.Value.Value
	}
	return fields
}

// slotsIn gives the slots in every text below a node.
func slotsIn(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		text, err := knowledge.ParseText(n.Value)
		if err != nil {
			return nil
		}
		return text.Slots()
	}
	var all []string
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			all = append(all, slotsIn(c)...)
		}
	}
	return all
}

// has says whether one of the slots has a value, or there are none.
func has(c bot.Call, slots []string) bool {
	return len(slots) == 0 || slices.ContainsFunc(slots, func(s string) bool { _, ok := c.Slots[s]; return ok })
}
