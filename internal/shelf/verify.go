package shelf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Problem is what is wrong with one file of a model.
type Problem struct {
	File string
	What string
}

// Verify hashes the files of a model that is here, and gives each that differs
// from what was fetched, is missing, or is too much, in the order of the manifest
// and then of the paths. A model that is not here is an error. told may be nil.
func (s *Shelf) Verify(ctx context.Context, name string, told func(Step)) ([]Problem, error) {
	if told == nil {
		told = func(Step) {}
	}
	st, err := s.Status(name)
	if err != nil {
		return nil, err
	}
	if st.State == Absent || st.State == Begun {
		_, err := s.Dir(name)
		return nil, err
	}
	dir := filepath.Join(s.dir, name)
	m, err := readManifest(dir)
	switch {
	case isNotThere(err):
		return []Problem{{manifestFile, "is missing"}}, nil
	case err != nil:
		return []Problem{{manifestFile, oneLine(err).Error()}}, nil
	}
	var problems []Problem
	if m.Name != name {
		problems = append(problems, Problem{manifestFile, fmt.Sprintf("is that of %q", m.Name)})
	}
	for _, r := range m.Files {
		what, err := s.compare(ctx, dir, st, r, told)
		if err != nil {
			return nil, err
		}
		if what != "" {
			problems = append(problems, Problem{r.Path, what})
		}
	}
	more, err := tooMuch(dir, m)
	if err != nil {
		return nil, fmt.Errorf("reading the folder of the model %q: %w", name, err)
	}
	return append(problems, more...), nil
}

// compare says what is wrong with one file; "" for nothing.
func (s *Shelf) compare(ctx context.Context, dir string, st Status, r recorded, told func(Step)) (string, error) {
	file := filepath.Join(dir, filepath.FromSlash(r.Path))
	info, err := os.Stat(file)
	switch {
	case isNotThere(err):
		return "is missing", nil
	case err == nil && !info.Mode().IsRegular():
		return "is no file", nil
	case err == nil && info.Size() != r.Bytes:
		return fmt.Sprintf("has %d bytes and had %d when it was fetched", info.Size(), r.Bytes), nil
	}
	got, n, err := hashFile(ctx, file, func(done int64) { told(Step{File: r.Path, Done: done, Total: r.Bytes}) })
	if err != nil {
		if cause := ctx.Err(); cause != nil {
			return "", cause
		}
		return err.Error(), nil
	}
	told(Step{File: r.Path, Done: n, Total: n, Whole: got == r.SHA256})
	if got != r.SHA256 {
		return fmt.Sprintf("has the SHA-256 %s and had %s when it was fetched", got, r.SHA256), nil
	}
	// Whoever can change a file can change what is written beside it.
	i := slices.IndexFunc(st.Entry.Files, func(f File) bool { return f.Path == r.Path })
	if i >= 0 && st.Entry.Files[i].SHA256 != "" && st.Entry.Files[i].SHA256 != got {
		return fmt.Sprintf("has the SHA-256 %s and the catalogue %s", got, st.Entry.Files[i].SHA256), nil
	}
	return "", nil
}

// tooMuch names what lies in a model's folder and is no part of it.
func tooMuch(dir string, m manifest) (problems []Problem, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel != manifestFile && !slices.ContainsFunc(m.Files, func(r recorded) bool { return r.Path == rel }) {
			problems = append(problems, Problem{rel, "is too much"})
		}
		return nil
	})
	return problems, err
}

// Remove removes a model, and what an unfinished pull of it left, and gives how
// many bytes that were. The sums that are held stay, unless they are to be
// forgotten too.
func (s *Shelf) Remove(name string, forget bool) (freed int64, err error) {
	st, err := s.Status(name)
	if err != nil {
		return 0, err
	}
	err = s.locked(func() error {
		dir := filepath.Join(s.dir, name)
		if st.State == Absent && !forget {
			return fmt.Errorf("the model %q is not here", name)
		}
		freed = folderBytes(dir) + folderBytes(dir+partial)
		if forget {
			sums, err := readSums(s.dir)
			if err != nil {
				return err
			}
			sums.forget(st.Entry)
			if err := sums.write(); err != nil {
				return fmt.Errorf("writing the sums of models: %w", err)
			}
		}
		// Renamed first, it is never half there.
		if err := os.RemoveAll(dir + replaced); err != nil {
			return err
		}
		if err := os.Rename(dir, dir+replaced); err != nil && !isNotThere(err) {
			return err
		}
		return errors.Join(os.RemoveAll(dir+replaced), os.RemoveAll(dir+partial))
	})
	if err != nil {
		return 0, fmt.Errorf("removing the model: %w", err)
	}
	return freed, nil
}
