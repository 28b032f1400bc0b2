package embedding_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"frontdesk/retrieval"
	"frontdesk/retrieval/embedding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errRefused = errors.New("the text is refused")

// A fake embeds a text as its length and its first byte, passages as the
// negative. It refuses batches with "refuse" in them.
type fake struct {
	takes time.Duration // for a run

	mu   sync.Mutex
	runs [][]string // the texts of each
	ctx  context.Context
	down bool
	odd  bool // gives too few vectors
}

func (f *fake) Fingerprint() string { return "fake" }
func (f *fake) Dim() int            { return 2 }

func (f *fake) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return f.embed(ctx, texts, 1)
}

func (f *fake) embed(ctx context.Context, texts []string, sign float32) ([][]float32, error) {
	f.mu.Lock()
	f.runs = append(f.runs, texts)
	f.ctx = ctx
	down, odd := f.down, f.odd
	f.mu.Unlock()
	if f.takes > 0 {
		select {
		case <-time.After(f.takes):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	var all [][]float32
	for _, t := range texts {
		if down || strings.Contains(t, "refuse") {
			return nil, errRefused
		}
		all = append(all, vector(t, sign))
	}
	if odd {
		return all[1:], nil
	}
	return all, nil
}

func vector(text string, sign float32) []float32 {
	return []float32{sign * float32(len(text)), sign * float32(text[0])}
}

// sizes gives how many texts each run had.
func (f *fake) sizes() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var n []int
	for _, r := range f.runs {
		n = append(n, len(r))
	}
	return n
}

// What an embedder can be besides.
type (
	fakePassages struct{ *fake }
	fakeSpeller  struct{ *fake }
	fakeBoth     struct {
		fakePassages
		fakeSpeller
	}
)

func (f fakePassages) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	return f.embed(ctx, texts, -1)
}

func (f fakeSpeller) Known(word string) bool { return word == "known" }

func (f fakeBoth) Fingerprint() string { return "fake" }
func (f fakeBoth) Dim() int            { return 2 }
func (f fakeBoth) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return f.fakePassages.Embed(ctx, texts)
}

// TestBesides: a wrapper is what the inner embedder is, and nothing else.
func TestBesides(t *testing.T) {
	f := &fake{}
	wraps := map[string]func(retrieval.Embedder) retrieval.Embedder{
		"batched": func(e retrieval.Embedder) retrieval.Embedder {
			b := embedding.NewBatched(e, embedding.BatchOptions{})
			t.Cleanup(func() { b.Close() })
			return b.Embedder()
		},
		"cached": func(e retrieval.Embedder) retrieval.Embedder { return embedding.NewCached(e, 10).Embedder() },
		"both": func(e retrieval.Embedder) retrieval.Embedder {
			b := embedding.NewBatched(e, embedding.BatchOptions{})
			t.Cleanup(func() { b.Close() })
			return embedding.NewCached(b.Embedder(), 10).Embedder()
		},
	}
	for name, wrap := range wraps {
		for _, c := range []struct {
			inner           retrieval.Embedder
			passages, knows bool
		}{
			{f, false, false}, {fakePassages{f}, true, false}, {fakeSpeller{f}, false, true},
			{fakeBoth{fakePassages{f}, fakeSpeller{f}}, true, true},
		} {
			e := wrap(c.inner)
			p, passages := e.(interface {
				EmbedPassages(context.Context, []string) ([][]float32, error)
			})
			k, knows := e.(interface{ Known(string) bool })
			if passages != c.passages || knows != c.knows {
				t.Errorf("%s of %T: passages %v, known words %v", name, c.inner, passages, knows)
				continue
			}
			if e.Fingerprint() != "fake" || e.Dim() != 2 {
				t.Errorf("%s of %T: fingerprint %q, %d numbers", name, c.inner, e.Fingerprint(), e.Dim())
			}
			if v, err := e.Embed(t.Context(), []string{"abc"}); err != nil || v[0][0] != 3 {
				t.Errorf("%s of %T: %v, %v", name, c.inner, v, err)
			}
			if passages {
				if v, err := p.EmbedPassages(t.Context(), []string{"abc"}); err != nil || v[0][0] != -3 {
					t.Errorf("%s of %T: a passage is %v, %v", name, c.inner, v, err)
				}
			}
			if knows && (!k.Known("known") || k.Known("other")) {
				t.Errorf("%s of %T does not pass known words on", name, c.inner)
			}
		}
	}
}
