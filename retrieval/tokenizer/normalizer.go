package tokenizer

import (
	"encoding/json"
	"fmt"
)

// readNormalizers reads the normaliser of a file, a Sequence as its parts.
func readNormalizers(raw json.RawMessage, where string) ([]normalizer, error) {
	if absent(raw) {
		return nil, nil
	}
	return appendNormalizers(nil, raw, where)
}

func appendNormalizers(all []normalizer, raw json.RawMessage, where string) ([]normalizer, error) {
	name, err := kind(raw, where)
	if err != nil {
		return nil, err
	}
	if name == "Sequence" {
		err = sequence(raw, where, "normalizers", func(part json.RawMessage, where string) error {
			all, err = appendNormalizers(all, part, where)
			return err
		})
		return all, err
	}
	n, err := readNormalizer(name, raw, where)
	if err != nil {
		return nil, err
	}
	if len(all) == maxParts {
		return nil, fmt.Errorf("%s: it has more than %d parts", where, maxParts)
	}
	return append(all, n), nil
}

func readNormalizer(name string, raw json.RawMessage, where string) (normalizer, error) {
	switch name {
	case "Precompiled":
		return readPrecompiled(raw, where)
	case "ByteLevel":
		return readByteLevelNormalizer(raw, where)
	default:
		return nil, unknownKind(where, name)
	}
}
