package dispatch

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// A Reader reads the settings of one command for its [Kind]. It gathers what is
// wrong with them, the slots that they name and the secrets in them. It is not
// safe for concurrent use.
type Reader struct {
	File   string
	Faults fault.List

	root    *yaml.Node
	slots   []string
	secrets []secret.String
}

// NewReader decodes the settings of an action into v, which is a pointer to a
// struct that holds the defaults. Where there are none at all, that is a fault,
// and the example is what to write.
func NewReader(a knowledge.Action, v any, example string) *Reader {
	r := &Reader{File: a.Pos.File, root: a.Node}
	if a.Node == nil || a.Node.Tag == "!!null" {
		r.Faults = fault.List{{File: a.Pos.File, Line: a.Pos.Line, Col: a.Pos.Col,
			What: a.Kind + " has no settings", Do: "write for example " + example}}
		return r
	}
	r.Faults = strictyaml.DecodeNode(a.Pos.File, a.Node, v)
	return r
}

// Fault reports what is wrong at a node; one that is nil stands for the
// settings as a whole.
func (r *Reader) Fault(n *yaml.Node, what, do string) {
	if n == nil {
		n = r.root
	}
	r.Faults.Add(strictyaml.Fault(r.File, n, what, do))
}

// Path gives the path of a file that is named in the settings; it counts from
// the folder of the file that they stand in.
func (r *Reader) Path(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(r.File), name)
}

// Text reads a text that may hold slots and secrets.
func (r *Reader) Text(t strictyaml.At[string]) knowledge.Text {
	text, secrets, faults := readText(r.File, t)
	r.Faults = append(r.Faults, faults...)
	r.secrets = append(r.secrets, secrets...)
	for _, name := range text.Slots() {
		if !slices.Contains(r.slots, name) {
			r.slots = append(r.slots, name)
		}
	}
	return text
}

// Constant reads a text that may hold secrets but no slots; name says what it
// is, for the fault.
func (r *Reader) Constant(t strictyaml.At[string], name string) knowledge.Text {
	text, secrets, faults := readText(r.File, t)
	if slots := text.Slots(); len(slots) > 0 {
		r.Fault(t.Node, fmt.Sprintf("%s cannot hold the slot {%s}", name, slots[0]),
			`write it out, or \{ for the character itself`)
		return knowledge.Text{}
	}
	r.Faults = append(r.Faults, faults...)
	r.secrets = append(r.secrets, secrets...)
	return text
}

// Fixed reads a text that may hold neither slots nor secrets.
func (r *Reader) Fixed(t strictyaml.At[string], name string) string {
	if text, err := knowledge.ParseText(t.Value); err == nil && len(text.Secrets()) > 0 {
		r.Fault(t.Node, fmt.Sprintf("%s cannot hold the secret %s", name, text.Secrets()[0]),
			`write it out, or $\{ for the characters themselves`)
		return ""
	}
	return r.Constant(t, name).Expand(nil)
}

// Secret reads a setting that is secret as a whole.
func (r *Reader) Secret(t strictyaml.At[string]) secret.String {
	s, faults := ReadSecret(r.File, t)
	r.Faults = append(r.Faults, faults...)
	r.secrets = append(r.secrets, s)
	return s
}

// Hide adds a secret that is made of others to those that the Redactor finds.
func (r *Reader) Hide(s secret.String) { r.secrets = append(r.secrets, s) }

// Timeout checks how long the command may take.
func (r *Reader) Timeout(t strictyaml.At[time.Duration]) time.Duration {
	if t.Value <= 0 || t.Value > MaxTimeout {
		r.Fault(t.Node, fmt.Sprintf("a command cannot have %s", t.Value), "write a time above 0s and up to 10m")
	}
	return t.Value
}

// Limit checks how much of the output is shown.
func (r *Reader) Limit(t strictyaml.At[int]) int {
	if t.Value < 0 || t.Value > MaxOutput {
		r.Fault(t.Node, fmt.Sprintf("%d bytes of output cannot be shown", t.Value),
			fmt.Sprintf("write a number of bytes from 0 to %d", MaxOutput))
	}
	return t.Value
}

// Slots gives the names of the slots of all texts, each once.
func (r *Reader) Slots() []string { return r.slots }

// Redactor gives what finds the secrets of all texts.
func (r *Reader) Redactor() *secret.Redactor { return secret.NewRedactor(r.secrets...) }
