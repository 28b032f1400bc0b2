package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// sumBytes is how much of a SHA-256 is kept: enough to see an edit, and short
// enough to stand in a file that people read.
const sumBytes = 8

// Digest gives the digest of what an import brings in of an entry: its
// phrasings, answer and tags, and what a command says and runs. Follow-ups take
// no part: which of them there are depends on what else is taken in. It is the same before the entry is written and after it is loaded, as long as
// nobody edits it.
func Digest(e *knowledge.Entry) string {
	parts := []any{e.Kind, e.Question, written(e), e.Answer, orNone(e.Tags)}
	if c := e.Command; c != nil {
		var say []string
		for _, t := range c.Say {
			say = append(say, t.String())
		}
		parts[1] = c.Title
		parts = append(parts, orNone(say), c.Reply, c.Action.Kind)
		if c.Action.Kind != knowledge.ReplyAction {
			parts = append(parts, flat(c.Action.Node))
		}
	}
	data, err := json.Marshal(parts)
	if err != nil {
		panic(err) // texts and lists of them
	}
	return DigestText(string(data))
}

// DigestText gives the digest of a text.
func DigestText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:sumBytes])
}

// written gives the alternatives that stand in a file: those that a command's
// templates are sampled into do not.
func written(e *knowledge.Entry) []string {
	list := []string{}
	for _, a := range e.Alternatives {
		if _, placed := e.Places[a]; e.Command == nil || len(e.Places) == 0 || placed {
			list = append(list, a)
		}
	}
	return list
}

func orNone(list []string) []string { return slices.Concat([]string{}, list) }

func flat(n *yaml.Node) []any {
	if n == nil {
		return nil
	}
	out := []any{n.Value}
	for _, c := range n.Content {
		out = append(out, flat(c))
	}
	return out
}

// Tidy puts an entry that was found into the form in which it is written: texts
// are trimmed, lines end in \n, and a phrasing stands once.
func Tidy(e *knowledge.Entry) {
	e.Question = oneLine(e.Question)
	e.Answer = knowledge.TrimText(unixLines(e.Answer))
	known := map[string]bool{template.Normalize(e.Question): true}
	var alternatives []string
	for _, a := range e.Alternatives {
		a = oneLine(a)
		if n := template.Normalize(a); a != "" && !known[n] {
			known[n] = true
			alternatives = append(alternatives, a)
		}
	}
	e.Alternatives = alternatives
	var tags []string
	for _, t := range e.Tags {
		if t = oneLine(t); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	e.Tags = tags
}

func unixLines(s string) string {
	if !strings.Contains(s, "\r") && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029") {
		return s // and no copy of it
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
}
