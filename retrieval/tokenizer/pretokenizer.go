package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
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
	var plain preTokenizer
	switch name {
	case "ByteLevel":
		return readByteLevel(raw, where)
	case "Metaspace":
		return readMetaspace(raw, where)
	case "Split":
		return readSplit(raw, where)
	case "Punctuation":
		return readPunctuation(raw, where)
	case "Digits":
		return readDigits(raw, where)
	case "CharDelimiterSplit":
		return readDelimiter(raw, where)
	case "BertPreTokenizer":
		plain = bertPreTokenizer{classes()}
	case "Whitespace":
		plain = whitespace{classes()}
	case "WhitespaceSplit":
		plain = byClass{classes(), isSpace, removed}
	default:
		return nil, unknownKind(where, name)
	}
	return plain, nothingElse(raw, where)
}

// byClass cuts at characters of a class, each by itself.
type byClass struct {
	classes   *classTable
	class     class
	behaviour behaviour
}

func (b byClass) preTokenize(dst []piece, p piece, _ *arena) []piece {
	c := cutter{dst: dst, p: p, behaviour: b.behaviour}
	begin := 0
	for i := 0; i < len(p.text); {
		r, size := utf8.DecodeRune(p.text[i:])
		if b.classes.of(r)&b.class != 0 {
			if begin < i {
				c.cut(begin, i, false)
			}
			c.cut(i, i+size, true)
			begin = i + size
		}
		i += size
	}
	if begin < len(p.text) {
		c.cut(begin, len(p.text), false)
	}
	return c.done()
}

func readPunctuation(raw json.RawMessage, where string) (preTokenizer, error) {
	c := struct {
		Type     string `json:"type"`
		Behavior string `json:"behavior"`
	}{Behavior: "Isolated"}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	b, err := readBehaviour(c.Behavior, where)
	return byClass{classes(), isPunctuation, b}, err
}

func readDigits(raw json.RawMessage, where string) (preTokenizer, error) {
	var c struct {
		Type       string `json:"type"`
		Individual *bool  `json:"individual_digits"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.Individual == nil {
		return nil, fmt.Errorf("%s: a Digits has individual_digits", where)
	}
	d := byClass{classes(), isNumber | isNewNumber, contiguous}
	if *c.Individual {
		d.behaviour = isolated
	}
	return d, nil
}

// readDelimiter reads a CharDelimiterSplit, which is a Split that removes.
func readDelimiter(raw json.RawMessage, where string) (preTokenizer, error) {
	var c struct {
		Type      string `json:"type"`
		Delimiter string `json:"delimiter"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.Delimiter) != 1 {
		return nil, fmt.Errorf("%s: a delimiter is one character, and there is %q", where, c.Delimiter)
	}
	return split{literal(c.Delimiter), removed, false}, nil
}

// bertPreTokenizer drops white space and cuts off punctuation.
type bertPreTokenizer struct{ classes *classTable }

func (b bertPreTokenizer) preTokenize(dst []piece, p piece, _ *arena) []piece {
	c := cutter{dst: dst, p: p}
	begin := 0
	for i := 0; i < len(p.text); {
		class, size := b.classes.at(p.text[i:])
		if class&(isSpace|isPunctuation) != 0 {
			c.put(begin, i)
			if class&isPunctuation != 0 {
				c.put(i, i+size)
			}
			begin = i + size
		}
		i += size
	}
	c.put(begin, len(p.text))
	return c.dst
}

// whitespace cuts into words and what is neither word nor white space:
// \w+|[^\w\s]+
type whitespace struct{ classes *classTable }

func (w whitespace) preTokenize(dst []piece, p piece, _ *arena) []piece {
	c := cutter{dst: dst, p: p}
	begin, before := 0, isSpace
	for i := 0; i < len(p.text); {
		class, size := w.classes.at(p.text[i:])
		if class &= isSpace | isWord; class != before {
			if before != isSpace {
				c.put(begin, i)
			}
			begin, before = i, class
		}
		i += size
	}
	if before != isSpace {
		c.put(begin, len(p.text))
	}
	return c.dst
}
