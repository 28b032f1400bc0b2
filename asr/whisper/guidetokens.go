package whisper

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An encoder cuts texts into the tokens that a model writes them in: byte-pair
// encoding as in GPT-2 (Sennrich, Haddow, Birch 2016; Radford et al. 2019). The
// library cuts off the longest token instead, which is not always what the model
// learnt. It is not safe for concurrent use.
type encoder struct {
	ids   map[string]int32
	words map[string][]int32 // that were cut before
}

// newEncoder takes the texts of the tokens in the order of their ids, which is the
// order in which pairs of them are put together.
func newEncoder(tokens []string) *encoder {
	e := &encoder{ids: make(map[string]int32, len(tokens)), words: map[string][]int32{}}
	for id, text := range tokens {
		if _, twice := e.ids[text]; !twice && text != "" {
			e.ids[text] = int32(id)
		}
	}
	return e
}

// word gives the tokens of a word that stands behind a blank, with it; ok is false
// where the model has no tokens for it.
func (e *encoder) word(text string) (tokens []int32, ok bool) {
	if tokens, ok := e.words[text]; ok {
		return tokens, tokens != nil
	}
	for rest := " " + text; rest != ""; {
		n := pieceLength(rest)
		piece, ok := e.piece(rest[:n])
		if !ok {
			tokens = nil
			break
		}
		tokens, rest = append(tokens, piece...), rest[n:]
	}
	e.words[text] = tokens
	return tokens, tokens != nil
}

// piece puts the bytes of a piece together pair by pair, the one with the lowest id
// first.
func (e *encoder) piece(text string) ([]int32, bool) {
	if id, ok := e.ids[text]; ok {
		return []int32{id}, true
	}
	parts := make([]string, len(text))
	for i := range len(text) {
		parts[i] = text[i : i+1]
	}
	for {
		at, lowest := -1, int32(0)
		for i := range len(parts) - 1 {
			if id, ok := e.ids[parts[i]+parts[i+1]]; ok && (at < 0 || id < lowest) {
				at, lowest = i, id
			}
		}
		if at < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	tokens := make([]int32, len(parts))
	for i, p := range parts {
		id, ok := e.ids[p]
		if !ok {
			return nil, false
		}
		tokens[i] = id
	}
	return tokens, true
}

// contractions are pieces of their own behind a word.
var contractions = []string{"'re", "'ve", "'ll", "'s", "'t", "'m", "'d"}

// pieceLength gives the bytes of the first piece of a text, inside which tokens lie:
// a contraction; letters, digits or other signs with the blank before them; blanks.
func pieceLength(text string) int {
	for _, c := range contractions {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	n := 0
	if text[0] == ' ' {
		n = 1
	}
	first, _ := utf8.DecodeRuneInString(text[n:])
	kind := kindOf(first)
	if n == len(text) || kind == blanks {
		return max(1, n)
	}
	for i, r := range text[n:] {
		if kindOf(r) != kind {
			return n + i
		}
	}
	return len(text)
}

// Kinds of characters that stand together in a piece.
const (
	signs = iota
	alphabet
	numerals
	blanks
)

func kindOf(r rune) int {
	switch {
	case unicode.IsLetter(r):
		return alphabet
	case unicode.IsNumber(r):
		return numerals
	case unicode.IsSpace(r):
		return blanks
	}
	return signs
}
