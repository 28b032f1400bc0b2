package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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
	var plain normalizer
	switch name {
	case "BertNormalizer":
		return readBertNormalizer(raw, where)
	case "Replace":
		return readReplace(raw, where)
	case "Strip":
		return readStrip(raw, where)
	case "Prepend":
		return readPrepend(raw, where)
	case "Precompiled":
		return readPrecompiled(raw, where)
	case "ByteLevel":
		return readByteLevelNormalizer(raw, where)
	case "NFC":
		plain = composer{norm.NFC, norm.NFD}
	case "NFKC":
		plain = composer{norm.NFKC, norm.NFKD}
	case "NFD":
		plain = decomposer(norm.NFD)
	case "NFKD":
		plain = decomposer(norm.NFKD)
	case "Lowercase":
		plain = lowercase{}
	case "StripAccents":
		plain = stripAccents{classes()}
	case "Nmt":
		plain = nmt{}
	default:
		return nil, unknownKind(where, name)
	}
	return plain, nothingElse(raw, where)
}

// nothingElse refuses keys besides the type.
func nothingElse(raw json.RawMessage, where string) error {
	return strict(raw, where, &struct {
		Type string `json:"type"`
	}{})
}

type decomposer norm.Form

func (d decomposer) normalize(dst, text []byte) []byte {
	return appendDecomposed(dst, text, norm.Form(d))
}

type lowercase struct{}

func (lowercase) normalize(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		dst = appendLower(dst, r)
		i += size
	}
	return dst
}

// stripAccents drops marks; it does not decompose.
type stripAccents struct{ classes *classTable }

func (n stripAccents) normalize(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if n.classes.of(r)&isMark == 0 {
			dst = append(dst, text[i:i+size]...)
		}
		i += size
	}
	return dst
}

// nmt cleans as SentencePiece's rules of the name nmt_nfkc do.
type nmt struct{}

func (nmt) normalize(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case 0x01 <= r && r <= 0x08, r == 0x0B, 0x0E <= r && r <= 0x1F, r == 0x7F, r == 0x8F, r == 0x9F:
		case r == '\t', r == '\n', r == '\f', r == '\r', r == 0x1680, 0x200B <= r && r <= 0x200F, r == 0x2028, r == 0x2029,
			r == 0x2581, r == 0xFEFF, r == 0xFFFD:
			dst = append(dst, ' ')
		default:
			dst = append(dst, text[i:i+size]...)
		}
		i += size
	}
	return dst
}

// strip drops white space at the ends.
type strip struct{ left, right bool }

func readStrip(raw json.RawMessage, where string) (normalizer, error) {
	var c struct {
		Type  string `json:"type"`
		Left  *bool  `json:"strip_left"`
		Right *bool  `json:"strip_right"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.Left == nil || c.Right == nil {
		return nil, fmt.Errorf("%s: a Strip has strip_left and strip_right", where)
	}
	return strip{*c.Left, *c.Right}, nil
}

func (n strip) normalize(dst, text []byte) []byte {
	if n.left {
		text = bytes.TrimLeftFunc(text, space1)
	}
	if n.right {
		text = bytes.TrimRightFunc(text, space1)
	}
	return append(dst, text...)
}

// prepend puts a text before every one that is not empty.
type prepend string

func readPrepend(raw json.RawMessage, where string) (normalizer, error) {
	var c struct {
		Type    string  `json:"type"`
		Prepend *string `json:"prepend"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.Prepend == nil || len(*c.Prepend) > maxPiece {
		return nil, fmt.Errorf("%s: a Prepend has a text of at most %d bytes", where, maxPiece)
	}
	return prepend(*c.Prepend), nil
}

func (n prepend) normalize(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	return append(append(dst, n...), text...)
}

// replace puts one text in the place of all that fits a pattern.
type replace struct {
	pattern pattern
	content string
}

func readReplace(raw json.RawMessage, where string) (normalizer, error) {
	var c struct {
		Type    string          `json:"type"`
		Pattern json.RawMessage `json:"pattern"`
		Content *string         `json:"content"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.Content == nil || len(*c.Content) > maxPiece {
		return nil, fmt.Errorf("%s: a Replace has a content of at most %d bytes", where, maxPiece)
	}
	p, err := readPattern(c.Pattern, where+".pattern")
	if err != nil {
		return nil, err
	}
	return replace{p, *c.Content}, nil
}

func (n replace) normalize(dst, text []byte) []byte {
	end := 0
	for _, m := range n.pattern.matches(nil, text) {
		dst = append(append(dst, text[end:m.from]...), n.content...)
		end = m.to
	}
	return append(dst, text[end:]...)
}
