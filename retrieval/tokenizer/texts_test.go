package tokenizer

import (
	"testing"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

// examples is the folder of the example bases.
const examples = "../../examples"

var (
	oddTexts = tokenizertest.Odd
	scripts  = tokenizertest.Scripts
)

func exampleTexts(t testing.TB) []string { return tokenizertest.Examples(t, examples) }

func parityTexts(t testing.TB) []string { return tokenizertest.Texts(t, examples) }

func longTexts() []string { return tokenizertest.Long() }

func drawnTexts(n int, seed uint64, known []string) []string {
	return tokenizertest.Drawn(n, seed, known)
}
