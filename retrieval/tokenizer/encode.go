package tokenizer

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Encode gives the ids of a text with the special tokens that the file puts
// around it: at most `most` ids in all, or for 0 as many as the file's own
// truncation allows, which is often less than what the model was made for and
// which transformers and sentence-transformers override too. The text is cut,
// never the special tokens, but where the bound is below their number. Special
// tokens in the text itself are plain text. Bytes that are not UTF-8 read as
// U+FFFD.
func (t *Tokenizer) Encode(text string, most int) []int32 {
	s := t.take()
	defer t.give(s)
	most = t.bound(most)
	room := t.post.single.room(most)
	s.a = t.appendText(s.a[:0], text, room, s)
	ids := make([]int32, 0, t.post.single.special+len(s.a))
	for _, p := range t.post.single.parts {
		if p.text == 0 {
			ids = append(ids, p.id)
		} else {
			ids = append(ids, t.cut(s.a, room)...)
		}
	}
	if most > 0 && len(ids) > most {
		ids = ids[:most]
	}
	return ids
}

// EncodePair gives the ids and the token types of a pair of texts. It is
// otherwise as [Tokenizer.Encode]: what is too long is taken off the longer text
// first, unless the file's truncation names one of them.
func (t *Tokenizer) EncodePair(a, b string, most int) (ids, types []int32) {
	s := t.take()
	defer t.give(s)
	most = t.bound(most)
	room, enough := t.post.pair.room(most), noBound
	if most > 0 {
		// The reference reads each text word by word until there are so many ids.
		// Which text is the longer one by then decides who gets the odd id.
		enough = most
	}
	s.a = t.appendText(s.a[:0], a, enough, s)
	s.b = t.appendText(s.b[:0], b, enough, s)
	roomA, roomB := t.share(len(s.a), len(s.b), room)
	size := t.post.pair.special + len(s.a) + len(s.b)
	if most > 0 {
		size = min(size, most+t.post.pair.special)
	}
	ids, types = make([]int32, 0, size), make([]int32, 0, size)
	for _, p := range t.post.pair.parts {
		begin := len(ids)
		switch p.text {
		case 0:
			ids = append(ids, p.id)
		case 1:
			ids = append(ids, t.cut(s.a, roomA)...)
		case 2:
			ids = append(ids, t.cut(s.b, roomB)...)
		}
		for range len(ids) - begin {
			types = append(types, p.kind)
		}
	}
	if most > 0 && len(ids) > most {
		ids, types = ids[:most], types[:most]
	}
	return ids, types
}

// noBound is the room of a text that may have any number of ids.
const noBound = -1

// bound gives how many ids there may be in all; 0: any number.
func (t *Tokenizer) bound(most int) int {
	if most <= 0 {
		return t.most
	}
	return most
}

// room gives how many ids of texts fit.
func (t template) room(most int) int {
	if most == 0 {
		return noBound
	}
	return max(most-t.special, 0)
}

// cut gives what of the ids of a text has room.
func (t *Tokenizer) cut(ids []int32, room int) []int32 {
	switch {
	case room == noBound || len(ids) <= room:
		return ids
	case t.left:
		return ids[len(ids)-room:]
	default:
		return ids[:room]
	}
}

// A strategy says which text of a pair is cut.
type strategy int

const (
	longestFirst strategy = iota
	onlyFirst
	onlySecond
)

// share divides the room among a pair, as the reference does: the shorter one
// stays whole as long as it has half of it.
func (t *Tokenizer) share(a, b, room int) (roomA, roomB int) {
	if room == noBound || a+b <= room {
		return a, b
	}
	over := a + b - room
	switch {
	case t.strategy == onlyFirst && a > over:
		return a - over, b
	case t.strategy == onlySecond && b > over:
		return a, b - over
	}
	short, long := min(a, b), 0
	if short > room {
		long = short
	} else {
		long = max(short, room-short)
	}
	if short+long > room {
		short = room / 2
		long = short + room%2
	}
	if a > b {
		return long, short
	}
	return short, long
}

// appendText appends the ids of a text without special tokens. As in the
// reference it stops behind the piece with which there are enough of them, never
// behind an added token, or goes on to the end with noBound.
func (t *Tokenizer) appendText(ids []int32, text string, enough int, s *scratch) []int32 {
	if enough == 0 {
		return ids
	}
	if t.left {
		enough = noBound // the end is what counts
	}
	s.text = append(s.text[:0], text...)
	if !utf8.Valid(s.text) {
		s.text = append(s.text[:0], strings.ToValidUTF8(text, "\uFFFD")...)
	}
	s.enough, s.full, s.arena.matched = enough, false, 0
	if t.added.raw.trie == nil {
		return t.appendSection(ids, s.text, true, s)
	}
	t.added.raw.sections(s.text, func(from, to int) bool {
		ids = t.appendSection(ids, s.text[from:to], from == 0, s)
		return !s.full
	}, func(id int32) { ids = append(ids, id) })
	return ids
}

// appendPiece appends the ids of one piece.
func (s *scratch) appendPiece(ids []int32, m model, text []byte) []int32 {
	ids = m.appendIDs(ids, text)
	s.full = s.enough != noBound && len(ids) >= s.enough
	return ids
}

// appendSection appends the ids of what lies between added tokens.
func (t *Tokenizer) appendSection(ids []int32, text []byte, first bool, s *scratch) []int32 {
	if t.fast != nil {
		return t.fast.appendIDs(ids, text, s)
	}
	raw := text
	for _, n := range t.normalizers {
		s.out = n.normalize(s.out[:0], text)
		s.in, s.out = s.out, s.in
		text = s.in
	}
	head := 0
	if first && t.heads {
		head = t.head(raw, text)
	}
	if t.added.normal.trie == nil {
		return t.appendPieces(ids, text, head, s)
	}
	t.added.normal.sections(text, func(from, to int) bool {
		ids = t.appendPieces(ids, text[from:to], head-from, s)
		return !s.full
	}, func(id int32) { ids = append(ids, id) })
	return ids
}

// head gives how many bytes at the beginning of the normal form the first
// character became.
func (t *Tokenizer) head(raw, normal []byte) int {
	_, size := utf8.DecodeRune(raw)
	alone := t.normalized(raw[:size])
	if len(alone) == 0 || bytes.HasPrefix(normal, alone) {
		return len(alone)
	}
	_, size = utf8.DecodeRune(normal) // it became one with what follows
	return size
}

// appendPieces appends the ids of a normalised text without added tokens, whose
// first head bytes are what became of the first character asked for.
func (t *Tokenizer) appendPieces(ids []int32, text []byte, head int, s *scratch) []int32 {
	if len(text) == 0 {
		return ids
	}
	s.arena.text = s.arena.text[:0]
	s.pieces = append(s.pieces[:0], piece{text: text, first: head > 0, head: max(head, 0)})
	for _, p := range t.preTokenizers {
		s.other = s.other[:0]
		for _, piece := range s.pieces {
			s.other = p.preTokenize(s.other, piece, &s.arena)
		}
		kept := s.other[:0]
		for _, piece := range s.other {
			if len(piece.text) > 0 {
				kept = append(kept, piece)
			}
		}
		s.pieces, s.other = kept, s.pieces
	}
	for _, p := range s.pieces {
		if ids = s.appendPiece(ids, t.model, p.text); s.full {
			break
		}
	}
	return ids
}
