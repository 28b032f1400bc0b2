package tokenizer

// added are the tokens that are found in a text before anything else is done
// with it.
type added struct{}

// appendIDs appends the ids of a text. (Added tokens are to come.)
func (a *added) appendIDs(ids []int32, text []byte, enough int, t *Tokenizer, s *scratch) []int32 {
	return t.appendSection(ids, text, true, enough, s)
}

// appendSection appends the ids of what lies between added tokens.
func (t *Tokenizer) appendSection(ids []int32, text []byte, first bool, enough int, s *scratch) []int32 {
	for _, n := range t.normalizers {
		s.out = n.normalize(s.out[:0], text)
		s.in, s.out = s.out, s.in
		text = s.in
	}
	if len(text) == 0 {
		return ids
	}
	s.pieces = append(s.pieces[:0], piece{text: text, first: first})
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
		if ids = t.model.appendIDs(ids, p.text); enough > 0 && len(ids) >= enough {
			break
		}
	}
	return ids
}
