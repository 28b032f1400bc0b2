package dispatch

import (
	"regexp"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// secretRef is a secret as it is named in a setting.
var secretRef = regexp.MustCompile(`\$\{(env|file):`)

// ReadSaid reads a text in which {slot} stands for a value, as [ReadText] does,
// that people are shown: it must not name a secret.
func ReadSaid(file string, t strictyaml.At[string]) (knowledge.Text, fault.List) {
	if secretRef.MatchString(t.Value) {
		return knowledge.Text{}, fault.List{strictyaml.Fault(file, t.Node, "a secret would be said", `remove it; write $\{ for the characters themselves`)}
	}
	return ReadText(file, t)
}
