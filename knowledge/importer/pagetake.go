package importer

import (
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/tailscale/hujson"
)

// page takes a page in: the questions that it marks as such for machines, or
// shows as such; what it says besides becomes a guide, at a path.
func (t *taker) page(p *webPage, guide string) error {
	t.base, t.asked = p.base, nil
	if err := t.scripts(p); err != nil {
		return err
	}
	pos := knowledge.Pos{File: p.name}
	inPlace := false
	for _, m := range []marking{microdata, rdfa} {
		if len(t.asked) > 0 {
			break // The same questions once more.
		}
		questions, err := markedQuestions(m, p.root, pos)
		if err != nil {
			return err
		}
		inPlace = inPlace || len(questions) > 0
		for _, q := range questions {
			if q.lang == "" {
				q.lang = p.lang
			}
			if err := t.take(q); err != nil {
				return err
			}
		}
	}
	marked := len(t.asked)
	known := map[string]bool{}
	for _, q := range t.asked {
		known[same(q)] = true
	}
	if t.lang != "" && p.lang != "" && !sameLanguage(t.lang, p.lang) {
		if len(known) > 0 {
			return nil
		}
		return t.found.leave(pos, "the page", "it is in "+p.lang)
	}
	main := p.main()
	took, err := t.shownPairs(main, pos, known)
	if err != nil {
		return err
	}
	promote(main)
	md, err := markdownInRuns(t.base, main)
	if err != nil {
		return t.found.leave(pos, "the page", err.Error())
	}
	if md, err = t.recurring.without(md, t.found, pos); err != nil {
		return err
	}
	if says(md, t.asked[:marked]) {
		// They stand there in a form that is not known, so the text says nothing more than they do, or little.
		return t.found.leave(pos, "the text of the page", "it holds the questions that the page marks for machines")
	}
	l := longText{pos: pos, what: "the page", title: p.title, path: guide, md: md, took: took || inPlace}
	if p.address != nil {
		l.link = p.address.String()
		l.key = l.link
	}
	return t.text(l, known)
}

// says tells whether a text says at least half of some questions, by the first
// few, outside of headings, below which they would have been found.
func says(md string, questions []string) bool {
	if questions = questions[:min(len(questions), 20)]; len(questions) == 0 {
		return false
	}
	var bodies strings.Builder
	for _, c := range cutMarkdown(md) {
		bodies.WriteString(c.body)
	}
	text, n := same(bodies.String()), 0
	for _, q := range questions {
		if q = same(q); q != "" && strings.Contains(text, q) {
			n++
		}
	}
	return n > 0 && 2*n >= len(questions)
}

// scripts takes the questions of a page's JSON-LD. A script that is broken is
// told: the page may hold its questions in another form.
func (t *taker) scripts(p *webPage) error {
	byID := map[string]*hujson.Object{}
	var docs []*linked
	for i := range p.scripts {
		s := &p.scripts[i]
		text := lines(string(s.text))
		s.text = nil // It keeps the whole page.
		if strings.TrimSpace(text) == "" {
			continue
		}
		d, err := parseSloppy(text, p.name, s.line)
		if err != nil {
			f := err.(fault.List)[0]
			if err := t.found.leave(knowledge.Pos{File: f.File, Line: f.Line, Col: f.Col}, "a script of JSON-LD", f.What); err != nil {
				return err
			}
			continue
		}
		l := &linked{document: d, byID: byID}
		l.index()
		docs = append(docs, l)
	}
	for _, l := range docs {
		if err := l.questions(func(q *asked) error {
			if q.lang == "" {
				q.lang = p.lang
			}
			return t.take(q)
		}); err != nil {
			return err
		}
	}
	return nil
}
