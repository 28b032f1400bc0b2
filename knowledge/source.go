package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

var (
	errTooLarge = errors.New("the file is too large")
	errNotPlain = errors.New("it is no plain file")
	errOutside  = errors.New("it lies outside of what can be read here")
	errTooMany  = fmt.Errorf("more than %d files", maxFiles)
)

// A source is where files are read from: the operating system, or an [fs.FS].
// Names are paths of that system, cleaned.
type source struct {
	fsys    fs.FS // nil: the operating system
	dir     string
	instead map[string][]byte // what to read, by identity; mostly nil
}

// join gives the name of a path as seen from a folder.
func (s source) join(dir, p string) string {
	if s.fsys != nil {
		return path.Join(dir, p)
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(dir, filepath.FromSlash(p))
}

// parent gives the folder of a name.
func (s source) parent(name string) string {
	if s.fsys != nil {
		return path.Dir(name)
	}
	return filepath.Dir(name)
}

// relative gives a name as seen from a folder, with slashes.
func (s source) relative(dir, name string) string {
	if r, err := filepath.Rel(dir, name); err == nil {
		return filepath.ToSlash(r)
	}
	return filepath.ToSlash(name)
}

// identity gives the same text for every name of one file.
func (s source) identity(name string) string {
	if s.fsys != nil {
		return name
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return name
	}
	if abs, err := filepath.Abs(real); err == nil {
		return abs
	}
	return real
}

func (s source) stat(name string) (fs.FileInfo, error) {
	if s.fsys == nil {
		return os.Stat(name)
	}
	if !fs.ValidPath(name) {
		return nil, errOutside
	}
	return fs.Stat(s.fsys, name)
}

func (s source) readDir(name string) ([]fs.DirEntry, error) {
	if s.fsys == nil {
		return os.ReadDir(name)
	}
	if !fs.ValidPath(name) {
		return nil, errOutside
	}
	return fs.ReadDir(s.fsys, name)
}

// sub gives a folder as a file system.
func (s source) sub(dir string) (fs.FS, error) {
	if s.fsys == nil {
		return os.DirFS(dir), nil
	}
	if !fs.ValidPath(dir) {
		return nil, errOutside
	}
	return fs.Sub(s.fsys, dir)
}

// read gives a file's bytes if they are at most limit. A larger file is not
// read at all, and one that grows meanwhile only as far as the limit.
func (s source) read(name string, limit int64) ([]byte, error) {
	info, err := s.stat(name)
	if err != nil {
		return nil, err
	}
	// A pipe or a device might never end, and opening one may wait for ever.
	if !info.Mode().IsRegular() {
		return nil, errNotPlain
	}
	if s.instead != nil {
		if data, ok := s.instead[s.identity(name)]; ok {
			if int64(len(data)) > limit {
				return nil, errTooLarge
			}
			return data, nil
		}
	}
	if info.Size() > limit {
		return nil, errTooLarge
	}
	var f fs.File
	if s.fsys == nil {
		f, err = os.Open(name)
	} else {
		f, err = s.fsys.Open(name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, nil
}

// isPattern says whether a path is a glob.
func isPattern(p string) bool { return strings.ContainsAny(p, `*?[{`) }

// glob gives the files, not folders, that a pattern matches as seen from a
// folder, sorted, and the folder from which the search began. Folders that are
// symbolic links are not entered by **, so the search ends.
func (s source) glob(ctx context.Context, dir, pattern string) (base string, names []string, err error) {
	static, rest := doublestar.SplitPattern(filepath.ToSlash(pattern))
	base = s.join(dir, static)
	fsys, err := s.sub(base)
	if err != nil {
		return base, nil, err
	}
	err = doublestar.GlobWalk(fsys, rest, func(p string, d fs.DirEntry) error {
		if len(names) == maxFiles {
			return errTooMany
		}
		names = append(names, s.join(base, p))
		return ctx.Err()
	}, doublestar.WithFilesOnly(), doublestar.WithNoFollow())
	slices.Sort(names)
	return base, names, err
}

// walk gives the files of a folder and of the folders in it whose names end in
// one of the extensions, sorted, and these folders. Hidden names are left out,
// and so are folders that are symbolic links, of which editors, version
// control and mounted volumes make use.
func (s source) walk(ctx context.Context, dir string, ext []string) (names, dirs []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	entries, err := s.readDir(dir)
	if err != nil {
		return nil, nil, err
	}
	dirs = append(dirs, dir)
	for _, e := range entries {
		name := s.join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			inner, innerDirs, err := s.walk(ctx, name, ext)
			if err != nil {
				return nil, nil, err
			}
			names, dirs = append(names, inner...), append(dirs, innerDirs...)
		case slices.Contains(ext, strings.ToLower(path.Ext(e.Name()))):
			if info, err := s.stat(name); err == nil && info.IsDir() {
				continue // A link to a folder.
			}
			names = append(names, name)
		}
		if len(names) > maxFiles {
			return nil, nil, errTooMany
		}
	}
	slices.Sort(names)
	return names, dirs, nil
}

// reason gives why a file could not be read, without its name.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
