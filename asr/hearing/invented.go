package hearing

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

// What Whisper writes on silence and noise, as is known of it: credits of subtitles
// and farewells of videos that it learnt from. Each line is a language and a
// phrase, or the beginning of one before an asterisk.
//
//go:embed invented.txt
var inventedText string

var inventions = sync.OnceValue(func() (known struct {
	whole  map[string]bool
	begins []string
}) {
	known.whole = map[string]bool{}
	for line := range strings.Lines(inventedText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "format:") {
			continue
		}
		_, phrase, _ := strings.Cut(line, " ")
		if begin, ok := strings.CutSuffix(phrase, "*"); ok {
			known.begins = append(known.begins, words(begin))
			continue
		}
		known.whole[words(phrase)] = true
	}
	return known
})

// isInvention says whether a text is one of those that are known to be invented,
// in whatever language, also said several times.
func isInvention(text string) bool {
	known, w := inventions(), words(text)
	for _, begin := range known.begins {
		if rest, ok := strings.CutPrefix(w, begin); ok && (rest == "" || rest[0] == ' ') {
			return true
		}
	}
	for w != "" {
		found := ""
		for phrase := range known.whole {
			if len(phrase) > len(found) && strings.HasPrefix(w, phrase) && (len(w) == len(phrase) || w[len(phrase)] == ' ') {
				found = phrase
			}
		}
		if found == "" {
			return false
		}
		w = strings.TrimPrefix(w[len(found):], " ")
	}
	return true
}

// words gives a text in lower case, its words with one space between them.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !isWordRune(r) }), " ")
}

// isWordRune says whether a character is part of a word; apostrophes are not.
func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// tidyText gives a text on one line.
func tidyText(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "�"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
