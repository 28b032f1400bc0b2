// Package shelf keeps the files of models: a catalogue of those that are known,
// and a folder of those that are here.
//
// A folder models/NAME is there only when the model is whole: what is fetched
// lies in models/NAME.part until then, so that a pull that was broken off goes on
// where it was. models/NAME/model.yaml says what the folder holds, and
// models/sums.yaml what files had for sums whose sums the catalogue does not know:
// they are believed the first time and held to that from then on, as go.sum holds
// modules (https://go.dev/ref/mod#authenticating).
//
// A resumed download is a request with Range and If-Range, RFC 9110, sections
// 13.1.5 and 14. There is no library for it in use here: those that are kept well
// either do not look at the ETag, or bring the software of several clouds along.
package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
)

// Folder is the name of the folder of models in a data_dir.
const Folder = "models"

// A Shelf is a folder of models. It is safe for concurrent use, also by several
// processes: they pull, import and remove one after the other.
type Shelf struct {
	dir     string
	config  Config
	entries []Entry
	pull    patience
	now     func() time.Time
}

// Open opens the folder of models, which need not be there. A catalogue of the
// owner's that is at fault gives a [fault.List].
func Open(dir string, c Config) (*Shelf, error) {
	entries, err := catalogue(c.Catalogue)
	if err != nil {
		return nil, err
	}
	return &Shelf{dir: dir, config: c, entries: entries, pull: usualPatience(), now: time.Now}, nil
}

// Entries gives the models that are known, in the order of the catalogue.
func (s *Shelf) Entries() []Entry { return slices.Clone(s.entries) }

// Lookup gives a model that is known: a built-in one, or one of the owner's.
func (s *Shelf) Lookup(name string) (Entry, bool) { return lookup(s.entries, name) }

// Dir gives the folder of a model that is here and whole: its files are there in
// the sizes they had. The error says what to do. Nothing is hashed; that is what
// [Shelf.Verify] is for.
func (s *Shelf) Dir(name string) (string, error) {
	dir, _, err := s.whole(name)
	return dir, err
}

// File gives the only file of a model, as those for speech have.
func (s *Shelf) File(name string) (string, error) {
	dir, m, err := s.whole(name)
	if err != nil {
		return "", err
	}
	if len(m.Files) != 1 {
		return "", fmt.Errorf("the model %q is a folder of %d files, and one file is wanted here", name, len(m.Files))
	}
	return filepath.Join(dir, filepath.FromSlash(m.Files[0].Path)), nil
}

func (s *Shelf) whole(name string) (dir string, m manifest, err error) {
	if !isModelName(name) {
		return "", m, s.unknown(name)
	}
	dir = filepath.Join(s.dir, name)
	m, err = readManifest(dir)
	if isNotThere(err) {
		if _, statErr := os.Stat(dir); isNotThere(statErr) {
			e, ok := s.Lookup(name)
			if !ok {
				return "", m, s.unknown(name)
			}
			size := ""
			if n, known := e.Bytes(); known {
				size = " (" + Size(n) + ")"
			}
			return "", m, fmt.Errorf("the model %q is not here; fetch it with: frontdesk models pull %s%s", name, name, size)
		}
		err = fmt.Errorf("%s is missing", manifestFile)
	}
	if err == nil {
		err = m.check(dir, name)
	}
	if err != nil {
		return "", m, fmt.Errorf("the model %q is damaged (%w); mend it with: frontdesk models pull %s", name, oneLine(err), name)
	}
	return dir, m, nil
}

// check says which file is missing or not of its size.
func (m manifest) check(dir, name string) error {
	if m.Name != name {
		return fmt.Errorf("%s is that of %q", manifestFile, m.Name)
	}
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f.Path)))
		switch {
		case isNotThere(err):
			return fmt.Errorf("%s is missing", f.Path)
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no file", f.Path)
		case info.Size() != f.Bytes:
			return fmt.Errorf("%s has %d bytes and should have %d", f.Path, info.Size(), f.Bytes)
		}
	}
	return nil
}

// unknown is the error for a name that no catalogue has.
func (s *Shelf) unknown(name string) error {
	text := fmt.Sprintf("there is no model %q", strictyaml.Shorten(name))
	if near := nearest(s.entries, name); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return UnknownError{text + ` ("frontdesk models list" names them all)`}
}

// An UnknownError says that no catalogue has a model of that name, and which may
// have been meant.
type UnknownError struct{ text string }

func (e UnknownError) Error() string { return e.text }

// A State is how much of a model is here.
type State string

// The states of a model.
const (
	Here    State = "here"
	Absent  State = "not here"
	Begun   State = "begun"   // a pull was broken off
	Damaged State = "damaged" // a file is missing or not of its size
)

// A Status is a model and how much of it is here.
type Status struct {
	Entry   Entry
	Known   bool // false: a folder that no catalogue knows; then Entry has a name alone
	State   State
	Dir     string // the folder, where it is here
	Bytes   int64  // on this disk, as the manifest has it or as far as the pull came
	Problem string // of one that is damaged
}

// List gives all models that are known, in the order of the catalogue, and after
// them what else is in the folder, by name.
func (s *Shelf) List() ([]Status, error) {
	var all []Status
	for _, e := range s.entries {
		all = append(all, s.status(e, true))
	}
	found, err := os.ReadDir(s.dir)
	if err != nil && !isNotThere(err) {
		return nil, fmt.Errorf("reading the folder of models: %w", err)
	}
	for _, f := range found {
		name := f.Name()
		if _, ok := s.Lookup(name); ok || !isModelName(name) {
			continue
		}
		if info, err := os.Stat(filepath.Join(s.dir, name)); err != nil || !info.IsDir() {
			continue
		}
		all = append(all, s.status(Entry{Name: name}, false))
	}
	return all, nil
}

// Status gives how much of one model is here.
func (s *Shelf) Status(name string) (Status, error) {
	e, known := s.Lookup(name)
	if !known {
		if !isModelName(name) {
			return Status{}, s.unknown(name)
		}
		if _, err := os.Stat(filepath.Join(s.dir, name)); err != nil {
			return Status{}, s.unknown(name)
		}
		e.Name = name
	}
	return s.status(e, known), nil
}

func (s *Shelf) status(e Entry, known bool) Status {
	st := Status{Entry: e, Known: known, State: Here}
	dir, m, err := s.whole(e.Name)
	if err == nil {
		st.Dir = dir
		for _, f := range m.Files {
			st.Bytes += f.Bytes
		}
		return st
	}
	if _, statErr := os.Stat(filepath.Join(s.dir, e.Name)); statErr == nil {
		st.State, st.Problem = Damaged, err.Error()
		return st
	}
	st.State = Absent
	if n := folderBytes(filepath.Join(s.dir, e.Name+partial)); n > 0 {
		st.State, st.Bytes = Begun, n
	}
	return st
}

// folderBytes adds up the files of an unfinished pull; what cannot be read counts
// nothing.
func folderBytes(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != progressFile {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// hashFile gives the SHA-256 and the size of a file, and tells how far it is.
func hashFile(ctx context.Context, file string, told func(done int64)) (string, int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h, n, err := hashOf(ctx, f, told)
	if err != nil {
		return "", n, fmt.Errorf("reading %s: %w", file, err)
	}
	return h, n, nil
}

func hashOf(ctx context.Context, r io.Reader, told func(done int64)) (string, int64, error) {
	h := sha256.New()
	n, err := copyTold(ctx, h, r, told)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// copyTold copies until the end or until ctx ends.
func copyTold(ctx context.Context, w io.Writer, r io.Reader, told func(done int64)) (n int64, err error) {
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		k, err := r.Read(buf)
		if k > 0 {
			if _, err := w.Write(buf[:k]); err != nil {
				return n, err
			}
			n += int64(k)
			if told != nil {
				told(n)
			}
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// Size gives a number of bytes in MB or KB of a thousand, as the sites that
// publish models do.
func Size(n int64) string {
	switch {
	case n >= 999_950:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

func isNotThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// oneLine makes of faults of a file that no owner wrote an error that can stand
// in a sentence.
func oneLine(err error) error {
	if list, ok := errors.AsType[fault.List](err); ok && len(list) > 0 {
		f := list[0]
		return errors.New(filepath.Base(f.File) + ": " + strings.TrimSpace(f.What))
	}
	return err
}
