package tokenizer

import (
	"encoding/json"
	"unicode/utf8"
)

// byteChars are the visible characters that stand for bytes in byte-level
// vocabularies, as UTF-8: Latin-1's printable ones stand for themselves, and the
// others are moved to U+0100 and after. It is GPT-2's table.
var byteChars = func() (chars [256]string) {
	moved := rune(256)
	for b := range chars {
		r := rune(b)
		if visible := b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE; !visible {
			r = moved
			moved++
		}
		chars[b] = string(r)
	}
	return chars
}()

// appendVisible appends a visible character for each byte.
func appendVisible(dst, text []byte) []byte {
	for _, b := range text {
		if b < utf8.RuneSelf && b > ' ' && b != 0x7F {
			dst = append(dst, b)
		} else {
			dst = append(dst, byteChars[b]...)
		}
	}
	return dst
}

// byteLevelNormalizer writes bytes as visible characters.
type byteLevelNormalizer struct{}

func readByteLevelNormalizer(raw json.RawMessage, where string) (normalizer, error) {
	var file struct {
		Type string `json:"type"`
	}
	return byteLevelNormalizer{}, strict(raw, where, &file)
}

func (byteLevelNormalizer) normalize(dst, text []byte) []byte { return appendVisible(dst, text) }

// byteLevel cuts by GPT-2's pattern, if asked to, and writes bytes as visible
// characters.
type byteLevel struct{ prefix, cut bool }

func readByteLevel(raw json.RawMessage, where string) (preTokenizer, error) {
	var file struct {
		Type   string `json:"type"`
		Prefix *bool  `json:"add_prefix_space"`
		Trim   *bool  `json:"trim_offsets"` // of places in the text, which nobody asks for here
		Regex  *bool  `json:"use_regex"`
	}
	if err := strict(raw, where, &file); err != nil {
		return nil, err
	}
	return &byteLevel{prefix: isNot(file.Prefix, false), cut: isNot(file.Regex, false)}, nil
}

// isNot says that an optional flag is not the value.
func isNot(flag *bool, value bool) bool { return flag == nil || *flag != value }

func (b *byteLevel) preTokenize(dst []piece, p piece, a *arena) []piece {
	text := p.text
	if b.prefix && len(text) > 0 && text[0] != ' ' {
		text = a.append([]byte{' '}, text)
	}
	first := p.first
	for len(text) > 0 {
		size := len(text)
		if b.cut {
			size = gpt2Next(text)
		}
		begin := len(a.text)
		a.text = appendVisible(a.text, text[:size])
		dst = append(dst, piece{text: a.text[begin:len(a.text):len(a.text)], first: first})
		text, first = text[size:], false
	}
	return dst
}
