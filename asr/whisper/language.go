package whisper

import (
	"fmt"
	"strings"
)

// otherCodes are BCP 47's for the languages that Whisper names otherwise.
var otherCodes = map[string]string{"jv": "jw", "nb": "no", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id", "ji": "yi"}

// automatic says whether the model is to tell the language.
func automatic(language string) bool { return language == "" || strings.EqualFold(language, "auto") }

// primary gives Whisper's code of a BCP 47 tag: of "de-CH", de.
func primary(language string) string {
	code, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	if other, ok := otherCodes[code]; ok {
		return other
	}
	return code
}

// tag gives the BCP 47 tag of Whisper's code.
func tag(code string) string {
	if code == "jw" {
		return "jv"
	}
	return code
}

// A languages is what a model can be told to hear, by Whisper's code.
type languages map[string]int

// id gives the library's number of a language, -1 where the model is to tell.
func (l languages) id(language string, info Info) (int, error) {
	if automatic(language) {
		if info.Multilingual {
			return -1, nil
		}
		return l["en"], nil
	}
	code := primary(language)
	id, ok := l[code]
	switch {
	case !ok:
		return 0, fmt.Errorf("whisper does not know the language %q; use a code such as en, de or pt-BR, or auto", language)
	case id >= info.languages:
		return 0, fmt.Errorf("the model does not know the language %q; large-v3 does", language)
	case !info.Multilingual && code != "en":
		return 0, fmt.Errorf("the model hears English only, not %q; take one without .en in its name", language)
	}
	return id, nil
}

// code gives Whisper's code of the library's number.
func (l languages) code(id int) string {
	for code, n := range l {
		if n == id { // each number has one code
			return code
		}
	}
	return ""
}
