package tokenizer

import (
	"encoding/json"
	"fmt"
)

// post puts special tokens around the ids of a text or of a pair of texts.
type post struct{ single, pair template }

// A template is what a row of ids is made of. It has every text exactly once.
type template struct {
	parts   []part
	special int // how many ids are no text's
}

type part struct {
	text int // 0: the special token id; 1: the first text; 2: the second
	id   int32
	kind int32 // the token type
}

func newTemplate(parts ...part) template {
	t := template{parts: parts}
	for _, p := range parts {
		if p.text == 0 {
			t.special++
		}
	}
	return t
}

// bare is the line without a post-processor.
var bare = post{newTemplate(part{text: 1}), newTemplate(part{text: 1}, part{text: 2, kind: 1})}

// readPost reads the post-processor.
func readPost(raw json.RawMessage, where string) (post, error) {
	if absent(raw) {
		return bare, nil
	}
	name, err := kind(raw, where)
	if err != nil {
		return post{}, err
	}
	switch name {
	case "ByteLevel": // is about offsets alone
		return bare, strict(raw, where, &struct {
			Type  string `json:"type"`
			Space *bool  `json:"add_prefix_space"`
			Trim  *bool  `json:"trim_offsets"`
			Regex *bool  `json:"use_regex"`
		}{})
	case "BertProcessing", "RobertaProcessing":
		return readBertPost(name == "RobertaProcessing", raw, where)
	case "TemplateProcessing":
		return readTemplates(raw, where)
	case "Sequence":
		return readPosts(raw, where)
	default:
		return post{}, unknownKind(where, name)
	}
}

// readPosts reads a Sequence, of which one part may put tokens in.
func readPosts(raw json.RawMessage, where string) (post, error) {
	all, filled := bare, 0
	err := sequence(raw, where, "processors", func(part json.RawMessage, where string) error {
		p, err := readPost(part, where)
		if name, _ := kind(part, where); err == nil && name != "ByteLevel" {
			if filled++; filled > 1 {
				return fmt.Errorf("%s: a second %s that puts tokens in: %w", where, name, ErrUnknown)
			}
			all = p
		}
		return err
	})
	return all, err
}

// readBertPost reads [CLS] A [SEP] B [SEP] or <s> A </s></s> B </s>.
func readBertPost(roberta bool, raw json.RawMessage, where string) (post, error) {
	var c struct {
		Type  string          `json:"type"`
		Sep   json.RawMessage `json:"sep"`
		Cls   json.RawMessage `json:"cls"`
		Space *bool           `json:"add_prefix_space"`
		Trim  *bool           `json:"trim_offsets"`
	}
	if err := strict(raw, where, &c); err != nil {
		return post{}, err
	}
	id := func(raw json.RawMessage, where string) (id int32, err error) {
		n := 0
		err = elements(raw, where, func(i int, value []byte) error {
			if n++; i == 1 {
				id, err = idOf(value)
			}
			return err
		})
		if err == nil && n != 2 {
			err = fmt.Errorf("a token and its id are expected, and there is %s", shown(raw))
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", where, err)
		}
		return id, err
	}
	sep, err := id(c.Sep, where+".sep")
	if err != nil {
		return post{}, err
	}
	cls, err := id(c.Cls, where+".cls")
	if err != nil {
		return post{}, err
	}
	first := []part{{id: cls}, {text: 1}, {id: sep}}
	if roberta {
		return post{newTemplate(first...), newTemplate(append(first, part{id: sep}, part{text: 2}, part{id: sep})...)}, nil
	}
	return post{newTemplate(first...), newTemplate(append(first, part{text: 2, kind: 1}, part{id: sep, kind: 1})...)}, nil
}

// templatePart is a part as the file has it.
type templatePart struct {
	SpecialToken *struct {
		ID   string `json:"id"`
		Type int32  `json:"type_id"`
	}
	Sequence *struct {
		ID   string `json:"id"`
		Type int32  `json:"type_id"`
	}
}

// kind is the token type.
func (p templatePart) kind() int32 {
	if p.Sequence != nil {
		return p.Sequence.Type
	}
	return p.SpecialToken.Type
}

// maxType bounds token types, of which models have one or two.
const maxType = 255

func readTemplates(raw json.RawMessage, where string) (post, error) {
	var c struct {
		Type    string         `json:"type"`
		Single  []templatePart `json:"single"`
		Pair    []templatePart `json:"pair"`
		Special map[string]struct {
			ID     string   `json:"id"`
			IDs    []int32  `json:"ids"`
			Tokens []string `json:"tokens"`
		} `json:"special_tokens"`
	}
	if err := strict(raw, where, &c); err != nil {
		return post{}, err
	}
	fill := func(parts []templatePart, where string, texts int) (template, error) {
		var all []part
		seen := map[int]int{}
		for i, p := range parts {
			where := fmt.Sprintf("%s[%d]", where, i)
			switch {
			case p.SpecialToken != nil && p.Sequence == nil:
				special, ok := c.Special[p.SpecialToken.ID]
				if !ok {
					return template{}, fmt.Errorf("%s: special_tokens has no %s", where, shown([]byte(p.SpecialToken.ID)))
				}
				for _, id := range special.IDs {
					if id < 0 || id > maxID {
						return template{}, fmt.Errorf("%s: an id from 0 to %d is expected, and there is %d", where, maxID, id)
					}
					all = append(all, part{id: id, kind: p.SpecialToken.Type})
				}
			case p.Sequence != nil && p.SpecialToken == nil && (p.Sequence.ID == "A" || p.Sequence.ID == "B"):
				text := 1 + int(p.Sequence.ID[0]-'A')
				seen[text]++
				all = append(all, part{text: text, kind: p.Sequence.Type})
			default:
				return template{}, fmt.Errorf("%s: a part is a SpecialToken or one of the Sequences A and B", where)
			}
			if kind := p.kind(); kind < 0 || kind > maxType {
				return template{}, fmt.Errorf("%s: a token type from 0 to %d is expected, and there is %d", where, maxType, kind)
			}
			if len(all) > maxParts {
				return template{}, fmt.Errorf("%s: it has more than %d parts", where, maxParts)
			}
		}
		if len(seen) != texts || seen[1] != 1 || texts == 2 && seen[2] != 1 {
			return template{}, fmt.Errorf("%s: a template that has not each text exactly once: %w", where, ErrUnknown)
		}
		return newTemplate(all...), nil
	}
	single, err := fill(c.Single, where+".single", 1)
	if err != nil {
		return post{}, err
	}
	pair, err := fill(c.Pair, where+".pair", 2)
	return post{single, pair}, err
}
