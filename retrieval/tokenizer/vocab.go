package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
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

// VocabOptions says how the tokeniser of a vocab.txt works.
type VocabOptions struct {
	// Lowercase is that of an uncased model: texts are brought to lower case and
	// lose their accents.
	Lowercase bool
}

// OpenVocab reads BERT's vocab.txt, a piece a line, with the normaliser, the
// special tokens and the sizes that BERT has. The pieces [UNK], [CLS] and [SEP]
// must be in it.
func OpenVocab(vocabTxt []byte, o VocabOptions) (*Tokenizer, error) {
	t, err := openVocab(vocabTxt, o)
	if err != nil {
		return nil, fmt.Errorf("vocab.txt: %w", err)
	}
	return t, nil
}

func openVocab(data []byte, o VocabOptions) (*Tokenizer, error) {
	switch {
	case len(data) > maxFile:
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(data), maxFile)
	case !utf8.Valid(data):
		return nil, errors.New("it is not UTF-8")
	}
	v := vocab{ids: make(map[string]int32, min(len(data)/8, maxVocab)), most: -1}
	line := int32(0)
	for text := range bytes.Lines(data) {
		line++
		token := bytes.TrimRightFunc(text, space1)
		if len(token) == 0 {
			continue
		}
		if err := v.put(string(token), line-1, fmt.Sprintf("line %d", line)); err != nil {
			return nil, err
		}
	}
	var special [3]int32
	for i, name := range []string{"[CLS]", "[SEP]", "[UNK]"} {
		var ok bool
		if special[i], ok = v.id(name); !ok {
			return nil, fmt.Errorf("it lacks the piece %s: it is no vocabulary of BERT's", name)
		}
	}
	m, err := newWordPiece(v, "[UNK]", "##", 100, "the vocabulary")
	if err != nil {
		return nil, err
	}
	table := classes()
	first := []part{{id: special[0]}, {text: 1}, {id: special[1]}}
	t := &Tokenizer{
		normalizers:   []normalizer{&bertNormalizer{clean: true, ideographs: true, strip: o.Lowercase, lower: o.Lowercase, classes: table}},
		preTokenizers: []preTokenizer{bertPreTokenizer{table}},
		model:         m,
		post:          post{newTemplate(first...), newTemplate(append(first, part{text: 2, kind: 1}, part{id: special[1], kind: 1})...)},
		size:          m.size(),
	}
	t.pad, t.padded = m.id("[PAD]")
	for _, name := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
		m.hide(name)
	}
	t.finish()
	return t, nil
}
