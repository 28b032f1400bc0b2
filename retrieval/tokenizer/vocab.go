package tokenizer

import (
	"encoding/json"
	"fmt"
)

// A vocab gives the ids of pieces.
type vocab struct {
	ids  map[string]int32
	most int32 // the largest id; -1 if there is none
}

// readVocab reads {"piece": id, ...}.
func readVocab(raw json.RawMessage, where string) (vocab, error) {
	// A piece takes some ten bytes of the file.
	v := vocab{ids: make(map[string]int32, min(len(raw)/12, maxVocab)), most: -1}
	err := members(raw, where, func(key, value []byte) error {
		id, err := idOf(value)
		if err != nil {
			return fmt.Errorf("%s: the piece %s: %w", where, shown(key), err)
		}
		return v.put(string(key), id, where)
	})
	return v, err
}

// put adds a piece; one that is there gets the new id, as in the reference.
func (v *vocab) put(token string, id int32, where string) error {
	switch {
	case len(token) > maxPiece:
		return fmt.Errorf("%s: the piece %s has %d bytes, and at most %d are read", where, shown([]byte(token)), len(token), maxPiece)
	case len(v.ids) >= maxVocab:
		return fmt.Errorf("%s: it has more than %d pieces", where, maxVocab)
	}
	v.ids[token] = id
	v.most = max(v.most, id)
	return nil
}

func (v *vocab) id(token string) (int32, bool) {
	id, ok := v.ids[token]
	return id, ok
}

func (v *vocab) size() int { return int(v.most) + 1 }
