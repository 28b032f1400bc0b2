// Package importer brings knowledge in from other formats, and takes it out.
//
// JSON Lines holds one entry a line, an object with these keys:
//
//	{"id":"reset-password","kind":"faq","question":"How do I reset my password?",
//	 "alternatives":["I forgot my password"],"answer":"Open **Settings**."}
//
// The kind is "faq" (where it is not given), "command" or "passage". The keys
// "alternatives", "tags", "followups" and "formerly" hold lists of texts and
// may be left out, as may "headings" and "link" of a passage. The key "v" is
// the number of the format, 1; a line with a larger one is refused.
//
// The form has no place for what a command runs. A command that comes in is
// one that replies with its answer, so that it can be found, ranked and
// carried out like any other; one that goes out keeps its phrasings and has
// its reply as the answer.
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
