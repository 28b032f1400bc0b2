package app

import (
	"io/fs"
	"os"
	"path/filepath"
)

// maxModelFiles bounds how many files of a model's folder are looked at.
const maxModelFiles = 1000

// A modelFiles is what the files of a model were when it was opened, so that it can be
// said later whether others stand at the same paths now.
type modelFiles struct {
	paths []string // files, and folders with all that is in them
	found []modelFile
}

// A modelFile is one of them; info is nil where it is not there.
type modelFile struct {
	path string
	info fs.FileInfo
}

// lookAtModel notes the files of a model. It is called before they are read: what changes
// in the meantime is noticed the next time.
func lookAtModel(paths ...string) modelFiles { return modelFiles{paths, filesAt(paths)} }

// filesAt gives the files at paths, in order.
func filesAt(paths []string) (found []modelFile) {
	add := func(path string) {
		info, err := os.Stat(path) // of what a link leads to
		if err != nil {
			info = nil
		}
		found = append(found, modelFile{path, info})
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			add(path)
			continue
		}
		seen := 0
		_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error { // it gives no error of its own
			if err == nil && d.IsDir() {
				return nil
			}
			if seen++; seen > maxModelFiles {
				return fs.SkipAll
			}
			add(path)
			return nil
		})
	}
	return found
}

// replaced says whether other files stand there now: one was written, put in the place of
// another, added to a folder or removed.
func (m modelFiles) replaced() bool {
	now := filesAt(m.paths)
	if len(now) != len(m.found) {
		return true
	}
	for i, was := range m.found {
		is := now[i]
		switch {
		case was.path != is.path, (was.info == nil) != (is.info == nil):
			return true
		case was.info == nil:
		case was.info.Size() != is.info.Size(), !was.info.ModTime().Equal(is.info.ModTime()), !os.SameFile(was.info, is.info):
			return true
		}
	}
	return false
}

// replaced says whether a model of the engine has other files now.
func (e *engine) replaced() bool {
	return e.own != nil && e.own.files.replaced() || e.reranker != nil && e.reranker.files.replaced()
}

// replaced says whether what recognises speech reads other files now; nil has none.
func (s *Speech) replaced() bool { return s != nil && s.files.replaced() }
