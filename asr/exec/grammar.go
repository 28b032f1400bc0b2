package exec

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"frontdesk/asr"
)

// maxGrammars bounds how many files of grammars are kept.
const maxGrammars = 16

// grammars are files of what is expected, each written once. They are safe for
// concurrent use.
type grammars struct {
	folder string

	mu    sync.Mutex
	files []*grammar // the one used last at the end
}

type grammar struct {
	id, path string
	users    int
}

// take gives the file of a grammar, until done is called.
func (g *grammars) take(e *asr.Expected) (path string, done func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.find(e.ID())
	if f == nil {
		f = &grammar{id: e.ID(), path: filepath.Join(g.folder, e.ID()[:32]+".gram")}
		if err := os.WriteFile(f.path, []byte(e.JSGF()), 0o600); err != nil {
			return "", nil, fmt.Errorf("writing the grammar for a program: %w", err)
		}
	}
	f.users++
	g.files = append(g.files, f)
	if err := g.tidy(); err != nil {
		return "", nil, err
	}
	return f.path, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		f.users--
	}, nil
}

// find takes a grammar out of the list; nil where it is not there.
func (g *grammars) find(id string) *grammar {
	for i, f := range g.files {
		if f.id == id {
			g.files = append(g.files[:i], g.files[i+1:]...)
			return f
		}
	}
	return nil
}

// tidy removes the files that were not used for longest.
func (g *grammars) tidy() error {
	for i := 0; len(g.files) > maxGrammars && i < len(g.files); {
		if g.files[i].users > 0 {
			i++
			continue
		}
		if err := os.Remove(g.files[i].path); err != nil {
			return fmt.Errorf("removing a grammar: %w", err)
		}
		g.files = append(g.files[:i], g.files[i+1:]...)
	}
	return nil
}
