package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"frontdesk/retrieval"
	"frontdesk/retrieval/static"
	"frontdesk/retrieval/static/train"
)

// maxModel bounds a file of weights, in bytes.
const maxModel = 1 << 30

// builtin names the weights that are built in, where a file may be named.
const builtin = "builtin"

// BuiltIn gives the embedding model that is built in.
func BuiltIn() retrieval.Embedder { return static.Default() }

// model names the embedding of an open desk, and gives its dimensions.
func (a *App) model() (name, dimensions string) {
	a.mu.Lock()
	name = a.cfg.Embedding.Model
	a.mu.Unlock()
	if name == "" {
		name = builtin
	}
	return filepath.Base(name), strconv.Itoa(a.embedder.Dim())
}

// Embedder gives the embedding model of a file, or the one that is built in for
// "" and "builtin".
func Embedder(file string) (retrieval.Embedder, error) { return openModel(file) }

func openModel(file string) (*static.Model, error) {
	if file == "" || file == builtin {
		return static.Default(), nil
	}
	const mend = `make it anew with "frontdesk train", or leave the file out for the weights that are built in`
	data, err := readModel(file)
	if err != nil {
		return nil, fmt.Errorf("reading the embedding model: %w; %s", err, mend)
	}
	m, err := static.Open(data)
	if err != nil {
		return nil, fmt.Errorf("reading the embedding model %s: %w; %s", file, err, mend)
	}
	return m, nil
}

func readModel(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxModel+1))
	if err == nil && len(data) > maxModel {
		err = fmt.Errorf("%s is larger than 1 GiB", file)
	}
	return string(data), err
}

// MaxTrainRuns bounds TrainOptions.Runs.
const MaxTrainRuns = train.MaxRuns

// TrainOptions say what weights are made of what.
type TrainOptions struct {
	// Corpus are files and folders of texts and pairs of texts; see
	// [train.Options].
	Corpus []string
	// From are the weights to take up: a file, "builtin", or "" to make new
	// ones from nothing.
	From string
	// Only and Without name sources of the corpus to read, and not to read.
	Only, Without []string
	// Runs of the training, whose mean is taken, from 1 to MaxTrainRuns.
	Runs int
	Seed uint64
	// Progress is told how far each stage has come; nil for nobody.
	Progress func(stage string, done, total int)
}

// Train makes weights and gives the file that holds them, and the files that
// were read. An error of the corpus names its file and line.
func Train(ctx context.Context, o TrainOptions) (model []byte, read []string, err error) {
	files, err := train.Files(o.Corpus)
	if err != nil {
		return nil, nil, err
	}
	t := train.Options{Files: files, Choice: train.Choice{Only: o.Only, Without: o.Without},
		Runs: o.Runs, Seed: o.Seed, Progress: o.Progress}
	if o.From != "" {
		if t.From, err = openModel(o.From); err != nil {
			return nil, nil, err
		}
	}
	weights, err := train.Run(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	if model, err = weights.Encode(); err != nil {
		return nil, nil, fmt.Errorf("the training came to nothing: %w", err)
	}
	return model, files, nil
}
