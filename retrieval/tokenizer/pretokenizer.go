package tokenizer

import (
	"encoding/json"
	"fmt"
)

// readPreTokenizers reads the pre-tokeniser of a file, a Sequence as its parts.
func readPreTokenizers(raw json.RawMessage, where string) ([]preTokenizer, error) {
	if absent(raw) {
		return nil, nil
	}
	return appendPreTokenizers(nil, raw, where)
}

func appendPreTokenizers(all []preTokenizer, raw json.RawMessage, where string) ([]preTokenizer, error) {
	name, err := kind(raw, where)
	if err != nil {
		return nil, err
	}
	if name == "Sequence" {
		err = sequence(raw, where, "pretokenizers", func(part json.RawMessage, where string) error {
			all, err = appendPreTokenizers(all, part, where)
			return err
		})
		return all, err
	}
	p, err := readPreTokenizer(name, raw, where)
	if err != nil {
		return nil, err
	}
	if len(all) == maxParts {
		return nil, fmt.Errorf("%s: it has more than %d parts", where, maxParts)
	}
	return append(all, p), nil
}

func readPreTokenizer(name string, raw json.RawMessage, where string) (preTokenizer, error) {
	switch name {
	case "ByteLevel":
		return readByteLevel(raw, where)
	case "Metaspace":
		return readMetaspace(raw, where)
	default:
		return nil, unknownKind(where, name)
	}
}
