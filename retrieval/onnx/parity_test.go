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
	all := comparable(t)
	small := func(arch onnxtest.Arch, change func(*onnxtest.Model)) onnxtest.Model {
		m := onnxtest.Small(arch)
		m.Positions, m.MaxTokens = 512, 512
		if change != nil {
			change(&m)
		}
		return m
	}
	for _, c := range []struct {
		name    string
		model   onnxtest.Model
		dtype   string
		pooling string
		every   int // of how many texts one is compared, but for FRONTDESK_TEST_LOAD=1
	}{
		{"mean", small(onnxtest.BERT, nil), "fp32", "mean", 1},
		{"old", small(onnxtest.BERT, func(m *onnxtest.Model) { m.Old = true }), "fp32", "mean", 8},
		{"cls and prefixes", small(onnxtest.BERT, func(m *onnxtest.Model) {
			m.Pooling, m.QueryPrefix, m.PassagePrefix = "cls", "query: ", "passage: "
		}), "fp32", "cls", 2},
		{"xlmr", small(onnxtest.XLMR, nil), "fp32", "mean", 5},
		{"modernbert", small(onnxtest.ModernBERT, nil), "fp32", "mean", 5},
		{"int8", small(onnxtest.BERT, func(m *onnxtest.Model) {
			m.Type, m.File = onnxtest.Int8, "onnx/model_quantized.onnx"
		}), "q8", "mean", 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "model")
			if err := onnxtest.Write(dir, c.model); err != nil {
				t.Fatal(err)
			}
			model, err := onnx.Open(r, dir, onnx.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer model.Close()
			batch := 32
			if c.model.Type == onnxtest.Int8 {
				batch = 1 // what is rounded as it runs depends on all that is in a batch
			}
			js.t = t
			js.open(dir, c.dtype, 1)
			texts := all
			if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
				texts = every(all, c.every)
			}
			compare := func(prefix string, texts []string, embed func(context.Context, []string) ([][]float32, error)) {
				prefixed := make([]string, len(texts))
				for i, text := range texts {
					prefixed[i] = prefix + text
				}
				want, ids := js.embed(request{Texts: prefixed, Batch: batch, Pooling: c.pooling, Normalize: true}, model.Dim())
				got, err := embed(t.Context(), texts)
				if err != nil {
					t.Fatal(err)
				}
				same := sameIDs(t, c.model.Tokenizer, prefixed, ids)
				compareVectors(t, same, texts, got, want)
			}
			compare(c.model.QueryPrefix, texts, model.Embed)
			if c.model.PassagePrefix != c.model.QueryPrefix {
				compare(c.model.PassagePrefix, every(texts, 8), model.EmbedPassages)
			}
		})
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

// comparable are the texts in the form in which both sides should see the same:
// without outer space, which sentence-transformers takes away and transformers.js
// does not, and without special tokens, which are plain text here and not there.
func comparable(t *testing.T) []string {
	t.Helper()
	const examples = "../../examples"
	texts := tokenizertest.Texts(t, examples)
	// So many more that 5,000 are left of which the ids are the same.
	texts = append(texts, tokenizertest.Drawn(700, 3, tokenizertest.Examples(t, examples))...)
	special := regexp.MustCompile(`\[(PAD|UNK|CLS|SEP|MASK)\]|<(s|/s|pad|unk)>`)
	for i := range texts {
		for special.MatchString(texts[i]) { // what it leaves may be one
			texts[i] = special.ReplaceAllString(texts[i], "")
		}
		texts[i] = strings.TrimFunc(strings.ToValidUTF8(texts[i], ""), func(r rune) bool {
			return unicode.IsSpace(r) || r <= 0x1f
		})
	}
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
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
		ours := tokens.Encode(text, 512)
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

// compareVectors holds vectors, whose length is 1, against those of the other side.
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
