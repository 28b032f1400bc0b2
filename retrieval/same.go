package retrieval

import (
	"context"
	"math"
)

const (
	// sameTexts is how many texts are embedded again, and sameCosine the cosine
	// from which on two vectors are the same: other hardware and other batches
	// move them by less, another model by far more.
	sameTexts  = 3
	sameCosine = 0.999
)

// SameModel says whether an embedder gives the vectors that this index was made
// of: it embeds a few of the sentences again that every index holds. An embedder
// on a server may be another one under the same name, with the same fingerprint.
// The index may be one that serves as [BuildOptions.Previous] only. The error is
// that of the embedder, or of a ctx that has ended.
func (x *Index) SameModel(ctx context.Context, embedder Embedder) (bool, error) {
	if x.vectors.dim != embedder.Dim() {
		return false, nil
	}
	rows := map[textKey][]float32{}
	for i, key := range x.vectors.keys {
		rows[key] = x.vectors.rows[i]
	}
	var texts []string
	var were [][]float32
	for _, text := range strangeTexts() {
		if row, ok := rows[keyOf(role{text, false})]; ok && len(texts) < sameTexts {
			texts, were = append(texts, text), append(were, row)
		}
	}
	if len(texts) == 0 {
		return false, nil // of another version of this program
	}
	vectors, err := embed(ctx, embedder, texts)
	if err != nil {
		return false, err
	}
	for i, v := range vectors {
		if !sameDirection(v, were[i]) {
			return false, nil
		}
	}
	return true, nil
}

// sameDirection says whether two vectors point the same way, or are both zeros.
func sameDirection(a, b []float32) bool {
	var product, left, right float64
	for i, x := range a {
		y := float64(b[i])
		product += float64(x) * y
		left += float64(x) * float64(x)
		right += y * y
	}
	if left == 0 || right == 0 {
		return left == right
	}
	return product >= sameCosine*math.Sqrt(left*right)
}
