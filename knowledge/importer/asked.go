package importer

import (
	"crypto/sha256"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// An asked question is one of schema.org's (https://schema.org/Question), as
// JSON-LD, microdata and RDFa say it. Its texts may be HTML.
type asked struct {
	pos      knowledge.Pos
	key, id  string
	lang     string // of the question; "" where it is not said
	names    []tagged
	texts    []tagged // the long form, which a page of one question has
	others   []tagged
	keywords []tagged
	answers  []answered
}

type answered struct {
	accepted bool
	votes    int
	texts    []tagged
	nodes    []*nethtml.Node // instead of texts, where the answer stands in the page
}

// tagged is a text with its language in small letters, or "".
type tagged struct{ text, lang string }

// number gives a number of votes; 0 for what is none.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}

// A taker makes items of questions.
type taker struct {
	found *Found
	base  *url.URL                     // of links; may be nil
	lang  string                       // that is wanted; "" for any
	had   map[[sha256.Size]byte]string // where an item stands, by the digest of its words
	size  int                          // bytes of all answers and guides
	asked []string                     // the questions of the page that is being read, also those left out
	paths map[string]bool              // of guides, in small letters

	recurring *recurring // of a site; nil where nothing is looked for
}

// count holds the answers to a bound together: many questions may refer to one
// long answer.
func (t *taker) count(n int, at knowledge.Pos) error {
	if t.size += n; t.size > maxText {
		return fault.List{{File: at.File, Line: at.Line, Col: at.Col,
			What: fmt.Sprintf("the answers and guides are larger than %d MiB together", maxText>>20), Do: "import it in parts"}}
	}
	return nil
}

// take makes an item of a question, or tells why not.
func (t *taker) take(q *asked) error {
	lang := t.lang
	if lang == "" && len(q.names) > 0 {
		lang = q.names[0].lang
	}
	names, rest := inLanguage(q.names, lang)
	question := ""
	if len(names) > 0 {
		question = plainOf(names[0])
	}
	what := fmt.Sprintf("the question %q", shown(question))
	if len(q.names) > 0 && len(names) == 0 {
		return t.found.leave(q.pos, fmt.Sprintf("the question %q", shown(plainOf(q.names[0].text))), "it is in "+strings.Join(rest, ", "))
	}
	if len(rest) > 0 {
		if err := t.found.leave(q.pos, what+" in "+strings.Join(rest, ", "), "one language is taken in at a time"); err != nil {
			return err
		}
	}
	e := &knowledge.Entry{Kind: knowledge.FAQ, Question: question, Pos: q.pos}
	if what, _ := knowledge.CheckID(q.id); what == "" {
		e.ID = q.id
	}
	if len(names) > 1 {
		e.Alternatives = plainAll(names[1:])
	}
	others, _ := inLanguage(q.others, lang)
	e.Alternatives = append(e.Alternatives, plainAll(others)...)
	texts, _ := inLanguage(q.texts, lang)
	for _, text := range plainAll(texts) {
		switch {
		case len(text) > maxPhrase:
			if err := t.found.leave(q.pos, "the long form of "+what, "only its title is a phrasing"); err != nil {
				return err
			}
		case e.Question == "":
			e.Question = text
		default:
			e.Alternatives = append(e.Alternatives, text)
		}
	}
	for _, k := range q.keywords {
		for tag := range strings.SplitSeq(k.text, ",") {
			if tag = oneLine(tag); tag != "" && !slices.Contains(e.Tags, tag) {
				e.Tags = append(e.Tags, tag)
			}
		}
	}
	if e.Question != "" {
		what = fmt.Sprintf("the question %q", shown(e.Question))
	}
	var err error
	if e.Answer, err = t.answer(q, lang, what); err != nil {
		return err
	}
	return t.add(Item{Entry: e, Key: q.key}, what)
}

// add takes in an item once, however many pages of a site say it.
func (t *taker) add(item Item, what string) error {
	e := item.Entry
	t.asked = append(t.asked, e.Question)
	if e.Question != "" && e.Answer != "" {
		same := sha256.Sum256([]byte(strings.Join(append([]string{e.Question, e.Answer}, e.Alternatives...), "\x00")))
		if at, ok := t.had[same]; ok {
			return t.found.leave(e.Pos, what, "it is the same as at "+at)
		}
		t.had[same] = e.Pos.String()
	}
	return t.found.add(item, what)
}

// answer gives the accepted answers, or the suggested one that most people
// voted for, the first of several.
func (t *taker) answer(q *asked, lang, what string) (string, error) {
	var taken []answered
	best := -1
	for i, a := range q.answers {
		if a.accepted {
			taken = append(taken, a)
		} else if best < 0 || a.votes > q.answers[best].votes {
			best = i
		}
	}
	if len(taken) == 0 && best >= 0 {
		taken = q.answers[best : best+1]
	}
	if n := len(q.answers) - len(taken); n > 0 {
		others := "another answer"
		if n > 1 {
			others = fmt.Sprintf("%d other answers", n)
		}
		if err := t.found.leave(q.pos, others+" to "+what, "an entry has one"); err != nil {
			return "", err
		}
	}
	var parts []string
	for _, a := range taken {
		texts, _ := inLanguage(a.texts, lang)
		for _, text := range texts {
			if err := t.count(len(text), q.pos); err != nil {
				return "", err
			}
			part, err := t.markdown(text)
			if err != nil {
				return "", t.found.leave(q.pos, what, err.Error())
			}
			parts = append(parts, part)
		}
		if len(a.nodes) > 0 {
			part, err := markdownOfNodes(t.base, a.nodes...)
			if err != nil {
				return "", t.found.leave(q.pos, what, err.Error())
			}
			parts = append(parts, part)
		}
	}
	return strings.TrimSpace(strings.Join(parts, "\n\n")), nil
}

// inLanguage gives the texts in a language and those that do not say theirs,
// and the other languages, sorted. "en" is also British English.
func inLanguage(all []tagged, lang string) (texts []string, rest []string) {
	for _, t := range all {
		if lang == "" || t.lang == "" || sameLanguage(t.lang, lang) {
			texts = append(texts, t.text)
		} else if !slices.Contains(rest, t.lang) {
			rest = append(rest, t.lang)
		}
	}
	slices.Sort(rest)
	return texts, rest
}

func sameLanguage(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	short := func(s string) string { first, _, _ := strings.Cut(s, "-"); return first }
	return a == b || a == short(b) || b == short(a)
}

var (
	markup = regexp.MustCompile(`</?(?i:p|br|a|b|i|u|s|em|strong|ul|ol|li|div|span|h[1-6]|table|code|pre|blockquote|img|dl|sup|sub|small|section|article|font)(\s[^<>]*)?/?>`)
	blocks = regexp.MustCompile(`<(?i:p|br|ul|ol|li|div|h[1-6]|table|pre|blockquote|dl|section|article)[\s>/]`)
)

// markdown gives a text that may be HTML, HTML whose marks are escaped once
// more, or plain, as Markdown. In what has no blocks, lines are lines.
func (t *taker) markdown(text string) (string, error) {
	if !markup.MatchString(text) {
		if text = html.UnescapeString(text); !markup.MatchString(text) {
			text = html.EscapeString(text)
		}
	}
	if !blocks.MatchString(text) {
		text = strings.ReplaceAll(strings.TrimSpace(lines(text)), "\n", "<br>")
	}
	root, err := nethtml.Parse(strings.NewReader(text))
	if err != nil {
		return "", fmt.Errorf("its answer is no HTML that can be read: %w", err)
	}
	return markdownOfNodes(t.base, bodyOf(root))
}

// bodyOf gives the body of a page.
func bodyOf(root *nethtml.Node) *nethtml.Node {
	if body := find(root, func(n *nethtml.Node) bool { return n.DataAtom == atom.Body }); body != nil {
		return body
	}
	return &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body} // A page of frames.
}

// plainOf gives the words of a text that may be HTML, on one line. Of a text
// that is too long for a question it gives the beginning.
func plainOf(text string) string {
	if len(text) > 8*maxPhrase {
		text = strings.ToValidUTF8(text[:8*maxPhrase], "")
	}
	if strings.ContainsAny(text, "<&") {
		if !markup.MatchString(text) {
			text = html.UnescapeString(text)
		}
		if markup.MatchString(text) {
			if root, err := nethtml.Parse(strings.NewReader(text)); err == nil { // What is nested too deep stays as it is.
				text = words(bodyOf(root))
			}
		}
	}
	return oneLine(cleanText(text, false))
}

func plainAll(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, plainOf(t))
	}
	return out
}

// words gives what an element says, on one line. Of what is too long for a
// question it gives the beginning.
func words(n *nethtml.Node) string {
	var b strings.Builder
	steps := 0
	var walk func(*nethtml.Node) bool
	walk = func(n *nethtml.Node) bool {
		switch {
		case n.Type == nethtml.TextNode:
			b.WriteString(n.Data)
		case dropped[n.DataAtom] || n.Namespace == "svg":
			return true
		case n.DataAtom == atom.Br || n.DataAtom == atom.P || n.DataAtom == atom.Div || n.DataAtom == atom.Li:
			b.WriteByte(' ')
		}
		if steps++; steps > maxPhrase || b.Len() > 2*maxPhrase {
			return false
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !walk(c) {
				return false
			}
		}
		return true
	}
	walk(n)
	return oneLine(cleanText(b.String(), false))
}
