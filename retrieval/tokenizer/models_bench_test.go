package tokenizer

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

const benchSentence = "How do I reset my password when the desk has locked me out?"

// manyPieces makes n pieces of XLM-R's shape: all beginnings and parts of the words
// of our examples, and then drawn words, each rarer than the one before.
func manyPieces(t testing.TB, n int) spmModel {
	counts := map[string]int{}
	for _, text := range exampleTexts(t) {
		for word := range strings.FieldsSeq(text) {
			runes := []rune("▁" + word)
			for i := range runes {
				for j := i + 1; j <= min(i+8, len(runes)); j++ {
					counts[string(runes[i:j])]++
				}
			}
		}
	}
	pieces := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	r := rand.New(rand.NewPCG(5, 6))
	for len(pieces) < n {
		word := tokenizertest.Word(r)
		if _, ok := counts[word]; !ok && len(word) < 64 {
			counts[word] = 1
			pieces = append(pieces, word)
		}
	}
	m := spmModel{pieces: append([]string{"<unk>", "<s>", "</s>"}, pieces[:n]...), scores: make([]float32, 3, n+3)}
	for i, p := range pieces[:n] {
		m.scores = append(m.scores, float32(-math.Log(float64(i+2))-4/float64(len(p))))
	}
	return m
}

func benchmarkEncode(b *testing.B, tokenizerJSON []byte) {
	tok, err := Open(tokenizerJSON)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d ids", len(tok.Encode(benchSentence, 0)))
	b.ReportAllocs()
	for b.Loop() {
		tok.Encode(benchSentence, 0)
	}
}

func BenchmarkUnigram(b *testing.B) {
	table := darts(map[string]string{"\t": " ", "ﬁ": "fi", "\u00a0": " ", "e\u0301": "é"})
	m := manyPieces(b, 250_000)
	m.chars = table
	file := m.xlmr(oldMetaspace)
	b.Run("sentence", func(b *testing.B) { benchmarkEncode(b, file) })
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(file)))
		for b.Loop() {
			if _, err := Open(file); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBPE(b *testing.B) {
	merges := trainBPE(byteWords(exampleTexts(b)), 1500)
	b.Run("roberta", func(b *testing.B) { benchmarkEncode(b, robertaFile(merges)) })
	b.Run("modernbert", func(b *testing.B) { benchmarkEncode(b, modernBERTFile(merges)) })
}

// BenchmarkLong has one word of a megabyte.
func BenchmarkLong(b *testing.B) {
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"unigram", manyPieces(b, 20_000).xlmr(oldMetaspace)},
		{"bpe", robertaFile(trainBPE(byteWords(exampleTexts(b)), 500))},
	} {
		for name, text := range map[string]string{
			"a":     strings.Repeat("a", 1<<20),
			"words": strings.Repeat("thereandback", 1<<20/12),
		} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				tok, err := Open(c.file)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					tok.Encode(text, 0)
				}
			})
		}
	}
}
