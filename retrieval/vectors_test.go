package retrieval

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"
)

// A twofold embeds passages otherwise than questions, and remembers both.
type twofold struct {
	*static.Model
	questions, passages []string
}

func (e *twofold) Fingerprint() string { return "twofold" }

func (e *twofold) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	e.questions = append(e.questions, texts...)
	return e.Model.Embed(ctx, texts)
}

func (e *twofold) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	e.passages = append(e.passages, texts...)
	vectors, err := e.Model.Embed(ctx, texts)
	for _, v := range vectors {
		v[0] += 0.5
		normalize(v)
	}
	return vectors, err
}

// guided is a base of answers and of a guide's passages, one of which has a
// phrasing that is an answer's too.
func guided(t *testing.T) *knowledge.Base {
	t.Helper()
	list := slices.Clone(faqBase(t, shop()).Entries)
	for id, texts := range map[string][]string{
		"guide#a": {"Gift wrapping", "We wrap parcels in paper of three colours"},
		"guide#b": {"Repairs", "Shoes are repaired within a week"},
		"guide#c": {"Returns", "Where is my order?"},
	} {
		list = append(list, &knowledge.Entry{ID: id, Kind: knowledge.Passage, Question: texts[0], Alternatives: texts[1:], Answer: texts[1]})
	}
	slices.SortFunc(list, func(a, b *knowledge.Entry) int { return strings.Compare(a.ID, b.ID) })
	base, err := knowledge.New(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// TestPassages holds that passages are embedded as such and, so that a
// cross-validation can ask them, as questions too; and that the roles are kept
// apart where vectors are taken over.
func TestPassages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	base := guided(t)
	e := &twofold{Model: static.Default()}
	x, err := Build(t.Context(), base, e, DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Gift wrapping", "Repairs", "Returns", "Shoes are repaired within a week", "We wrap parcels in paper of three colours", "Where is my order?"}
	slices.Sort(e.passages)
	if !slices.Equal(e.passages, want) {
		t.Errorf("embedded as passages: %q", e.passages)
	}
	for _, text := range want {
		n := 0
		for _, q := range e.questions {
			if q == text {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is embedded as a question %d times", text, n)
		}
	}
	// What is kept of a passage is the vector of its role, and that of a question
	// what is asked.
	c := x.model.corpus
	vectors := x.embedded(c)
	for row, entry := range c.labels() {
		v, err := e.EmbedPassages(t.Context(), c.texts[row:row+1])
		if err != nil {
			t.Fatal(err)
		}
		passage := c.kinds[entry] == knowledge.Passage
		if got := slices.Equal(vectors.phrasings[row], v[0]); got != passage {
			t.Errorf("%q is kept as a passage: %v", c.texts[row], got)
		}
		if slices.Equal(vectors.asked[row], v[0]) {
			t.Errorf("%q is asked as a passage", c.texts[row])
		}
	}

	again := &twofold{Model: static.Default()}
	y, err := Build(t.Context(), base, again, DefaultConfig(), BuildOptions{Previous: x})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.questions)+len(again.passages) > 0 || !bytes.Equal(x.encode(), y.encode()) {
		t.Errorf("embedded again: %q and %q", again.questions, again.passages)
	}
	z, err := Load(t.Context(), saved(t, x), base, again, DefaultConfig(), BuildOptions{})
	if err != nil || !bytes.Equal(x.encode(), z.encode()) {
		t.Errorf("saved and loaded it is another index: %v", err)
	}
	r, err := Rehearse(t.Context(), base, again, DefaultConfig(), BuildOptions{Previous: x})
	if err != nil || !bytes.Equal(x.encode(), r.Index.encode()) {
		t.Errorf("rehearsed it is another index: %v", err)
	}
}
