package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// metaspace writes a visible character for each space and cuts before it.
type metaspace struct {
	mark  []byte // what is written for a space
	where string // where one is put before a text that has none: "always", "first" or "never"
	cut   bool
}

func readMetaspace(raw json.RawMessage, where string) (preTokenizer, error) {
	var file struct {
		Type   string  `json:"type"`
		Mark   string  `json:"replacement"`
		Shown  *string `json:"str_rep"` // in old files, the same once more
		Prefix *bool   `json:"add_prefix_space"`
		Scheme *string `json:"prepend_scheme"`
		Split  *bool   `json:"split"`
	}
	if err := strict(raw, where, &file); err != nil {
		return nil, err
	}
	m := &metaspace{mark: []byte(file.Mark), where: "always", cut: isNot(file.Split, false)}
	if utf8.RuneCountInString(file.Mark) != 1 {
		return nil, fmt.Errorf("%s.replacement: one character is expected, and there is %s", where, shown(m.mark))
	}
	switch {
	case file.Scheme != nil:
		m.where = *file.Scheme
		if file.Prefix != nil && !*file.Prefix && m.where != "never" {
			return nil, fmt.Errorf("%s: add_prefix_space is false and prepend_scheme %s; only never agrees with it", where, shown([]byte(m.where)))
		}
	case !isNot(file.Prefix, false):
		m.where = "never" // files from before there was a scheme
	}
	if m.where != "always" && m.where != "first" && m.where != "never" {
		return nil, fmt.Errorf("%s.prepend_scheme: always, first or never is expected, and there is %s", where, shown([]byte(m.where)))
	}
	return m, nil
}

func (m *metaspace) preTokenize(dst []piece, p piece, a *arena) []piece {
	text := m.marked(p, a)
	if !m.cut {
		return append(dst, piece{text: text, first: p.first})
	}
	first := p.first
	for len(text) > 0 {
		size := len(text)
		// A piece begins with the mark, and has it nowhere else.
		from := 0
		if bytes.HasPrefix(text, m.mark) {
			from = len(m.mark)
		}
		if i := bytes.Index(text[from:], m.mark); i >= 0 {
			size = from + i
		}
		dst = append(dst, piece{text: text[:size:size], first: first})
		text, first = text[size:], false
	}
	return dst
}

// marked gives the text with the mark for each space, and at the beginning where
// it is wanted.
func (m *metaspace) marked(p piece, a *arena) []byte {
	begin := len(a.text)
	has := len(p.text) == 0 || p.text[0] == ' ' || bytes.HasPrefix(p.text, m.mark)
	if !has && (m.where == "always" || m.where == "first" && p.first) {
		a.text = append(a.text, m.mark...)
	}
	for text := p.text; len(text) > 0; {
		i := bytes.IndexByte(text, ' ')
		if i < 0 {
			a.text = append(a.text, text...)
			break
		}
		a.text = append(append(a.text, text[:i]...), m.mark...)
		text = text[i+1:]
	}
	return a.text[begin:len(a.text):len(a.text)]
}
