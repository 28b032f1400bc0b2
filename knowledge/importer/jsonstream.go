package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// maxStreamed bounds one value of a JSON file that is read as a stream: a
// message with all that hangs on it.
const maxStreamed = 4 << 20 // bytes

// A jsonStream reads a JSON file value by value, so that its size does not
// matter. It knows in which line it is.
type jsonStream struct {
	title string
	d     *json.Decoder
	lines lineReader
	line  int
	start int64 // of the line
	begin int64 // of the value that is read
}

func newJSONStream(title string, r io.Reader) *jsonStream {
	s := &jsonStream{title: title, line: 1}
	s.lines.r = r
	s.lines.left = maxStreamed
	s.d = json.NewDecoder(&s.lines)
	return s
}

// A lineReader notes where lines end, and gives up where one value goes on for
// too long.
type lineReader struct {
	r    io.Reader
	done int64
	left int64
	ends []int64
	bom  bool
}

var errStreamed = errors.New("too long")

func (l *lineReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errStreamed
	}
	p = p[:min(int64(len(p)), l.left)]
	n, err := l.r.Read(p)
	if !l.bom && n > 0 {
		l.bom = true
		if n >= 3 && string(p[:3]) == "\ufeff" {
			copy(p, "   ") // Blanks, so that all places stay where they are.
		}
	}
	for i, c := range p[:n] {
		if c == '\n' {
			l.ends = append(l.ends, l.done+int64(i)+1)
		}
	}
	l.done += int64(n)
	l.left -= int64(n)
	return n, err
}

// pos gives the place where the next value begins, once it is known that there
// is one.
func (s *jsonStream) pos() knowledge.Pos {
	at := s.d.InputOffset()
	if r, ok := s.d.Buffered().(io.ByteReader); ok {
		for c, err := r.ReadByte(); err == nil && strings.IndexByte(" \t\r\n,:", c) >= 0; c, err = r.ReadByte() {
			at++
		}
	}
	s.begin = at
	return s.posAt(at)
}

// posAt gives a place that is not before one asked for earlier.
func (s *jsonStream) posAt(at int64) knowledge.Pos {
	for len(s.lines.ends) > 0 && s.lines.ends[0] <= at {
		s.start = s.lines.ends[0]
		s.lines.ends = s.lines.ends[1:]
		s.line++
	}
	return knowledge.Pos{File: s.title, Line: s.line, Col: int(at-s.start) + 1}
}

// fresh allows another value.
func (s *jsonStream) fresh() { s.lines.left = maxStreamed }

// err gives what is wrong as a fault of the file, or the error of reading it.
// Its place is where the value begins: the decoder does not tell it better.
func (s *jsonStream) err(err error) error {
	f := func(at int64, what, do string) error {
		p := s.posAt(at)
		return fault.List{{File: p.File, Line: p.Line, Col: p.Col, What: what, Do: do}}
	}
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, errStreamed):
		return f(s.begin, fmt.Sprintf("a value is longer than %d MiB", maxStreamed>>20), "export it again without what is attached")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return f(s.lines.done, "the file ends too early", "export or download it again")
	case errors.As(err, &syntax):
		return f(s.begin, "this is not JSON: "+err.Error(), "export it again")
	case errors.As(err, &typ):
		return f(s.begin, fmt.Sprintf("here stands a %s, where an export has something else", typ.Value), "export it again")
	}
	return err
}

// open takes the token that begins a list or an object.
func (s *jsonStream) open(what json.Delim) error {
	token, err := s.d.Token()
	if err != nil {
		return s.err(err)
	}
	if token != what {
		p := s.posAt(0)
		return fault.List{{File: p.File, Line: p.Line, Col: p.Col, What: "this is no list of messages", Do: "name the export as it was downloaded"}}
	}
	return nil
}

// next reads the next value of a list into v; false where the list ends. The
// place is where the value begins. The error is a [*json.UnmarshalTypeError]
// where v cannot hold the value, and then what follows can be read.
func (s *jsonStream) next(v any) (knowledge.Pos, bool, error) {
	s.fresh()
	if !s.d.More() {
		_, err := s.d.Token()
		if err != nil {
			return knowledge.Pos{}, false, s.err(err)
		}
		return knowledge.Pos{}, false, nil
	}
	before := s.pos()
	err := s.d.Decode(v)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return before, true, err
	}
	if err != nil {
		return before, false, s.err(err)
	}
	return before, true, nil
}

// skip passes over a value of any size, without keeping it.
func (s *jsonStream) skip() error {
	for depth := 0; ; {
		s.fresh()
		token, err := s.d.Token()
		if err != nil {
			return s.err(err)
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
