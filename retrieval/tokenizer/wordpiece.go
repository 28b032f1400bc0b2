package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wordPiece is BERT's model: a word is cut into the longest piece that it begins
// with, the longest that the rest begins with, and so on (Schuster and Nakajima,
// "Japanese and Korean Voice Search", 2012). A word that cannot be cut wholly is
// one unknown piece. Safe for concurrent use.
type wordPiece struct {
	vocab  vocab
	words  *trie // what a word may begin with
	parts  *trie // what may follow, without the prefix that marks it
	unk    int32
	most   int // characters of a word; longer ones are unknown
	prefix string
}

// newWordPiece makes the model of a vocabulary, which has unk.
func newWordPiece(v vocab, unk, prefix string, most int, where string) (*wordPiece, error) {
	m := &wordPiece{vocab: v, prefix: prefix, most: most}
	var ok bool
	if m.unk, ok = v.id(unk); !ok {
		return nil, fmt.Errorf("%s.unk_token: the piece %s is not in the vocabulary", where, shown([]byte(unk)))
	}
	tokens, size := make([]string, 0, len(v.ids)), 0
	for token := range v.ids {
		tokens, size = append(tokens, token), size+len(token)
	}
	slices.Sort(tokens)
	all := make([]byte, 0, size) // one piece after the other
	words, wordIDs := make([][]byte, 0, len(tokens)), make([]int32, 0, len(tokens))
	var parts [][]byte
	var partIDs []int32
	for _, token := range tokens {
		begin, id := len(all), v.ids[token]
		all = append(all, token...)
		words, wordIDs = append(words, all[begin:]), append(wordIDs, id)
		if strings.HasPrefix(token, prefix) {
			parts, partIDs = append(parts, all[begin+len(prefix):]), append(partIDs, id)
		}
	}
	var err error
	if m.words, err = buildTrie(words, wordIDs); err == nil {
		m.parts, err = buildTrie(parts, partIDs)
	}
	if err != nil {
		return nil, fmt.Errorf("%s.vocab: %w", where, err)
	}
	return m, nil
}

func readWordPiece(raw json.RawMessage, where string) (model, error) {
	parts, err := parts(raw, where, "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")
	if err != nil {
		return nil, err
	}
	unk, err := text(parts, "unk_token", where)
	if err != nil {
		return nil, err
	}
	prefix, err := text(parts, "continuing_subword_prefix", where)
	if err != nil {
		return nil, err
	}
	most, err := strconv.Atoi(string(parts["max_input_chars_per_word"]))
	if err != nil || most < 0 {
		return nil, fmt.Errorf("%s.max_input_chars_per_word: a count is expected, and there is %s", where, shown(parts["max_input_chars_per_word"]))
	}
	v, err := readVocab(parts["vocab"], where+".vocab")
	if err != nil {
		return nil, err
	}
	return newWordPiece(v, unk, prefix, most, where)
}

func (m *wordPiece) id(token string) (int32, bool) { return m.vocab.id(token) }
func (m *wordPiece) size() int                     { return m.vocab.size() }
func (m *wordPiece) count() int                    { return len(m.vocab.ids) }

// hide takes pieces out of what is found in texts; id still knows them. It is for
// special tokens, before the model is used.
func (m *wordPiece) hide(tokens ...string) {
	for _, token := range tokens {
		if n := m.words.find([]byte(token)); n >= 0 {
			m.words.cells[n].value = -1
		}
		if part, ok := strings.CutPrefix(token, m.prefix); ok {
			if n := m.parts.find([]byte(part)); n >= 0 {
				m.parts.cells[n].value = -1
			}
		}
	}
}

func (m *wordPiece) appendIDs(ids []int32, text []byte) []int32 {
	if len(text) > m.most && utf8.RuneCount(text) > m.most {
		return append(ids, m.unk)
	}
	begin, t := len(ids), m.words
	for len(text) > 0 {
		id, size := t.longest(text)
		if size == 0 {
			return append(ids[:begin], m.unk)
		}
		ids = append(ids, id)
		text = text[size:]
		t = m.parts
	}
	return ids
}

// longest gives the longest key that text begins with: its value and its bytes,
// which are 0 if there is none.
func (t *trie) longest(text []byte) (value int32, size int) {
	cells := t.cells
	n, base := int32(0), cells[0].base
	for i, c := range text {
		child := base ^ int32(c)
		cell := &cells[child]
		if cell.parent != n {
			break
		}
		if cell.value >= 0 {
			value, size = cell.value, i+1
		}
		n, base = child, cell.base
	}
	return value, size
}

// wordLevel is the model whose every piece is a whole word. Safe for concurrent
// use.
type wordLevel struct {
	vocab  vocab
	unk    int32
	hidden map[string]bool
}

func readWordLevel(raw json.RawMessage, where string) (model, error) {
	parts, err := parts(raw, where, "type", "unk_token", "vocab")
	if err != nil {
		return nil, err
	}
	unk, err := text(parts, "unk_token", where)
	if err != nil {
		return nil, err
	}
	m := &wordLevel{hidden: map[string]bool{}}
	if m.vocab, err = readVocab(parts["vocab"], where+".vocab"); err != nil {
		return nil, err
	}
	var ok bool
	if m.unk, ok = m.vocab.id(unk); !ok {
		return nil, fmt.Errorf("%s.unk_token: the piece %s is not in the vocabulary", where, shown([]byte(unk)))
	}
	return m, nil
}

func (m *wordLevel) id(token string) (int32, bool) { return m.vocab.id(token) }
func (m *wordLevel) size() int                     { return m.vocab.size() }
func (m *wordLevel) count() int                    { return len(m.vocab.ids) }

func (m *wordLevel) hide(tokens ...string) {
	for _, token := range tokens {
		m.hidden[token] = true
	}
}

func (m *wordLevel) appendIDs(ids []int32, text []byte) []int32 {
	if id, ok := m.vocab.ids[string(text)]; ok && !m.hidden[string(text)] {
		return append(ids, id)
	}
	return append(ids, m.unk)
}
