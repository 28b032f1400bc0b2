package exec

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzRead gives prints of any form: what is made of one is on one line and keeps to its
// ranges, or it is an error.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "turn on\nthe light", `{"text": " on\n", "confidence": 0.5, "log_probability": -1, "language": "de", "alternatives": ["an", " ", "on"]}`,
		`{"text": "a", "confidence": 1e308}`, `{"log_probability": -1e308, "text": "a"}`, `{"text": null, "alternatives": null}`, `{"text": 1}`, `{`, "{\"text\": \"\\u0000a\\ud800\"}", "a\x00\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, printed []byte) {
		a, err := read(printed)
		if err != nil {
			return
		}
		if c := a.confidence(); !(c >= 0 && c <= 1) || a.Text == "" && c != 0 || a.LogProbability > 0 || len(a.Alternatives) > maxAlternatives {
			t.Errorf("%q: a confidence of %v, %+v", printed, c, a)
		}
		for _, text := range append(a.Alternatives, a.Text, a.Language) {
			if strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text {
				t.Errorf("%q: %q is not plain", printed, text)
			}
		}
		for _, text := range a.Alternatives {
			if text == "" || text == a.Text {
				t.Errorf("%q: %q is another reading than %q", printed, text, a.Text)
			}
		}
	})
}
