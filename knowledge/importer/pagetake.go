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
	t.base = p.base
	before := len(t.found.Items)
	if err := t.scripts(p); err != nil {
		return err
	}
	pos := knowledge.Pos{File: p.name}
	for _, m := range []marking{microdata, rdfa} {
		if len(t.found.Items) > before {
			break // The same questions once more.
		}
		questions, err := markedQuestions(m, p.root, pos)
		if err != nil {
			return err
		}
		for _, q := range questions {
			if q.lang == "" {
				q.lang = p.lang
			}
			if err := t.take(q); err != nil {
				return err
			}
		}
	}
	known := map[string]bool{}
	for _, item := range t.found.Items[before:] {
		known[same(item.Entry.Question)] = true
	}
	if t.lang != "" && p.lang != "" && !sameLanguage(t.lang, p.lang) {
		if len(known) > 0 {
			return nil
		}
		return t.found.leave(pos, "the page", "it is in "+p.lang)
	}
	main := p.main()
	if err := t.shownPairs(main, pos, known); err != nil {
		return err
	}
	promote(main)
	md, err := markdownOfNodes(t.base, main)
	if err != nil {
		return t.found.leave(pos, "the page", err.Error())
	}
	l := longText{pos: pos, what: "the page", title: p.title, path: guide, md: md}
	if p.address != nil {
		l.link = p.address.String()
		l.key = l.link
	}
	return t.text(l, known)
}

// scripts takes the questions of a page's JSON-LD. A script that is broken is
// told: the page may hold its questions in another form.
func (t *taker) scripts(p *webPage) error {
	byID, taken := map[string]*hujson.Object{}, map[*hujson.Object]bool{}
	var docs []*linked
	for _, s := range p.scripts {
		if strings.TrimSpace(s.text) == "" {
			continue
		}
		d, err := parseSloppy(s.text, p.name, s.line)
		if err != nil {
			f := err.(fault.List)[0]
			if err := t.found.leave(knowledge.Pos{File: f.File, Line: f.Line, Col: f.Col}, "a script of JSON-LD", f.What); err != nil {
				return err
			}
			continue
		}
		l := &linked{document: d, byID: byID, taken: taken}
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
