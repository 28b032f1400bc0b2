package train

import (
	"context"

	"frontdesk/retrieval/static"
)

// A recipe is how new weights are made.
type recipe struct {
	skipgram
	contrast contrast
	spelling spelling
	Words    int // at most
	Buckets  int
	Rounds   int // how often a pair is seen, at most
	SIF      float64
	Length   float32 // the mean length of the words' vectors at the start
	OutDim   int     // of the vectors in the end
	Sample   int     // texts in which the main dimensions are looked for
}

func (r recipe) run(ctx context.Context, c *corpus, o Options, p *reporter) (static.Weights, error) {
	n := min(r.Words, len(c.words))
	s := r.skipgram
	s.Seed = o.Seed
	words, err := s.run(ctx, c, n, p.stage("words"))
	if err != nil {
		return static.Weights{}, err
	}
	start, err := newTable(c, words, s.Dim, n, r.Buckets, r.SIF, r.Length).reduced(c, r.OutDim, r.Sample)
	if err != nil {
		return static.Weights{}, err
	}
	k := r.contrast.fitted(c.pairs(), r.Rounds)
	k.Seed = o.Seed
	trained, err := contrasts(ctx, c, k, start, o.Runs, p)
	if err != nil {
		return static.Weights{}, err
	}
	f := r.spelling
	f.Seed, f.Draws = o.Seed, min(f.Draws, 100*n)
	if err := f.fit(ctx, trained, p.stage("spelling")); err != nil {
		return static.Weights{}, err
	}
	return trained.weights(), nil
}

// current is the recipe of the built-in weights; README.md of package static
// says what it reaches.
var current = recipe{
	skipgram: skipgram{Dim: 256, Epochs: 2, Window: 4, Negatives: 4, Rate: 0.05, Sample: 1e-4, Sync: 500_000},
	contrast: contrast{
		noise: noise{Drop: 0.1, Most: 32},
		Tau:   0.07, Batch: 512, Steps: 4000, Warm: 200, Rate: 0.0025, Power: 0.6, Single: 0.65,
	},
	spelling: spelling{Draws: 2_000_000, Power: 0.6, Typo: 0.8, Twice: 0.1, Rate: 0.25},
	Words:    30_000, Buckets: 20_000, Rounds: 50, SIF: 1e-3, Length: 1, OutDim: 192, Sample: 50_000,
}

// adapting is how an owner's documents are taken up: a tenth of the rate, and
// few steps.
var adapting = adaptation{
	contrast: contrast{
		noise: noise{Drop: 0.1, Typo: 0.02, Spell: 0.08, Rare: 1.5, Most: 32},
		Tau:   0.07, Batch: 256, Steps: 1000, Warm: 50, Rate: 0.0005, Power: 0.6, Single: 0.65,
	},
	Rounds: 10, MaxNew: 20_000, MinSeen: 5, Length: 1,
}
