package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A bertNormalizer cleans a text as BERT's tokeniser does.
type bertNormalizer struct {
	clean, ideographs, strip, lower bool
	classes                         *classTable
}

func readBertNormalizer(raw json.RawMessage, where string) (normalizer, error) {
	var c struct {
		Type         string `json:"type"`
		CleanText    *bool  `json:"clean_text"`
		HandleCJK    *bool  `json:"handle_chinese_chars"`
		StripAccents *bool  `json:"strip_accents"`
		Lowercase    *bool  `json:"lowercase"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.CleanText == nil || c.HandleCJK == nil || c.Lowercase == nil {
		return nil, fmt.Errorf("%s: a BertNormalizer has clean_text, handle_chinese_chars and lowercase", where)
	}
	n := bertNormalizer{clean: *c.CleanText, ideographs: *c.HandleCJK, strip: *c.Lowercase, lower: *c.Lowercase, classes: classes()}
	if c.StripAccents != nil {
		n.strip = *c.StripAccents
	}
	return &n, nil
}

// normalize does all stages in one go, character by character. The one thing
// that looks further is the order of marks that are not stripped, of which
// there are few: a text with one goes through the stages one after the other.
func (n *bertNormalizer) normalize(dst, text []byte) []byte {
	begin := len(dst)
	var one [64]byte
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			i++
			switch {
			case n.lower && 'A' <= c && c <= 'Z':
				dst = append(dst, c+'a'-'A')
			case c >= ' ' && c != 0x7F || !n.clean:
				dst = append(dst, c)
			case c == '\t' || c == '\n' || c == '\r':
				dst = append(dst, ' ')
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		encoded := text[i : i+size]
		i += size
		class := n.classes.of(r)
		if n.clean {
			if class&isControl != 0 {
				continue
			}
			if class&isSpace != 0 {
				dst = append(dst, ' ')
				continue
			}
		}
		around := n.ideographs && class&isIdeograph != 0
		if around {
			dst = append(dst, ' ')
		}
		if n.strip {
			d := decomposition(one[:0], norm.NFD, r, encoded)
			for j := 0; j < len(d); {
				r, size := utf8.DecodeRune(d[j:])
				if n.classes.of(r)&isNonspacing == 0 {
					if n.classes.combiningClass(r, d[j:]) > 0 {
						return n.stages(dst[:begin], text)
					}
					dst = n.appendCased(dst, r, d[j:j+size])
				}
				j += size
			}
		} else {
			dst = n.appendCased(dst, r, encoded)
		}
		if around {
			dst = append(dst, ' ')
		}
	}
	return dst
}

func (n *bertNormalizer) appendCased(dst []byte, r rune, encoded []byte) []byte {
	if n.lower {
		return appendLower(dst, r)
	}
	return append(dst, encoded...)
}

// stages is normalize as the reference has it: a stage after the other.
func (n *bertNormalizer) stages(dst, text []byte) []byte {
	var cleaned []byte
	for _, r := range string(text) {
		class := n.classes.of(r)
		switch {
		case n.clean && class&isControl != 0:
		case n.clean && class&isSpace != 0:
			cleaned = append(cleaned, ' ')
		case n.ideographs && class&isIdeograph != 0:
			cleaned = append(utf8.AppendRune(append(cleaned, ' '), r), ' ')
		default:
			cleaned = utf8.AppendRune(cleaned, r)
		}
	}
	if n.strip {
		decomposed := appendDecomposed(nil, cleaned, norm.NFD)
		cleaned = cleaned[:0]
		for _, r := range string(decomposed) {
			if n.classes.of(r)&isNonspacing == 0 {
				cleaned = utf8.AppendRune(cleaned, r)
			}
		}
	}
	if !n.lower {
		return append(dst, cleaned...)
	}
	for _, r := range string(cleaned) {
		dst = appendLower(dst, r)
	}
	return dst
}
