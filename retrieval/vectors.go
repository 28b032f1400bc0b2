package retrieval

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"

	"frontdesk/knowledge"
)

const (
	// embedBatch is how many texts are embedded at once.
	embedBatch = 256
	// maxAskedPassages is how many phrasings of passages are embedded as questions
	// too, for the cross-validation.
	maxAskedPassages = 2000
)

// A PassageEmbedder is what some embedders are besides: those whose model wants
// to be told which texts are questions and which are passages that answer them.
// What Embed gives is then of questions.
type PassageEmbedder interface {
	// EmbedPassages gives one vector a text as Embed does.
	EmbedPassages(ctx context.Context, texts []string) ([][]float32, error)
}

// A role is a text and whether it is embedded as a passage.
type role struct {
	text    string
	passage bool
}

// texts lists what is embedded for an index: the phrasings, the strange sentences
// and, where the embedder tells passages from questions, those phrasings of
// passages as questions that a cross-validation may ask; at the end the
// translations, where it must be found out whether the embedder knows languages.
func (x *Index) texts(c corpus) []role {
	_, tells := x.embedder.(PassageEmbedder)
	labels := c.labels()
	var list []role
	for row, text := range c.texts {
		list = append(list, role{text, tells && c.kinds[labels[row]] == knowledge.Passage})
	}
	for _, text := range strangeTexts() {
		list = append(list, role{text, false})
	}
	for _, row := range x.askedPassages(c) {
		list = append(list, role{c.texts[row], false})
	}
	if _, ok := x.embedder.(Speller); !ok {
		for _, pair := range translations {
			list = append(list, role{pair[0], false}, role{pair[1], false})
		}
	}
	return list
}

// askedPassages gives the phrasings that are embedded in both roles, evenly over
// the base.
func (x *Index) askedPassages(c corpus) (rows []int) {
	if _, tells := x.embedder.(PassageEmbedder); !tells {
		return nil
	}
	for row, e := range c.labels() {
		if c.kinds[e] == knowledge.Passage {
			rows = append(rows, row)
		}
	}
	n := min(len(rows), maxAskedPassages)
	for i := range n {
		rows[i] = rows[i*len(rows)/n]
	}
	return rows[:n]
}

// An embedded is the vectors of an index by what they are for.
type embedded struct {
	phrasings [][]float32
	strange   [][]float32
	// asked are the phrasings as questions, and nil for one that is not asked.
	asked [][]float32
	pairs [][]float32 // of the translations; nil where nobody needs them
}

// embedded sorts the vectors of an index. They are those of its texts.
func (x *Index) embedded(c corpus) embedded {
	rows := x.vectors.rows
	take := func(n int) [][]float32 {
		part := rows[:n:n]
		rows = rows[n:]
		return part
	}
	t := embedded{phrasings: take(len(c.texts)), strange: take(len(strangeTexts()))}
	t.asked = t.phrasings
	if _, tells := x.embedder.(PassageEmbedder); tells {
		t.asked = make([][]float32, len(c.texts))
		for row, e := range c.labels() {
			if c.kinds[e] != knowledge.Passage {
				t.asked[row] = t.phrasings[row]
			}
		}
		asked := x.askedPassages(c)
		for i, v := range take(len(asked)) {
			t.asked[asked[i]] = v
		}
	}
	t.pairs = rows
	return t
}

// vectors are those of texts, as the embedder gave them.
type vectors struct {
	embedder string // its fingerprint
	dim      int
	keys     []textKey // of the texts, in the order of rows
	rows     [][]float32
}

// A textKey stands for a text in its role: half of its SHA-256.
type textKey [16]byte

func keyOf(r role) textKey {
	text := r.text
	if r.passage {
		text = "passage\x00" + text
	}
	sum := sha256.Sum256([]byte(text))
	return textKey(sum[:16])
}

// embedAll gives the vectors of texts; those that the previous index has are
// taken from it.
func embedAll(ctx context.Context, embedder Embedder, texts []role, previous *Index, p *progress) (vectors, error) {
	v := vectors{
		embedder: embedder.Fingerprint(), dim: embedder.Dim(),
		keys: make([]textKey, len(texts)), rows: make([][]float32, len(texts)),
	}
	known := map[textKey][]float32{}
	if previous != nil && previous.vectors.embedder == v.embedder && previous.vectors.dim == v.dim {
		for i, key := range previous.vectors.keys {
			known[key] = previous.vectors.rows[i]
		}
	}
	waiting := map[textKey][]int{} // the rows that a text is to fill
	var orders [2][]int            // of questions, and of passages
	left := 0
	for i, r := range texts {
		key := keyOf(r)
		v.keys[i] = key
		if row, ok := known[key]; ok {
			v.rows[i] = row
			continue
		}
		if len(waiting[key]) == 0 {
			left++
			if r.passage {
				orders[1] = append(orders[1], i)
			} else {
				orders[0] = append(orders[0], i)
			}
		}
		waiting[key] = append(waiting[key], i)
	}
	p.add(len(texts) - left)
	for kind, order := range orders {
		for len(order) > 0 {
			batch := order[:min(len(order), embedBatch)]
			order = order[len(batch):]
			ask := make([]string, len(batch))
			for i, row := range batch {
				ask[i] = texts[row].text
			}
			got, err := embedRole(ctx, embedder, ask, kind == 1)
			if err != nil {
				return vectors{}, fmt.Errorf("embedding the phrasings: %w", err)
			}
			for i, row := range batch {
				for _, fill := range waiting[v.keys[row]] {
					v.rows[fill] = got[i]
				}
			}
			p.add(len(batch))
		}
	}
	return v, nil
}

// embed asks the embedder for the vectors of questions and checks its answer.
func embed(ctx context.Context, embedder Embedder, texts []string) ([][]float32, error) {
	return embedRole(ctx, embedder, texts, false)
}

// embedRole asks the embedder and checks its answer. Only a [PassageEmbedder] is
// asked for passages.
func embedRole(ctx context.Context, embedder Embedder, texts []string, passage bool) (got [][]float32, err error) {
	if passage {
		got, err = embedder.(PassageEmbedder).EmbedPassages(ctx, texts)
	} else {
		got, err = embedder.Embed(ctx, texts)
	}
	if err != nil {
		return nil, err
	}
	if len(got) != len(texts) {
		return nil, fmt.Errorf("the embedder gave %d vectors for %d texts", len(got), len(texts))
	}
	for _, v := range got {
		if len(v) != embedder.Dim() {
			return nil, fmt.Errorf("the embedder gave a vector of %d numbers and promised %d", len(v), embedder.Dim())
		}
		for _, n := range v {
			if !(math.Abs(float64(n)) <= maxLength) {
				return nil, fmt.Errorf("the embedder gave a vector that holds the number %v", n)
			}
		}
	}
	return got, nil
}
