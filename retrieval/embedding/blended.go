package embedding

import (
	"context"
	"fmt"
	"math"

	"frontdesk/retrieval"
	"frontdesk/retrieval/lexical"
)

// BesideShare is the share of the built-in model that does a transformer good: on
// the validation sets of two public bases, with a Universal Sentence Encoder,
// from 0.2 to 0.5 made next to no difference, and each found more than either
// model alone.
const BesideShare = 0.3

// Blended puts the vector of another embedder beside that of a main one: the
// product of two is the mean of the products in both, and what either sees is
// seen. One that was trained on how people ask and one that read everything
// miss different questions.
//
// Where the other embedder says which words it knows, a text counts there by the
// share of its words that are known: a question in another language is the main
// embedder's alone. It is safe for concurrent use.
type Blended struct {
	main, beside retrieval.Embedder
	share        float64
}

// NewBlended puts an embedder beside a main one, with a share from 0 to 1 of the
// squared length.
func NewBlended(main, beside retrieval.Embedder, share float64) *Blended {
	return &Blended{main, beside, max(0, min(1, share))}
}

// Embedder is b with what the main embedder has besides for passages. It knows no
// words, even if the other one does: whether these are those of the base's
// language is for the index to find out.
func (b *Blended) Embedder() retrieval.Embedder {
	if p, ok := b.main.(passages); ok {
		return blendedPassages{b, p}
	}
	return b
}

// Fingerprint identifies both embedders and the share.
func (b *Blended) Fingerprint() string {
	return fmt.Sprintf("blend/1:%g(%s)(%s)", b.share, b.main.Fingerprint(), b.beside.Fingerprint())
}

// Dim is that of both together.
func (b *Blended) Dim() int { return b.main.Dim() + b.beside.Dim() }

// Embed gives the vectors of texts. An error says which embedder failed only as
// far as that one does.
func (b *Blended) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := b.main.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	return b.blend(ctx, texts, vectors)
}

// blend puts the other embedder's vectors beside those of the main one.
func (b *Blended) blend(ctx context.Context, texts []string, vectors [][]float32) ([][]float32, error) {
	others, err := b.beside.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	if len(vectors) != len(texts) || len(others) != len(texts) {
		return nil, fmt.Errorf("two embedders gave %d and %d vectors for %d texts", len(vectors), len(others), len(texts))
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		v := make([]float32, 0, b.Dim())
		v = appendScaled(v, vectors[i], math.Sqrt(1-b.share))
		v = appendScaled(v, others[i], math.Sqrt(b.share)*b.known(text))
		scale(v)
		out[i] = v
	}
	return out, nil
}

// known is the share of a text's words that the other embedder knows; 1 where it
// does not say.
func (b *Blended) known(text string) float64 {
	s, ok := b.beside.(speller)
	if !ok {
		return 1
	}
	words := lexical.Words(text)
	if len(words) == 0 {
		return 0
	}
	n := 0
	for _, w := range words {
		if s.Known(w) {
			n++
		}
	}
	return float64(n) / float64(len(words))
}

func appendScaled(out, v []float32, by float64) []float32 {
	for _, x := range v {
		out = append(out, float32(float64(x)*by))
	}
	return out
}

// scale brings a vector to length 1, and leaves zeros as they are.
func scale(v []float32) {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	if squares == 0 {
		return
	}
	length := math.Sqrt(squares)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
}

// blendedPassages embeds passages as the main embedder does. The other one sees
// no difference.
type blendedPassages struct {
	*Blended
	passages passages
}

func (b blendedPassages) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := b.passages.EmbedPassages(ctx, texts)
	if err != nil {
		return nil, err
	}
	return b.blend(ctx, texts, vectors)
}
