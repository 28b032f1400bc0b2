package importer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/knowledge"
)

const (
	mostNameWords = 8
	mostNameBytes = 80
)

// Name gives an id for a question that has none: its first words in small
// letters, with hyphens between them, and a number behind them where taken says
// that an id is another's. A question without letters and digits is "entry".
func Name(question string, taken func(id string) bool) string {
	name := "entry"
	words := strings.FieldsFunc(strings.ToLower(question), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
	var id strings.Builder
	for i, n := 0, 0; i < len(words) && n < mostNameWords; i++ {
		w := strings.NewReplacer("'", "", "’", "").Replace(words[i])
		if w == "" || n > 0 && id.Len()+1+len(w) > mostNameBytes {
			continue
		}
		for len(w) > mostNameBytes {
			_, last := utf8.DecodeLastRuneInString(w)
			w = w[:len(w)-last]
		}
		if n++; n > 1 {
			id.WriteByte('-')
		}
		id.WriteString(w)
	}
	if what, _ := knowledge.CheckID(id.String()); what == "" {
		name = id.String()
	}
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}
