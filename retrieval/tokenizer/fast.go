package tokenizer

import "math"

// fast is BERT's whole line, BertNormalizer, BertPreTokenizer and WordPiece, in
// one pass. What lies between white space goes through by itself: none of the
// stages looks across it.
type fast struct {
	normalizer *bertNormalizer
	cut        bertPreTokenizer
	model      *wordPiece
	// kinds says of each byte what the pass does with it, and lower what it becomes.
	kinds [256]byteKind
	lower [256]byte
}

type byteKind uint8

const (
	byteOdd   byteKind = iota // beyond ASCII, or a control that is cleaned away
	byteWord                  // part of a word
	bytePunct                 // a word by itself
	byteSpace
)

// newFast gives nil where the line is another one.
func newFast(t *Tokenizer) *fast {
	m, ok := t.model.(*wordPiece)
	if !ok || len(t.normalizers) != 1 || len(t.preTokenizers) != 1 || t.added.normal.trie != nil {
		return nil
	}
	f := &fast{model: m}
	if f.normalizer, ok = t.normalizers[0].(*bertNormalizer); !ok {
		return nil
	}
	if f.cut, ok = t.preTokenizers[0].(bertPreTokenizer); !ok {
		return nil
	}
	for c := range 128 {
		f.lower[c] = byte(c)
		if f.normalizer.lower && 'A' <= c && c <= 'Z' {
			f.lower[c] += 'a' - 'A'
		}
		class := f.cut.classes.classes[c]
		space := class&isSpace != 0
		if f.normalizer.clean && class&isControl != 0 {
			space = false
		}
		switch {
		case space:
			f.kinds[c] = byteSpace
		case f.normalizer.clean && class&isControl != 0:
		case class&isPunctuation != 0:
			f.kinds[c] = bytePunct
		default:
			f.kinds[c] = byteWord
		}
	}
	return f
}

// appendIDs appends the ids of a text as the stages one after the other would;
// it stops behind the word with which there are enough.
func (f *fast) appendIDs(ids []int32, text []byte, s *scratch) []int32 {
	enough := s.enough
	if enough == noBound {
		enough = math.MaxInt
	}
	for i := 0; i < len(text); {
		begin := i
		kind := f.kinds[text[i]]
		for kind == byteWord {
			if i++; i == len(text) {
				break
			}
			kind = f.kinds[text[i]]
		}
		switch {
		case i < len(text) && kind == byteOdd:
			i = begin
			for i < len(text) && f.kinds[text[i]] != byteSpace {
				i++
			}
			ids = f.appendOdd(ids, text[begin:i], s)
		case begin < i:
			ids = f.appendWord(ids, text[begin:i])
			s.full = len(ids) >= enough
		case kind == bytePunct:
			i++
			ids = f.appendWord(ids, text[begin:i])
			s.full = len(ids) >= enough
		default:
			i++
		}
		if s.full {
			return ids
		}
	}
	return ids
}

// appendOdd appends the ids of a part with other characters than ASCII's.
func (f *fast) appendOdd(ids []int32, text []byte, s *scratch) []int32 {
	s.out = f.normalizer.normalize(s.out[:0], text)
	s.other = f.cut.preTokenize(s.other[:0], piece{text: s.out}, nil)
	for _, p := range s.other {
		if ids = s.appendPiece(ids, f.model, p.text); s.full {
			break
		}
	}
	return ids
}

// appendWord appends the ids of a word of ASCII, whose letters become small ones
// on the way.
func (f *fast) appendWord(ids []int32, word []byte) []int32 {
	if len(word) > f.model.most {
		return append(ids, f.model.unk)
	}
	begin := len(ids)
	cells := f.model.words.cells
	for from := 0; from < len(word); {
		n, base := int32(0), cells[0].base
		value, end := int32(-1), 0
		for i, c := range word[from:] {
			child := base ^ int32(f.lower[c])
			cell := &cells[child]
			if cell.parent != n {
				break
			}
			if cell.value >= 0 {
				value, end = cell.value, from+i+1
			}
			n, base = child, cell.base
		}
		if value < 0 {
			return append(ids[:begin], f.model.unk)
		}
		ids = append(ids, value)
		from = end
		cells = f.model.parts.cells
	}
	return ids
}
