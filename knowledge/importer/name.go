package importer

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/knowledge"
)

const (
	mostNameWords = 8
	mostNameBytes = 80
	mostTried     = 50 // numbers that are tried one after the other
)

// Name gives an id for a question that has none: its first words in small
// letters, with hyphens between them, and a number behind them where taken says
// that an id is another's: the lowest that is free, unless very many are taken. A
// question without letters and digits is "entry".
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
	numbered := func(n int) string { return fmt.Sprintf("%s-%d", name, n) }
	if !taken(name) {
		return name
	}
	for n := 2; n <= mostTried; n++ {
		if id := numbered(n); !taken(id) {
			return id
		}
	}
	// Of so many questions of one name, the last is looked for by halves.
	last, free := mostTried, 2*mostTried
	for ; taken(numbered(free)); free *= 2 {
		last = free
	}
	return numbered(last + 1 + sort.Search(free-last-1, func(i int) bool { return !taken(numbered(last + 1 + i)) }))
}
