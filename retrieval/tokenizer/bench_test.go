package tokenizer_test

import (
	"os"
	"strings"
	"testing"

	"frontdesk/retrieval/tokenizer"
)

// bert is BERT's own vocabulary, which is not part of the repository.
const bert = "../../../shared/models/bert-uncased-tokenizer.json"

// bertFile gives BERT's tokenizer.json, and skips where it is not there.
func bertFile(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(bert)
	if err != nil {
		t.Skipf("BERT's vocabulary is not there: %v", err)
	}
	return data
}

func bertTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.Open(bertFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// BenchmarkEncode encodes a sentence of twelve words.
func BenchmarkEncode(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"ascii", "How can I reset the password of my account on the website?"},
		{"accents", "Où puis-je réinitialiser le mot de passe de mon compte sur le site ?"},
		{"chinese", "如何在网站上重置我的帐户密码"},
	} {
		b.Run(c.name, func(b *testing.B) {
			tok := bertTokenizer(b)
			b.ReportAllocs()
			for b.Loop() {
				tok.Encode(c.text, 128)
			}
		})
	}
	b.Run("megabyte", func(b *testing.B) {
		tok := bertTokenizer(b)
		text := strings.Repeat("How can I reset the password? ", 1<<20/30)
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			tok.Encode(text, len(text))
		}
	})
}

func BenchmarkEncodePair(b *testing.B) {
	tok := bertTokenizer(b)
	passage := strings.Repeat("Open the settings, choose Security and press the button. ", 8)
	b.ReportAllocs()
	for b.Loop() {
		tok.EncodePair("How can I reset the password of my account?", passage, 128)
	}
}

func BenchmarkOpen(b *testing.B) {
	data := bertFile(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokenizer.Open(data); err != nil {
			b.Fatal(err)
		}
	}
}
