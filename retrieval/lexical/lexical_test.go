package lexical

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

var docs = []string{
	"How do I reset my password?",
	"I forgot my password",
	"reset the router, then reset the modem",
	"",
	"What's the weather in Zürich tomorrow?",
	"login does not work",
	"我忘记了密码",
	"turn on the kitchen lights",
	"turn off the kitchen lights",
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" ...!? ", ""},
		{"Hello, World2", "hello world2"},
		{"don't can’t rock 'n' roll dogs' a''b", "dont cant rock n roll dogs a b"},
		{"O'", "o"},
		{"Zürich ÉCOLE naïve Straße İstanbul", "zurich ecole naive strasse istanbul"},
		{"½ ﬁle Ⅻ ｆｕｌｌ ㎏", "1 2 file xii full kg"},
		{"soft\u00adhyphen no\u00a0break zero\u200bwidth", "softhyphen no break zerowidth"},
		{"Привет, МИР ёж", "привет мир еж"},
		{"ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"},
		{"שלום עולם", "שלום עולם"},
		{"हिन्दी भाषा", "हिन्दी भाषा"},
		{"密码reset 密", "密 码 reset 密"},
		{"한국어", "한국어"},
		{"١٢٣", "١٢٣"},
		{"a🙂b ☎️", "a b"},
		{"bad\xffutf", "bad utf"},
	} {
		if got := strings.Join(Words(c.text), " "); got != c.want {
			t.Errorf("Words(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	if got := Words(strings.Repeat("a", 1000) + " b"); len(got) != 2 || len(got[0]) != maxWord {
		t.Errorf("a word of 1000 letters reads as %q", got)
	}
	for _, unit := range []string{"a ", "é ", "日"} {
		if n := len(Words(strings.Repeat(unit, 1<<19))); n == 0 || n > maxText/2 {
			t.Errorf("%d words are read of a huge text of %q", n, unit)
		}
	}
}

func TestFrequencies(t *testing.T) {
	x := New(docs)
	for word, want := range map[string]int{"reset": 2, "the": 4, "zurich": 1, "unheard": 0, "密": 1, "": 0} {
		if got := x.DF(word); got != want {
			t.Errorf("%q is in %d documents, want %d", word, got, want)
		}
		n := float64(len(docs))
		idf := math.Log(1 + (n-float64(want)+0.5)/(float64(want)+0.5))
		if got := x.IDF(word); math.Abs(got-idf) > 1e-12 {
			t.Errorf("%q has the IDF %v, want %v", word, got, idf)
		}
	}
}

// naiveBM25 follows the formula word by word.
func naiveBM25(docs []string, words []string) map[int]float64 {
	total := 0
	for _, d := range docs {
		total += len(Words(d))
	}
	average := float64(total) / float64(len(docs))
	scores := map[int]float64{}
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			continue
		}
		df := 0
		for _, d := range docs {
			if slices.Contains(Words(d), w) {
				df++
			}
		}
		idf := math.Log(1 + (float64(len(docs)-df)+0.5)/(float64(df)+0.5))
		for n, d := range docs {
			tf := 0.0
			for _, v := range Words(d) {
				if v == w {
					tf++
				}
			}
			if tf > 0 {
				scores[n] += idf * tf * (1.2 + 1) / (tf + 1.2*(1-0.75+0.75*float64(len(Words(d)))/average))
			}
		}
	}
	return scores
}

// naiveChars makes the whole vectors.
func naiveChars(docs []string, words []string) map[int]float64 {
	count := func(words []string) map[string]float64 {
		counts := map[string]float64{}
		for i, w := range words {
			if slices.Contains(words[:i], w) {
				continue
			}
			marked := []rune("<" + w + ">")
			for n := 3; n <= 5; n++ {
				for i := 0; i+n <= len(marked); i++ {
					counts[string(marked[i:i+n])]++
				}
			}
		}
		return counts
	}
	df := map[string]float64{}
	for _, d := range docs {
		for g := range count(Words(d)) {
			df[g]++
		}
	}
	vector := func(words []string) (map[string]float64, float64) {
		v, squares := count(words), 0.0
		for g := range v {
			v[g] *= 1 + math.Log((1+float64(len(docs)))/(1+df[g]))
			squares += v[g] * v[g]
		}
		return v, math.Sqrt(squares)
	}
	scores := map[int]float64{}
	q, length := vector(words)
	for i, d := range docs {
		v, other := vector(Words(d))
		for g := range q {
			if v[g] > 0 {
				scores[i] += q[g] * v[g] / length / other
			}
		}
	}
	return scores
}

func TestScoresEqualNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	many := zipf(r, 300)
	for _, base := range [][]string{docs, many, {"one"}, {""}, {}} {
		x := New(base)
		queries := append([]string{"", "reset reset pasword", "unheard zzzz", "密码 kitchn lights", "the"}, base[:min(len(base), 20)]...)
		for _, q := range queries {
			words := Words(q)
			for name, c := range map[string]struct {
				got  func(func(int, float32) bool)
				want map[int]float64
			}{
				"BM25":  {bm25(x, words), naiveBM25(base, words)},
				"Chars": {x.Chars(words), naiveChars(base, words)},
			} {
				last := -1
				for doc, score := range c.got {
					if doc <= last {
						t.Fatalf("%s(%q): document %d comes after %d", name, q, doc, last)
					}
					last = doc
					if want := c.want[doc]; score <= 0 || math.Abs(float64(score)-want) > 1e-4*max(want, 1) {
						t.Fatalf("%s(%q): document %d has %v, want %v", name, q, doc, score, want)
					}
					delete(c.want, doc)
				}
				if len(c.want) > 0 {
					t.Fatalf("%s(%q): nothing of documents %v", name, q, c.want)
				}
			}
		}
	}
}

func TestCharsOfEquals(t *testing.T) {
	x := New(docs)
	for i, d := range docs {
		for doc, cosine := range x.Chars(Words(d)) {
			if cosine > 1 || doc == i && cosine < 0.9999 {
				t.Errorf("document %d is like document %d by %v", i, doc, cosine)
			}
		}
	}
	typo := best(x.Chars(Words("forgto my pasword")))
	if typo != 1 {
		t.Errorf("typos lead to document %d", typo)
	}
}

func best(scores func(func(int, float32) bool)) int {
	best, most := -1, float32(0)
	for doc, score := range scores {
		if score > most {
			best, most = doc, score
		}
	}
	return best
}

// TestBreak leaves the sequences early; what they borrowed must be clean again.
func TestBreak(t *testing.T) {
	x := New(docs)
	words := Words("the password")
	want := fmt.Sprint(all(bm25(x, words)), all(x.Chars(words)))
	for range 3 {
		for range bm25(x, Words("reset the lights")) {
			break
		}
		for range x.Chars(Words("reset the lights")) {
			break
		}
		if got := fmt.Sprint(all(bm25(x, words)), all(x.Chars(words))); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

type scored struct {
	doc   int
	score float32
}

func all(scores func(func(int, float32) bool)) (list []scored) {
	for doc, score := range scores {
		list = append(list, scored{doc, score})
	}
	return list
}

func TestConcurrent(t *testing.T) {
	x := New(docs)
	words := Words("the pasword reset")
	want := fmt.Sprint(all(bm25(x, words)), all(x.Chars(words)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := fmt.Sprint(all(bm25(x, words)), all(x.Chars(words))); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				x.Respell(words, nil)
			}
		})
	}
	wg.Wait()
}

func FuzzWords(f *testing.F) {
	for _, d := range docs {
		f.Add(d)
	}
	f.Add("e\u0301\u0300 ½\u0300 ﷺ \u3099か\u3099")
	f.Fuzz(func(t *testing.T, text string) {
		words := Words(text)
		if got := Words(strings.ToUpper(text)); isASCII(text) && !slices.Equal(got, words) {
			t.Errorf("in capitals %q reads as %q and not as %q", text, got, words)
		}
		for _, w := range words {
			if w == "" || len(w) > 3*maxWord {
				t.Fatalf("Words(%q) has the word %q", text, w)
			}
		}
		x := New([]string{text, "another"})
		if len(words) > 0 && !slices.ContainsFunc(all(bm25(x, words)), func(s scored) bool { return s.doc == 0 }) {
			t.Errorf("%q is not found by its own words", text)
		}
		for _, s := range append(all(x.Chars(words)), all(bm25(x, words))...) {
			if !(s.score > 0) {
				t.Errorf("document %d has the score %v", s.doc, s.score)
			}
		}
	})
}

// zipf makes texts of invented words that are as unequally frequent as real
// ones.
func zipf(r *rand.Rand, n int) []string {
	syllables := strings.Fields("ka lo mi ne ru ta vi so pe ing er st an de or al re")
	words := make([]string, 6000)
	for i := range words {
		for range 1 + r.IntN(4) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
	}
	z := rand.NewZipf(r, 1.1, 4, uint64(len(words)-1))
	texts := make([]string, n)
	for i := range texts {
		var text []string
		for range 4 + r.IntN(9) {
			text = append(text, words[z.Uint64()])
		}
		texts[i] = strings.Join(text, " ")
	}
	return texts
}

func BenchmarkLexical(b *testing.B) {
	texts := zipf(rand.New(rand.NewPCG(3, 4)), 15_000)
	x := New(texts)
	var queries [][]string
	for _, t := range texts[:64] {
		// One typo a query.
		queries = append(queries, Words(t[:len(t)-2]+"x"))
	}
	i := 0
	next := func() []string {
		i++
		return queries[i%len(queries)]
	}
	var most float32
	b.Run("New", func(b *testing.B) {
		for b.Loop() {
			New(texts)
		}
	})
	b.Run("Words", func(b *testing.B) {
		for b.Loop() {
			Words("How do I reset the password of my account?")
		}
	})
	b.Run("BM25", func(b *testing.B) {
		for b.Loop() {
			for _, score := range bm25(x, next()) {
				most = max(most, score)
			}
		}
	})
	b.Run("Chars", func(b *testing.B) {
		for b.Loop() {
			for _, score := range x.Chars(next()) {
				most = max(most, score)
			}
		}
	})
	b.Run("Respell", func(b *testing.B) {
		for b.Loop() {
			x.Respell(next(), nil)
		}
	})
	b.Run("whole query", func(b *testing.B) {
		for b.Loop() {
			words, _ := x.Respell(next(), nil)
			for _, score := range bm25(x, words) {
				most = max(most, score)
			}
			for _, score := range x.Chars(words) {
				most = max(most, score)
			}
		}
	})
	b.Run("huge query", func(b *testing.B) {
		huge := strings.Repeat("unheard of wrods ", 1<<16)
		for b.Loop() {
			words, _ := x.Respell(Words(huge), nil)
			for _, score := range bm25(x, words) {
				most = max(most, score)
			}
			for _, score := range x.Chars(words) {
				most = max(most, score)
			}
		}
	})
}

// bm25 gives the score of every document that has one.
func bm25(x *Index, words []string) iter.Seq2[int, float32] {
	return func(yield func(int, float32) bool) {
		starts := make([]int, x.docs+1)
		for i := range starts {
			starts[i] = i
		}
		for doc, score := range x.BM25(words, starts) {
			if score > 0 && !yield(doc, score) {
				return
			}
		}
	}
}

// TestGroups holds that a group has the score of its best document.
func TestGroups(t *testing.T) {
	x := New([]string{"the red lamp", "a lamp", "the door", "nothing here"})
	words := Words("red lamp")
	each := x.BM25(words, []int{0, 1, 2, 3, 4})
	if !(each[0] > each[1] && each[1] > 0) || each[2] != 0 || each[3] != 0 {
		t.Fatalf("the documents have the scores %v", each)
	}
	got := x.BM25(words, []int{0, 0, 2, 4})
	if want := []float32{0, each[0], 0}; !slices.Equal(got, want) {
		t.Errorf("an empty group, the lamps and the others have the scores %v, want %v", got, want)
	}
}
