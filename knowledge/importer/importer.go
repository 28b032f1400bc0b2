package importer

import (
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// version is that of the JSON Lines that we write.
const version = 1

// replyCommand makes the command that says the answer.
func replyCommand(title, answer string, at knowledge.Pos) *knowledge.Command {
	reply := knowledge.EscapeText(answer)
	return &knowledge.Command{
		Title: title,
		Slots: map[string]*knowledge.Slot{},
		Action: knowledge.Action{
			Kind: knowledge.ReplyAction,
			Node: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: reply, Line: at.Line, Column: at.Col},
			Pos:  at,
		},
		Reply: reply,
	}
}
