package onnx

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"frontdesk/internal/fault"
	"frontdesk/internal/ort"
)

// rerankVersion is part of a reranker's fingerprint; it rises when the same
// model begins to give other scores.
const rerankVersion = 1

// A Reranker says how well a text answers a query, by reading both at once: a
// cross-encoder. It is safe for concurrent use; it implements retrieval.Reranker.
type Reranker struct {
	*folder
	run         *runner
	fingerprint string
}

// OpenReranker opens the cross-encoder of a folder. Of the configuration, File
// and MaxTokens are for it. Errors are as those of [Open]; a model with more than
// one number a pair, as one that sorts into classes, is refused. The reranker
// must be closed, before rt is.
func OpenReranker(rt *ort.Runtime, dir string, c Config) (*Reranker, error) {
	if c.Pooling != "" || c.Normalize != nil || c.Dimensions != 0 || c.QueryPrefix != nil || c.PassagePrefix != nil {
		return nil, fault.List{{File: dir, What: "pooling, normalize, dimensions and the prefixes mean nothing to a reranker", Do: "leave them out"}}
	}
	f, err := read(dir, c)
	if err != nil {
		return nil, err
	}
	r := &Reranker{folder: f}
	if r.run, err = f.openFile(rt, dir, chooseScore); err != nil {
		return nil, err
	}
	if err := r.try(); err != nil {
		return nil, errors.Join(err, r.run.close())
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s %s\n%q %d %v\n", f.sum, rt.Version(), rt.Provider(), r.run.output.Name, f.maxTokens, f.lower)
	r.fingerprint = fmt.Sprintf("onnx-rerank/%d:%s", rerankVersion, hex.EncodeToString(sum.Sum(nil)[:12]))
	return r, nil
}

// chooseScore chooses the output that holds the scores.
func chooseScore(ports []ort.Port) string {
	return cmp.Or(named(ports, "logits"), ranked(ports, 2), ranked(ports, -1))
}

// try tries the model.
func (r *Reranker) try() error {
	ctx := context.Background()
	short, long := r.encode(probeText, probeText), r.encode(probeText, probeText+" "+probeText)
	if len(short.ids) == 0 {
		return fmt.Errorf("the tokenizer of %s finds no token in %q: it belongs to another model", r.run.name, probeText)
	}
	compute := func(ctx context.Context, rows []row) ([][]float32, error) {
		scores := make([][]float32, len(rows))
		err := r.compute(ctx, rows, func(i int, score float32) { scores[i] = []float32{score} })
		return scores, err
	}
	if _, err := compute(ctx, []row{short}); err != nil {
		return r.run.blame(ctx, short, r.tokens.Size()-1, err)
	}
	if err := r.run.tryLast(ctx, short, r.tokens.Size()-1); err != nil {
		return err
	}
	return r.run.tryPadding(ctx, short, long, compute)
}

// encode gives the ids of a pair.
func (r *Reranker) encode(query, text string) row {
	ids, types := r.tokens.EncodePair(r.prepare("", query), r.prepare("", text), r.maxTokens)
	return row{ids, types}
}

// Score says how well each text answers the query, in their order: the model's
// raw logits, of which higher is better. What a number means differs from model
// to model. The longer part of a pair that is too long is cut. Each score
// depends on its pair alone, as the vectors of a [Model] do.
func (r *Reranker) Score(ctx context.Context, query string, texts []string) ([]float32, error) {
	scores := make([]float32, len(texts))
	pairs := make([]row, 0, len(texts))
	lengths := make([]int, 0, len(texts))
	for _, text := range texts {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		p := r.encode(query, text)
		if len(p.ids) == 0 { // nothing in either, and no special tokens
			p = row{ids: []int32{r.padID}}
		}
		pairs, lengths = append(pairs, p), append(lengths, len(p.ids))
	}
	var rows []row
	err := batches(lengths, r.run.most, func(places []int) error {
		rows = rows[:0]
		for _, at := range places {
			rows = append(rows, pairs[at])
		}
		return r.compute(ctx, rows, func(i int, score float32) { scores[places[i]] = score })
	})
	if err != nil {
		return nil, err
	}
	return scores, nil
}

// compute puts pairs through the model.
func (r *Reranker) compute(ctx context.Context, rows []row, score func(i int, score float32)) error {
	return r.run.run(ctx, rows, func(out ort.Tensor, _ int) error {
		n := int64(len(rows))
		if !slices.Equal(out.Shape, []int64{n}) && !slices.Equal(out.Shape, []int64{n, 1}) {
			return fmt.Errorf("its output %q has the shape %v for %d pairs, and a reranker gives one number a pair; use a model that does", out.Name, out.Shape, n)
		}
		var buffer []float32
		all, err := numbers(out, &buffer)
		if err != nil {
			return err
		}
		for i, x := range all {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return errNotFinite
			}
			score(i, x)
		}
		return nil
	})
}

// Fingerprint identifies the model's files, its tokenizer, the settings, the
// version of the runtime, what computes, and the code that reads them.
func (r *Reranker) Fingerprint() string { return r.fingerprint }

// Bytes is the size of the model's files.
func (r *Reranker) Bytes() int64 { return r.bytes }

// Close gives the model's memory back. Scores that have begun are finished
// first.
func (r *Reranker) Close() error { return r.run.close() }
