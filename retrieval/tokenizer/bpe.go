package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"unicode/utf8"
)

// bpe is byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare
// Words with Subword Units", 2016): a word is cut into characters, and then the
// neighbours that were seen most often in training are joined, one pair at a
// time. Safe for concurrent use.
type bpe struct {
	vocab  vocab
	hidden map[string]int32
	joins  joins
	// chars are the pieces of single characters below U+0200, which are all that a
	// byte-level vocabulary has; -1: there is none. Used without prefix and suffix.
	chars  [0x200]int32
	prefix string // of what is not at the beginning of a word
	suffix string // of what is at its end
	unk    int32  // -1: an unknown character is left out
	fuse   bool   // several unknown characters become one piece
	whole  bool   // a word that is a piece is not cut at all
	// bytes are the pieces <0x00> to <0xFF>, which stand for characters that no
	// piece is; -1: the file has none, or does not want them.
	bytes [256]int32
	pool  sync.Pool // of *longWord
}

func readBPE(raw json.RawMessage, where string) (model, error) {
	p, err := parts(raw, where, "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
		"fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges")
	if err != nil {
		return nil, err
	}
	m := &bpe{unk: -1, hidden: map[string]int32{}}
	var unk string
	for _, o := range []struct {
		key string
		to  *string
	}{{"unk_token", &unk}, {"continuing_subword_prefix", &m.prefix}, {"end_of_word_suffix", &m.suffix}} {
		if absent(p[o.key]) {
			continue
		}
		if *o.to, err = text(p, o.key, where); err != nil {
			return nil, err
		}
	}
	fallback := false
	for _, o := range []struct {
		key string
		to  *bool
	}{{"fuse_unk", &m.fuse}, {"byte_fallback", &fallback}, {"ignore_merges", &m.whole}} {
		if *o.to, err = flag(p, o.key, where); err != nil {
			return nil, err
		}
	}
	if !absent(p["dropout"]) {
		if drop, err := referenceFloat(p["dropout"]); err != nil || drop != 0 {
			return nil, fmt.Errorf("%s.dropout: it is for training and gives other ids each time; set it to null", where)
		}
	}
	if m.vocab, err = readVocab(p["vocab"], where+".vocab"); err != nil {
		return nil, err
	}
	if err = m.readMerges(p["merges"], where+".merges"); err != nil {
		return nil, err
	}
	// One that is no piece is never used by a model that knows all bytes; GPT-2's
	// is such.
	if n, ok := m.vocab.id(unk); ok {
		m.unk = n
	}
	for b := range m.bytes {
		m.bytes[b] = -1
		if n, ok := m.vocab.id(byteToken(byte(b))); ok && fallback {
			m.bytes[b] = n
		}
	}
	m.readChars()
	return m, nil
}

func (m *bpe) readChars() {
	for r := range m.chars {
		m.chars[r] = -1
		if n, ok := m.vocab.id(string(rune(r))); ok {
			m.chars[r] = n
		}
	}
}

// readMerges reads the pairs in the order in which they are joined, each as "a b"
// or as ["a", "b"].
func (m *bpe) readMerges(raw json.RawMessage, where string) error {
	var pairs []join
	var joined []byte
	id := func(i int, token []byte) (int32, error) {
		n, ok := m.vocab.ids[string(token)]
		if !ok {
			return 0, fmt.Errorf("%s[%d]: the piece %s is not in the vocabulary", where, i, shown(token))
		}
		return n, nil
	}
	skipped := 0
	err := elements(raw, where, func(i int, value []byte) error {
		if i >= maxVocab {
			return fmt.Errorf("%s: there are more than %d", where, maxVocab)
		}
		a, b, err := pairOf(value)
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", where, i, err)
		}
		if a == nil {
			skipped++
			return nil
		}
		var j join
		if j.a, err = id(i, a); err != nil {
			return err
		}
		if j.b, err = id(i, b); err != nil {
			return err
		}
		if !bytes.HasPrefix(b, []byte(m.prefix)) {
			return fmt.Errorf("%s[%d]: %s does not begin with %s, the continuing_subword_prefix", where, i, shown(b), shown([]byte(m.prefix)))
		}
		joined = append(append(joined[:0], a...), b[len(m.prefix):]...)
		if j.into, err = id(i, joined); err != nil {
			return err
		}
		j.rank = int32(i - skipped)
		pairs = append(pairs, j)
		return nil
	})
	m.joins = newJoins(pairs)
	return err
}

// pairOf reads a pair; both are nil for a line that names the version of the form.
func pairOf(raw []byte) (a, b []byte, err error) {
	if len(raw) > 0 && raw[0] == '[' {
		err = elements(raw, "a pair", func(i int, value []byte) error {
			part, err := stringBytes(value)
			switch i {
			case 0:
				a = part
			case 1:
				b = part
			default:
				err = fmt.Errorf("a pair of pieces is expected, and there is %s", shown(raw))
			}
			return err
		})
		if err == nil && (a == nil || b == nil) {
			err = fmt.Errorf("a pair of pieces is expected, and there is %s", shown(raw))
		}
		return a, b, err
	}
	line, err := stringBytes(raw)
	if err != nil || bytes.HasPrefix(line, []byte("#version")) {
		return nil, nil, err
	}
	a, b, ok := bytes.Cut(line, []byte{' '})
	if !ok || bytes.IndexByte(b, ' ') >= 0 {
		return nil, nil, fmt.Errorf("two pieces with one space between them are expected, and there is %s", shown(raw))
	}
	return a, b, nil
}

func (m *bpe) id(token string) (int32, bool) {
	if n, ok := m.hidden[token]; ok {
		return n, true
	}
	return m.vocab.id(token)
}

func (m *bpe) size() int  { return m.vocab.size() }
func (m *bpe) count() int { return len(m.vocab.ids) }

// hide takes pieces out of what is found in texts; id still knows them. It is for
// special tokens, before the model is used.
func (m *bpe) hide(tokens ...string) {
	gone := map[int32]bool{}
	for _, token := range tokens {
		if n, ok := m.vocab.id(token); ok {
			m.hidden[token] = n
			gone[n] = true
			delete(m.vocab.ids, token)
		}
	}
	m.joins.forget(gone)
	m.readChars()
}

// shortWord is up to how many characters a word is joined by looking through all
// its pairs each time; longer ones go by a queue.
const shortWord = 48

func (m *bpe) appendIDs(ids []int32, text []byte) []int32 {
	if m.whole {
		if n, ok := m.vocab.ids[string(text)]; ok {
			return append(ids, n)
		}
	}
	begin := len(ids)
	ids = m.appendChars(ids, text)
	word := ids[begin:]
	if len(word) > shortWord {
		return ids[:begin+m.joinLong(word)]
	}
	return ids[:begin+m.joinShort(word)]
}

// appendChars appends the ids of the single characters.
func (m *bpe) appendChars(ids []int32, text []byte) []int32 {
	plain := m.prefix == "" && m.suffix == ""
	unknown := false // one is still to be appended
	var buffer [64]byte
	for i := 0; i < len(text); {
		r, width := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRune(text[i:])
		}
		char := text[i : i+width]
		n := int32(-1)
		if plain && r < rune(len(m.chars)) {
			n = m.chars[r]
		} else {
			if !plain {
				char = m.affixed(buffer[:0], char, i == 0, i+width == len(text))
			}
			if found, ok := m.vocab.ids[string(char)]; ok {
				n = found
			}
		}
		i += width
		if n >= 0 {
			if unknown {
				ids, unknown = append(ids, m.unk), false
			}
			ids = append(ids, n)
			continue
		}
		if all, ok := m.appendBytes(ids, char); ok {
			// The reference leaves what was unknown before for later, too.
			ids = all
			continue
		}
		if m.unk >= 0 {
			if unknown && !m.fuse {
				ids = append(ids, m.unk)
			}
			unknown = true
		}
	}
	if unknown {
		ids = append(ids, m.unk)
	}
	return ids
}

func (m *bpe) affixed(dst, char []byte, first, last bool) []byte {
	if !first {
		dst = append(dst, m.prefix...)
	}
	dst = append(dst, char...)
	if last {
		dst = append(dst, m.suffix...)
	}
	return dst
}

// appendBytes appends the pieces that stand for bytes, if there is one for each.
func (m *bpe) appendBytes(ids []int32, char []byte) ([]int32, bool) {
	begin := len(ids)
	for _, b := range char {
		if m.bytes[b] < 0 {
			return ids[:begin], false
		}
		ids = append(ids, m.bytes[b])
	}
	return ids, true
}
