package importer

import (
	"fmt"
	"regexp"
	"strings"

	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// A rasaResponse is what is said under a name, made of its first variation.
type rasaResponse struct {
	pos    knowledge.Pos
	answer string   // as [knowledge.ParseText] reads it
	follow []string // intents that its buttons name
	used   bool
}

// A rasaSlot is where a slot of the domain has its value from.
type rasaSlot struct {
	example string // what the examples call it
	initial string
	values  []string
}

// domainResponses reads the responses of a domain.
func (f *rasaFile) domainResponses(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, list := n.Content[i], n.Content[i+1]
		what := "response " + name.Value
		if f.responses[name.Value] != nil {
			f.leave(f.pos(name), what, "it is there twice; the first counts")
			continue
		}
		r := &rasaResponse{pos: f.pos(name)}
		variations := list.Content
		if list.Kind == yaml.ScalarNode {
			variations = []*yaml.Node{list}
		}
		best := f.choose(what, variations)
		if best == nil {
			f.leave(r.pos, what, "it says nothing")
			continue
		}
		f.say(what, r, best)
		f.responses[name.Value] = r
		f.order = append(f.order, name.Value)
	}
}

// choose gives the variation that is taken: the first that holds everywhere and
// at all times, and if there is one, that names no slot. The others are told.
func (f *rasaFile) choose(what string, variations []*yaml.Node) *yaml.Node {
	var best *yaml.Node
	fits := 0
	special := func(v *yaml.Node) bool { return valueOf(v, "channel") != nil || valueOf(v, "condition") != nil }
	empty := func(v *yaml.Node) bool {
		return v.Tag == "!!null" || v.Kind == yaml.ScalarNode && strings.TrimSpace(v.Value) == ""
	}
	for _, v := range variations {
		n := 1
		if special(v) {
			n += 2
		}
		if t, err := knowledge.ParseText(rasaText(v.Value + textOf(v, "text"))); err == nil && len(t.Slots()) > 0 {
			n++
		}
		if !empty(v) && (best == nil || n < fits) {
			best, fits = v, n
		}
	}
	others := 0
	for _, v := range variations {
		switch {
		case v == best || empty(v):
		case valueOf(v, "condition") != nil:
			f.leave(f.pos(v), "a variation of "+what, "it holds under a condition only")
		case valueOf(v, "channel") != nil:
			f.leave(f.pos(v), "a variation of "+what, "it is for the channel "+textOf(v, "channel")+" only")
		default:
			others++
		}
	}
	if others > 0 {
		f.leave(f.pos(best), countOf(others, "variation")+" of "+what, "an answer has one text")
	}
	if best != nil && special(best) {
		f.leave(f.pos(best), "where and when "+what+" holds", "an answer holds everywhere and at all times")
	}
	return best
}

// say puts a variation into Markdown.
func (f *rasaFile) say(what string, r *rasaResponse, v *yaml.Node) {
	if v.Kind == yaml.ScalarNode {
		r.answer = rasaText(v.Value)
		return
	}
	parts := []string{rasaText(textOf(v, "text"))}
	for _, key := range []string{"image", "attachment"} {
		link := textOf(v, key)
		switch {
		case link == "":
			if n := valueOf(v, key); n != nil && n.Tag != "!!null" {
				f.leave(f.pos(n), key+" of "+what, "it is no address")
			}
		case key == "image":
			parts = append(parts, knowledge.EscapeText(picture(link)))
		default:
			parts = append(parts, knowledge.EscapeText(mdAddress(link)))
		}
	}
	for _, key := range []string{"buttons", "quick_replies"} {
		if n := valueOf(v, key); n != nil {
			parts = append(parts, f.buttons(what, r, n))
		}
	}
	if n := valueOf(v, "translation"); n != nil && len(n.Content) > 0 {
		var languages []string
		for _, l := range keysOf(n) {
			languages = append(languages, l.Value)
		}
		f.leave(f.pos(n), "the translations of "+what, "an entry has one language; there are "+shown(strings.Join(languages, ", ")))
	}
	for _, key := range []string{"custom", "elements"} {
		if n := valueOf(v, key); n != nil && n.Tag != "!!null" {
			f.leave(f.pos(n), "the "+key+" part of "+what, "it is for one channel's own program")
		}
	}
	r.answer = joinParagraphs(parts)
}

// buttons notes the intents of buttons as follow-ups, and gives the buttons
// that open a page as a list of links.
func (f *rasaFile) buttons(what string, r *rasaResponse, list *yaml.Node) string {
	var links []string
	for _, b := range list.Content {
		title, payload := textOf(b, "title"), strings.TrimSpace(textOf(b, "payload"))
		if url := textOf(b, "url"); url != "" {
			links = append(links, "- "+knowledge.EscapeText(mdLink(title, url)))
			continue
		}
		intent, isIntent := strings.CutPrefix(payload, "/")
		intent, values, _ := strings.Cut(intent, "{")
		if isIntent && intent != "" {
			if strings.Trim(values, " }") != "" {
				f.leave(f.pos(b), "the values of button "+shown(title)+" of "+what, fmt.Sprintf("a follow-up leads to %q alone, and not with {%s", shown(intent), shown(values)))
			}
			r.follow = append(r.follow, intent)
			continue
		}
		f.leave(f.pos(b), "button "+shown(title)+" of "+what, "it says a text for its user; an answer suggests other entries")
	}
	return strings.Join(links, "\n")
}

// rasaVariable is a place of a response that names a slot.
var rasaVariable = regexp.MustCompile(`\{\{|\}\}|\{([^\n{}]+)\}`)

// rasaText gives a response's text as [knowledge.ParseText] reads it: {name} is
// a slot, {{ and }} are braces.
func rasaText(s string) string {
	var b strings.Builder
	at := 0
	for _, m := range rasaVariable.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(knowledge.EscapeText(s[at:m[0]]))
		at = m[1]
		switch {
		case m[2] < 0:
			b.WriteString(knowledge.EscapeText(s[m[0] : m[0]+1]))
		case botName(s[m[2]:m[3]]) == s[m[2]:m[3]]:
			b.WriteString(s[m[0]:m[1]])
		default: // Rasa shows what names no slot as it stands.
			b.WriteString(knowledge.EscapeText(s[m[0]:m[1]]))
		}
	}
	b.WriteString(knowledge.EscapeText(s[at:]))
	return b.String()
}

// joinParagraphs puts an empty line between texts, of which some may be empty.
func joinParagraphs(parts []string) string {
	var out []string
	for _, p := range parts {
		if p = knowledge.TrimText(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// domainSlots reads where slots have their values from. Rasa 2 fills a slot
// from the entity of its name.
func (f *rasaFile) domainSlots(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, slot := n.Content[i].Value, n.Content[i+1]
		s := rasaSlot{example: name, initial: textOf(slot, "initial_value"), values: textsOf(valueOf(slot, "values"))}
		if mappings := valueOf(slot, "mappings"); mappings != nil {
			for _, m := range mappings.Content {
				if textOf(m, "type") == "from_entity" && textOf(m, "entity") != "" {
					s.example = rasaSlotName(textOf(m, "entity"), textOf(m, "role"))
					break
				}
			}
		}
		f.slots[name] = s
	}
}
