package tokenizer

import (
	"testing"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

const examplesDir = "../../examples"

func exampleTexts(t testing.TB) []string { return tokenizertest.Examples(t, examplesDir) }

// parityTexts are all that tokenizers are compared on.
func parityTexts(t testing.TB) []string { return tokenizertest.Texts(t, examplesDir) }
