package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// Bounds of a JSON file that is read whole.
const (
	maxJSON       = 32 << 20  // bytes
	maxJSONValues = 1_000_000 // of all kinds; each takes some 100 bytes
	maxJSONDepth  = 100       // lists and objects inside of each other
)

// A jsonValue is a value of a JSON file with its place. All methods may be
// called on nil, which is a value that is not there.
type jsonValue struct {
	kind      jsonKind
	text      string // of a text; a number or true as they are written
	items     []*jsonValue
	fields    []jsonField
	line, col int32
}

type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonText
	jsonNumber
	jsonBool
	jsonList
	jsonObject
)

type jsonField struct {
	name  string
	value *jsonValue
}

// parseJSON reads a whole JSON file. The error is a [fault.List].
func parseJSON(title, text string) (*jsonValue, error) {
	p := jsonParser{text: text, d: json.NewDecoder(strings.NewReader(text)), line: 1, col: 1}
	p.d.UseNumber()
	v, err := p.value(0)
	if err == nil {
		if p.place(); p.at < len(text) {
			err = jsonFault{"something follows the value", "keep one value a file"}
		}
	}
	if err == nil {
		return v, nil
	}
	f := fault.Fault{File: title, Line: p.line, Col: p.col}
	var bad jsonFault
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &bad):
		f.What, f.Do = bad.what, bad.do
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.moveTo(len(text))
		f.Line, f.Col = p.line, p.col
		f.What, f.Do = "the file ends too early", "export or download it again"
	case errors.As(err, &syntax):
		p.moveTo(int(syntax.Offset) - 1)
		f.Line, f.Col = p.line, p.col
		f.What, f.Do = "this is not JSON: "+err.Error(), "export it again"
	default:
		f.What = "this is not JSON: " + err.Error()
	}
	return nil, fault.List{f}
}

// A jsonFault is a fault whose place is that of the parser.
type jsonFault struct{ what, do string }

func (f jsonFault) Error() string { return f.what }

type jsonParser struct {
	text      string
	d         *json.Decoder
	at        int // a place in text, whose line and column these are
	line, col int
	values    int
}

// moveTo moves the place forward.
func (p *jsonParser) moveTo(to int) {
	to = min(to, len(p.text))
	if p.at >= to {
		return
	}
	part := p.text[p.at:to]
	if i := strings.LastIndexByte(part, '\n'); i >= 0 {
		p.line += strings.Count(part, "\n")
		p.col = 1
		part = part[i+1:]
	}
	p.col += utf8.RuneCountInString(part)
	p.at = to
}

// place moves to where the next token begins.
func (p *jsonParser) place() {
	at := int(p.d.InputOffset())
	for at < len(p.text) && strings.IndexByte(" \t\r\n:,", p.text[at]) >= 0 {
		at++
	}
	p.moveTo(at)
}

func (p *jsonParser) value(depth int) (*jsonValue, error) {
	p.place()
	if depth > maxJSONDepth {
		return nil, jsonFault{fmt.Sprintf("nested deeper than %d levels", maxJSONDepth), "no bot needs that; export it again"}
	}
	if p.values++; p.values > maxJSONValues {
		return nil, jsonFault{fmt.Sprintf("the file holds more than %d values", maxJSONValues), "split it"}
	}
	v := &jsonValue{line: int32(p.line), col: int32(p.col)}
	token, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		v.kind, v.text = jsonText, t
	case json.Number:
		v.kind, v.text = jsonNumber, t.String()
	case bool:
		v.kind, v.text = jsonBool, fmt.Sprint(t)
	case json.Delim:
		for p.d.More() {
			var name string
			if t == '{' {
				v.kind = jsonObject
				key, err := p.d.Token()
				if err != nil {
					return nil, err
				}
				name, _ = key.(string) // The decoder gives no other keys.
			} else {
				v.kind = jsonList
			}
			inner, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if t == '{' {
				v.fields = append(v.fields, jsonField{name, inner})
			} else {
				v.items = append(v.items, inner)
			}
		}
		if v.kind = jsonObject; t == '[' {
			v.kind = jsonList
		}
		if _, err := p.d.Token(); err != nil { // What closes it.
			return nil, err
		}
	}
	return v, nil
}

// get gives what an object has under a name; the last of several.
func (v *jsonValue) get(name string) *jsonValue {
	if v == nil {
		return nil
	}
	for i := len(v.fields) - 1; i >= 0; i-- {
		if v.fields[i].name == name {
			return v.fields[i].value
		}
	}
	return nil
}

// str gives a text, or a number as it is written; else nothing.
func (v *jsonValue) str() string {
	if v == nil || v.kind != jsonText && v.kind != jsonNumber {
		return ""
	}
	return v.text
}

// yes says whether the value is true.
func (v *jsonValue) yes() bool { return v != nil && v.kind == jsonBool && v.text == "true" }

// no says whether the value is false: what is not there is not.
func (v *jsonValue) no() bool { return v != nil && v.kind == jsonBool && v.text == "false" }

// list gives the values of a list; nothing where it is none.
func (v *jsonValue) list() []*jsonValue {
	if v == nil {
		return nil
	}
	return v.items
}

// object gives the fields of an object, in their order.
func (v *jsonValue) object() []jsonField {
	if v == nil {
		return nil
	}
	return v.fields
}

// is says whether the value is there and of that kind.
func (v *jsonValue) is(kind jsonKind) bool { return v != nil && v.kind == kind }

// texts gives a list's texts, or the one text that stands for a list.
func (v *jsonValue) texts() []string {
	if v == nil {
		return nil
	}
	if v.kind != jsonList {
		if s := v.str(); s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	for _, item := range v.items {
		if s := item.str(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// pos gives the place of the value in a file.
func (v *jsonValue) pos(file string) knowledge.Pos {
	if v == nil {
		return knowledge.Pos{File: file}
	}
	return knowledge.Pos{File: file, Line: int(v.line), Col: int(v.col)}
}

// int gives a whole number; else -1.
func (v *jsonValue) int() int {
	if n, err := strconv.Atoi(v.str()); err == nil {
		return n
	}
	return -1
}
