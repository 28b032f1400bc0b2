package app

import (
	"fmt"
	"slices"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// add plans what one source holds.
func (p *planner) add(s ImportSource) {
	p.Left = append(p.Left, s.Found.Left...)
	first := len(p.Items)
	keys := map[string]string{} // of this source → ids
	for _, item := range s.Found.Items {
		e := *item.Entry
		importer.Tidy(&e)
		key := item.Key
		if key == "" {
			key = e.Question
		}
		p.Items = append(p.Items, p.entry(s.Name, p.free(s.Name, key), &e))
		if _, twice := keys[key]; !twice {
			keys[key] = p.Items[len(p.Items)-1].ID
		}
	}
	for i := range p.Items[first:] {
		it := &p.Items[first+i]
		p.follow(it, keys)
		p.judge(it)
	}
	for _, g := range s.Found.Guides {
		p.Items = append(p.Items, p.guide(s.Name, g))
	}
}

// free gives a key that no item before has.
func (p *planner) free(from, key string) string {
	k, n := key, p.count[sourceKey{from, key}]
	for p.seen[sourceKey{from, k}] {
		n++
		k = fmt.Sprintf("%s #%d", key, n+1)
	}
	p.seen[sourceKey{from, k}] = true
	if n > 0 {
		p.count[sourceKey{from, key}] = n
	}
	return k
}

// entry begins an item, with its id.
func (p *planner) entry(from, key string, e *knowledge.Entry) ImportItem {
	it := ImportItem{Entry: e, From: from, Now: p.known[sourceKey{from, key}]}
	e.Source = knowledge.Source{From: from, Key: key}
	taken := func(id string) bool {
		if _, ok := p.base.Entry(id); ok {
			return true
		}
		return p.ids[id]
	}
	switch what, _ := knowledge.CheckID(e.ID); {
	case it.Now != nil:
		e.ID, e.Formerly = it.Now.ID, nil
	case e.ID == "" || what != "" || p.ids[e.ID]:
		e.ID = importer.Name(e.Question, taken)
	default:
		// An id that the source has is kept, also where an entry has it already.
		it.Now, _ = p.base.Entry(e.ID)
	}
	if it.Now != nil && it.Now.ID != e.ID {
		e.ID = it.Now.ID // it was called so formerly
	}
	e.Formerly = slices.DeleteFunc(slices.Clone(e.Formerly), taken)
	p.ids[e.ID] = true
	it.ID = e.ID
	return it
}

// follow puts ids in the place of the keys of other items.
func (p *planner) follow(it *ImportItem, keys map[string]string) {
	var ids []string
	for _, key := range it.Entry.Followups {
		id, ok := keys[key]
		if !ok {
			if e, known := p.base.Entry(key); known {
				id, ok = e.ID, true
			}
		}
		switch {
		case !ok:
			p.Left = append(p.Left, importer.Left{Pos: it.Entry.Pos, What: fmt.Sprintf("the follow-up %q of %q", key, it.ID), Why: "there is no such entry"})
		case id != it.ID && !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	it.Entry.Followups = ids
}

// judge gives the state of an entry, but for what it is alike to.
func (p *planner) judge(it *ImportItem) {
	e := it.Entry
	e.Source.Sum = importer.Digest(e)
	now := it.Now
	switch {
	case now == nil:
		it.State = ImportAdded
	case importer.Digest(now) == e.Source.Sum:
		it.State = ImportEqual
	case now.Source.From != e.Source.From || now.Source.Key != e.Source.Key:
		it.State, it.Note = ImportConflict, "the entry was not imported from there"
	case now.Source.Sum == e.Source.Sum:
		it.State, it.Note = ImportEqual, "it was edited here, and the source has not changed"
	case importer.Digest(now) == now.Source.Sum:
		it.State = ImportChanged
	default:
		it.State, it.Note = ImportConflict, "it was edited here since, and the source has changed"
	}
}

// guide plans a guide.
func (p *planner) guide(from string, g importer.Guide) ImportItem {
	key := g.Key
	if key == "" {
		key = g.Path
	}
	key = p.free(from, key)
	sum := importer.DigestText(g.Text)
	it := ImportItem{ID: g.Path, From: from, Guide: &g, State: ImportAdded,
		ref: importer.GuideRef{Path: g.Path, URL: g.Link, Source: knowledge.Source{From: from, Key: key, Sum: sum}}}
	for i := range p.guides {
		k := &p.guides[i]
		if k.Source.From != from || k.Source.Key != key {
			continue
		}
		k.seen = true
		it.ID, it.ref.Path, it.ref.URL, it.at = k.Path, k.Path, k.URL, k.file
		switch {
		case k.text == sum:
			it.State = ImportEqual
		case k.Source.Sum == sum:
			it.State, it.Note = ImportEqual, "it was edited here, and the source has not changed"
		case k.text == k.Source.Sum || k.text == "":
			it.State = ImportChanged
		default:
			it.State, it.Note = ImportConflict, "it was edited here since, and the source has changed"
		}
	}
	return it
}

func sourceNames(sources []ImportSource) []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name)
	}
	return names
}

// gone plans what was imported from the sources before and is not there now.
func (p *planner) gone(sources []ImportSource) {
	names := sourceNames(sources)
	for _, e := range p.base.Entries {
		if e.Kind != knowledge.Passage && slices.Contains(names, e.Source.From) && !p.seen[sourceKey{e.Source.From, e.Source.Key}] {
			it := ImportItem{State: ImportGone, ID: e.ID, From: e.Source.From, Now: e}
			if importer.Digest(e) != e.Source.Sum {
				it.Note = "it was edited here"
			}
			p.Items = append(p.Items, it)
		}
	}
	for _, g := range p.guides {
		if slices.Contains(names, g.Source.From) && !g.seen {
			p.Items = append(p.Items, ImportItem{State: ImportGone, ID: g.Path, From: g.Source.From,
				Guide: &importer.Guide{Path: g.Path}, ref: g.GuideRef, at: g.file})
		}
	}
}
