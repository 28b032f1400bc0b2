package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/renameio/v2/maybe"
)

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
	if w.trial {
		return errTrial
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
