package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// What is done with an item of an import.
const (
	ImportSkip   ImportDo = "skip"   // nothing
	ImportWrite  ImportDo = "write"  // it is added, or takes the place of what is there
	ImportMerge  ImportDo = "merge"  // its phrasings are added to the entry it is alike to, or has become
	ImportRemove ImportDo = "remove" // it is removed
	maxWritten            = 16 << 20 // bytes of a knowledge file
)

// An ImportDo is what is done with an item.
type ImportDo string

// A Written is what an import wrote.
type Written struct {
	Added, Changed, Merged, Removed int
	Files                           []string // those that were written, sorted
}

// Write does what do says with each item, of which it gets the place. New entries
// go into the file into or, where that is empty, into one a source in the folder
// of the base. Nothing is written before the base was loaded with all of it and
// is what it should be; the error is a [fault.List] where it is at fault.
func (p *ImportPlan) Write(ctx context.Context, into string, on time.Time, do func(i int, it ImportItem) ImportDo) (Written, error) {
	w, err := p.gather(into, on, do)
	if err != nil {
		return Written{}, err
	}
	if len(w.changes) == 0 {
		return w.done, nil
	}
	if err := w.write(ctx); err != nil {
		return Written{}, fmt.Errorf("nothing was written: %w", err)
	}
	return w.done, nil
}

// Try gives the error that [ImportPlan.Write] would give, and writes nothing.
func (p *ImportPlan) Try(ctx context.Context, into string, on time.Time, do func(i int, it ImportItem) ImportDo) error {
	w, err := p.gather(into, on, do)
	if err != nil || len(w.changes) == 0 {
		return err
	}
	w.trial = true
	if err := w.write(ctx); !errors.Is(err, errTrial) {
		return err
	}
	return nil
}

// gather notes what becomes of all items.
func (p *ImportPlan) gather(into string, on time.Time, do func(i int, it ImportItem) ImportDo) (*importWriter, error) {
	w := newImportWriter(p)
	if p.cfg.FS != nil {
		return nil, errBuiltInBase
	}
	todo := make([]ImportDo, len(p.Items))
	for i, it := range p.Items {
		if todo[i] = do(i, it); todo[i] == ImportWrite && it.Entry != nil {
			w.there[it.ID] = true
		} else if todo[i] == ImportRemove {
			w.there[it.ID] = false
		}
	}
	for i, it := range p.Items {
		if err := w.note(it, todo[i], into, on.Format(time.DateOnly)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// AddPhrasings adds phrasings to entries of a base, by their ids, where they
// stand. What an entry has already is left out. Nothing is written before the
// base was loaded with all of them.
func AddPhrasings(ctx context.Context, cfg *config.Config, name string, phrasings map[string][]string) (Written, error) {
	if cfg.FS != nil {
		return Written{}, errBuiltInBase
	}
	base, err := Load(ctx, cfg, name)
	if err != nil {
		return Written{}, err
	}
	w := newImportWriter(&ImportPlan{cfg: cfg, name: name, base: base})
	for _, id := range sorted(phrasings) {
		e, ok := base.Entry(id)
		if !ok || len(phrasings[id]) == 0 {
			return Written{}, fmt.Errorf("the base %q has no entry %q", name, id)
		}
		if err := w.merge(e, &knowledge.Entry{Question: phrasings[id][0], Alternatives: phrasings[id][1:]}); err != nil {
			return Written{}, err
		}
	}
	if len(w.changes) == 0 {
		return w.done, nil
	}
	if err := w.write(ctx); err != nil {
		return Written{}, fmt.Errorf("nothing was written: %w", err)
	}
	return w.done, nil
}

// errTrial ends a trial that found no fault.
var errTrial = errors.New("it was a trial")

var errBuiltInBase = errors.New("this base is built in, and its files cannot be written; \"frontdesk new\" makes one")

func newImportWriter(p *ImportPlan) *importWriter {
	return &importWriter{plan: p, changes: map[string]*importer.Change{}, guides: map[string][]byte{}, gone: map[string]bool{},
		expect: map[string]string{}, there: map[string]bool{}}
}

// An importWriter gathers what is written.
type importWriter struct {
	plan    *ImportPlan
	changes map[string]*importer.Change // of knowledge files, by absolute paths
	guides  map[string][]byte           // texts of guides, by their files
	gone    map[string]bool             // files of guides that are removed
	expect  map[string]string           // digests of entries, by id; "" for none
	there   map[string]bool             // ids that come, or go
	trial   bool                        // nothing is written in the end
	done    Written
}

// follows gives the follow-ups that an entry gets: those that it has, and of
// those in the source the ones that there will be.
func (w *importWriter) follows(it ImportItem) []string {
	var ids []string
	if it.Now != nil {
		ids = slices.Clone(it.Now.Followups)
	}
	for _, id := range it.Entry.Followups {
		_, known := w.plan.base.Entry(id)
		if coming, told := w.there[id]; told {
			known = coming
		}
		if known && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { coming, told := w.there[id]; return told && !coming })
}

func (w *importWriter) change(file string) *importer.Change {
	if w.changes[file] == nil {
		w.changes[file] = &importer.Change{Phrasings: map[string][]string{}}
	}
	return w.changes[file]
}

// note takes down what becomes of one item.
func (w *importWriter) note(it ImportItem, do ImportDo, into, on string) error {
	switch {
	case do == ImportSkip || it.State == ImportEqual:
		return nil
	case it.Guide != nil:
		return w.noteGuide(it, do, into, on)
	case do == ImportRemove:
		file, err := fileOf(it.Now)
		if err != nil {
			return err
		}
		c := w.change(file)
		c.Remove = append(c.Remove, it.ID)
		w.expect[it.ID] = ""
		w.done.Removed++
	case do == ImportMerge:
		target := it.Now
		if target == nil && len(it.Alike) > 0 {
			target = it.Alike[0].Entry
		}
		if target == nil {
			return fmt.Errorf("%q is alike to nothing that it could be merged with", it.ID)
		}
		return w.merge(target, it.Entry)
	case it.Entry == nil:
		return nil
	case it.Now != nil:
		file, err := fileOf(it.Now)
		if err != nil {
			return err
		}
		c := w.change(file)
		c.Update = append(c.Update, w.entry(it, on))
		w.done.Changed++
	default:
		file, err := w.fileFor(it.From, into)
		if err != nil {
			return err
		}
		c := w.change(file)
		c.Add = append(c.Add, w.entry(it, on))
		w.done.Added++
	}
	return nil
}

// entry gives an entry as it is written.
func (w *importWriter) entry(it ImportItem, on string) *knowledge.Entry {
	e := *it.Entry
	w.expect[e.ID] = importer.Digest(&e) // which is that of its source, unless somebody edited it
	e.Followups = w.follows(it)
	if e.Source.On = on; it.From == "" {
		e.Source = knowledge.Source{} // somebody wrote it here
	}
	return &e
}

// merge adds phrasings to an entry.
func (w *importWriter) merge(target, from *knowledge.Entry) error {
	if target.Kind == knowledge.Passage {
		return fmt.Errorf("%q is a passage of a guide, which has no phrasings of its own; add the entry, or leave it", target.ID)
	}
	file, err := fileOf(target)
	if err != nil {
		return err
	}
	grown := *target
	if c := w.changes[file]; c != nil {
		grown.Alternatives = slices.Concat(target.Alternatives, c.Phrasings[target.ID])
	}
	more := missing(&grown, from)
	if len(more) == 0 {
		return nil
	}
	c := w.change(file)
	c.Phrasings[target.ID] = append(c.Phrasings[target.ID], more...)
	grown.Alternatives = slices.Concat(target.Alternatives, c.Phrasings[target.ID])
	w.expect[target.ID] = importer.Digest(&grown)
	if target.Command != nil {
		w.expect[target.ID] = anyDigest
	}
	w.done.Merged++
	return nil
}

// anyDigest is expected of a command that gets phrasings: which of its
// phrasings are written is known only when it is loaded.
const anyDigest = "*"

func (w *importWriter) noteGuide(it ImportItem, do ImportDo, into, on string) error {
	file := it.at
	if file == "" {
		var err error
		if file, err = w.fileFor(it.From, into); err != nil {
			return err
		}
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("finding the guide: %w", err)
	}
	if !filepath.IsLocal(filepath.FromSlash(it.ref.Path)) {
		return fmt.Errorf("the guide %q leaves the folder of its base", it.ref.Path)
	}
	text := filepath.Join(filepath.Dir(file), filepath.FromSlash(it.ref.Path))
	c := w.change(file)
	if do == ImportRemove {
		c.RemoveGuides = append(c.RemoveGuides, it.ref.Path)
		w.gone[text] = true
		w.done.Removed++
		return nil
	}
	if do != ImportWrite {
		return fmt.Errorf("the guide %q can be written or left, and not merged", it.ID)
	}
	if it.at == "" {
		if old, err := os.ReadFile(text); err == nil && !bytes.Equal(old, []byte(it.Guide.Text)) || w.guides[text] != nil {
			return fmt.Errorf("%s is there already, and was not imported from %s; move it away first", text, it.From)
		}
		w.done.Added++
	} else {
		w.done.Changed++
	}
	ref := it.ref
	ref.Source.On, ref.Source.Sum = on, importer.DigestText(it.Guide.Text)
	c.Guides = append(c.Guides, ref)
	w.guides[text] = []byte(it.Guide.Text)
	return nil
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
