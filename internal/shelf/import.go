package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Import takes a model from a folder: a copy of the repository that the catalogue
// names, or of a model's folder of another shelf. It is held against the same sums
// as a pull. The name may be "" where the folder is called like the model or has
// its manifest. No link leads out of the folder. told may be nil.
func (s *Shelf) Import(ctx context.Context, dir, name string, told func(Step)) (string, error) {
	if told == nil {
		told = func(Step) {}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("opening the folder to import: %w", err)
	}
	defer root.Close()
	its := manifestIn(root)
	if name == "" {
		name = its.Name
	}
	if name == "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		name = filepath.Base(abs)
	}
	e, ok := s.Lookup(name)
	if !ok {
		return "", s.unknown(name)
	}
	return s.fill(e, func(p *filling) error {
		found, err := locate(root, e)
		if err != nil {
			return err
		}
		if err := p.room(); err != nil {
			return err
		}
		for i, f := range e.Files {
			trust, err := p.copy(ctx, root, found[i], f, its, told)
			if err != nil {
				return fmt.Errorf("importing %s: %w", f.Path, err)
			}
			n := p.done[len(p.done)-1].Bytes
			told(Step{File: f.Path, Done: n, Total: n, Whole: true, Trust: trust})
		}
		return nil
	})
}

// manifestIn reads the manifest of a folder that is one of a shelf; what it says
// is as trustworthy as the folder is.
func manifestIn(root *os.Root) manifest {
	f, err := root.Open(manifestFile)
	if err != nil {
		return manifest{}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCatalogue))
	if err != nil {
		return manifest{}
	}
	m, faults := parseManifest(manifestFile, data)
	if len(faults) > 0 {
		return manifest{}
	}
	return m
}

// locate finds the files of a model under the names that they have on a shelf, or
// in the repository, and tells of all that are missing.
func locate(root *os.Root, e Entry) ([]string, error) {
	var found, missing []string
	for _, f := range e.Files {
		at := ""
		for _, path := range []string{f.Path, f.Source} {
			if path == "" || at != "" {
				continue
			}
			info, err := root.Stat(filepath.FromSlash(path))
			switch {
			case err == nil && info.Mode().IsRegular():
				at = path
			case err != nil && !isNotThere(err):
				return nil, fmt.Errorf("%s: %w; where links lead out of the folder, copy it with what they lead to first (cp -rL)",
					filepath.Join(root.Name(), path), errors.Unwrap(err))
			}
		}
		if at == "" {
			missing = append(missing, f.Path)
		}
		found = append(found, at)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s is not the whole model %q: it lacks %s", root.Name(), e.Name, strings.Join(missing, ", "))
	}
	return found, nil
}

// copy copies one file into the model's folder.
func (p *filling) copy(ctx context.Context, root *os.Root, from string, f File, its manifest, told func(Step)) (Trust, error) {
	want, trust := p.wanted(f)
	check := want
	for _, r := range its.Files {
		if r.Path == f.Path && its.Name == p.entry.Name && check == "" {
			check = r.SHA256
		}
	}
	at := filepath.Join(p.dir, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return "", err
	}
	if rec, ok := p.there(ctx, f, want, at); ok {
		p.done = append(p.done, rec)
		return trust, ctx.Err()
	}
	in, err := root.Open(filepath.FromSlash(from))
	if err != nil {
		return "", err
	}
	defer in.Close()
	limit := f.limit(p.entry.Kind)
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	switch n := info.Size(); {
	case f.Bytes > 0 && n != f.Bytes:
		return "", fmt.Errorf("the file has %d bytes and should have %d", n, f.Bytes)
	case n == 0:
		return "", errors.New("the file is empty")
	case n > limit:
		return "", fmt.Errorf("the file has %d bytes, and no more than %d are taken", n, limit)
	}
	rec, err := copyFile(ctx, at+partial, io.LimitReader(in, limit+1), func(done int64) {
		told(Step{File: f.Path, Done: done, Total: info.Size()})
	})
	rec.Path = f.Path
	if err == nil && rec.Bytes != info.Size() {
		err = errors.New("the file changed while it was read")
	}
	if err == nil && check != "" && rec.SHA256 != check {
		err = fmt.Errorf("the file has the SHA-256 %s and should have %s: it is not the file that it should be", rec.SHA256, check)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(at+partial))
	}
	if err := os.Rename(at+partial, at); err != nil {
		return "", err
	}
	return trust, p.take(f, rec, trust)
}

// copyFile writes a file to the disk and gives its sum.
func copyFile(ctx context.Context, to string, from io.Reader, told func(done int64)) (rec recorded, err error) {
	out, err := os.Create(to)
	if err != nil {
		return rec, err
	}
	h := sha256.New()
	rec.Bytes, err = copyTold(ctx, io.MultiWriter(out, h), from, told)
	if err == nil {
		err = out.Sync()
	}
	rec.SHA256 = hex.EncodeToString(h.Sum(nil))
	return rec, errors.Join(err, out.Close())
}
