package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Bounds of what is read.
const (
	maxFile  = 64 << 20 // bytes of tokenizer.json
	maxVocab = 1 << 20  // pieces of a vocabulary, and as many merges
	maxID    = 1<<24 - 1
	maxPiece = 4096 // bytes of a piece of the vocabulary or of an added token
	maxParts = 64   // parts of a Sequence or a template, in all
	maxDepth = 8    // Sequences in each other
)

// ErrUnknown says that a file has a part that this package does not know: ids
// made without it would be wrong.
var ErrUnknown = errors.New("this program does not know it")

func unknownKind(where, kind string) error {
	return fmt.Errorf("%s: the kind %s: %w", where, shown([]byte(kind)), ErrUnknown)
}

// Open reads a tokenizer.json. What it does not know is an [ErrUnknown] that
// names the part; nothing is ever left out silently.
func Open(tokenizerJSON []byte) (*Tokenizer, error) {
	t, err := open(tokenizerJSON)
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	return t, nil
}

func open(data []byte) (*Tokenizer, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(data), maxFile)
	}
	if !json.Valid(data) {
		return nil, fmt.Errorf("it is no JSON: %w", json.Unmarshal(data, new(struct{})))
	}
	parts := map[string]json.RawMessage{}
	err := members(data, "the file", func(key, value []byte) error {
		switch k := string(key); k {
		case "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model":
			parts[k] = value
			return nil
		default:
			return fmt.Errorf("the part %s: %w", shown(key), ErrUnknown)
		}
	})
	if err != nil {
		return nil, err
	}
	if v := parts["version"]; !absent(v) && string(v) != `"1.0"` {
		return nil, fmt.Errorf("it has version %s, and this program reads \"1.0\"", shown(v))
	}
	t := new(Tokenizer)
	if t.model, err = readModel(parts["model"], "model"); err != nil {
		return nil, err
	}
	if t.normalizers, err = readNormalizers(parts["normalizer"], "normalizer"); err != nil {
		return nil, err
	}
	if t.preTokenizers, err = readPreTokenizers(parts["pre_tokenizer"], "pre_tokenizer"); err != nil {
		return nil, err
	}
	if t.post, err = readPost(parts["post_processor"], "post_processor"); err != nil {
		return nil, err
	}
	if err = t.readAdded(parts["added_tokens"], "added_tokens"); err != nil {
		return nil, err
	}
	if err = t.readTruncation(parts["truncation"], "truncation"); err != nil {
		return nil, err
	}
	if err = t.readPadding(parts["padding"], "padding"); err != nil {
		return nil, err
	}
	t.finish()
	return t, nil
}

// finish sets what follows from the parts.
func (t *Tokenizer) finish() {
	for _, parts := range [][]part{t.post.single.parts, t.post.pair.parts} {
		for _, p := range parts {
			t.size = max(t.size, int(p.id)+1)
		}
	}
	for _, p := range t.preTokenizers {
		m, ok := p.(*metaspace)
		t.heads = t.heads || ok && m.where == "first"
	}
	t.fast = newFast(t)
}

// readTruncation reads the file's own bound.
func (t *Tokenizer) readTruncation(raw json.RawMessage, where string) error {
	if absent(raw) {
		return nil
	}
	c := struct {
		Direction string `json:"direction"`
		MaxLength int    `json:"max_length"`
		Strategy  string `json:"strategy"`
		Stride    int    `json:"stride"` // of what is cut off, which is not used
	}{Direction: "Right"}
	if err := strict(raw, where, &c); err != nil {
		return err
	}
	strategies := map[string]strategy{"LongestFirst": longestFirst, "OnlyFirst": onlyFirst, "OnlySecond": onlySecond}
	var ok bool
	if t.strategy, ok = strategies[c.Strategy]; !ok {
		return unknownKind(where+".strategy", c.Strategy)
	}
	if c.Direction != "Right" && c.Direction != "Left" {
		return unknownKind(where+".direction", c.Direction)
	}
	if c.MaxLength < 1 {
		return fmt.Errorf("%s.max_length: at least 1 is expected, and there is %d", where, c.MaxLength)
	}
	t.most, t.left = c.MaxLength, c.Direction == "Left"
	return nil
}

// readPadding reads the id that fills up; how far and on which side is up to who
// makes the batch.
func (t *Tokenizer) readPadding(raw json.RawMessage, where string) error {
	if absent(raw) {
		// The usual names, where the vocabulary has one.
		for _, name := range []string{"[PAD]", "<pad>"} {
			if id, ok := t.model.id(name); ok && !t.padded {
				t.pad, t.padded = id, true
			}
		}
		return nil
	}
	var c struct {
		Strategy  json.RawMessage `json:"strategy"`
		Direction string          `json:"direction"`
		Multiple  *int            `json:"pad_to_multiple_of"`
		ID        *int32          `json:"pad_id"`
		Type      int             `json:"pad_type_id"`
		Token     string          `json:"pad_token"`
	}
	if err := strict(raw, where, &c); err != nil {
		return err
	}
	if c.ID == nil || *c.ID < 0 || *c.ID > maxID {
		return fmt.Errorf("%s.pad_id: an id from 0 to %d is expected", where, maxID)
	}
	t.pad, t.padded = *c.ID, true
	t.size = max(t.size, int(t.pad)+1)
	return nil
}

// readModel reads the model. An older file does not say its kind, which then
// follows from what it has.
func readModel(raw json.RawMessage, where string) (model, error) {
	if absent(raw) {
		return nil, fmt.Errorf("%s: it is missing", where)
	}
	name, guess := "", "WordLevel"
	err := members(raw, where, func(key, value []byte) error {
		switch string(key) {
		case "type":
			b, err := stringBytes(value)
			name = string(b)
			return err
		case "merges":
			guess = "BPE"
		case "max_input_chars_per_word":
			guess = "WordPiece"
		case "unk_id":
			guess = "Unigram"
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = guess
	}
	switch name {
	case "WordPiece":
		return readWordPiece(raw, where)
	case "WordLevel":
		return readWordLevel(raw, where)
	case "Unigram":
		return readUnigram(raw, where)
	case "BPE":
		return readBPE(raw, where)
	default:
		return nil, unknownKind(where, name)
	}
}

// sequence calls do for the parts of a Sequence, which stand under key. Parts
// may be Sequences again.
func sequence(raw json.RawMessage, where, key string, do func(part json.RawMessage, where string) error) error {
	if strings.Count(where, "[") >= maxDepth {
		return fmt.Errorf("%s: Sequences lie more than %d deep in each other", where, maxDepth)
	}
	found := false
	err := members(raw, where, func(k, value []byte) error {
		switch string(k) {
		case "type":
			return nil
		case key:
			found = true
			return elements(value, where+"."+key, func(i int, part []byte) error {
				return do(part, fmt.Sprintf("%s.%s[%d]", where, key, i))
			})
		default:
			return fmt.Errorf("%s: the key %s: %w", where, shown(k), ErrUnknown)
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: a Sequence has %s", where, key)
	}
	return err
}
