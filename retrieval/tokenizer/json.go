package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// What is walked through here was found valid as a whole before (json.Valid), so
// that the walkers need not look for faults of the form. They make no values:
// a vocabulary of 250,000 pieces is read at the speed of its bytes.

// members calls do for each member of an object, in the order of the file. The
// key is decoded; it and the value are parts of raw or valid until do returns.
func members(raw json.RawMessage, where string, do func(key, value []byte) error) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		return fmt.Errorf("%s: an object is expected, and there is %s", where, shown(raw))
	}
	i := space(raw, 1)
	for raw[i] != '}' {
		end := valueEnd(raw, i)
		key, err := stringBytes(raw[i:end])
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		i = space(raw, space(raw, end)+1) // past the colon
		end = valueEnd(raw, i)
		if err := do(key, raw[i:end]); err != nil {
			return err
		}
		if i = space(raw, end); raw[i] == ',' {
			i = space(raw, i+1)
		}
	}
	return nil
}

// elements calls do for each element of an array.
func elements(raw json.RawMessage, where string, do func(i int, value []byte) error) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '[' {
		return fmt.Errorf("%s: a list is expected, and there is %s", where, shown(raw))
	}
	i := space(raw, 1)
	for n := 0; raw[i] != ']'; n++ {
		end := valueEnd(raw, i)
		if err := do(n, raw[i:end]); err != nil {
			return err
		}
		if i = space(raw, end); raw[i] == ',' {
			i = space(raw, i+1)
		}
	}
	return nil
}

// space gives the place of the first byte from i on that is no white space.
func space(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
		i++
	}
	return i
}

// valueEnd gives the place behind the value that begins at i.
func valueEnd(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// stringBytes decodes a string; one without escapes is a part of raw.
func stringBytes(raw []byte) ([]byte, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, fmt.Errorf("a string is expected, and there is %s", shown(raw))
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return plain, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// idOf decodes an id of a vocabulary, which is from 0 to maxID.
func idOf(raw []byte) (int32, error) {
	n, err := strconv.ParseInt(string(raw), 10, 32)
	if err != nil || n < 0 || n > maxID {
		return 0, fmt.Errorf("an id from 0 to %d is expected, and there is %s", maxID, shown(raw))
	}
	return int32(n), nil
}

// absent says that a part is not there or null.
func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

// strict decodes a small part into v; a key that v lacks is an error.
func strict(raw json.RawMessage, where string, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

// kind gives the type that a part says it is.
func kind(raw json.RawMessage, where string) (string, error) {
	var name string
	err := members(raw, where, func(key, value []byte) error {
		if string(key) != "type" {
			return nil
		}
		b, err := stringBytes(value)
		if err != nil {
			return fmt.Errorf("%s.type: %w", where, err)
		}
		name = string(b)
		return nil
	})
	if err == nil && name == "" {
		err = fmt.Errorf("%s: it has no type", where)
	}
	return name, err
}

// shown gives the beginning of what stands in a file, for an error.
func shown(raw []byte) string {
	const most = 40
	if len(raw) == 0 {
		return "nothing"
	}
	if len(raw) > most {
		raw = append(raw[:most:most], "..."...)
	}
	return strconv.Quote(string(raw))
}

// parts gives the members of an object, all of whose keys are known.
func parts(raw json.RawMessage, where string, known ...string) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	err := members(raw, where, func(key, value []byte) error {
		if !slices.Contains(known, string(key)) {
			return fmt.Errorf("%s: the key %s: %w", where, shown(key), ErrUnknown)
		}
		all[string(key)] = value
		return nil
	})
	return all, err
}

// text gives a member that is a string and must be there.
func text(parts map[string]json.RawMessage, key, where string) (string, error) {
	b, err := stringBytes(parts[key])
	switch {
	case err != nil:
		return "", fmt.Errorf("%s.%s: %w", where, key, err)
	case len(b) > maxPiece:
		return "", fmt.Errorf("%s.%s: it has %d bytes, and at most %d are read", where, key, len(b), maxPiece)
	}
	return string(b), nil
}

// flag decodes a member that is true or false; one that is absent is false.
func flag(parts map[string]json.RawMessage, key, where string) (bool, error) {
	switch raw := parts[key]; {
	case absent(raw) || string(raw) == "false":
		return false, nil
	case string(raw) == "true":
		return true, nil
	default:
		return false, fmt.Errorf("%s.%s: true or false is expected, and there is %s", where, key, shown(raw))
	}
}
