package importer

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/knowledge"
)

const (
	maxGuides  = 10_000 // a base has no more files
	maxSection = 4_000  // bytes of a section that becomes an answer; a longer one is better read as a guide
	minGuide   = 600    // bytes around questions from which on they are a guide of their own
)

// A longText is what a page or a document says: Markdown with headings.
type longText struct {
	pos   knowledge.Pos
	what  string // as it is told, such as "the page"
	title string // "" where it has none
	path  string // of the guide
	link  string // may be empty
	key   string // may be empty
	md    string
	took  bool // whether questions that stood in it were taken out
}

// isQuestion tells a question by its mark, whatever the language.
func isQuestion(s string) bool {
	s = strings.TrimRight(s, " \t\"'»”’)*_")
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == '?' || r == '？' || r == '؟' || r == '\u037e' || r == '՞' || r == '፧' || r == '⁇'
}

// same gives the letters and digits of a question, by which it is known again
// where it stands in other type, or has a number before it.
func same(question string) string {
	question = strings.TrimLeft(question, "0123456789.) ")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, question)
}

// text makes items of a text whose headings are questions, and a guide of what
// is left or of any other. Sections that known names were taken before, as are
// they: known holds what [same] gives.
//
// The headings are questions where they are all of them, or at least two and
// half of those that have a text of their own. A question ends in a question mark.
func (t *taker) text(l longText, known map[string]bool) error {
	cuts := cutMarkdown(pairHeadings(l.md))
	n := len(cuts)
	if n > 1 && len(known) > 0 {
		cuts = withoutKnown(cuts, known)
	}
	took := l.took || len(cuts) < n
	if list := questionList(cuts); list != nil {
		took = true
		var rest []cut
		for i := 0; i < len(cuts); i++ {
			end, ok := list[i]
			if !ok {
				if c := cuts[i]; isQuestion(c.heading) && c.body == "" && (i+1 == len(cuts) || cuts[i+1].level <= c.level) {
					if err := t.found.leave(l.pos, fmt.Sprintf("the question %q", shown(plainMarkdown(c.heading))), "it has no answer"); err != nil {
						return err
					}
				}
				rest = append(rest, cuts[i])
				continue
			}
			body := append([]cut{{body: cuts[i].body}}, cuts[i+1:end]...)
			question := plainMarkdown(cuts[i].heading)
			e := &knowledge.Entry{Kind: knowledge.FAQ, Question: question, Answer: joinMarkdown(body), Pos: l.pos}
			if err := t.add(Item{Entry: e}, fmt.Sprintf("the question %q", shown(question))); err != nil {
				return err
			}
			i = end - 1
		}
		cuts = rest
	}
	return t.guide(l, cuts, took)
}

// withoutKnown leaves out the sections whose headings are known.
func withoutKnown(cuts []cut, known map[string]bool) []cut {
	var out []cut
	for i := 0; i < len(cuts); i++ {
		if cuts[i].level > 0 && known[same(plainMarkdown(cuts[i].heading))] {
			i = below(cuts, i) - 1
			continue
		}
		out = append(out, cuts[i])
	}
	return out
}

// below gives where the next section begins that is not part of one: a heading
// of its level or above, or a question.
func below(cuts []cut, i int) int {
	end := i + 1
	for end < len(cuts) && cuts[end].level > cuts[i].level && !isQuestion(cuts[end].heading) {
		end++
	}
	return end
}

// questionList gives, by the places of questions, where their answers end; nil
// for a text that is no list of questions.
func questionList(cuts []cut) map[int]int {
	list := map[int]int{}
	others := 0
	for i := 0; i < len(cuts); i++ {
		c := cuts[i]
		if c.level == 0 || c.body == "" && below(cuts, i) == i+1 {
			continue // What stands before all headings, or only groups others.
		}
		end := below(cuts, i)
		if !isQuestion(c.heading) {
			if c.body != "" && !(c.level == 1 && i <= 1) { // A word of welcome below the title counts for nothing.
				others++
			}
			continue
		}
		if len(joinMarkdown(cuts[i:end])) > maxSection {
			others++
			continue
		}
		list[i] = end
		i = end - 1
	}
	if n := len(list); n == 0 || others > 0 && (n < 2 || n < others) {
		return nil
	}
	return list
}

// guide makes a guide of what is left of a text, or tells that it is too little.
func (t *taker) guide(l longText, cuts []cut, took bool) error {
	size := 0
	for _, c := range cuts {
		size += len(c.body)
	}
	switch {
	case size == 0 && (took || len(t.asked) > 0):
		return nil
	case size == 0:
		return t.found.leave(l.pos, l.what, "it has no text to read")
	case took && size < minGuide:
		return t.found.leave(l.pos, "what stands around the questions", fmt.Sprintf("%d characters are no guide", size))
	}
	cuts = titled(cuts, l.title)
	if len(t.found.Guides) == maxGuides {
		return t.found.leave(l.pos, l.what, fmt.Sprintf("more than %d guides; import it in parts", maxGuides))
	}
	g := Guide{Path: t.free(l.path), Text: joinMarkdown(cuts) + "\n", Link: l.link, Key: l.key}
	if err := t.count(len(g.Text), l.pos); err != nil {
		return err
	}
	t.found.Guides = append(t.found.Guides, g)
	return nil
}

// titled puts the title on top of a text that has none, and the other headings
// below it.
func titled(cuts []cut, title string) []cut {
	var out []cut
	top := 0
	for _, c := range cuts {
		if c.level == 0 && c.body == "" {
			continue
		}
		if c.level == 1 {
			top++
		}
		out = append(out, c)
	}
	if title == "" || len(out) > 0 && out[0].level == 1 && top == 1 || top > 0 && same(plainMarkdown(out[0].heading)) == same(title) {
		return out
	}
	if top > 0 {
		for i := range out {
			if out[i].level > 0 {
				out[i].level = min(out[i].level+1, 6)
			}
		}
	}
	return append([]cut{{level: 1, heading: escapeHeading(title)}}, out...)
}

// escapeHeading gives plain words as a heading of Markdown.
func escapeHeading(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "<", "&lt;", "#", `\#`, "&", "&amp;").Replace(oneLine(s))
}

// free gives a path that no other guide has, in a letter case or another.
func (t *taker) free(p string) string {
	if t.paths == nil {
		t.paths = map[string]bool{}
	}
	stem, ext := strings.TrimSuffix(p, path.Ext(p)), path.Ext(p)
	for n := 2; t.paths[strings.ToLower(p)]; n++ {
		p = fmt.Sprintf("%s-%d%s", stem, n, ext)
	}
	t.paths[strings.ToLower(p)] = true
	return p
}

// guidePath makes the path of a guide out of that of a page or a document:
// letters, digits, - _ and . stay, and each folder has a name.
func guidePath(p string) string {
	p = strings.TrimSuffix(p, path.Ext(p))
	var parts []string
	for part := range strings.SplitSeq(p, "/") {
		part = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_' || r == '.' {
				return r
			}
			return '-'
		}, part)
		part = strings.Trim(part, "-.")
		for len(part) > 80 {
			_, n := utf8.DecodeLastRuneInString(part)
			part = part[:len(part)-n]
		}
		if part != "" && len(parts) < 8 {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{"index"}
	}
	return strings.Join(parts, "/") + ".md"
}
