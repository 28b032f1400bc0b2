package tokenizer

import "encoding/json"

// post puts the special tokens around the ids. (To come.)
type post struct{}

// readRest reads the added tokens, the post-processor, the truncation and the
// padding. (To come.)
func (t *Tokenizer) readRest(parts map[string]json.RawMessage) error {
	t.size = t.model.size()
	return nil
}

// Encode gives the ids of a text with the special tokens that the file puts
// around it, at most `most` of them in all and no more than the file's own
// truncation allows; most is 0 for no bound of the caller's. Special tokens in
// the text itself are plain text.
func (t *Tokenizer) Encode(text string, most int) []int32 {
	s := t.take()
	defer t.give(s)
	s.a = t.appendText(s.a[:0], text, most, s)
	return append([]int32(nil), s.a...)
}

// EncodePair gives the ids and the token types of a pair of texts; it is
// otherwise as Encode. The longer text is shortened first.
func (t *Tokenizer) EncodePair(a, b string, most int) (ids, types []int32) {
	return nil, nil // to come
}

// Pad is the id that fills up a shorter row of a batch, if the file names one.
func (t *Tokenizer) Pad() (id int32, ok bool) { return t.pad, t.padded }

// Size is one more than the largest id that there can be.
func (t *Tokenizer) Size() int { return t.size }
