package dispatch

import (
	"errors"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// ReadText reads a setting in which {slot} stands for a value. A fault is at
// the beginning of the setting.
func ReadText(file string, t strictyaml.At[string]) (knowledge.Text, fault.List) {
	text, err := knowledge.ParseText(t.Value)
	if err == nil {
		return text, nil
	}
	what, do := err.Error(), ""
	if e := (*template.SyntaxError)(nil); errors.As(err, &e) {
		what, do = e.What, e.Do
	}
	return knowledge.Text{}, fault.List{strictyaml.Fault(file, t.Node, what, do)}
}
