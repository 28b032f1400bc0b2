package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Bounds of what is read.
const (
	maxFile  = 64 << 20 // bytes of tokenizer.json
	maxVocab = 2 << 20  // pieces of a vocabulary, and as many merges
	maxID    = 1<<24 - 1
	maxPiece = 4096 // bytes of a piece of the vocabulary or of an added token
	maxParts = 64   // parts of a Sequence or a template, in all
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
	if err = t.readRest(parts); err != nil {
		return nil, err
	}
	return t, nil
}

// readModel reads the model; an older file does not say its kind.
func readModel(raw json.RawMessage, where string) (model, error) {
	name, err := kind(raw, where)
	if err != nil {
		return nil, err
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
// may be Sequences again; depth bounds how deep.
func sequence(raw json.RawMessage, where, key string, do func(part json.RawMessage, where string) error) error {
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
