package dispatch

import (
	"errors"
	"path/filepath"

	"frontdesk/internal/fault"
	"frontdesk/internal/secret"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// ReadText reads a setting in which {slot} stands for a value, and ${env:NAME}
// and ${file:path} for secrets, which are read now. A fault is at the beginning
// of the setting.
func ReadText(file string, t strictyaml.At[string]) (knowledge.Text, fault.List) {
	text, _, faults := readText(file, t)
	return text, faults
}

// readText gives the secrets, too.
func readText(file string, t strictyaml.At[string]) (knowledge.Text, []secret.String, fault.List) {
	text, err := knowledge.ParseText(t.Value)
	if err != nil {
		what, do := err.Error(), ""
		if e := (*template.SyntaxError)(nil); errors.As(err, &e) {
			what, do = e.What, e.Do
		}
		return knowledge.Text{}, nil, fault.List{strictyaml.Fault(file, t.Node, what, do)}
	}
	var faults fault.List
	var secrets []secret.String
	text = text.WithSecrets(func(r secret.Ref) secret.String {
		s, err := r.Read(filepath.Dir(file))
		if err != nil {
			faults = append(faults, unreadable(file, t, err))
		}
		secrets = append(secrets, s)
		return s
	})
	return text, secrets, faults
}

// ReadSecret reads a setting that is secret as a whole: it names secrets, in
// words or alone, and no slot.
func ReadSecret(file string, t strictyaml.At[string]) (secret.String, fault.List) {
	s, err := secret.Read(filepath.Dir(file), t.Value)
	if err != nil {
		return s, fault.List{unreadable(file, t, err)}
	}
	return s, nil
}

// unreadable gives a fault of a secret its place.
func unreadable(file string, t strictyaml.At[string], err error) fault.Fault {
	what, do := err.Error(), ""
	if f, ok := errors.AsType[fault.Fault](err); ok {
		what, do = f.What, f.Do
	}
	return strictyaml.Fault(file, t.Node, what, do)
}
