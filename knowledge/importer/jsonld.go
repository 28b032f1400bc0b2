package importer

import (
	"encoding/json"
	"strings"

	"github.com/tailscale/hujson"
)

const (
	maxLinkedMembers = 1_000 // of a thing: what has more is no question
	maxAnswers       = 100   // of a question, that are looked at
)

// A linked document is JSON-LD (https://www.w3.org/TR/json-ld11/), read as far
// as questions and answers of schema.org need it: terms with and without their
// vocabulary, lists, graphs, and references to things that stand elsewhere on
// the page. Contexts are not fetched.
type linked struct {
	*document
	byID map[string]*hujson.Object // shared by all documents of a page
}

// index notes all things that have a name, so that others can refer to them.
func (l *linked) index() {
	for v := range l.root.All() {
		if o, ok := v.Value.(*hujson.Object); ok {
			if id := l.id(o); id != "" && len(o.Members) > 1 && l.byID[id] == nil {
				l.byID[id] = o
			}
		}
	}
}

func (l *linked) id(o *hujson.Object) string {
	for _, v := range l.get(o, "@id", "id") {
		return l.text(v)
	}
	return ""
}

// get gives the values of the first of the properties that an object has, with
// lists taken apart and references followed.
func (l *linked) get(o *hujson.Object, names ...string) []*hujson.Value {
	if len(o.Members) > maxLinkedMembers {
		return nil
	}
	for _, name := range names {
		for i := range o.Members {
			m := &o.Members[i]
			if key, ok := m.Name.Value.(hujson.Literal); ok && term(key.String()) == name {
				if values := l.values(&m.Value, nil, name); len(values) > 0 {
					return values
				}
			}
		}
	}
	return nil
}

// values takes lists apart. A thing with nothing but a name stands for the one
// that has it.
func (l *linked) values(v *hujson.Value, into []*hujson.Value, name string) []*hujson.Value {
	switch value := v.Value.(type) {
	case *hujson.Array:
		for i := range value.Elements {
			into = l.values(&value.Elements[i], into, name)
		}
		return into
	case *hujson.Object:
		for i := range value.Members {
			m := &value.Members[i]
			switch key, _ := m.Name.Value.(hujson.Literal); key.String() {
			case "@list", "@set", "@graph":
				return l.values(&m.Value, into, name)
			}
		}
		if len(value.Members) == 1 && name != "@id" && name != "id" {
			if o := l.byID[l.id(value)]; o != nil {
				return append(into, &hujson.Value{Value: o, StartOffset: v.StartOffset})
			}
		}
	case hujson.Literal:
		if value.Kind() == 'n' {
			return into
		}
	}
	return append(into, v)
}

// term gives the name of a type or property of schema.org without its
// vocabulary: "schema:name" and "https://schema.org/name" are name.
func term(s string) string {
	for _, prefix := range []string{"https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/", "schema:", "schemaorg:", "sdo:"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			return rest
		}
	}
	return s
}

func (l *linked) is(o *hujson.Object, kind string) bool {
	for _, v := range l.get(o, "@type", "type") {
		if term(l.text(v)) == kind {
			return true
		}
	}
	return false
}

// text gives a value as text; "" for a thing.
func (l *linked) text(v *hujson.Value) string {
	text, _ := l.tagged(v)
	return text
}

// tagged gives a value as text, and its language where it says one.
func (l *linked) tagged(v *hujson.Value) (text, lang string) {
	switch value := v.Value.(type) {
	case hujson.Literal:
		switch value.Kind() {
		case '"':
			var s string
			if json.Unmarshal(value, &s) != nil { // The parser takes no others.
				return "", ""
			}
			return s, ""
		case '0':
			return string(value), ""
		}
	case *hujson.Object:
		for i := range value.Members {
			m := &value.Members[i]
			key, _ := m.Name.Value.(hujson.Literal)
			inner, ok := m.Value.Value.(hujson.Literal)
			if !ok || inner.Kind() != '"' && inner.Kind() != '0' {
				continue
			}
			switch key.String() {
			case "@value":
				text, _ = l.tagged(&m.Value)
			case "@language":
				lang = strings.ToLower(inner.String())
			}
		}
	}
	return text, lang
}

// questions gives the questions of a document in their order. A question
// inside of an answer is part of its text.
func (l *linked) questions(give func(*asked) error) error {
	_, err := l.walk(&l.root, "", give)
	return err
}

// walk tells whether it found a question.
func (l *linked) walk(v *hujson.Value, lang string, give func(*asked) error) (found bool, err error) {
	switch value := v.Value.(type) {
	case *hujson.Array:
		for i := range value.Elements {
			inner, err := l.walk(&value.Elements[i], lang, give)
			if err != nil {
				return false, err
			}
			if inner {
				value.Elements[i] = hujson.Value{} // It was taken, and a large page has many.
			}
			found = found || inner
		}
	case *hujson.Object:
		for _, v := range l.get(value, "inLanguage") {
			if s := l.text(v); s != "" {
				lang = strings.ToLower(s)
			}
		}
		answers := l.get(value, "acceptedAnswer", "suggestedAnswer")
		if len(answers) > 0 {
			return true, give(l.asked(value, v.StartOffset, lang))
		}
		for i := range value.Members {
			inner, err := l.walk(&value.Members[i].Value, lang, give)
			if err != nil {
				return false, err
			}
			found = found || inner
		}
		if !found && l.is(value, "Question") && len(l.get(value, "name", "text")) > 0 {
			return true, give(l.asked(value, v.StartOffset, lang))
		}
	}
	return found, nil
}

// asked gives a question with its answers.
func (l *linked) asked(o *hujson.Object, at int, lang string) *asked {
	q := &asked{lang: lang}
	q.pos.File = l.file
	q.pos.Line, q.pos.Col = l.place(at)
	texts := func(o *hujson.Object, lang string, names ...string) (out []tagged) {
		for _, v := range l.get(o, names...) {
			if text, own := l.tagged(v); strings.TrimSpace(text) != "" {
				if own == "" {
					own = lang
				}
				out = append(out, tagged{text, own})
			}
		}
		return out
	}
	q.names = texts(o, lang, "name", "headline")
	q.texts = texts(o, lang, "text")
	q.others = texts(o, lang, "alternateName")
	q.keywords = texts(o, lang, "keywords")
	for _, v := range l.get(o, "identifier") {
		q.id = l.text(v)
		break
	}
	if q.key = l.id(o); q.key == "" {
		for _, v := range l.get(o, "url") {
			q.key = l.text(v)
			break
		}
	}
	for _, name := range []string{"acceptedAnswer", "suggestedAnswer"} {
		for i, v := range l.get(o, name) {
			if i == maxAnswers {
				break
			}
			a := answered{accepted: name == "acceptedAnswer"}
			own := lang
			if inner, ok := v.Value.(*hujson.Object); ok {
				for _, v := range l.get(inner, "inLanguage") {
					own = strings.ToLower(l.text(v))
				}
				for _, v := range l.get(inner, "upvoteCount") {
					a.votes = number(l.text(v))
				}
				a.texts = texts(inner, own, "text", "description")
			}
			if text, of := l.tagged(v); text != "" {
				if of == "" {
					of = own
				}
				a.texts = []tagged{{text, of}}
			}
			q.answers = append(q.answers, a)
		}
	}
	return q
}
