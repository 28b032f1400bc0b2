package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// A jsonElement is one of a list, or a value beside the lists.
type jsonElement struct {
	list string // the key of the list, as it was asked for; "" for a value beside the lists
	key  string // of a value beside the lists
	raw  json.RawMessage
	at   knowledge.Pos
}

// eachJSON calls do with every element of the lists that an object, or an
// object in it, holds under one of the given keys, in any case, and with the
// other values of these objects. A list alone is one under the first key. What
// is no JSON is a [fault.List].
func eachJSON(ctx context.Context, text, file string, lists []string, do func(jsonElement) error) error {
	w := jsonWalker{ctx: ctx, d: json.NewDecoder(strings.NewReader(text)), text: text, file: file, lists: lists, do: do, line: 1}
	first, err := w.d.Token()
	if err != nil {
		return w.fault(err)
	}
	switch first {
	case json.Delim('['):
		return w.list(lists[0])
	case json.Delim('{'):
		return w.object(0)
	}
	return fault.List{{File: file, Line: 1, Col: 1, What: "the file holds no object and no list", Do: "export it again"}}
}

type jsonWalker struct {
	ctx        context.Context // of the one walk
	d          *json.Decoder
	text, file string
	lists      []string
	do         func(jsonElement) error

	line, start, counted int // the line at an offset and where it begins, to go on counting from
}

// pos gives the place of an offset, which only grows.
func (w *jsonWalker) pos(offset int) knowledge.Pos {
	offset = max(w.counted, min(offset, len(w.text)))
	if seen := w.text[w.counted:offset]; strings.Contains(seen, "\n") {
		w.line += strings.Count(seen, "\n")
		w.start = w.counted + strings.LastIndexByte(seen, '\n') + 1
	}
	w.counted = offset
	col := offset - w.start
	if col < 1<<16 { // Counting characters in one endless line would take for ever.
		col = utf8.RuneCountInString(w.text[w.start:offset])
	}
	return knowledge.Pos{File: w.file, Line: w.line, Col: 1 + col}
}

func (w *jsonWalker) fault(err error) error {
	offset, what := int(w.d.InputOffset()), err.Error()
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(0, int(s.Offset)-1)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		offset, what = len(w.text), "it ends too early"
	}
	at := w.pos(offset)
	return fault.List{{File: w.file, Line: at.Line, Col: at.Col, What: "this is not JSON: " + what, Do: "export it again"}}
}

// object walks through the object whose brace was read.
func (w *jsonWalker) object(depth int) error {
	for w.d.More() {
		token, err := w.d.Token()
		if err != nil {
			return w.fault(err)
		}
		key, _ := token.(string) // The decoder gives no other keys.
		at := slices.IndexFunc(w.lists, func(l string) bool { return strings.EqualFold(l, key) })
		next := w.peek()
		switch {
		case at >= 0 && next == '[':
			if _, err := w.d.Token(); err != nil {
				return w.fault(err)
			}
			err = w.list(w.lists[at])
		case next == '{' && depth < 2:
			if _, err := w.d.Token(); err != nil {
				return w.fault(err)
			}
			err = w.object(depth + 1)
		default:
			var e jsonElement
			if e, err = w.value(); err == nil {
				e.key = key
				err = w.do(e)
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := w.d.Token(); err != nil { // The brace.
		return w.fault(err)
	}
	return nil
}

// peek gives the character with which the value after a key begins.
func (w *jsonWalker) peek() byte {
	rest := strings.TrimLeft(w.text[min(int(w.d.InputOffset()), len(w.text)):], " \t\r\n:")
	if rest == "" {
		return 0
	}
	return rest[0]
}

// value reads the next value.
func (w *jsonWalker) value() (jsonElement, error) {
	var raw json.RawMessage
	if err := w.d.Decode(&raw); err != nil {
		return jsonElement{}, w.fault(err)
	}
	return jsonElement{raw: raw, at: w.pos(int(w.d.InputOffset()) - len(raw))}, nil
}

// list walks through the list whose bracket was read.
func (w *jsonWalker) list(name string) error {
	for w.d.More() {
		if err := w.ctx.Err(); err != nil {
			return fmt.Errorf("reading %s: %w", w.file, err)
		}
		e, err := w.value()
		if err != nil {
			return err
		}
		e.list = name
		if err := w.do(e); err != nil {
			return err
		}
	}
	if _, err := w.d.Token(); err != nil { // The bracket.
		return w.fault(err)
	}
	return nil
}

// jsonProblem says what is wrong with a value that is not what was expected.
func jsonProblem(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%q is a %s", strings.ToLower(t.Field), t.Value)
	}
	return err.Error()
}
