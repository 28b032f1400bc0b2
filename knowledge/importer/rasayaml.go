package importer

import (
	"fmt"
	"strconv"
	"strings"

	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// yaml reads a YAML file of a project: each of its topmost keys says what
// stands under it, whatever the file is called.
func (p *rasaProject) yaml(title, text string) {
	root, faults := strictyaml.Parse(title, []byte(text))
	p.faults = append(p.faults, faults...)
	if root == nil {
		return
	}
	f := rasaFile{rasaProject: p, title: title}
	if root.Kind != yaml.MappingNode {
		p.leave(f.pos(root), "the file", "it has no key of Rasa")
		return
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch key.Value {
		case "version":
			if major, err := strconv.Atoi(strings.Split(value.Value, ".")[0]); err == nil && major > 3 {
				p.leave(f.pos(key), "version "+value.Value, "this reader knows Rasa up to 3; look whether something is missing")
			}
		case "nlu":
			f.nlu(value)
		case "responses", "templates":
			f.domainResponses(value)
		case "slots":
			f.domainSlots(value)
		case "rules", "stories":
			f.turnsOf(value)
		case "actions":
			if n := customActions(value); n > 0 {
				p.leave(f.pos(key), countOf(n, "custom action"), "they are programs; write commands for what they do")
			}
		case "forms":
			for _, name := range keysOf(value) {
				p.leave(f.pos(name), "form "+name.Value, "it asks in several turns; write a command with slots")
			}
		case "flows":
			p.leave(f.pos(key), "flows", "they are conversations of several turns")
		case "intents", "entities", "session_config", "e2e_actions", "config", "store_entities_as_slots",
			"pipeline", "policies", "language", "recipe", "assistant_id", "importers":
			// What they say is known from elsewhere, or is about how Rasa works.
		default:
			p.leave(f.pos(key), "key "+strictyaml.Shorten(key.Value), "it is none that this reader knows")
		}
	}
}

// A rasaFile is a file while it is read.
type rasaFile struct {
	*rasaProject
	title string
}

func (f *rasaFile) pos(n *yaml.Node) knowledge.Pos {
	return knowledge.Pos{File: f.title, Line: n.Line, Col: n.Column}
}

// keysOf gives the keys of a mapping, or the texts of a list.
func keysOf(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, n.Content[i])
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			if c.Kind == yaml.MappingNode && len(c.Content) > 0 {
				c = c.Content[0]
			}
			if c.Kind == yaml.ScalarNode {
				out = append(out, c)
			}
		}
	}
	return out
}

// orEmpty gives an empty list in the place of nothing.
func orEmpty(n *yaml.Node) *yaml.Node {
	if n == nil {
		return &yaml.Node{Kind: yaml.SequenceNode}
	}
	return n
}

// valueOf gives what a mapping has under a key; nil where it has nothing.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// textOf gives the text that a mapping has under a key.
func textOf(n *yaml.Node, key string) string {
	if v := valueOf(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return v.Value
	}
	return ""
}

// textsOf gives the texts of a list, or one text.
func textsOf(n *yaml.Node) []string {
	var out []string
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return []string{n.Value}
	}
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if c.Kind == yaml.ScalarNode {
				out = append(out, c.Value)
			}
		}
	}
	return out
}

func customActions(n *yaml.Node) int {
	count := 0
	for _, a := range keysOf(n) {
		if !strings.HasPrefix(a.Value, "utter_") {
			count++
		}
	}
	return count
}

// nlu reads training data: intents, synonyms, lookup tables and regexes.
func (f *rasaFile) nlu(list *yaml.Node) {
	if list.Kind != yaml.SequenceNode {
		if list.Tag != "!!null" {
			f.leave(f.pos(list), "nlu", "it is no list")
		}
		return
	}
	for _, item := range list.Content {
		examples := valueOf(item, "examples")
		name := func(key string) string { return strings.TrimSpace(textOf(item, key)) }
		switch {
		case name("intent") != "":
			in := f.intents.of(name("intent"), f.pos(item))
			f.metadata(in, valueOf(item, "metadata"))
			for _, x := range f.examples(examples) {
				in.examples = append(in.examples, f.example(x))
			}
		case name("synonym") != "":
			for _, x := range f.examples(examples) {
				f.synonym(name("synonym"), x.text)
			}
		case name("lookup") != "":
			f.lists.of(name("lookup")).closed = true
			for _, x := range f.examples(examples) {
				f.words = append(f.words, [2]string{name("lookup"), x.text})
			}
		case name("regex") != "":
			f.leave(f.pos(item), "regex "+name("regex"), "values are found by their words")
		default:
			f.leave(f.pos(item), "an entry of nlu", "it is no intent, synonym, lookup or regex")
		}
	}
}

// metadata reads what our own writer keeps with an intent.
func (f *rasaFile) metadata(in *botIntent, n *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	own := valueOf(n, rasaMetadata)
	if own == nil {
		return
	}
	in.id = textOf(own, "id")
	in.tags, in.formerly = textsOf(valueOf(own, "tags")), textsOf(valueOf(own, "formerly"))
	in.sure = textsOf(valueOf(own, "followups"))
}

// rasaMetadata is the key of an intent's metadata that holds what Rasa has no
// place for.
const rasaMetadata = "frontdesk"

// A rasaLine is a text with its place.
type rasaLine struct {
	text  string
	pos   knowledge.Pos
	plain bool // no part of it is an entity, whatever it looks like
}

// examples gives the lines of a block of examples, or the texts of a list.
func (f *rasaFile) examples(n *yaml.Node) []rasaLine {
	var out []rasaLine
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		for _, c := range n.Content {
			switch {
			case c.Kind == yaml.ScalarNode:
				out = append(out, rasaLine{c.Value, f.pos(c), false})
			case textOf(valueOf(valueOf(c, "metadata"), rasaMetadata), "text") != "":
				out = append(out, rasaLine{textOf(valueOf(valueOf(c, "metadata"), rasaMetadata), "text"), f.pos(c), true})
			case textOf(c, "text") != "":
				out = append(out, rasaLine{textOf(c, "text"), f.pos(c), false})
			default:
				f.leave(f.pos(c), "an example", "it has no text")
			}
		}
	case n.Kind == yaml.ScalarNode:
		i := 0
		for line := range strings.Lines(n.Value) {
			pos := f.pos(n)
			if i++; n.Style&yaml.LiteralStyle != 0 {
				pos = knowledge.Pos{File: f.title, Line: n.Line + i, Col: 1}
			}
			line = strings.TrimSpace(line)
			text, dash := strings.CutPrefix(line, "-")
			switch {
			case line == "" || n.Tag == "!!null":
			case dash:
				out = append(out, rasaLine{strings.TrimSpace(text), pos, false})
			default:
				f.leave(pos, fmt.Sprintf("the line %q", strictyaml.Shorten(line)), "an example begins with -")
			}
		}
	}
	return out
}

// synonym notes that a text stands for a value.
func (p *rasaProject) synonym(value, text string) {
	if n := template.Normalize(text); n != "" && p.synonyms[n] == "" {
		p.synonyms[n] = value
		p.ways = append(p.ways, [2]string{value, text})
	}
}
