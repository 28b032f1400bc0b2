package importer

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// Bounds of a Word document.
const (
	maxDocxPart     = 64 << 20  // bytes of its text, unpacked
	maxDocxElements = 8_000_000 // of XML: about what so many bytes hold
	maxDocxTexts    = 600_000   // paragraphs, pieces of text and cells
	maxDocxDepth    = 60        // tables, boxes and fields in one another
	maxRelations    = 100_000
)

// Word reads Microsoft Word documents (.docx; ECMA-376, part 1), one or the
// folder of them. A document whose headings are questions becomes entries, and so
// does a table of questions; any other is a guide: see [taker.text].
//
// The libraries for it in Go write such files or change words in them; none
// tells deleted text, foreign names of styles and numbering apart, so the parts
// are read here with encoding/xml. It expands no entities of a document's own.
func Word() Reader {
	return Reader{
		Format: "word", Title: "Word document",
		Recognise: func(s Source) bool {
			if !s.isDir() {
				return isWord(s.Path) || s.ext() == ".doc"
			}
			documents, pages := 0, 0
			_, err := newInput(s).files(context.Background(), func(name string) bool {
				if isWord(name) {
					documents++
				} else if isPage(s, name) {
					pages++
				}
				return false
			})
			return err == nil && documents > 0 && pages == 0
		},
		Read: func(ctx context.Context, s Source, o Options) (*Found, error) {
			in := newInput(s)
			names, err := in.files(ctx, isWord)
			if err != nil {
				return nil, err
			}
			t := newTaker(o)
			for _, name := range names {
				below := name
				if in.Path != "." {
					below = strings.TrimPrefix(name, path.Dir(in.Path)+"/")
				}
				if in.isDir() && in.Path != "." {
					below = strings.TrimPrefix(name, in.Path+"/")
				}
				if err := t.document(ctx, in, name, guidePath(below)); err != nil {
					return nil, err
				}
			}
			return t.found, nil
		},
	}
}

// isWord tells a document by its name; that of one that is open begins with ~$.
func isWord(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".docx", ".docm", ".dotx":
		return !strings.HasPrefix(path.Base(name), "~$")
	}
	return false
}

// document takes a document in.
func (t *taker) document(ctx context.Context, in *input, name, guide string) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	title := in.title(name)
	if head := in.head(name); !isZip(head) {
		do := "open it in a word processor and save it as .docx"
		if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) {
			return fault.List{{File: title, What: "this is a document of an old version, or one with a password", Do: do + ", without a password"}}
		}
		return fault.List{{File: title, What: "this is no Word document", Do: do}}
	}
	files, closing, err := in.unzip(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	d := &docx{ctx: ctx, files: files.Files, name: title}
	if err := d.read(); err != nil {
		return err
	}
	pos := knowledge.Pos{File: title}
	for _, l := range d.left() {
		if err := t.found.leave(pos, l.What, l.Why); err != nil {
			return err
		}
	}
	t.asked, t.base = nil, nil
	known := map[string]bool{}
	took, err := t.shownPairs(d.body, pos, known)
	if err != nil {
		return err
	}
	md, err := markdownOfNodes(nil, d.body)
	if err != nil {
		return t.found.leave(pos, "the document", err.Error())
	}
	return t.text(longText{pos: pos, what: "the document", title: d.title, path: guide, md: md, took: took}, known)
}

// left tells what a document holds and an answer cannot.
func (d *docx) left() []Left {
	var out []Left
	for _, l := range []struct {
		n        int
		one, all string
		why      string
	}{
		{d.pictures, "a picture", "%d pictures", "only text is taken in"},
		{d.comments, "a comment", "%d comments", "they are words to the writers"},
		{d.hidden, "hidden text", "hidden text at %d places", "nobody sees it"},
		{d.embedded, "an embedded document", "%d embedded documents", "only the document's own text is taken in"},
	} {
		switch {
		case l.n == 1:
			out = append(out, Left{What: l.one, Why: l.why})
		case l.n > 1:
			out = append(out, Left{What: fmt.Sprintf(l.all, l.n), Why: l.why})
		}
	}
	if d.furniture {
		out = append(out, Left{What: "the headers and footers", Why: "they stand on every page"})
	}
	return out
}

// A relation leads from a part of a document to another, or to the web.
type relation struct {
	ID         string `xml:"Id,attr"`
	Type       string `xml:"Type,attr"`
	Target     string `xml:"Target,attr"`
	TargetMode string `xml:"TargetMode,attr"`
}

// relations gives those of a part, by their ids; none where it has none.
func (d *docx) relations(part string) (map[string]relation, error) {
	dir, base := path.Split(part)
	dec, closing, err := d.open(dir + "_rels/" + base + ".rels")
	if err != nil || dec == nil {
		return nil, err
	}
	defer closing.Close()
	out := map[string]relation{}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, d.broken("the list of what the document refers to", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Relationship" {
			continue
		}
		if len(out) == maxRelations {
			return nil, d.broken("the document", errors.New("it refers to too much"))
		}
		var r relation
		if err := dec.DecodeElement(&r, &start); err != nil {
			return nil, d.broken("the list of what the document refers to", err)
		}
		if r.TargetMode != "External" {
			if strings.HasPrefix(r.Target, "/") {
				r.Target = path.Clean(r.Target[1:])
			} else {
				r.Target = path.Join(dir, r.Target)
			}
		}
		out[r.ID] = r
	}
}

// open gives a part of the document to read; nil where there is none.
func (d *docx) open(part string) (*xml.Decoder, io.Closer, error) {
	if !fs.ValidPath(part) {
		return nil, nil, nil
	}
	f, err := d.files.Open(part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, d.broken(part, err)
	}
	if info, err := f.Stat(); err != nil || info.IsDir() || info.Size() > maxDocxPart {
		f.Close()
		return nil, nil, fault.List{{File: d.name, What: fmt.Sprintf("%s is larger than %d MiB", shown(part), maxDocxPart>>20), Do: "split the document"}}
	}
	dec := xml.NewDecoder(&stoppable{d.ctx, f})
	dec.CharsetReader = xmlCharset
	return dec, f, nil
}

// stoppable ends reading with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// broken gives what is wrong in a part as a fault.
func (d *docx) broken(what string, err error) error {
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	if _, ok := errors.AsType[fault.List](err); ok {
		return err
	}
	return fault.List{{File: d.name, What: fmt.Sprintf("%s cannot be read: %v", shown(what), err), Do: "open the document in a word processor and save it again"}}
}
