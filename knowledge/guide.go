package knowledge

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"path"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"

	"go.yaml.in/yaml/v4"
)

const (
	maxHeading  = 200 // characters of a heading that count
	maxSentence = 200 // characters of the first sentence of a passage

	maxFrontMatter = 64 << 10 // bytes
	// maxNesting bounds how deeply lists and quotations are nested, as the time
	// that Markdown takes grows with the square of it.
	maxNesting = 200
)

// A guide is a Markdown file to be cut into passages.
type guide struct {
	name string   // of the file
	path string   // as seen from the knowledge file, with slashes
	link string   // to the file
	tags []string // of every passage
	from Source   // likewise
	data []byte
}

// link gives the address of a guide. With a URL prefix it continues with the
// path below what the pattern names, so that "https://example.org/docs" and
// "handbook/**/*.md" make https://example.org/docs/setup/install.md.
func link(prefix, below, path string) string {
	if prefix == "" {
		return path
	}
	return strings.TrimSuffix(prefix, "/") + "/" + below
}

// passages cuts the guide at its headings. Every section that has a text of
// its own becomes a passage; a long one becomes several.
//
// An id is the guide's path and the anchor that GitHub gives to the heading:
// "handbook/install.md#from-source"; the second passage of one section ends in
// "~2". The text before the first heading has the id of the path alone.
func (g *guide) passages() ([]*Entry, fault.List) {
	var faults fault.List
	if bad := bytes.ToValidUTF8(g.data, []byte{0}); bytes.IndexByte(bad, 0) >= 0 {
		line := 1 + bytes.Count(bad[:bytes.IndexByte(bad, 0)], []byte("\n"))
		faults.Add(fault.Fault{File: g.name, Line: line, Col: 1,
			What: "the line holds bytes that are not text", Do: "save the file as UTF-8"})
		return nil, faults
	}
	if line := deepLine(g.data); line > 0 {
		faults.Add(fault.Fault{File: g.name, Line: line, Col: 1,
			What: fmt.Sprintf("the line is indented or nested more than %d deep", maxNesting), Do: "indent it less"})
		return nil, faults
	}
	title, from := frontMatter(g.data)
	source := g.data[from:]
	line, counted := 1+bytes.Count(g.data[:from], []byte("\n")), 0

	var entries []*Entry
	var chain headingChain
	anchors := anchors{}
	for _, s := range cutSections(source) {
		heading, anchor := s.heading, ""
		if s.level > 0 {
			anchor = "#" + anchors.next(heading)
			chain.enter(s.level, heading)
		}
		headings := chain.headings(title)
		if len(headings) == 0 {
			headings = []string{nameTitle(g.path)}
		}
		line += bytes.Count(source[counted:s.start], []byte("\n"))
		counted = s.start
		for i, body := range s.passages(source) {
			id := g.path + anchor
			if i > 0 {
				id += fmt.Sprintf("~%d", i+1)
			}
			entries = append(entries, &Entry{
				ID: boundID(id), Kind: Passage,
				Question:     strings.Join(headings, " › "),
				Alternatives: passageAlternatives(headings, body),
				Answer:       body, Tags: g.tags, Headings: headings,
				Link: g.link + anchor, Source: g.from,
				Pos: Pos{File: g.name, Line: line, Col: 1},
			})
		}
	}
	return entries, faults
}

// deepLine gives the number of the first line that may open or continue more
// than maxNesting lists and quotations, or 0. Each takes a > or a blank.
func deepLine(data []byte) int {
	line := 0
	for l := range bytes.Lines(data) {
		line++
		opening := l[:len(l)-len(bytes.TrimLeft(l, " \t>-+*.)0123456789"))]
		if bytes.Count(opening, []byte(" "))+4*bytes.Count(opening, []byte("\t"))+bytes.Count(opening, []byte(">")) > maxNesting {
			return line
		}
	}
	return 0
}

// passageAlternatives gives what else a passage may be found by: its own
// heading without the chain, and its first sentence.
func passageAlternatives(headings []string, body string) []string {
	var out []string
	if len(headings) > 1 {
		out = append(out, headings[len(headings)-1])
	}
	if s := firstSentence(body); s != "" && s != headings[len(headings)-1] {
		out = append(out, s)
	}
	return out
}

// boundID shortens an id that a long heading would make longer than ids may
// be; a checksum keeps it apart from others that begin alike.
func boundID(id string) string {
	if len(id) <= maxID {
		return id
	}
	h := fnv.New32a()
	h.Write([]byte(id))
	cut := maxID - len("~00000000")
	for !utf8.RuneStart(id[cut]) {
		cut--
	}
	return fmt.Sprintf("%s~%08x", id[:cut], h.Sum32())
}

// nameTitle makes a title of a file name.
func nameTitle(name string) string {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	title := strings.TrimSpace(strings.NewReplacer("-", " ", "_", " ").Replace(base))
	if title == "" {
		return base
	}
	r, n := utf8.DecodeRuneInString(title)
	return strings.ToUpper(string(r)) + title[n:]
}

// frontMatter gives the title that stands in a YAML block at the top of a
// Markdown file, and where the Markdown begins. Other tools read other keys
// there, so it is not read strictly; what is no such block is Markdown.
func frontMatter(data []byte) (title string, from int) {
	src := strings.TrimPrefix(string(data), "\ufeff")
	bom := len(data) - len(src)
	open, rest, ok := strings.Cut(src, "\n")
	if !ok || strings.TrimRight(open, " \t\r") != "---" {
		return "", bom
	}
	at := bom + len(open) + 1
	var block strings.Builder
	for line := range strings.Lines(rest) {
		at += len(line)
		if end := strings.TrimRight(line, " \t\r\n"); end == "---" || end == "..." {
			var meta struct {
				Title any `yaml:"title"`
			}
			if yaml.Load([]byte(block.String()), &meta) != nil {
				return "", bom
			}
			title, _ := meta.Title.(string)
			return strings.Join(strings.Fields(title), " "), at
		}
		if block.Len() > maxFrontMatter {
			return "", bom
		}
		block.WriteString(line)
	}
	return "", bom
}

// A headingChain is the headings above a place, by level.
type headingChain [6]string

func (c *headingChain) enter(level int, heading string) {
	c[level-1] = heading
	clear(c[level:])
}

// headings gives the chain, outermost first, with the title of the guide at
// its head unless it stands there already.
func (c *headingChain) headings(title string) []string {
	var out []string
	if title != "" {
		out = append(out, title)
	}
	for _, h := range c {
		if h != "" && (len(out) != 1 || h != title) {
			out = append(out, h)
		}
	}
	return out
}

// anchors gives each heading of a file its own anchor.
type anchors map[string]int

// next gives an anchor as GitHub does (the rules of its github-slugger): lower
// case; letters, digits, _ and - stay, a space becomes -, the rest goes; and
// repeated ones get -1, -2, ….
func (a anchors) next(heading string) string {
	slug := slug(heading)
	anchor := slug
	for {
		if _, taken := a[anchor]; !taken {
			break
		}
		a[slug]++
		anchor = fmt.Sprintf("%s-%d", slug, a[slug])
	}
	a[anchor] = 0
	return anchor
}
