package importer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"frontdesk/knowledge"
)

// answer reads what an intent says into Markdown; why says why that cannot be.
func (a *dialogflowAgent) answer(i *botIntent, f jsonFile, response *jsonValue) (why string) {
	messages := a.messages(i, f, response)
	var parts []string
	for _, m := range messages {
		if text := a.message(i, f, m); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		if all := response.get("speech").texts(); len(all) > 0 { // The form of api.ai.
			parts = all[:1]
			if len(all) > 1 {
				a.leave(response.get("speech").pos(f.title), countOf(len(all)-1, "variation")+" of intent "+i.name, "an answer has one text")
			}
		}
	}
	switch {
	case len(parts) > 0:
	case len(messages) > 0:
		return "it says nothing that is a text"
	case response.get("speech") == nil && len(response.get("messages").list()) == 0 && response.get("action").str() == "":
		return "it says nothing"
	default:
		return "its answer is made by a program"
	}
	text := joinParagraphs(parts)
	if m := dialogflowContext.FindString(text); m != "" {
		return fmt.Sprintf("its answer names %s, which comes from what was said before", m)
	}
	a.parameters(i, f, response)
	i.answer = dialogflowText(text, i.slots)
	said, err := knowledge.ParseText(i.answer)
	for _, p := range response.get("parameters").list() {
		if name := p.get("name").str(); err == nil && p.get("required").yes() && !slices.Contains(said.Slots(), name) {
			a.leave(p.pos(f.title), fmt.Sprintf("the parameter %s that intent %s asks for", shown(name), i.name), "its answer does not name it")
		}
	}
	return ""
}

// messages gives the messages of the language that is taken: those for
// everywhere, or else those of the first platform.
func (a *dialogflowAgent) messages(i *botIntent, f jsonFile, response *jsonValue) []*jsonValue {
	var plain []*jsonValue
	var platforms []string
	by := map[string][]*jsonValue{}
	for _, m := range response.get("messages").list() {
		if lang := m.get("lang").str(); lang != "" && !strings.EqualFold(lang, a.language) {
			a.others[strings.ToLower(lang)] = true
			continue
		}
		p := m.get("platform").str()
		if p == "" {
			plain = append(plain, m)
			continue
		}
		if by[p] == nil {
			platforms = append(platforms, p)
		}
		by[p] = append(by[p], m)
	}
	for n, p := range platforms {
		if n == 0 && len(plain) == 0 {
			continue
		}
		a.leave(by[p][0].pos(f.title), fmt.Sprintf("what intent %s says on %s", i.name, p), "an answer is the same everywhere")
	}
	if len(plain) == 0 && len(platforms) > 0 {
		return by[platforms[0]]
	}
	return plain
}

// message puts a message into Markdown. Its types are those of
// https://cloud.google.com/dialogflow/es/docs/intents-rich-messages, by number,
// or by name for Google Assistant.
func (a *dialogflowAgent) message(i *botIntent, f jsonFile, m *jsonValue) string {
	what := func(s string) string { return fmt.Sprintf("%s of intent %s", s, i.name) }
	switch m.get("type").str() {
	case "0": // text
		all := m.get("speech").texts()
		if len(all) == 0 {
			return ""
		}
		if len(all) > 1 {
			a.leave(m.pos(f.title), what(countOf(len(all)-1, "variation")), "an answer has one text")
		}
		return all[0]
	case "1", "basic_card": // a card
		image := cmp.Or(m.get("imageUrl").str(), m.get("image").get("url").str())
		parts := []string{bold(m.get("title").str()), m.get("subtitle").str(), m.get("formattedText").str(), picture(image)}
		var links []string
		for _, b := range m.get("buttons").list() {
			to := cmp.Or(b.get("postback").str(), b.get("openUrlAction").get("url").str())
			label := cmp.Or(b.get("text").str(), b.get("title").str())
			if isAddress(to) {
				links = append(links, "- "+mdLink(label, to))
			} else {
				i.follow = append(i.follow, cmp.Or(to, label))
			}
		}
		return joinParagraphs(append(parts, strings.Join(links, "\n")))
	case "2": // quick replies
		i.follow = append(i.follow, m.get("replies").texts()...)
		return m.get("title").str()
	case "3": // an image
		return picture(m.get("imageUrl").str())
	case "4": // what a platform's own program reads
		return a.rich(i, f, m.get("payload"))
	case "simple_response":
		say := m
		if items := m.get("items").list(); len(items) > 0 {
			say = items[0]
		}
		return cmp.Or(say.get("displayText").str(), say.get("textToSpeech").str())
	case "suggestion_chips":
		for _, s := range m.get("suggestions").list() {
			i.follow = append(i.follow, s.get("title").str())
		}
		return ""
	case "link_out_chip":
		return mdLink(m.get("destinationName").str(), m.get("url").str())
	}
	a.leave(m.pos(f.title), what(fmt.Sprintf("a message of type %q", shown(m.get("type").str()))), "it is for a platform's own program")
	return ""
}

// rich reads the payload of Dialogflow Messenger
// (https://cloud.google.com/dialogflow/es/docs/integrations/dialogflow-messenger).
func (a *dialogflowAgent) rich(i *botIntent, f jsonFile, payload *jsonValue) string {
	content := payload.get("richContent")
	if content == nil {
		a.leave(payload.pos(f.title), "the payload of intent "+i.name, "it is for a platform's own program")
		return ""
	}
	var parts []string
	add := func(s ...string) { parts = append(parts, s...) }
	for _, row := range content.list() {
		for _, c := range row.list() {
			title, link := c.get("title").str(), cmp.Or(c.get("link").str(), c.get("actionLink").str())
			if isAddress(link) && title != "" {
				title = mdLink(title, link)
			} else {
				title = bold(title)
			}
			switch kind := c.get("type").str(); kind {
			case "info", "description", "list", "accordion":
				add(title, c.get("subtitle").str())
				add(c.get("text").texts()...)
			case "image":
				add(picture(c.get("rawUrl").str()))
			case "button":
				add(mdLink(c.get("text").str(), link))
			case "chips":
				for _, o := range c.get("options").list() {
					if to := o.get("link").str(); isAddress(to) {
						add(mdLink(o.get("text").str(), to))
					} else {
						i.follow = append(i.follow, o.get("text").str())
					}
				}
			case "divider":
			default:
				a.leave(c.pos(f.title), fmt.Sprintf("the part %q of intent %s", shown(kind), i.name), "it is for a platform's own program")
			}
		}
	}
	return joinParagraphs(parts)
}

// parameters reads what the answer calls the slots of the sentences, and what
// asks for a value.
func (a *dialogflowAgent) parameters(i *botIntent, f jsonFile, response *jsonValue) {
	for _, p := range response.get("parameters").list() {
		name := p.get("name").str()
		alias, _, _ := strings.Cut(strings.TrimPrefix(p.get("value").str(), "$"), ".")
		if name == "" {
			continue
		}
		i.slots[name] = cmp.Or(alias, name)
		for _, q := range p.get("prompts").list() {
			if lang := q.get("lang").str(); lang == "" || strings.EqualFold(lang, a.language) {
				i.asks[name] = cmp.Or(i.asks[name], q.get("value").str(), q.str())
			}
		}
		if v := p.get("defaultValue"); v.str() != "" {
			a.leave(v.pos(f.title), fmt.Sprintf("the default of %s in intent %s", name, i.name), "a value that was not said is asked for")
		}
	}
}

var (
	// dialogflowParameter is a place in an answer that names a parameter.
	dialogflowParameter = regexp.MustCompile(`\$([A-Za-z][\w-]*)(\.original)?`)
	// dialogflowContext is one that names a context's parameter.
	dialogflowContext = regexp.MustCompile(`#[A-Za-z][\w-]*\.[A-Za-z][\w-]*`)
)

// dialogflowText gives an answer as [knowledge.ParseText] reads it. What
// follows a $ and is no parameter stays as it is.
func dialogflowText(s string, parameters map[string]string) string {
	var b strings.Builder
	at := 0
	for _, m := range dialogflowParameter.FindAllStringSubmatchIndex(s, -1) {
		name := s[m[2]:m[3]]
		if _, ok := parameters[name]; !ok {
			continue
		}
		b.WriteString(knowledge.EscapeText(s[at:m[0]]) + "{" + name + "}")
		at = m[1]
	}
	b.WriteString(knowledge.EscapeText(s[at:]))
	return b.String()
}
