package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/internal/shelf"
)

// A kind of model is what it is to do.
type modelKind struct {
	kind shelf.Kind
	what string
	do   string // what else may be done where there is none of that name
}

var (
	embeddingKind = modelKind{shelf.Embedding, "embedding model", `; "frontdesk train" makes a file of weights`}
	rerankerKind  = modelKind{shelf.Reranker, "reranker", ""}
)

// A place is where a model was found.
type place struct {
	path   string
	isFile bool // of weights; else it is a folder
	name   string
	// entry is what the catalogue says of it; nil where it is not of the shelf.
	entry *shelf.Entry
	// configured says that it is the model of the configuration, for which what
	// stands there about its files counts.
	configured bool
}

// findModel finds a model by its name on the shelf or by its path, which counts
// from the configuration where it stands there, else from the current folder.
func findModel(cfg *config.Config, name string, configured bool, k modelKind) (place, error) {
	s, err := shelf.Open(filepath.Join(cfg.DataDir, shelf.Folder), cfg.Models)
	if err != nil {
		return place{}, err
	}
	if e, ok := s.Lookup(name); ok {
		if e.Kind != k.kind {
			return place{}, fmt.Errorf("%s is no %s, but a model for %s; \"frontdesk models list\" says what each is for", name, k.what, e.Kind)
		}
		dir, err := s.Dir(name)
		return place{path: dir, name: name, entry: &e, configured: configured}, err
	}
	path := name
	if configured {
		if path, err = cfg.Path(name); err != nil {
			return place{}, fmt.Errorf("finding the %s: %w", k.what, err)
		}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, unknown := s.Dir(name); !strings.ContainsAny(name, `/\`) && unknown != nil {
			return place{}, fmt.Errorf("%w, and no file or folder is at %s%s", unknown, path, k.do)
		}
		return place{}, fmt.Errorf("there is no %s at %s, neither a file nor a folder%s", k.what, path, k.do)
	case err != nil:
		return place{}, fmt.Errorf("finding the %s: %w", k.what, err)
	case !info.IsDir() && filepath.Ext(path) == ".onnx":
		return place{}, fmt.Errorf("%s is one file of a model; name the folder with it and tokenizer.json, and which file under embedding: onnx: file: where there are several", path)
	}
	return place{path: path, isFile: !info.IsDir(), name: filepath.Base(path), configured: configured}, nil
}
