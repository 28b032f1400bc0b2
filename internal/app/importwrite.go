package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/renameio/v2/maybe"
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
	w := newImportWriter(p)
	if p.cfg.FS != nil {
		return Written{}, errBuiltInBase
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
		e := *it.Entry
		w.expect[e.ID] = e.Source.Sum
		e.Followups = w.follows(it)
		if e.Source.On = on; it.From == "" {
			e.Source = knowledge.Source{} // somebody wrote it here
		}
		c := w.change(file)
		c.Update = append(c.Update, &e)
		w.done.Changed++
	default:
		file, err := w.fileFor(it.From, into)
		if err != nil {
			return err
		}
		e := *it.Entry
		w.expect[e.ID] = e.Source.Sum
		e.Followups = w.follows(it)
		if e.Source.On = on; it.From == "" {
			e.Source = knowledge.Source{} // somebody wrote it here
		}
		c := w.change(file)
		c.Add = append(c.Add, &e)
		w.done.Added++
	}
	return nil
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

// fileOf gives the knowledge file of an entry.
func fileOf(e *knowledge.Entry) (string, error) {
	file, err := filepath.Abs(e.Pos.File)
	if err != nil {
		return "", fmt.Errorf("finding the file of %q: %w", e.ID, err)
	}
	return file, nil
}

// fileFor gives the file that new entries of a source go into.
func (w *importWriter) fileFor(from, into string) (string, error) {
	if into == "" {
		dir, err := knowledgeFolder(w.plan.cfg, w.plan.name)
		if err != nil {
			return "", err
		}
		into = filepath.Join(dir, importFile(from))
	}
	file, err := filepath.Abs(into)
	if err != nil {
		return "", fmt.Errorf("finding the file: %w", err)
	}
	return file, nil
}

// importFile names the file of a source.
func importFile(from string) string {
	name := filepath.Base(strings.TrimSuffix(filepath.ToSlash(from), "/"))
	if ext := filepath.Ext(name); len(ext) > 1 && len(ext) <= 6 {
		name = strings.TrimSuffix(name, ext)
	}
	return importer.Name(name, func(string) bool { return false }) + ".yaml"
}

// knowledgeFolder gives the folder that a base is loaded from: the first that the
// configuration names, or that of its first file.
func knowledgeFolder(cfg *config.Config, name string) (string, error) {
	first := ""
	for _, p := range cfg.Bases[name].Knowledge {
		if !filepath.IsAbs(p) {
			p = filepath.Join(cfg.Dir, p)
		}
		info, err := os.Stat(p)
		if err == nil && info.IsDir() {
			return p, nil
		}
		if first == "" {
			first = filepath.Dir(p)
		}
	}
	if info, err := os.Stat(first); err != nil || !info.IsDir() {
		return "", fmt.Errorf("the base %q has no folder yet; name a file with --into", name)
	}
	return first, nil
}

// A written file is one before and after.
type rewritten struct {
	file, target  string
	before, after []byte
	made          bool
	mode          fs.FileMode
}

// write changes the files, all or none of them.
func (w *importWriter) write(ctx context.Context) (err error) {
	var files []*rewritten
	defer func() {
		if err == nil {
			return
		}
		for _, f := range files {
			if f.made {
				err = errors.Join(err, os.Remove(f.file))
			}
		}
	}()
	instead := map[string][]byte{}
	prepare := func(file string, after func(before []byte) ([]byte, error)) error {
		f, err := openRewritten(file)
		if err != nil {
			return err
		}
		files = append(files, f)
		if f.after, err = after(f.before); err != nil {
			return err
		}
		if len(f.after) > maxWritten {
			return fmt.Errorf("%s would be larger than %d MiB, which no base is loaded from; import it in parts, with --only", f.file, maxWritten>>20)
		}
		instead[f.target] = f.after
		return nil
	}
	for _, file := range sorted(w.guides) {
		if err := prepare(file, func([]byte) ([]byte, error) { return w.guides[file], nil }); err != nil {
			return err
		}
	}
	for _, file := range sorted(w.changes) {
		c := w.changes[file]
		if err := prepare(file, func(before []byte) ([]byte, error) { return importer.Edit(file, before, *c) }); err != nil {
			return err
		}
	}
	if err := w.check(ctx, instead, files); err != nil {
		return err
	}
	for i, f := range files {
		now, err := os.ReadFile(f.target)
		if err == nil && !bytes.Equal(now, f.before) {
			err = fmt.Errorf("%s was changed meanwhile; import once more", f.file)
		}
		if err == nil {
			err = maybe.WriteFile(f.target, f.after, f.mode)
		}
		if err != nil {
			for _, done := range files[:i] {
				if !done.made {
					err = errors.Join(err, maybe.WriteFile(done.target, done.before, done.mode))
				}
			}
			return fmt.Errorf("writing: %w", err)
		}
	}
	for _, f := range files {
		f.made = false // what stands there now stays
		w.done.Files = append(w.done.Files, f.file)
	}
	for _, file := range sorted(w.gone) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a guide: %w", err)
		}
	}
	slices.Sort(w.done.Files)
	return nil
}

// openRewritten reads a file that is to be changed, and makes one that is not
// there.
func openRewritten(file string) (*rewritten, error) {
	f := &rewritten{file: file, target: file}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, fmt.Errorf("making the folder: %w", err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return nil, fmt.Errorf("making the file: %w", err)
		}
		f.made = true
	}
	// A link is written through, not replaced.
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return nil, fmt.Errorf("finding the file: %w", err)
	}
	f.target = target
	info, err := os.Stat(target)
	if err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	if f.mode = info.Mode().Perm(); info.Size() > maxWritten {
		return nil, fmt.Errorf("%s is larger than %d MiB", file, maxWritten>>20)
	}
	if f.before, err = os.ReadFile(target); err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	return f, nil
}

// check loads the base as it would be, and sees that it has become what it was
// meant to, and that all else in it is as it was.
func (w *importWriter) check(ctx context.Context, instead map[string][]byte, files []*rewritten) error {
	o := knowledgeOptions(w.plan.cfg, w.plan.name)
	o.Instead = instead
	base, err := knowledge.Load(ctx, o)
	if err != nil {
		return fmt.Errorf("with the import the base would be at fault: %w", err)
	}
	for _, f := range files {
		info, err := os.Stat(f.target)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(base.Files, func(name string) bool {
			other, err := os.Stat(name)
			return err == nil && os.SameFile(info, other)
		}) {
			return fmt.Errorf("the base %q is not loaded from %s; choose one of its files or folders with --into, or name this one in the configuration",
				w.plan.name, f.file)
		}
	}
	for id, want := range w.expect {
		now, ok := base.Entry(id)
		switch {
		case ok != (want != ""):
			return fmt.Errorf("the entry %q cannot be written as it should be; change it by hand", id)
		case ok && want != anyDigest && importer.Digest(now) != want:
			return fmt.Errorf("the entry %q would not be read back as it is; change it by hand", id)
		}
	}
	for _, e := range w.plan.base.Entries {
		if _, meant := w.expect[e.ID]; meant || e.Kind == knowledge.Passage {
			continue
		}
		if now, ok := base.Entry(e.ID); !ok || importer.Digest(now) != importer.Digest(e) {
			return fmt.Errorf("the entry %q would change too; write it with a line for each key", e.ID)
		}
	}
	return nil
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
