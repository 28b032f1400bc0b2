package embedding

import (
	"context"
	"slices"

	"github.com/jellydator/ttlcache/v3"

	"frontdesk/retrieval"
)

// maxCachedText is how many bytes a text may have to be remembered: questions
// are short, and the memory is bounded by it.
const maxCachedText = 1 << 10

// Cached remembers the vectors of recent questions. It is safe for concurrent
// use. Questions that are asked at the same moment are each embedded: they are
// too rare to be worth the wait for one another.
type Cached struct {
	inner  retrieval.Embedder
	recent *ttlcache.Cache[string, []float32] // nil for none
}

// NewCached remembers the last size questions, those of one text each, that an
// embedder was asked; with 0 or less it remembers none.
func NewCached(e retrieval.Embedder, size int) *Cached {
	c := &Cached{inner: e}
	if size > 0 {
		// With a capacity and no expiry it is a plain LRU, without a goroutine.
		c.recent = ttlcache.New(ttlcache.WithCapacity[string, []float32](uint64(size)),
			ttlcache.WithTTL[string, []float32](ttlcache.NoTTL))
	}
	return c
}

// Embedder is c with what the inner embedder has besides.
func (c *Cached) Embedder() retrieval.Embedder { return dress(cachedPassages{c}, c.inner) }

// Fingerprint is that of the inner embedder.
func (c *Cached) Fingerprint() string { return c.inner.Fingerprint() }

// Dim is that of the inner embedder.
func (c *Cached) Dim() int { return c.inner.Dim() }

// Embed gives the vectors of texts; that of a single one may be remembered. They
// are the caller's own.
func (c *Cached) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if c.recent == nil || len(texts) != 1 || len(texts[0]) > maxCachedText {
		return c.inner.Embed(ctx, texts)
	}
	if item := c.recent.Get(texts[0]); item != nil {
		return [][]float32{slices.Clone(item.Value())}, nil
	}
	vectors, err := c.inner.Embed(ctx, texts)
	if err != nil || len(vectors) != 1 {
		return vectors, err // whoever asked checks the number
	}
	c.recent.Set(texts[0], slices.Clone(vectors[0]), ttlcache.DefaultTTL)
	return vectors, nil
}

// cachedPassages embeds passages as the inner embedder does: they are asked
// once, when an index is made.
type cachedPassages struct{ *Cached }

func (c cachedPassages) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	return c.inner.(passages).EmbedPassages(ctx, texts)
}
