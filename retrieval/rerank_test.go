package retrieval

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"
)

// unsureQuestion is about the base of the tests, and none of its own.
const unsureQuestion = "can I see somewhere which questions people had"

// A judge is a reranker made of a function.
type judge struct {
	name  string
	score func(query, text string) float32
	asked int
	fail  error
	give  func([]float32) []float32
}

func (j *judge) Fingerprint() string { return j.name }

func (j *judge) Score(_ context.Context, query string, texts []string) ([]float32, error) {
	j.asked += len(texts)
	out := make([]float32, len(texts))
	for i, t := range texts {
		out[i] = j.score(query, t)
	}
	if j.give != nil {
		out = j.give(out)
	}
	return out, j.fail
}

// chance gives a number from 0 to 1 that comes from the texts alone.
func chance(parts ...string) float32 {
	h := fnv.New64a()
	h.Write([]byte(strings.Join(parts, "\x00"))) // A hash gives no error.
	return float32(h.Sum64()>>11) / (1 << 53)
}

// knowing is a reranker that sees in most cases, and less clearly than a person, whether
// two texts are of one entry of a base.
func knowing(base *knowledge.Base, queries ...Query) *judge {
	entries := map[string]string{}
	for _, e := range base.Entries {
		for _, p := range e.Phrasings() {
			entries[p] = e.ID
			entries[rerankText(e, p)] = e.ID
		}
	}
	for _, q := range queries {
		entries[q.Text] = q.Expect
	}
	return &judge{name: "knowing", score: func(query, text string) float32 {
		id, ok := entries[query]
		score := -3 + 4*chance(query, text)
		if ok && id == entries[text] {
			score += 4
		}
		return score
	}}
}

// faqs gives the first entries of an example that have four phrasings at least.
func faqs(t testing.TB, n int) *knowledge.Base {
	t.Helper()
	var list []*knowledge.Entry
	for _, e := range example(t, "frontdesk").Entries {
		if len(list) < n && e.Kind == knowledge.FAQ && len(e.Alternatives) >= 3 {
			c := *e
			c.Followups = nil // they are in the rest of the base
			list = append(list, &c)
		}
	}
	base, err := knowledge.New(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func rehearseWith(t testing.TB, base *knowledge.Base, r Reranker) *Rehearsal {
	t.Helper()
	var o BuildOptions
	if r != nil {
		o.Reranker = r
	}
	rehearsal, err := Rehearse(t.Context(), base, static.Default(), DefaultConfig(), o)
	if err != nil {
		t.Fatal(err)
	}
	return rehearsal
}

// TestReranker holds that a reranker counts as much as it helps.
func TestReranker(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	base := faqs(t, 20)
	plain := rehearseWith(t, base, nil)
	before := plain.Trial().Score()
	t.Logf("without:  top-1 %.3f, right %.3f, precision %.3f, ECE %.3f", before.Top1, before.Accuracy, before.Precision, before.CalibrationError)

	t.Run("knowing", func(t *testing.T) {
		k := knowing(base)
		r := rehearseWith(t, base, k)
		m := r.Trial().Score()
		t.Logf("weight %.2f: top-1 %.3f, right %.3f, precision %.3f, ECE %.3f", r.Index.ranker.weight, m.Top1, m.Accuracy, m.Precision, m.CalibrationError)
		if m.Top1 < before.Top1+0.05 || m.Accuracy < before.Accuracy+0.1 || m.Precision < 0.95 || m.CalibrationError > 0.08 {
			t.Errorf("it helps too little: %+v, and without it %+v", m, before)
		}
		y, err := Load(t.Context(), saved(t, r.Index), base, static.Default(), DefaultConfig(), BuildOptions{Reranker: k})
		if err != nil || !bytes.Equal(y.encode(), r.Index.encode()) {
			t.Fatalf("saved and loaded it is another index: %v", err)
		}
		q := Question{Text: unsureQuestion}
		first, err := y.Search(t.Context(), q, 3)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Index.Search(t.Context(), q, 3)
		if err != nil || first.Hits[0].Probability != again.Hits[0].Probability {
			t.Errorf("loaded it answers otherwise: %v", err)
		}
		named := 0
		for _, p := range first.Hits[0].Parts {
			if p.Name == "reranker" {
				named++
			}
		}
		if named != 2 {
			t.Errorf("the reranker is named in %d parts of the explanation, want 2: %+v", named, first.Hits[0].Parts)
		}
		if _, err := Load(t.Context(), saved(t, r.Index), base, static.Default(), DefaultConfig(), BuildOptions{}); !errors.Is(err, ErrStale) {
			t.Errorf("without the reranker the index is not stale: %v", err)
		}
	})

	useless := map[string]func(query, text string) float32{
		"random":   func(query, text string) float32 { return 10*chance(query, text) - 5 },
		"constant": func(string, string) float32 { return 0.5 },
		"contrary": func(query, text string) float32 { return -knowing(base).score(query, text) },
	}
	for name, score := range useless {
		t.Run(name, func(t *testing.T) {
			j := &judge{name: name, score: score}
			r := rehearseWith(t, base, j)
			m := r.Trial().Score()
			if r.Index.ranker != nil && r.Index.ranker.weight > 0.1 {
				t.Errorf("its weight is %.2f", r.Index.ranker.weight)
			}
			if m.Top1 < before.Top1 || m.Accuracy < before.Accuracy-0.02 || m.CalibrationError > before.CalibrationError+0.01 {
				t.Errorf("it does harm: %+v, and without it %+v", m, before)
			}
			if r.Index.ranker != nil {
				return
			}
			j.asked = 0
			if search(t, r.Index, unsureQuestion, 1); j.asked > 0 {
				t.Error("it is still asked")
			}
		})
	}
}

// TestRerankerAsked holds how much a reranker is asked, that it is not asked about
// what is certain, and what comes of its failing.
func TestRerankerAsked(t *testing.T) {
	base := faqs(t, 20)
	k := knowing(base)
	x, err := Build(t.Context(), base, static.Default(), DefaultConfig(), BuildOptions{Reranker: k})
	if err != nil {
		t.Fatal(err)
	}
	if most := rerankedEntries * (maxRerank[held] + maxRerank[left] + maxRerank[strange]); k.asked > most || k.asked < 100 {
		t.Errorf("a build asks for %d pairs, want at most %d", k.asked, most)
	}
	k.asked = 0
	if r := search(t, x, base.Entries[0].Question, 3); !r.Hits[0].Exact || k.asked != 0 {
		t.Errorf("asked for %d pairs about an entry's own question", k.asked)
	}
	if search(t, x, unsureQuestion, 3); k.asked != rerankedEntries {
		t.Errorf("asked for %d pairs about a question, want %d", k.asked, rerankedEntries)
	}
	longest := 0
	k.score = func(_, text string) float32 { longest = max(longest, len(text)); return 0 }
	search(t, x, unsureQuestion, 3)
	if longest > maxRerankText {
		t.Errorf("a text of %d bytes is scored", longest)
	}

	// Where there is one phrasing an entry nothing can be learnt, and nothing is asked.
	few := map[string][]string{}
	for id, phrasings := range shop() {
		few[id] = phrasings[:1]
	}
	unasked := knowing(base)
	if y, err := Build(t.Context(), faqBase(t, few), static.Default(), DefaultConfig(), BuildOptions{Reranker: unasked}); err != nil || y.ranker != nil || unasked.asked > 0 {
		t.Errorf("a base of one phrasing an entry asks for %d pairs: %v", unasked.asked, err)
	}

	// One that fails is an error, when the index is built and when it is asked: what
	// it would have said is not guessed.
	down := errors.New("it is down")
	for name, spoil := range map[string]func(*judge){
		"error":    func(j *judge) { j.fail = down },
		"NaN":      func(j *judge) { j.give = func(s []float32) []float32 { s[0] = float32(math.NaN()); return s } },
		"infinite": func(j *judge) { j.give = func(s []float32) []float32 { s[0] = float32(math.Inf(-1)); return s } },
		"too few":  func(j *judge) { j.give = func(s []float32) []float32 { return s[1:] } },
	} {
		k.fail, k.give = nil, nil
		spoil(k)
		if _, err := x.Search(t.Context(), Question{Text: unsureQuestion}, 3); err == nil || name == "error" && !errors.Is(err, down) {
			t.Errorf("%s: asking gives %v", name, err)
		}
	}
	k.fail = down
	if _, err := Build(t.Context(), base, static.Default(), DefaultConfig(), BuildOptions{Reranker: k}); !errors.Is(err, down) {
		t.Errorf("building gives %v", err)
	}
}
