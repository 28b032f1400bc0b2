package tokenizer

import (
	"testing"
	"unicode"

	"frontdesk/retrieval/tokenizer/tokenizertest"
)

const examplesDir = "../../examples"

func exampleTexts(t testing.TB) []string { return tokenizertest.Examples(t, examplesDir) }

// parityTexts are all that tokenizers are compared on.
func parityTexts(t testing.TB) []string { return tokenizertest.Texts(t, examplesDir) }

// TestTexts holds that they are as many and as odd as the comparison says.
func TestTexts(t *testing.T) {
	seen := map[string]bool{}
	scripts := map[string]bool{}
	for _, text := range parityTexts(t) {
		seen[text] = true
		for _, r := range text {
			for name, script := range unicode.Scripts {
				if r > unicode.MaxASCII && !scripts[name] && unicode.Is(script, r) {
					scripts[name] = true
				}
			}
		}
	}
	if len(seen) < 5000 || len(scripts) < 12 {
		t.Errorf("there are %d texts in %d scripts", len(seen), len(scripts))
	}
}
