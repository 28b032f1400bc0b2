package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// States of what an import finds.
const (
	ImportAdded    ImportState = "added"    // new
	ImportChanged  ImportState = "changed"  // the source has changed, and nobody has edited the entry since
	ImportConflict ImportState = "conflict" // both have, or the entry is not of this source
	ImportAlike    ImportState = "alike"    // new, and an entry says the same
	ImportEqual    ImportState = "equal"    // there is nothing to do
	ImportGone     ImportState = "gone"     // imported before, and not in the source any more
)

// ImportStates are all of them, in the order in which they are told.
var ImportStates = []ImportState{ImportAdded, ImportChanged, ImportConflict, ImportAlike, ImportGone, ImportEqual}

// An ImportState says what an import would do with something that it found.
type ImportState string

// An ImportSource is what a source holds, by the name that its entries remember.
type ImportSource struct {
	Name  string
	Found *importer.Found
}

// An ImportItem is what would become of one entry or guide.
type ImportItem struct {
	State ImportState
	// ID is that of the entry as it is or would be; of a guide its path.
	ID   string
	From string // the name of the source
	// Entry is as it would be written, nil of a guide, and of what is gone.
	Entry *knowledge.Entry
	Guide *importer.Guide // nil of an entry
	// Now is the entry of the base with this source, or with this id; nil for none.
	Now *knowledge.Entry
	// Alike are the entries of the base that say the same, the likeliest first;
	// there may be some for what is added or equal too. Twins are likewise the
	// items of this import that stand before it.
	Alike, Twins []Likeness
	Note         string // what else there is to say; may be empty

	ref importer.GuideRef // of a guide that the base has
	at  string            // the file in which that stands
}

// An ImportPlan says what an import would do. Nothing is written before
// [ImportPlan.Write].
type ImportPlan struct {
	Items []ImportItem // in the order of the sources; what is gone comes last, by id
	Left  []importer.Left

	cfg  *config.Config
	name string // of the base
	base *knowledge.Base
}

// ImportOptions say how an import is compared with a base.
type ImportOptions struct {
	// Words compares by words alone, and not by meaning.
	Words bool
	// Progress is told how far the comparison is; may be nil.
	Progress func(what string, done, total int)
}

// PlanImport compares what sources hold with a base. What was imported before is
// found again by its source and its key there; everything else is looked for by
// its meaning. The plan is the same for the same sources and base.
func PlanImport(ctx context.Context, cfg *config.Config, name string, sources []ImportSource, o ImportOptions) (*ImportPlan, error) {
	base, err := Load(ctx, cfg, name)
	if err != nil {
		return nil, err
	}
	p := &planner{
		ImportPlan: &ImportPlan{cfg: cfg, name: name, base: base},
		known:      map[sourceKey]*knowledge.Entry{}, seen: map[sourceKey]bool{}, ids: map[string]bool{},
	}
	for _, e := range base.Entries {
		if e.Kind != knowledge.Passage && e.Source.From != "" {
			if k := (sourceKey{e.Source.From, e.Source.Key}); p.known[k] == nil {
				p.known[k] = e
			}
		}
	}
	if err := p.findGuides(); err != nil {
		return nil, err
	}
	for _, s := range sources {
		p.add(s)
	}
	p.gone(sources)
	if err := p.compare(ctx, sources, o); err != nil {
		return nil, err
	}
	return p.ImportPlan, nil
}

// Count gives how many items are in a state.
func (p *ImportPlan) Count(state ImportState) int {
	n := 0
	for _, i := range p.Items {
		if i.State == state {
			n++
		}
	}
	return n
}

// A sourceKey names an entry in its source.
type sourceKey struct{ from, key string }

type planner struct {
	*ImportPlan
	known  map[sourceKey]*knowledge.Entry
	guides []knownGuide
	seen   map[sourceKey]bool
	ids    map[string]bool // those that this import gives
}

// A knownGuide is a guide that a knowledge file names.
type knownGuide struct {
	importer.GuideRef
	file string // the knowledge file
	text string // digest of the guide; empty where it cannot be read
	seen bool
}

// findGuides looks for the guides that imports have made.
func (p *planner) findGuides() error {
	if p.cfg.FS != nil {
		return nil
	}
	for _, file := range p.base.Files {
		if ext := strings.ToLower(filepath.Ext(file)); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("looking for guides: %w", err)
		}
		for _, ref := range importer.GuideRefs(file, data) {
			if ref.Source.From == "" {
				continue
			}
			g := knownGuide{GuideRef: ref, file: file}
			if text, err := os.ReadFile(filepath.Join(filepath.Dir(file), filepath.FromSlash(ref.Path))); err == nil {
				g.text = importer.DigestText(string(text))
			}
			p.guides = append(p.guides, g)
		}
	}
	return nil
}

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
	k := key
	for n := 2; p.seen[sourceKey{from, k}]; n++ {
		k = fmt.Sprintf("%s #%d", key, n)
	}
	p.seen[sourceKey{from, k}] = true
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
	embedding, err := OpenEmbedding(ctx, p.cfg, "")
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
