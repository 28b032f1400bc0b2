package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"unicode/utf8"
)

// unigram is SentencePiece's model of pieces with a probability each (Kudo,
// "Subword Regularization", 2018): a text is cut where the product of its
// pieces' probabilities is largest. Safe for concurrent use.
type unigram struct {
	trie   *trie
	scores []float64 // logarithms of probabilities, by id
	unk    int32
	// unknown is the score of a character that no piece is.
	unknown float64
	// bytes are the pieces <0x00> to <0xFF> for texts that no piece is; -1: the
	// file has none, or does not want them.
	bytes  [256]int32
	hidden map[string]int32
	pool   sync.Pool // of *[]path
}

// A path is the best way to cut a text up to some place.
type path struct {
	score    float64
	from, id int32 // the last piece: where it begins; from is -1 where no way leads
}

const (
	// unknownPenalty is how much less likely than the least likely piece an
	// unknown character is; SentencePiece's figure.
	unknownPenalty = 10.0
	// maxPieceBytes bounds the work for each place of a text.
	maxPieceBytes = 512
)

func readUnigram(raw json.RawMessage, where string) (model, error) {
	p, err := parts(raw, where, "type", "unk_id", "byte_fallback", "vocab")
	if err != nil {
		return nil, err
	}
	m := &unigram{unk: -1, hidden: map[string]int32{}}
	fallback, err := flag(p, "byte_fallback", where)
	if err != nil {
		return nil, err
	}
	if !absent(p["unk_id"]) {
		if m.unk, err = idOf(p["unk_id"]); err != nil {
			return nil, fmt.Errorf("%s.unk_id: %w", where, err)
		}
	}
	var pieces [][]byte
	if pieces, m.scores, err = readScores(p["vocab"], where+".vocab"); err != nil {
		return nil, err
	}
	least := math.Inf(1)
	for _, s := range m.scores {
		least = min(least, s)
	}
	if int(m.unk) >= len(pieces) || m.unk < 0 {
		// A file without one fails in the reference at the first unknown character.
		return nil, fmt.Errorf("%s.unk_id: it must be the number of a piece of vocab, for characters that no piece is", where)
	}
	m.unknown = least - unknownPenalty
	if m.trie, err = buildTrie(uniqueKeys(pieces)); err != nil {
		return nil, fmt.Errorf("%s.vocab: %w", where, err)
	}
	for b := range m.bytes {
		m.bytes[b] = -1
		if n, ok := m.id(byteToken(byte(b))); ok && fallback {
			m.bytes[b] = n
		}
	}
	return m, nil
}

// readScores reads a list of pairs of a piece and its score.
func readScores(raw json.RawMessage, where string) (pieces [][]byte, scores []float64, err error) {
	err = elements(raw, where, func(i int, pair []byte) error {
		if i > maxID {
			return fmt.Errorf("%s: there are more than %d pieces", where, maxID+1)
		}
		parts := 0
		err := elements(pair, "a piece", func(j int, value []byte) error {
			parts++
			switch j {
			case 0:
				piece, err := stringBytes(value)
				if err == nil && len(piece) > maxPieceBytes {
					err = fmt.Errorf("a piece has %d bytes; at most %d can be used", len(piece), maxPieceBytes)
				}
				pieces = append(pieces, piece)
				return err
			case 1:
				score, err := referenceFloat(value)
				scores = append(scores, score)
				return err
			}
			return nil
		})
		if err == nil && parts != 2 {
			err = fmt.Errorf("a piece and its score are expected, and there is %s", shown(pair))
		}
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", where, i, err)
		}
		return nil
	})
	return pieces, scores, err
}

// byteToken is the piece that stands for a byte.
func byteToken(b byte) string { return fmt.Sprintf("<0x%02X>", b) }

func (m *unigram) id(token string) (int32, bool) {
	if n, ok := m.hidden[token]; ok {
		return n, true
	}
	if n := m.trie.find([]byte(token)); n >= 0 {
		return m.trie.cells[n].value, true
	}
	return 0, false
}

func (m *unigram) size() int { return len(m.scores) }

// hide takes pieces out of what is found in texts; id still knows them. It is for
// special tokens, before the model is used.
func (m *unigram) hide(tokens ...string) {
	for _, token := range tokens {
		if n := m.trie.find([]byte(token)); n >= 0 {
			m.hidden[token] = m.trie.cells[n].value
			m.trie.cells[n].value = -1
		}
	}
}

func (m *unigram) appendIDs(ids []int32, text []byte) []int32 {
	// A word fits here; a longer text borrows.
	var few [48]path
	if len(text) < len(few) {
		return m.cut(ids, text, few[:len(text)+1])
	}
	kept, ok := m.pool.Get().(*[]path)
	if !ok {
		kept = new([]path)
	}
	if cap(*kept) <= len(text) {
		*kept = make([]path, len(text)+1)
	}
	ids = m.cut(ids, text, (*kept)[:len(text)+1])
	if cap(*kept) <= maxKept/16 {
		m.pool.Put(kept)
	}
	return ids
}

// cut is Viterbi's algorithm from left to right: best has a place for each byte of
// the text, and one more. Of two ways that are alike the one found first stays:
// that whose last piece is longer.
func (m *unigram) cut(ids []int32, text []byte, best []path) []int32 {
	for i := range best {
		best[i].from = -1
	}
	best[0] = path{from: 0}
	cells := m.trie.cells
	for at := 0; at < len(text); {
		width := runeWidth(text[at:])
		here := best[at].score
		single := false
		node := int32(0)
		for i := at; i < len(text); i++ {
			child := cells[node].base ^ int32(text[i])
			if cells[child].parent != node {
				break
			}
			node = child
			id := cells[node].value
			if id < 0 {
				continue
			}
			if score := m.scores[id] + here; best[i+1].from < 0 || score > best[i+1].score {
				best[i+1] = path{score, int32(at), id}
			}
			single = single || i+1-at == width
		}
		if !single {
			if score := m.unknown + here; best[at+width].from < 0 || score > best[at+width].score {
				best[at+width] = path{score, int32(at), m.unk}
			}
		}
		at += width
	}
	// The way back. What follows one another and is unknown counts as one piece.
	begin := len(ids)
	for end := len(text); end > 0; {
		p := best[end]
		from := int(p.from)
		if p.id != m.unk {
			ids = append(ids, p.id)
			end = from
			continue
		}
		for from > 0 && best[from].id == m.unk {
			from = int(best[from].from)
		}
		ids = m.appendUnknown(ids, text[from:end])
		end = from
	}
	for i, j := begin, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}

// appendUnknown appends, from right to left, the ids of a text that the best way
// could not name.
func (m *unigram) appendUnknown(ids []int32, text []byte) []int32 {
	if n := m.trie.find(text); n >= 0 {
		return append(ids, m.trie.cells[n].value)
	}
	begin := len(ids)
	for i := len(text) - 1; i >= 0; i-- {
		n := m.bytes[text[i]]
		if n < 0 {
			return append(ids[:begin], m.unk)
		}
		ids = append(ids, n)
	}
	return ids
}

func runeWidth(text []byte) int {
	if text[0] < utf8.RuneSelf {
		return 1
	}
	_, width := utf8.DecodeRune(text)
	return width
}
