package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// samePhrasing is the probability of what has a phrasing of the same words,
// where only words are compared.
const samePhrasing = 0.95

// A Likeness is how probable it is that an entry says the same as what it is
// held against.
type Likeness = retrieval.Likeness

// sameWords says whether two texts are the same but for their layout.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// compare looks for what says the same as what is new.
func (p *planner) compare(ctx context.Context, sources []ImportSource, o ImportOptions) error {
	others := p.others(sourceNames(sources))
	var added []*ImportItem
	var at []int // where each stands in items
	var items []*knowledge.Entry
	for i := range p.Items {
		it := &p.Items[i]
		if it.Entry == nil {
			continue
		}
		if it.State == ImportAdded {
			added, at = append(added, it), append(at, len(items))
		}
		items = append(items, it.Entry)
	}
	if len(added) == 0 {
		return nil
	}
	if o.Words {
		sameWordsAs(others, added)
		return nil
	}
	// Of what is built in, the static model: retrieval.Alike was fitted with it, and it
	// has thousands of entries embedded within a second.
	name := ""
	if p.cfg.Embedding.Model == "" && !p.cfg.Embedding.Remote.Enabled() {
		name = builtin
	}
	embedding, err := OpenEmbedding(ctx, p.cfg, name)
	if err != nil {
		return err
	}
	defer embedding.Close()
	var told func(done, total int)
	if o.Progress != nil {
		told = func(done, total int) { o.Progress("comparing", done, total) }
	}
	// All of the source, against all that is not of it: what an import left out as
	// alike is so again when the rest of it has come in.
	alike, twins, err := retrieval.Alike(ctx, embedding.Embedder, others, items, told)
	if err != nil {
		return fmt.Errorf("comparing by meaning: %w", err)
	}
	for i, it := range added {
		it.Twins = twins[at[i]]
		it.settle(alike[at[i]])
	}
	return nil
}

// others gives the entries of the base that did not come from these sources.
func (p *planner) others(names []string) []*knowledge.Entry {
	return slices.DeleteFunc(slices.Clone(p.base.Entries), func(e *knowledge.Entry) bool {
		return e.Source.From != "" && slices.Contains(names, e.Source.From)
	})
}

// sameWordsAs finds what has a phrasing of the same words as another entry.
func sameWordsAs(others []*knowledge.Entry, added []*ImportItem) {
	at := map[string]*knowledge.Entry{}
	for _, e := range others {
		for _, text := range e.Phrasings() {
			if n := template.Normalize(text); at[n] == nil {
				at[n] = e
			}
		}
	}
	for _, it := range added {
		var alike []Likeness
		for _, text := range it.Entry.Phrasings() {
			if e := at[template.Normalize(text)]; e != nil && len(alike) == 0 {
				alike = append(alike, Likeness{Entry: e, Probability: samePhrasing})
			}
		}
		it.settle(alike)
	}
}

// settle gives the state of what is new: where an entry has all its phrasings
// and its answer, there is nothing to do.
func (it *ImportItem) settle(alike []Likeness) {
	it.Alike = alike
	if len(alike) == 0 {
		return
	}
	it.State = ImportAlike
	for _, l := range alike {
		if holds(l.Entry, it.Entry) {
			it.State, it.Note = ImportEqual, fmt.Sprintf("the entry %q says all of it", l.Entry.ID)
			return
		}
	}
}

// holds says whether an entry has all phrasings of another one, and its answer.
func holds(e, other *knowledge.Entry) bool {
	return len(missing(e, other)) == 0 && sameWords(e.Answer, other.Answer) && e.Command == nil
}

// missing gives the phrasings of another entry that an entry has not.
func missing(e, other *knowledge.Entry) []string {
	known := map[string]bool{}
	for _, p := range e.Phrasings() {
		known[template.Normalize(p)] = true
	}
	var out []string
	for _, p := range other.Phrasings() {
		if n := template.Normalize(p); !known[n] {
			known[n] = true
			out = append(out, p)
		}
	}
	return out
}
