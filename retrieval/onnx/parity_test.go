package onnx_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
	"frontdesk/retrieval/onnx"
	"frontdesk/retrieval/onnx/onnxtest"
	"frontdesk/retrieval/tokenizer"
	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// TestParityWithTransformersJS compares the vectors with those of transformers.js
// on the texts that tokenizers are compared on. That takes tokens where they
// should not be now and then, so vectors are compared where the ids are the
// same; our ids are held against the reference in package tokenizer.
func TestParityWithTransformersJS(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	r := orttest.Open(t)
	js := startTransformers(t)
	all := comparableTexts(t)
	for _, c := range []struct {
		name   string
		arch   onnxtest.Arch
		change func(*onnxtest.Model)
		every  int // of how many texts one is compared, but for FRONTDESK_TEST_LOAD=1
	}{
		{"mean", onnxtest.BERT, func(*onnxtest.Model) {}, 1},
		{"cls and prefixes", onnxtest.BERT, func(m *onnxtest.Model) {
			m.Pooling, m.QueryPrefix, m.PassagePrefix = "cls", "query: ", "passage: "
		}, 1},
		{"pooled", onnxtest.BERT, func(m *onnxtest.Model) { m.Output = onnxtest.Pooled }, 16},
		{"old", onnxtest.BERT, func(m *onnxtest.Model) { m.Old, m.Normalize = true, false }, 16},
		{"fp16", onnxtest.BERT, func(m *onnxtest.Model) {
			m.Type, m.Float32Out, m.File = onnxtest.Float16, true, "onnx/model_fp16.onnx"
		}, 16},
		{"int8", onnxtest.BERT, func(m *onnxtest.Model) { m.Type, m.File = onnxtest.Int8, "onnx/model_quantized.onnx" }, 16},
		{"xlmr", onnxtest.XLMR, func(*onnxtest.Model) {}, 8},
		{"last token", onnxtest.XLMR, func(m *onnxtest.Model) { m.Pooling = "lasttoken" }, 16},
		{"modernbert", onnxtest.ModernBERT, func(*onnxtest.Model) {}, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := onnxtest.Small(c.arch)
			m.Positions, m.MaxTokens = maxTokens, maxTokens
			c.change(&m)
			texts := all
			if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
				texts = every(all, c.every)
			}
			js.t = t
			compareModel(t, r, js, m, texts)
		})
	}
}

// maxTokens is the length of the models that are compared.
const maxTokens = 512

// compareModel compares the vectors of a model with those of transformers.js.
func compareModel(t *testing.T, r *ort.Runtime, js *transformersJS, m onnxtest.Model, texts []string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := onnxtest.Write(dir, m); err != nil {
		t.Fatal(err)
	}
	model, err := onnx.Open(r, dir, onnx.Config{Normalize: &m.Normalize})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	dtype := map[onnxtest.Type]string{"": "fp32", onnxtest.Float16: "fp16", onnxtest.Int8: "q8"}[m.Type]
	js.open(dir, request{Dtype: dtype, Threads: 1})
	how := request{Batch: 16, Pooling: m.Pooling, Normalize: m.Normalize}
	if m.Pooling == "lasttoken" {
		how.Batch, how.Pooling = 1, "last_token" // of what is padded it takes the padding
	}
	if m.Type != "" {
		how.Batch = 1 // what is rounded as it runs depends on all that is in a batch
	}
	compare := func(prefix string, texts []string, embed func(context.Context, []string) ([][]float32, error)) {
		how.Texts = make([]string, len(texts))
		for i, text := range texts {
			how.Texts[i] = prefix + text
		}
		want, ids := js.embed(how, model.Dim())
		got, err := embed(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		compareVectors(t, sameIDs(t, m.Tokenizer, how.Texts, ids), texts, got, want)
	}
	compare(m.QueryPrefix, texts, model.Embed)
	if m.PassagePrefix != m.QueryPrefix {
		compare(m.PassagePrefix, every(texts, 8), model.EmbedPassages)
	}
}

// TestRerankerParityWithTransformersJS compares the scores of a cross-encoder.
func TestRerankerParityWithTransformersJS(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	r := orttest.Open(t)
	js := startTransformers(t)
	js.open("testdata/reranker", request{Rerank: true, Threads: 1, Dtype: "fp32"})
	reranker, err := onnx.OpenReranker(r, "testdata/reranker", onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer reranker.Close()
	texts := slices.DeleteFunc(tokenizertest.Examples(t, "../../examples"), func(s string) bool {
		return len(s) > 40 || special.MatchString(s) // all that is longer is cut, in which the two differ
	})
	if texts = texts[:min(len(texts), 300)]; len(texts) < 100 {
		t.Fatalf("there are only %d texts", len(texts))
	}
	for _, query := range []string{"how do I turn on the lights", "where is it"} {
		want := js.ask(request{What: "score", Query: query, Texts: texts}).Scores
		got, err := reranker.Score(t.Context(), query, texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			if !(math.Abs(float64(got[i]-want[i])) <= 1e-5) {
				t.Errorf("%q for %q is %g, there %g", texts[i], query, got[i], want[i])
			}
		}
	}
}

// every gives one of n texts.
func every(texts []string, n int) []string {
	var some []string
	for i := 0; i < len(texts); i += n {
		some = append(some, texts[i])
	}
	return some
}

// special are the special tokens of our small tokenizers.
var special = regexp.MustCompile(`\[(PAD|UNK|CLS|SEP|MASK)\]|<(s|/s|pad|unk)>`)

// comparableTexts are the texts in the form in which both sides should see the same:
// without outer space, which sentence-transformers takes away and transformers.js
// does not, and without special tokens, which are plain text here and not there.
func comparableTexts(t *testing.T) []string {
	t.Helper()
	const examples = "../../examples"
	texts := tokenizertest.Texts(t, examples)
	// So many more that 5,000 are left of which the ids are the same.
	texts = append(texts, tokenizertest.Drawn(300, 3, tokenizertest.Examples(t, examples))...)
	for i := range texts {
		for special.MatchString(texts[i]) { // what it leaves may be one
			texts[i] = special.ReplaceAllString(texts[i], "")
		}
		texts[i] = strings.TrimFunc(strings.ToValidUTF8(texts[i], ""), func(r rune) bool {
			return unicode.IsSpace(r) || r <= 0x1f
		})
	}
	// What is longer would be cut, of which transformers.js loses the last token.
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" || len(s) > maxTokens })
	// By length, so that transformers.js need not pad them much.
	slices.SortStableFunc(texts, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return texts
}

// sameIDs gives the places of the texts that both sides cut into the same
// tokens, and logs what the others are.
func sameIDs(t *testing.T, tokenizerJSON []byte, texts []string, theirs [][]int32) []int {
	t.Helper()
	tokens, err := tokenizer.Open(tokenizerJSON)
	if err != nil {
		t.Fatal(err)
	}
	var same []int
	other, example := map[string]int{}, ""
	for i, text := range texts {
		ours := tokens.Encode(text, maxTokens)
		if slices.Equal(ours, theirs[i]) {
			same = append(same, i)
			continue
		}
		if other[scriptOf(text)]++; example == "" {
			example = fmt.Sprintf(", such as %.60q: %v there, %v here", text, theirs[i][:min(len(theirs[i]), 12)], ours[:min(len(ours), 12)])
		}
	}
	t.Logf("of %d texts transformers.js cuts %d as we do; of the others are %v%s", len(texts), len(same), other, example)
	// Far fewer would mean that something else is wrong.
	if len(same) < len(texts)*9/10 {
		t.Errorf("only %d of %d texts can be compared", len(same), len(texts))
	}
	return same
}

// scriptOf names the script that a text has most letters of.
func scriptOf(s string) string {
	counts := map[string]int{}
	for _, r := range s {
		for name, table := range unicode.Scripts {
			if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
				counts[name]++
			}
		}
	}
	best := "no script"
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > counts[best] {
			best = name
		}
	}
	return best
}

// compareVectors holds vectors, whose length is 1 or little more, against those of the other side.
func compareVectors(t *testing.T, same []int, texts []string, got, want [][]float32) {
	t.Helper()
	var worst, least float64 = 0, 1
	at := 0
	for _, i := range same {
		var dot, a, b float64
		for k, x := range got[i] {
			if d := math.Abs(float64(x) - float64(want[i][k])); !(d <= worst) {
				worst, at = d, i
			}
			dot += float64(x) * float64(want[i][k])
			a += float64(x) * float64(x)
			b += float64(want[i][k]) * float64(want[i][k])
		}
		least = min(least, dot/math.Sqrt(a*b))
	}
	t.Logf("%d vectors differ by at most %.2g; the least cosine is 1 - %.2g", len(same), worst, 1-least)
	const most = 1e-5
	if !(worst <= most) || !(least >= 1-1e-6) {
		t.Errorf("they differ by %g, more than %g, for %.80q", worst, most, texts[at])
	}
}
