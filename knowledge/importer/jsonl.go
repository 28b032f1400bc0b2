package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// Bounds of what is read.
const (
	maxLine  = 4 << 20  // bytes
	maxInput = 64 << 20 // bytes
)

// record is one line.
type record struct {
	V            int      `json:"v,omitempty"`
	ID           string   `json:"id"`
	Kind         string   `json:"kind"`
	Question     string   `json:"question"`
	Alternatives []string `json:"alternatives"`
	Answer       string   `json:"answer"`
	Tags         []string `json:"tags,omitempty"`
	Followups    []string `json:"followups,omitempty"`
	Formerly     []string `json:"formerly,omitempty"`
	Headings     []string `json:"headings,omitempty"`
	Link         string   `json:"link,omitempty"`
}

var keys = []string{"id", "kind", "question", "alternatives", "answer", "tags", "followups", "formerly", "headings", "link", "v"}

// ReadJSONL reads entries from JSON Lines; file is the name that the faults
// show. When lines are at fault the error is a [fault.List] with every fault of
// every line. Empty lines are skipped. Follow-ups are not looked up;
// [knowledge.New] does that.
func ReadJSONL(r io.Reader, file string) ([]*knowledge.Entry, error) {
	in := reader{in: bufio.NewReaderSize(r, 1<<16), file: file, first: map[string]int{}}
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		in.read(line)
	}
	in.faults.Sort()
	if err := in.faults.Err(); err != nil {
		return nil, err
	}
	return in.entries, nil
}

type reader struct {
	in      *bufio.Reader
	file    string
	line    int // of the line read last
	size    int
	entries []*knowledge.Entry
	first   map[string]int // line of each id
	faults  fault.List
}

// next gives the next line without its end; nil for one that is too long,
// which is reported and skipped. At the end the error is io.EOF.
func (r *reader) next() ([]byte, error) {
	var line []byte
	long := false
	r.line++
	for {
		part, err := r.in.ReadSlice('\n')
		if r.size += len(part); r.size > maxInput {
			r.fault(nil, 0, fmt.Sprintf("the file is larger than %d MiB", maxInput>>20), "split it")
			return nil, io.EOF
		}
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !(errors.Is(err, io.EOF) && (len(line) > 0 || long)):
			return nil, err
		}
		if long {
			r.fault(nil, 0, fmt.Sprintf("the line is longer than %d MiB", maxLine>>20), "split the entry")
			return nil, nil
		}
		if r.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// fault reports what is wrong at a byte of a line.
func (r *reader) fault(line []byte, offset int, what, do string) {
	col := 1 + utf8.RuneCount(line[:max(0, min(offset, len(line)))])
	r.faults.Add(fault.Fault{File: r.file, Line: r.line, Col: col, What: what, Do: do})
}

// read reads a line into an entry.
func (r *reader) read(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	if !utf8.Valid(line) {
		at := 0
		for utf8.FullRune(line[at:]) {
			c, n := utf8.DecodeRune(line[at:])
			if c == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		r.fault(line, at, fmt.Sprintf("the byte 0x%02X is not UTF-8", line[at]), "save the file as UTF-8")
		return
	}
	before := len(r.faults)
	rec, at, ok := r.object(line)
	if !ok {
		return
	}
	if rec.V > version {
		r.faults = r.faults[:before]
		r.fault(line, at["v"], "the line has a format newer than this version reads", "update frontdesk")
		return
	}
	r.entry(line, rec, at)
}

// object reads the keys of a line, and where their values are.
func (r *reader) object(line []byte) (rec record, at map[string]int, ok bool) {
	d := json.NewDecoder(bytes.NewReader(line))
	at = map[string]int{}
	syntax := func(err error) {
		offset := int(d.InputOffset())
		var s *json.SyntaxError
		what := err.Error()
		if errors.As(err, &s) {
			offset = max(0, int(s.Offset)-1)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			offset, what = len(line), "the line ends too early"
		}
		r.fault(line, offset, "this is not JSON: "+what, "write one JSON object a line")
	}
	first, err := d.Token()
	if err != nil {
		syntax(err)
		return rec, at, false
	}
	if first != json.Delim('{') {
		r.fault(line, 0, "the line is no object", `write one JSON object a line: {"id": …}`)
		return rec, at, false
	}
	fields := map[string]any{
		"v": &rec.V, "id": &rec.ID, "kind": &rec.Kind, "question": &rec.Question, "alternatives": &rec.Alternatives,
		"answer": &rec.Answer, "tags": &rec.Tags, "followups": &rec.Followups, "formerly": &rec.Formerly,
		"headings": &rec.Headings, "link": &rec.Link,
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			syntax(err)
			return rec, at, false
		}
		key, _ := token.(string) // The decoder gives no other keys.
		keyAt := bytes.LastIndexByte(line[:max(0, int(d.InputOffset())-1)], '"')
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			syntax(err)
			return rec, at, false
		}
		_, twice := at[key]
		at[key] = int(d.InputOffset()) - len(raw)
		r.field(line, key, keyAt, at[key], raw, fields[key], twice)
	}
	if _, err := d.Token(); err != nil { // The closing brace.
		syntax(err)
		return rec, at, false
	}
	if rest := line[d.InputOffset():]; len(bytes.TrimSpace(rest)) > 0 {
		r.fault(line, int(d.InputOffset()), "something follows the object", "write one object a line")
	}
	return rec, at, true
}

// field reads one value of a line.
func (r *reader) field(line []byte, key string, keyAt, at int, raw json.RawMessage, into any, twice bool) {
	if into == nil {
		do := "known keys: " + strings.Join(keys, ", ")
		if near := strictyaml.Nearest(key, keys); near != "" {
			do = fmt.Sprintf("did you mean %q?", near)
		}
		r.fault(line, keyAt, fmt.Sprintf("unknown key %q", strictyaml.Shorten(key)), do)
		return
	}
	if twice {
		r.fault(line, at, fmt.Sprintf("the key %q is given twice", key), "keep one of them")
		return
	}
	if json.Unmarshal(raw, into) != nil {
		want := "a text in double quotes"
		switch into := into.(type) {
		case *[]string:
			*into = nil // It may hold a part.
			want = `a list of texts: ["…", "…"]`
		case *int:
			want = "a whole number"
		}
		r.fault(line, at, fmt.Sprintf("%s: the value is of the wrong kind", key), "write "+want)
	}
}

// entry checks a line and makes an entry of it.
func (r *reader) entry(line []byte, rec record, at map[string]int) {
	before := len(r.faults)
	bad := func(key, what, do string) { r.fault(line, at[key], what, do) }
	e := &knowledge.Entry{
		ID: rec.ID, Kind: knowledge.Kind(rec.Kind),
		Question: strings.TrimSpace(rec.Question), Answer: knowledge.TrimText(rec.Answer),
		Tags: rec.Tags, Followups: rec.Followups, Formerly: rec.Formerly,
		Pos: knowledge.Pos{File: r.file, Line: r.line, Col: 1},
	}
	for _, list := range []struct {
		key    string
		values []string
		into   *[]string
	}{{"alternatives", rec.Alternatives, &e.Alternatives}, {"tags", rec.Tags, &e.Tags}, {"headings", rec.Headings, &e.Headings}} {
		*list.into = nil
		for _, v := range list.values {
			if v = strings.TrimSpace(v); v == "" {
				bad(list.key, list.key+": a text is empty", "write a text or remove it")
				continue
			}
			*list.into = append(*list.into, v)
		}
	}
	for key, ids := range map[string][]string{"id": {rec.ID}, "formerly": rec.Formerly} {
		for _, id := range ids {
			if what, do := knowledge.CheckID(id); what != "" {
				bad(key, what, do)
			}
		}
	}
	if first, known := r.first[rec.ID]; !known {
		r.first[rec.ID] = r.line
	} else if rec.ID != "" {
		bad("id", fmt.Sprintf("the id %q is used twice", strictyaml.Shorten(rec.ID)), fmt.Sprintf("line %d has it too; choose another", first))
	}
	if e.Question == "" {
		bad("question", "the question is empty", "write the words that people use")
	}
	if e.Answer == "" {
		bad("answer", "the answer is empty", "write what they should read")
	}
	if e.Kind == "" {
		e.Kind = knowledge.FAQ
	}
	kinds := []knowledge.Kind{knowledge.FAQ, knowledge.Do, knowledge.Passage}
	if !slices.Contains(kinds, e.Kind) {
		bad("kind", fmt.Sprintf("there is no kind of entry called %q", strictyaml.Shorten(rec.Kind)), "write faq, command or passage")
	}
	if e.Link = rec.Link; e.Kind != knowledge.Passage {
		for _, key := range []string{"headings", "link"} {
			if _, given := at[key]; given {
				bad(key, key+" belongs to passages", "remove it, or write the kind passage")
			}
		}
	}
	if e.Kind == knowledge.Do {
		e.Command = replyCommand(e.Question, e.Answer, e.Pos)
		e.Answer = ""
	}
	if len(r.faults) == before {
		r.entries = append(r.entries, e)
	}
}

// WriteJSONL writes entries as JSON Lines, in their order.
func WriteJSONL(w io.Writer, entries []*knowledge.Entry) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, e := range entries {
		rec := record{
			V: version, ID: e.ID, Kind: string(e.Kind), Question: e.Question, Alternatives: e.Alternatives, Answer: e.Answer,
			Tags: e.Tags, Followups: e.Followups, Formerly: e.Formerly, Headings: e.Headings, Link: e.Link,
		}
		if rec.Alternatives == nil {
			rec.Alternatives = []string{}
		}
		if e.Command != nil {
			answer, err := commandAnswer(e)
			if err != nil {
				return err
			}
			rec.Answer = answer
		}
		if err := enc.Encode(rec); err != nil {
			return fmt.Errorf("writing the entry %q: %w", e.ID, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing JSON Lines: %w", err)
	}
	return nil
}

// commandAnswer gives what a command says, its slots by their names in braces;
// one that says nothing has its question there, for an answer is never empty.
func commandAnswer(e *knowledge.Entry) (string, error) {
	if strings.TrimSpace(e.Command.Reply) == "" {
		return e.Question, nil
	}
	t, err := knowledge.ParseText(e.Command.Reply)
	if err != nil {
		return "", fmt.Errorf("the reply of %q: %w", e.ID, err)
	}
	return t.Expand(func(slot string) string { return "{" + slot + "}" }), nil
}

// JSONL reads JSON Lines, as [ReadJSONL] does.
func JSONL() Reader {
	return Reader{
		Format: "jsonl", Title: "JSON Lines",
		Recognise: func(s Source) bool {
			if ext := s.ext(); ext != ".jsonl" && ext != ".ndjson" {
				return false
			}
			return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(s.head(s.Path), []byte("\ufeff"))), []byte("{"))
		},
		Read: func(ctx context.Context, s Source, _ Options) (*Found, error) {
			in := newInput(s)
			f, err := in.stream(ctx, s.Path, maxInput)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			entries, err := ReadJSONL(f, s.Name)
			if err != nil {
				return nil, err
			}
			found := &Found{}
			for _, e := range entries {
				if err := found.add(Item{Entry: e, Key: e.ID}, fmt.Sprintf("the entry %q", e.ID)); err != nil {
					return nil, err
				}
			}
			return found, nil
		},
	}
}

// JSONLWriter writes JSON Lines, as [WriteJSONL] does.
func JSONLWriter() Writer {
	return Writer{Format: "jsonl", Title: "JSON Lines", Ext: ".jsonl", Write: func(w Output, entries []*knowledge.Entry) ([]Left, error) {
		f, err := w.Create("")
		if err != nil {
			return nil, err
		}
		if err := WriteJSONL(f, entries); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("writing JSON Lines: %w", err)
		}
		var left []Left
		for _, e := range entries {
			if e.Command != nil {
				left = append(left, Left{Pos: e.Pos, What: fmt.Sprintf("what the command %q runs", e.ID), Why: "JSON Lines have a place for its phrasings and its reply alone"})
			}
		}
		return left, nil
	}}
}
