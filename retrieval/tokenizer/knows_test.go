package tokenizer_test

import (
	"math"
	"strings"
	"testing"

	"frontdesk/retrieval/tokenizer"
)

func TestKnows(t *testing.T) {
	vocab := "[PAD]\n[UNK]\n[CLS]\n[SEP]\n?\nlock\n##s\nthe\ndoor\n7\n"
	tk, err := tokenizer.OpenVocab([]byte(vocab), tokenizer.VocabOptions{Lowercase: true})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]float64{
		"":                          1,
		"?":                         1,
		"→ !":                       1, // no letter, though no piece either
		"Locks the door?":           1,
		"the gate":                  3. / 7,
		"где ключ?":                 0,
		"鍵はどこ":                      0,
		"the ключ 7":                4. / 8,
		"\xff\xfe":                  1,
		strings.Repeat("the ", 1e5): 1,
	} {
		if got := tk.Knows(text); math.Abs(got-want) > 1e-12 {
			t.Errorf("%.20q: %v of it is known, want %v", text, got, want)
		}
	}
}
