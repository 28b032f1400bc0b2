package knowledge

import (
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// ReadAction reads an action as it stands under a key of a file ("run:"):
// exactly one kind with its settings, {exec: {command: [date]}}. The settings
// are for the dispatcher of that kind to read.
func ReadAction(file, key string, n *yaml.Node) (Action, fault.List) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return Action{}, fault.List{strictyaml.Fault(file, n, key+" holds exactly one kind of action with its settings",
			"write for example "+key+" {exec: {command: [date]}}")}
	}
	kind, settings := n.Content[0], n.Content[1]
	return Action{Kind: kind.Value, Node: settings, Pos: Pos{File: file, Line: kind.Line, Col: kind.Column}}, nil
}
