package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// maxBadBytes bounds how many bytes that are no text one file reports.
const maxBadBytes = 10

var errTooDeep = fmt.Errorf("nested deeper than %d levels", maxDepth)

// Parse reads a YAML file into its topmost node. Aliases are replaced by what
// they stand for, so the nodes form a graph without cycles whose expansion is
// bounded: whoever walks it needs no bounds of their own. The node is nil when
// the file is empty or cannot be parsed. A syntax error hides what comes after
// it, so it is one fault; the others are all given.
func Parse(file string, data []byte) (*yaml.Node, fault.List) {
	var faults fault.List
	if len(data) > MaxSize {
		faults.Add(fault.Fault{File: file,
			What: fmt.Sprintf("the file is larger than %d MiB", MaxSize>>20), Do: "split it"})
		return nil, faults
	}
	if faults = badBytes(file, data); len(faults) > 0 {
		return nil, faults
	}
	if countMarks(data) > maxMarks {
		faults.Add(fault.Fault{File: file,
			What: fmt.Sprintf("the file may hold more than %d values", maxMarks), Do: "split it"})
		return nil, faults
	}
	doc, second, err := load(data)
	if err != nil {
		faults.Add(syntaxFault(file, data, err))
		return nil, faults
	}
	if second != nil {
		faults.Add(Fault(file, second, "a second document begins here", "keep one document a file and remove the line ---"))
	}
	if doc == nil || len(doc.Content) == 0 {
		return nil, faults
	}
	root := doc.Content[0]
	t := tree{file: file, seen: map[*yaml.Node]size{}}
	t.walk(root)
	faults = append(faults, t.faults...)
	faults.Sort()
	if t.endless {
		return nil, faults
	}
	return root, faults
}

// load parses the first document and, if there is one, the second.
func load(data []byte) (doc, second *yaml.Node, err error) {
	limits := loaderlimits.New(loaderlimits.DepthFunc(func(depth int, _ *yaml.DepthContext) error {
		if depth > maxDepth {
			return errTooDeep
		}
		return nil
	}))
	l, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(limits))
	if err != nil {
		return nil, nil, fmt.Errorf("preparing the YAML loader: %w", err)
	}
	for _, into := range []**yaml.Node{&doc, &second} {
		n := new(yaml.Node)
		switch err := l.Load(n); {
		case errors.Is(err, io.EOF):
			return doc, second, nil
		case err != nil:
			return nil, nil, err
		}
		*into = n
	}
	return doc, second, nil
}

// badBytes reports bytes that are not UTF-8 and control characters, neither of
// which YAML allows. The parser would report the first of them, without a line.
func badBytes(file string, data []byte) fault.List {
	var faults fault.List
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		faults.Add(fault.Fault{File: file, Line: 1, Col: 1, What: "the file is UTF-16", Do: "save the file as UTF-8"})
		return faults
	}
	line, col := 1, 0
	for i := 0; i < len(data) && len(faults) < maxBadBytes; {
		r, n := utf8.DecodeRune(data[i:])
		col++
		switch {
		case r == utf8.RuneError && n == 1:
			faults.Add(fault.Fault{File: file, Line: line, Col: col,
				What: fmt.Sprintf("the byte 0x%02X is not UTF-8", data[i]), Do: "save the file as UTF-8"})
		case r == '\n':
			line, col = line+1, 0
		case r < ' ' && r != '\t' && r != '\r', r == 0x7F, r == 0xFFFE, r == 0xFFFF:
			faults.Add(fault.Fault{File: file, Line: line, Col: col,
				What: fmt.Sprintf("the control character U+%04X cannot stand in a text", r), Do: "remove it"})
		}
		i += n
	}
	return faults
}

// countMarks counts the characters that can begin a value. Each begins two
// values at most, so this bounds the memory that parsing takes, cheaply.
func countMarks(data []byte) int {
	n := 0
	for i, c := range data {
		switch c {
		case ',', '[', '{':
			n++
		case ':', '-', '?':
			if i+1 == len(data) || strings.IndexByte(" \t\r\n,]}[{\"'", data[i+1]) >= 0 {
				n++
			}
		}
	}
	return n
}

// syntaxFault puts the parser's error into words for the owner of a file.
func syntaxFault(file string, data []byte, err error) fault.Fault {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return fault.Fault{File: file, What: "the file cannot be read as YAML: " + err.Error()}
	}
	f := fault.Fault{File: file, Line: e.Mark.Line, Col: e.Mark.Column, What: e.Message}
	if f.Line > 0 {
		f.Col = max(f.Col, 1)
	}
	context := ""
	if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
		context = fmt.Sprintf(" (since line %d)", e.ContextMark.Line)
	}
	// opened moves the fault to where the thing that never ends begins.
	opened := func() { f.Line, f.Col = e.ContextMark.Line, e.ContextMark.Column }
	has := func(s string) bool { return strings.Contains(e.Message, s) }
	quoted := strings.Contains(e.ContextMsg, "quoted scalar")
	switch {
	case has(errTooDeep.Error()):
		f.What, f.Do = errTooDeep.Error(), "no knowledge or setting needs that"
	case has("tab character"), at(data, f.Line, f.Col) == '\t':
		f.What, f.Do = "a tab stands where spaces are expected", "indent with spaces"
	case has("unknown escape"):
		f.What, f.Do = `a backslash in double quotes is followed by a character that it cannot escape`,
			`write \\ for the backslash itself, or use single quotes`
	case quoted && (has("end of stream") || has("document indicator")):
		opened()
		f.What, f.Do = "this quote is never closed", "close it; in single quotes an apostrophe is written twice"
	case has("expected ',' or ']'"):
		opened()
		f.What, f.Do = "this [ list is not closed, or two of its values have no comma between them", "check the commas and the ]"
	case has("expected ',' or '}'"):
		opened()
		f.What, f.Do = "this { is not closed, or two of its values have no comma between them",
			"check the commas and the }; a text that begins with { must be in quotes"
	case has("mapping values are not allowed"):
		f.What, f.Do = "a colon stands where no key can end",
			"put a text that has a colon and a space in it into quotes, or check the indentation"
	case has("did not find expected node content"):
		f.What, f.Do = "a value is missing here"+context, "check the brackets, the braces and the commas"
	case has("unknown anchor"):
		f.What, f.Do = e.Message, "put a text that begins with * into quotes"
	case has("cannot start any token"):
		f.What = fmt.Sprintf("a text cannot begin with %q", at(data, f.Line, f.Col))
		f.Do = "put it into quotes"
	case has("did not find expected key"), has("did not find expected '-' indicator"), has("could not find expected ':'"):
		f.What = "this line does not fit what stands above it" + context
		f.Do = "check its indentation and the quotes"
	case e.ContextMsg != "":
		f.What = e.Message + " " + e.ContextMsg + context
	}
	return f
}

// at gives the character at a line and a column that count from 1, or 0.
func at(data []byte, line, col int) rune {
	rest := string(lineAt(data, line))
	for _, r := range rest {
		if col--; col == 0 {
			return r
		}
	}
	return 0
}

// lineAt gives a line that counts from 1, without its end.
func lineAt(data []byte, line int) []byte {
	for ; line > 1; line-- {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return nil
		}
		data = data[i+1:]
	}
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		data = data[:i]
	}
	return bytes.TrimSuffix(data, []byte("\r"))
}
