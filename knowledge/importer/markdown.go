package importer

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"go.yaml.in/yaml/v4"
)

// Markdown reads a FAQ in Markdown, a file or a folder of them: headings with
// what stands below as their answers, "Q:" and "A:" in several languages, or
// questions in bold. Headings above the questions become tags. What an answer
// consists of stays as it is written.
func Markdown() Reader {
	return Reader{
		Format: "markdown", Title: "Markdown FAQ",
		Recognise: func(s Source) bool {
			if !s.isDir() {
				return isMarkdown(s.Path)
			}
			names, err := newInput(s).files(context.Background(), isMarkdown)
			return err == nil && len(names) > 0
		},
		Read: func(ctx context.Context, s Source, _ Options) (*Found, error) {
			found, in := &Found{}, newInput(s)
			names, err := in.files(ctx, isMarkdown)
			if err != nil {
				return nil, err
			}
			var faults fault.List
			for _, name := range names {
				text, err := in.text(ctx, name, maxMarkdown)
				if err == nil {
					err = readMarkdown(found, text, in.title(name))
				}
				if list, ok := err.(fault.List); ok { //nolint:errorlint // Both give it as it is.
					faults = append(faults, list...)
				} else if err != nil {
					return nil, err
				}
			}
			faults.Sort()
			return found, faults.Err()
		},
	}
}

// maxMarkdown bounds a file: a FAQ of 50,000 lines has less.
const maxMarkdown = 16 << 20

func isMarkdown(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".md" || ext == ".markdown"
}

// A markdownFile is one while it is read.
type markdownFile struct {
	found *Found
	name  string
	front frontMatter
	page
	links []linkTarget
}

// frontMatter is what is taken from the YAML at the top of a file.
type frontMatter struct {
	Format int   `yaml:"format"` // of those that we write
	Tags   texts `yaml:"tags"`
}

// readMarkdown takes in a file.
func readMarkdown(found *Found, text, name string) error {
	f := &markdownFile{found: found, name: name}
	from := f.front.cut(text)
	if f.front.Format > version {
		return fault.List{{File: name, Line: 1, Col: 1, What: "the file has a format newer than this version reads", Do: "update frontdesk"}}
	}
	if line := tooDeep(text); line > 0 {
		return fault.List{{File: name, Line: line, Col: 1, What: "the line is indented or nested too deeply", Do: "indent it less"}}
	}
	f.page = cutBlocks(text, from)
	if f.front.Format == 0 {
		f.links = f.targets()
	}
	n := len(found.Items)
	var err error
	switch {
	case f.front.Format > 0:
		err = f.own()
	case f.hasPairs():
		err = f.pairs(pairLine)
	case slices.ContainsFunc(f.blocks, func(b mdBlock) bool { return b.level > 0 }) && f.questionLevel() > 0:
		err = f.headings()
	default:
		err = f.pairs(boldLine)
	}
	if err == nil && len(found.Items) == n {
		err = found.leave(knowledge.Pos{File: name, Line: 1, Col: 1}, "the file", "no questions are found in it: neither headings, nor Q: and A:, nor questions in bold; it may be a guide, which a base reads as it is")
	}
	return err
}

// cut reads the front matter, and gives where the text begins.
func (m *frontMatter) cut(text string) int {
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return 0
	}
	end := strings.Index("\n"+rest, "\n---\n")
	if end < 0 || end > maxHead {
		return 0
	}
	if err := yaml.Load([]byte(rest[:max(0, end)]), m); err != nil {
		*m = frontMatter{} // Other programs write what they like there.
		return 0
	}
	return len("---\n") + end + len("---\n")
}

// UnmarshalYAML takes a list of texts, or one.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = nil
		for part := range strings.SplitSeq(n.Value, ",") {
			if part = oneLine(part); part != "" {
				*t = append(*t, part)
			}
		}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// A draft is an entry while it is read.
type draft struct {
	questions []string
	id        string
	meta      markdownMeta
	tags      []string
	at        int // offset
	answer    []string
}

// take makes an item of a draft.
func (f *markdownFile) take(d *draft, asWritten bool) error {
	if d == nil || len(d.questions) == 0 {
		return nil
	}
	answer := strings.Join(d.answer, "")
	if !asWritten {
		answer = f.withTargets(trimAnswer(answer))
	}
	e := &knowledge.Entry{
		ID: d.meta.ID, Kind: knowledge.FAQ, Question: d.questions[0], Alternatives: append(d.questions[1:], d.meta.Alternatives...), Answer: answer,
		Tags: d.meta.Tags, Followups: d.meta.Followups, Formerly: d.meta.Formerly, Pos: f.pos(d.at),
	}
	if e.ID == "" {
		e.ID = d.id
	}
	if what, _ := knowledge.CheckID(e.ID); what != "" {
		e.ID = ""
	}
	if !asWritten {
		for _, tag := range append(slices.Clone(d.tags), f.front.Tags...) {
			if tag != "" && !slices.Contains(e.Tags, tag) {
				e.Tags = append(e.Tags, tag)
			}
		}
	}
	return f.found.add(Item{Entry: e, Key: e.ID}, fmt.Sprintf("the question %q", shown(d.questions[0])))
}

func (f *markdownFile) pos(offset int) knowledge.Pos {
	return knowledge.Pos{File: f.name, Line: f.line(offset), Col: 1}
}

// own reads a file that we wrote: each question has a comment with its id.
func (f *markdownFile) own() error {
	var d *draft
	for i, b := range f.blocks {
		if b.level == 2 && i+1 < len(f.blocks) {
			if meta, ok := metaOf(f.source(f.blocks[i+1])); ok && meta.ID != "" {
				if err := f.take(d, true); err != nil {
					return err
				}
				d = &draft{questions: []string{knowledge.PlainText(b.heading)}, meta: meta, at: b.start}
				continue
			}
		}
		if d == nil {
			continue // The title.
		}
		if len(d.answer) == 0 && f.blocks[i-1].level == 2 {
			d.answer = append(d.answer, "") // The comment.
			continue
		}
		d.answer = append(d.answer, f.source(b))
	}
	return f.take(d, true)
}

var (
	headingID     = regexp.MustCompile(`\s*\{#([^\s{}]+)[^{}]*\}\s*$`)
	headingNumber = regexp.MustCompile(`^(?:(?:[QF]|Question|Frage)\s*\d*\s*[:.)]|\d+(?:\.\d+)*[.)]?)\s+`)
	answerMark    = regexp.MustCompile(`^\s*[*_]{0,2}(?:A|Answer|Antwort|R|Réponse|Respuesta|Risposta)[*_]{0,2}[:：][*_]{0,2}\s*`)
)

// questionLevel gives the level of the headings that are questions: the one
// with the most that end in a question mark, else the first with several texts.
// It is 0 where no heading has a text.
func (f *markdownFile) questionLevel() int {
	var asked, texts [7]int
	for i, b := range f.blocks {
		if b.level == 0 {
			continue
		}
		if endsInQuestionMark(knowledge.PlainText(headingID.ReplaceAllString(b.heading, ""))) {
			asked[b.level]++
		}
		if i+1 < len(f.blocks) && f.blocks[i+1].level == 0 {
			texts[b.level]++
		}
	}
	best := 0
	for l := 1; l <= 6; l++ {
		if asked[l] > 0 && (best == 0 || asked[l] > asked[best]) {
			best = l
		}
	}
	for l := 1; l <= 6 && best == 0; l++ {
		if texts[l] > 1 {
			best = l
		}
	}
	for l := 6; l >= 1 && best == 0; l-- {
		if texts[l] > 0 {
			best = l
		}
	}
	return best
}

// headings reads a file whose questions are headings.
func (f *markdownFile) headings() error {
	level := f.questionLevel()
	var d *draft
	var sections [7]string
	ones := 0
	for _, b := range f.blocks {
		if b.level == 1 {
			ones++
		}
	}
	var loose []mdBlock // under a heading that is no question
	leave := func() error {
		var b strings.Builder
		for _, l := range loose {
			b.WriteString(f.source(l))
		}
		at := 0
		if len(loose) > 0 {
			at = loose[0].start
		}
		loose = nil
		if text := oneLine(trimAnswer(b.String())); text != "" {
			return f.found.leave(f.pos(at), fmt.Sprintf("the text %q", shown(text)), "it stands below no question")
		}
		return nil
	}
	for i, b := range f.blocks {
		if b.level == 0 {
			switch meta, ok := metaOf(f.source(b)); {
			case d == nil:
				loose = append(loose, b)
			case ok && f.blocks[i-1].level > 0:
				d.meta = meta
			default:
				text := f.source(b)
				if len(d.answer) == 0 {
					text = answerMark.ReplaceAllString(text, "")
				}
				d.answer = append(d.answer, text)
			}
			continue
		}
		raw, id := b.heading, ""
		if m := headingID.FindStringSubmatch(raw); m != nil {
			raw, id = strings.TrimSuffix(raw, m[0]), m[1]
		}
		plain := knowledge.PlainText(raw)
		question := headingNumber.ReplaceAllString(plain, "")
		asks := endsInQuestionMark(plain)
		if d != nil && b.level > level && !asks {
			d.answer = append(d.answer, f.source(b)) // A part of the answer.
			continue
		}
		if err := f.take(d, false); err != nil {
			return err
		}
		d = nil
		if err := leave(); err != nil {
			return err
		}
		if b.level < level && !asks {
			sections[b.level] = question
			clear(sections[b.level+1:])
			if b.level == 1 && ones == 1 {
				sections[1] = "" // The title.
			}
			continue
		}
		d = &draft{questions: []string{question}, id: id, at: b.start}
		for _, s := range sections[:min(b.level, level)] {
			if s != "" {
				d.tags = append(d.tags, s)
			}
		}
	}
	if err := f.take(d, false); err != nil {
		return err
	}
	return leave()
}

// trimAnswer takes from a text what stands between it and the next question:
// rules, and anchors.
func trimAnswer(s string) string {
	for {
		s = knowledge.TrimText(s)
		if first, rest, _ := strings.Cut(s, "\n"); strings.HasPrefix(first, "<a ") && between.MatchString(strings.TrimSpace(first)) {
			s = rest
			continue
		}
		cut := strings.LastIndexByte(s, '\n') + 1
		if last := strings.TrimSpace(s[cut:]); s == "" || !between.MatchString(last) || cut > 0 && strings.HasPrefix(last, "-") && strings.TrimSpace(lastLine(s[:cut])) != "" {
			return s
		}
		s = s[:cut]
	}
}

func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

var between = regexp.MustCompile(`^(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|<a (?:name|id)="[^"]*">\s*</a>|<a (?:name|id)="[^"]*"\s*/>)$`)

// markdownMeta is what stands in a comment below a question.
type markdownMeta struct {
	ID           string   `yaml:"id,omitempty"`
	Alternatives []string `yaml:"alternatives,omitempty"`
	Tags         []string `yaml:"tags,omitempty"`
	Followups    []string `yaml:"followups,omitempty"`
	Formerly     []string `yaml:"formerly,omitempty"`
}

// metaOf reads a comment of ours.
func metaOf(block string) (m markdownMeta, ok bool) {
	block = strings.TrimSpace(block)
	inner, ok := strings.CutPrefix(block, "<!--")
	if !ok {
		return m, false
	}
	if inner, ok = strings.CutSuffix(inner, "-->"); !ok || len(inner) > maxAnswer {
		return m, false
	}
	d, err := yaml.NewLoader(bytes.NewReader([]byte(inner)), yaml.WithKnownFields())
	if err != nil {
		return m, false
	}
	if err := d.Load(&m); err != nil {
		return markdownMeta{}, false
	}
	return m, m.ID != "" || len(m.Alternatives)+len(m.Tags)+len(m.Followups)+len(m.Formerly) > 0
}
