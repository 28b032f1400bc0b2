package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

const (
	// fewPhrasings is up to how many phrasings one more is the first thing to
	// try; from there on the calibration trusts a base's own phrasings in full.
	fewPhrasings = 4
	// enough is how many phrasings one is told to have.
	enough = fewPhrasings + 1
	// morePhrasings is how many are asked for where the number is not the matter.
	morePhrasings = 3
	// wordsNamed is how many words of a kind a hint names.
	wordsNamed = 3
	// takersNamed is how many entries a hint names that take phrasings.
	takersNamed = 3
)

// HintOptions say which hints are given. The zero value gives all.
type HintOptions struct {
	Most     int                   // of a kind; 0 for all
	Progress func(done, total int) // told how far it has come; nil for nobody
}

// Hints says what would make a base answer better. What can be seen in the files
// comes first; what the base makes of its own phrasings follows from a rehearsal
// ([retrieval.Rehearse]), which takes about as long as the building of its index.
// Hints that have a place are sorted by it and stand before the others.
func Hints(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base, o HintOptions) (fault.List, error) {
	embedding, err := OpenEmbedding(ctx, cfg, "")
	if err != nil {
		return nil, err
	}
	defer embedding.Close()
	r, err := Rehearse(ctx, base, embedding.Embedder, cfg.Bases[name].Retrieval, o.Progress)
	if err != nil {
		return nil, fmt.Errorf("rehearsing the base %q: %w", name, err)
	}
	h := hinter{base: base, index: r.Index, suggest: r.Index.OperatingPoint().Suggest, most: o.Most, told: map[string]bool{}}
	records := recordsOf(r)
	h.oneWay()
	h.same()
	if err := h.alike(ctx, records); err != nil {
		return nil, fmt.Errorf("rehearsing the base %q: %w", name, err)
	}
	h.losing(records)
	h.few(records)
	h.placed.Sort()
	if len(base.Tests) == 0 {
		h.rest.Add(fault.Fault{What: fmt.Sprintf("hint: the base %q has no tests", name), Do: "write some under tests:"})
	}
	return append(h.placed, h.rest...), nil
}

// A hinter collects hints.
type hinter struct {
	base    *knowledge.Base
	index   *retrieval.Index
	suggest float64 // the probability from which on an entry is worth offering
	most    int
	placed  fault.List
	rest    fault.List
	told    map[string]bool // ids of the entries that a hint is about
}

// add takes the n hints of one kind, the most important ones first, and makes
// those that are given; more says what those are that are left out.
func (h *hinter) add(n int, hint func(i int) fault.Fault, more string) {
	given := n
	if h.most > 0 && n > h.most {
		given = h.most
		h.rest.Add(fault.Fault{What: fmt.Sprintf("hint: and %d more %s", n-given, more), Do: "--all prints them"})
	}
	for i := range given {
		h.placed.Add(hint(i))
	}
}

func hintAt(p knowledge.Pos, what, do string) fault.Fault {
	return fault.Fault{File: p.File, Line: p.Line, Col: p.Col, What: "hint: " + what, Do: do}
}

// oneWay is about questions without alternatives.
func (h *hinter) oneWay() {
	var list []*knowledge.Entry
	for _, e := range h.base.Entries {
		if e.Kind == knowledge.FAQ && len(e.Alternatives) == 0 {
			list = append(list, e)
		}
	}
	h.add(len(list), func(i int) fault.Fault {
		return hintAt(list[i].Pos, fmt.Sprintf("%q is asked in one way only", list[i].ID), "add alternatives in other words")
	}, "entries that are asked in one way only")
}

// same is about phrasings that several entries have word for word.
func (h *hinter) same() {
	list := h.index.Same()
	for _, s := range list {
		h.told[pair(s.Entries[0].ID, s.Entries[1].ID)] = true
	}
	h.add(len(list), func(i int) fault.Fault {
		s := list[i]
		first, other := s.Entries[0], s.Entries[1]
		return hintAt(first.PhrasingPos(s.Phrasings[0]),
			fmt.Sprintf("%q is a phrasing of %q and of %q (%s), so neither is ever answered for it", s.Phrasings[0], first.ID, other.ID,
				line(other.PhrasingPos(s.Phrasings[1]))), "remove one of them, or say in each what sets it apart")
	}, "phrasings that several entries have")
}

// alike is about pairs of entries that the base cannot tell apart: of what goes
// to one of the two when phrasings of the first are asked, as much goes to the
// second as makes it worth offering, and more than once it ranks best.
func (h *hinter) alike(ctx context.Context, records []*record) error {
	type found struct {
		*record
		rival    *rival
		other    *knowledge.Entry
		likeness float64
	}
	var all, list []found
	for _, x := range records {
		r := x.strongest()
		if s := x.likeness(r); s >= h.suggest && r.taken > 1 {
			if other, ok := h.base.Entry(r.id); ok {
				all = append(all, found{x, r, other, s})
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.likeness, a.likeness), cmp.Compare(a.entry.ID, b.entry.ID))
	})
	for _, f := range all {
		if p := pair(f.entry.ID, f.other.ID); !h.told[p] { // else the other way round it is worse
			list = append(list, f)
			h.told[p], h.told[f.entry.ID] = true, true
		}
	}
	var failed error
	h.add(len(list), func(i int) fault.Fault {
		f := list[i]
		near, err := h.index.Nearest(ctx, f.rival.phrasing, f.other)
		failed = cmp.Or(failed, err)
		shared, only, theirs := h.index.Apart(f.entry, f.other, wordsNamed)
		return hintAt(f.entry.PhrasingPos(f.rival.phrasing),
			fmt.Sprintf("%q and %q are too alike: %d of %d phrasings of the first are taken for the second, such as %q for %q (%s)",
				f.entry.ID, f.other.ID, f.rival.taken, f.asked, f.rival.phrasing, near, line(f.other.PhrasingPos(near))),
			wanted(f.entry, morePhrasings)+without(shared)+apart(f.entry.ID, only, f.other.ID, theirs)+"; or make one entry of the two")
	}, "pairs of entries that are too alike")
	return failed
}

// losing is about entries that lose most of their own phrasings, and are on
// average too unlikely for them to be offered even.
func (h *hinter) losing(records []*record) {
	var list []*record
	for _, x := range records {
		if 2*x.right < x.asked && x.own < h.suggest && !h.told[x.entry.ID] {
			list = append(list, x)
			h.told[x.entry.ID] = true
		}
	}
	slices.SortFunc(list, byOwn)
	h.add(len(list), func(i int) fault.Fault {
		x := list[i]
		var takers []string
		for _, r := range x.sorted() {
			if r.taken > 0 && len(takers) < takersNamed {
				takers = append(takers, fmt.Sprintf("%q (%d)", r.id, r.taken))
			}
		}
		do := wanted(x.entry, morePhrasings)
		if other, ok := h.taker(x); ok {
			shared, only, _ := h.index.Apart(x.entry, other, wordsNamed)
			do += without(shared) + with(only)
		}
		return hintAt(x.entry.Pos, fmt.Sprintf("%q loses %d of its %d phrasings when each is asked without it, most to %s",
			x.entry.ID, x.asked-x.right, x.asked, enumerate(takers)), do)
	}, "entries that lose most of their phrasings")
}

// few is about questions and commands with few phrasings of which some is lost,
// or that are on average more likely missed than found; those first where one
// more would help most.
func (h *hinter) few(records []*record) {
	var list []*record
	for _, x := range records {
		if n := written(x.entry); x.entry.Kind != knowledge.Passage && n > 1 && n <= fewPhrasings &&
			(x.right < x.asked || x.own < 0.5) && !h.told[x.entry.ID] {
			list = append(list, x)
		}
	}
	// What is missing to certainty falls about as the number of phrasings rises.
	gain := func(x *record) float64 { return (1 - x.own) / float64(written(x.entry)+1) }
	slices.SortFunc(list, func(a, b *record) int {
		return cmp.Or(cmp.Compare(gain(b), gain(a)), cmp.Compare(a.entry.ID, b.entry.ID))
	})
	h.add(len(list), func(i int) fault.Fault {
		x := list[i]
		n := written(x.entry)
		do := wanted(x.entry, enough-n)
		if other, ok := h.taker(x); ok {
			shared, _, _ := h.index.Apart(x.entry, other, wordsNamed)
			do += fmt.Sprintf(", to set it apart from %q%s", other.ID, without(shared))
		}
		return hintAt(x.entry.Pos, fmt.Sprintf("%q has %d phrasings only: %d of %d are found when each is asked without it, at a mean probability of %.2f",
			x.entry.ID, n, x.right, x.asked, x.own), do)
	}, "entries with too few phrasings")
}

// taker gives the entry that took the most phrasings of another one, if any did.
func (h *hinter) taker(x *record) (*knowledge.Entry, bool) {
	rivals := x.sorted()
	if len(rivals) == 0 || rivals[0].taken == 0 {
		return nil, false
	}
	return h.base.Entry(rivals[0].id)
}

func byOwn(a, b *record) int {
	return cmp.Or(cmp.Compare(a.own, b.own), cmp.Compare(a.entry.ID, b.entry.ID))
}

// written is how many phrasings, or sentences, an owner wrote for an entry.
func written(e *knowledge.Entry) int {
	if len(e.Places) > 0 {
		return len(e.Places)
	}
	return 1 + len(e.Alternatives)
}

// wanted says what to write more of for an entry.
func wanted(e *knowledge.Entry, n int) string {
	switch e.Kind {
	case knowledge.Passage:
		return fmt.Sprintf("name in the headings of %q what it is about", e.ID)
	case knowledge.Do:
		return fmt.Sprintf("write %s of %q under say:", more(n, "sentence"), e.ID)
	}
	return fmt.Sprintf("write %s of %q in other words", more(n, "phrasing"), e.ID)
}

// more gives "1 more phrasing" or "2 more phrasings".
func more(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d more %s", n, what)
}

// pair names two entries, whichever comes first.
func pair(a, b string) string { return min(a, b) + "\n" + max(a, b) }

// line gives a place without its column.
func line(p knowledge.Pos) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

func without(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return ", without " + quoted(words) + ", which both hold"
}

func with(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return ", with words such as " + quoted(words)
}

// apart names the words that tell two entries apart.
func apart(a string, onlyA []string, b string, onlyB []string) string {
	var parts []string
	for _, side := range []struct {
		id    string
		words []string
	}{{a, onlyA}, {b, onlyB}} {
		if len(side.words) > 0 {
			parts = append(parts, fmt.Sprintf("%s speak for %q", quoted(side.words), side.id))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

func quoted(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "'" + w + "'"
	}
	return enumerate(list)
}

// enumerate joins names with commas and a last "and".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
