package importer

import (
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxMarkedSteps bounds how many elements are looked at for properties: an
// element may refer to others (itemref), and many to the same.
const maxMarkedSteps = 5_000_000

// A marking is a way in which the elements of a page say what they are:
// microdata (https://html.spec.whatwg.org/multipage/microdata.html) or RDFa
// (https://www.w3.org/TR/rdfa-lite/).
type marking struct {
	types      func(*html.Node) []string // without their vocabulary; nil where the element is no thing
	properties func(*html.Node) []string
	name       string // the attribute that names a thing
}

var microdata = marking{
	types: func(n *html.Node) []string {
		if !hasAttr(n, "itemscope") && !hasAttr(n, "itemtype") {
			return nil
		}
		return terms(attr(n, "itemtype"), "other")
	},
	properties: func(n *html.Node) []string { return terms(attr(n, "itemprop"), "") },
	name:       "itemid",
}

// Of vocabularies and prefixes only those of schema.org are known, under their
// usual names; a page that means others by them has no questions in them.
var rdfa = marking{
	types:      func(n *html.Node) []string { return terms(attr(n, "typeof"), "") },
	properties: func(n *html.Node) []string { return terms(attr(n, "property")+" "+attr(n, "rel"), "") },
	name:       "resource",
}

// terms gives the words of an attribute without their vocabulary, each once, or the
// one that stands for none.
func terms(value, none string) []string {
	var out []string
	for _, w := range strings.Fields(value) {
		if w = term(w); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 && none != "" {
		out = []string{none}
	}
	return out
}

// A markedPage gathers the questions of a page that are marked as such.
type markedPage struct {
	marking
	at    knowledge.Pos
	ids   map[string]*html.Node // for itemref; nil until needed
	root  *html.Node
	steps int
	out   []*asked
}

// markedQuestions gives the questions of a page in its order.
func markedQuestions(m marking, root *html.Node, at knowledge.Pos) ([]*asked, error) {
	p := &markedPage{marking: m, at: at, root: root}
	if err := p.walk(root, ""); err != nil {
		return nil, err
	}
	return p.out, nil
}

func (p *markedPage) walk(n *html.Node, lang string) error {
	lang = langOf(n, lang)
	if n.Type == html.ElementNode {
		if props := p.properties(n); slices.Contains(props, "acceptedAnswer") || slices.Contains(props, "suggestedAnswer") {
			return nil // A question inside of an answer is part of it.
		}
		if slices.Contains(p.types(n), "Question") {
			q := &asked{pos: p.at, lang: lang, key: attr(n, p.name)}
			if err := p.gather(n, q, lang); err != nil {
				return err
			}
			if len(q.answers) > 0 || len(q.names) > 0 {
				p.out = append(p.out, q)
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := p.walk(c, lang); err != nil {
			return err
		}
	}
	return nil
}

// gather collects the properties of a question.
func (p *markedPage) gather(thing *html.Node, q *asked, lang string) error {
	return p.each(thing, lang, func(n *html.Node, property, lang string) error {
		text := func() tagged { return tagged{value(n), lang} }
		switch property {
		case "name", "headline":
			q.names = append(q.names, text())
		case "text":
			q.texts = append(q.texts, text())
		case "alternateName":
			q.others = append(q.others, text())
		case "keywords":
			q.keywords = append(q.keywords, text())
		case "identifier":
			q.id = text().text
		case "acceptedAnswer", "suggestedAnswer":
			accepted := slices.Contains(p.properties(n), "acceptedAnswer")
			if len(q.answers) == maxAnswers || accepted && property == "suggestedAnswer" { // one that is both
				return nil
			}
			a, err := p.answered(n, accepted, lang)
			if err != nil {
				return err
			}
			q.answers = append(q.answers, a)
		}
		return nil
	})
}

// answered gives an answer: the elements that are its text, or all of it.
func (p *markedPage) answered(n *html.Node, accepted bool, lang string) (answered, error) {
	a := answered{accepted: accepted}
	if len(p.types(n)) == 0 {
		return withText(a, n, lang), nil
	}
	whole := true
	err := p.each(n, lang, func(n *html.Node, property, lang string) error {
		switch property {
		case "text", "description":
			if whole || !slices.ContainsFunc(a.nodes, func(outer *html.Node) bool { return inside(n, outer) }) {
				a = withText(a, n, lang)
			}
			whole = false
		case "upvoteCount":
			a.votes = number(value(n))
		}
		return nil
	})
	if whole {
		a.nodes = []*html.Node{n}
	}
	return a, err
}

func withText(a answered, n *html.Node, lang string) answered {
	switch {
	case len(a.texts)+len(a.nodes) == maxAnswers:
	case hasAttr(n, "content"):
		a.texts = append(a.texts, tagged{attr(n, "content"), lang})
	default:
		a.nodes = append(a.nodes, n)
	}
	return a
}

func inside(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// each gives the properties of a thing: of the elements in it and in those that
// it refers to, but for what is in another thing.
func (p *markedPage) each(thing *html.Node, lang string, give func(n *html.Node, property, lang string) error) error {
	var walk func(n *html.Node, lang string) error
	walk = func(n *html.Node, lang string) error {
		if p.steps++; p.steps > maxMarkedSteps {
			return fault.List{{File: p.at.File, What: "the page's marks refer to too much", Do: "import it in parts"}}
		}
		lang = langOf(n, lang)
		if n.Type == html.ElementNode {
			for _, property := range p.properties(n) {
				if err := give(n, property, lang); err != nil {
					return err
				}
			}
			if len(p.types(n)) > 0 {
				return nil
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if err := walk(c, lang); err != nil {
				return err
			}
		}
		return nil
	}
	for c := thing.FirstChild; c != nil; c = c.NextSibling {
		if err := walk(c, lang); err != nil {
			return err
		}
	}
	for _, id := range strings.Fields(attr(thing, "itemref")) {
		if n := p.byID(id); n != nil && !inside(thing, n) {
			if err := walk(n, lang); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *markedPage) byID(id string) *html.Node {
	if p.ids == nil {
		p.ids = map[string]*html.Node{}
		for n := range p.root.Descendants() {
			if id := attr(n, "id"); id != "" && p.ids[id] == nil {
				p.ids[id] = n
			}
		}
	}
	return p.ids[id]
}

// value gives what a property says in words.
func value(n *html.Node) string {
	switch {
	case hasAttr(n, "content"):
		return attr(n, "content")
	case n.DataAtom == atom.Meta:
		return ""
	case n.DataAtom == atom.Time && hasAttr(n, "datetime"):
		return attr(n, "datetime")
	}
	return words(n)
}

func langOf(n *html.Node, around string) string {
	if lang := attr(n, "lang"); lang != "" {
		return strings.ToLower(lang)
	}
	return around
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key && a.Namespace == "" })
}
