package app

import (
	"context"
	"fmt"

	"frontdesk/retrieval/static/train"
)

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
