package template

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLength      = 4096 // bytes of a template
	maxDepth       = 32   // levels of groups
	maxName        = 64   // bytes of a slot's or a rule's name
	maxPermutation = 6    // members of a permutation
)

// Parse reads a template. The error is a [*SyntaxError].
func Parse(text string) (*Template, error) {
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	return &Template{root: root}, nil
}

func parse(text string) (node, *SyntaxError) {
	if len(text) > maxLength {
		return node{}, fail(maxLength, fmt.Sprintf("the template has %d bytes; at most %d are allowed", len(text), maxLength),
			"split it into several sentences or move parts into rules")
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return node{}, fail(i, "the text is not valid UTF-8 here", "save the file as UTF-8")
			}
		}
	}
	if strings.TrimSpace(text) == "" {
		return node{}, fail(0, "the template is empty", "write the words that are said")
	}
	p := parser{text: text}
	return p.group(-1, 0)
}

func fail(offset int, what, do string) *SyntaxError {
	return &SyntaxError{Offset: offset, What: what, Do: do}
}

type parser struct {
	text string
	pos  int
}

// closers gives the character that closes a group.
var closers = map[byte]byte{'(': ')', '[': ']'}

// group reads the alternatives or the members of a permutation up to the
// character that closes the group opened at the offset open, and that
// character itself. Open is -1 for the whole template, which the end closes.
func (p *parser) group(open, depth int) (node, *SyntaxError) {
	if depth > maxDepth {
		return node{}, fail(open, fmt.Sprintf("groups are nested more than %d deep", maxDepth), "move the inner ones into a rule")
	}
	var opener, closer byte
	if open >= 0 {
		opener = p.text[open]
		closer = closers[opener]
	}
	var kids []node
	var separator byte
	for {
		start := p.pos
		kid, err := p.sequence(open, depth)
		if err != nil {
			return node{}, err
		}
		kids = append(kids, kid)
		end := p.pos == len(p.text)
		if end && open >= 0 {
			return node{}, fail(open, fmt.Sprintf("%c is never closed", opener),
				fmt.Sprintf("add %c or write \\%c for the character itself", closer, opener))
		}
		var c byte
		if !end {
			c = p.text[p.pos]
		}
		isSeparator := c == '|' || c == ';'
		if p.pos == start { // not even a blank
			if !isSeparator && separator == 0 {
				return node{}, fail(open, fmt.Sprintf("%c%c has nothing in it", opener, closer),
					fmt.Sprintf("write what it holds, or \\%c for the character itself", opener))
			}
			return node{}, fail(start, "an alternative is empty", "write it, or use [ ] for what may be left out")
		}
		if !isSeparator {
			p.pos += min(1, len(p.text)-p.pos)
			return p.finish(open, separator, kids)
		}
		if separator != 0 && separator != c {
			return node{}, fail(p.pos, "| and ; stand in one group", "put the inner ones in ( )")
		}
		separator = c
		p.pos++
	}
}

// finish makes the node of a group.
func (p *parser) finish(open int, separator byte, kids []node) (node, *SyntaxError) {
	if len(kids) > maxPermutation && separator == ';' {
		return node{}, fail(open, fmt.Sprintf("a permutation has %d members; at most %d are allowed", len(kids), maxPermutation),
			"write several sentences")
	}
	inner := node{kind: choice, kids: kids}
	if separator == ';' {
		inner.kind = permutation
	}
	switch {
	case open < 0 && separator == 0:
		return kids[0], nil
	case open < 0:
		return inner, nil
	case p.text[open] == '[' && separator == ';':
		return node{kind: optional, kids: []node{inner}}, nil
	case p.text[open] == '[':
		inner.kind = optional
	}
	return inner, nil
}

// sequence reads up to a separator, the end of the group opened at the offset
// open, or the end of the text.
func (p *parser) sequence(open, depth int) (node, *SyntaxError) {
	var kids []node
	var words strings.Builder
	flush := func() {
		if words.Len() > 0 {
			kids = append(kids, node{kind: literal, text: words.String()})
			words.Reset()
		}
	}
	for p.pos < len(p.text) {
		at := p.pos
		c := p.text[at]
		var kid node
		var err *SyntaxError
		switch c {
		case '(', '[':
			p.pos++
			kid, err = p.group(at, depth+1)
		case '{':
			kid, err = p.slot()
		case '<':
			kid, err = p.rule()
		case '|':
			flush()
			return wrap(kids), nil
		case ';':
			if open >= 0 {
				flush()
				return wrap(kids), nil
			}
			words.WriteByte(c)
			p.pos++
			continue
		case ')', ']':
			if open >= 0 && c == closers[p.text[open]] {
				flush()
				return wrap(kids), nil
			}
			return node{}, p.stray(open, c)
		case '}', '>':
			return node{}, p.stray(-1, c)
		case '\\':
			err = p.escape(&words)
			if err != nil {
				return node{}, err
			}
			continue
		default:
			words.WriteByte(c)
			p.pos++
			continue
		}
		if err != nil {
			return node{}, err
		}
		flush()
		kids = append(kids, kid)
	}
	flush()
	return wrap(kids), nil
}

func wrap(kids []node) node {
	if len(kids) == 1 {
		return kids[0]
	}
	return node{kind: sequence, kids: kids}
}

func (p *parser) stray(open int, c byte) *SyntaxError {
	what := fmt.Sprintf("%c closes nothing", c)
	if open >= 0 {
		what = fmt.Sprintf("%c cannot close %c", c, p.text[open])
	}
	return fail(p.pos, what, fmt.Sprintf("remove it or write \\%c for the character itself", c))
}

func (p *parser) escape(words *strings.Builder) *SyntaxError {
	if p.pos+1 == len(p.text) {
		return fail(p.pos, `\ stands before nothing`, `remove it or write \\ for the character itself`)
	}
	c := p.text[p.pos+1]
	if c >= utf8.RuneSelf || !unicode.IsPunct(rune(c)) && !unicode.IsSymbol(rune(c)) {
		r, _ := utf8.DecodeRuneInString(p.text[p.pos+1:])
		return fail(p.pos, fmt.Sprintf(`\%c means nothing`, r), `write \\ for the character \`)
	}
	words.WriteByte(c)
	p.pos += 2
	return nil
}

// slot reads {slot}, {list:slot} or {slot:@type}.
func (p *parser) slot() (node, *SyntaxError) {
	at := p.pos
	inside, err := p.inside('}', "slot")
	if err != nil {
		return node{}, err
	}
	first, second, colon := strings.Cut(inside, ":")
	n := node{kind: slotRef, text: strings.TrimSpace(first), offset: at}
	n.list = n.text
	if colon {
		second = strings.TrimSpace(second)
		if typ, inline := strings.CutPrefix(second, "@"); inline {
			n.list = ""
			if n.typ, err = inlineType(at, typ); err != nil {
				return node{}, err
			}
		} else {
			if err := checkName(at, n.list, "slot"); err != nil {
				return node{}, err
			}
			n.text = second
		}
	}
	if err := checkName(at, n.text, "slot"); err != nil {
		return node{}, err
	}
	return n, nil
}

// inlineTypes are those that {slot:@type} may name.
var inlineTypes = []Type{Text, Number, Percentage, Duration, Time, Date, Colour}

func inlineType(at int, name string) (Type, *SyntaxError) {
	if name == "capture" {
		return Text, nil
	}
	var known []string
	for _, t := range inlineTypes {
		if string(t) == name {
			return t, nil
		}
		known = append(known, "@"+string(t))
	}
	return "", fail(at, fmt.Sprintf("@%s is no type of slot", shorten(name)), "use one of "+strings.Join(known, ", "))
}

// rule reads <rule>.
func (p *parser) rule() (node, *SyntaxError) {
	at := p.pos
	inside, err := p.inside('>', "rule")
	if err != nil {
		return node{}, err
	}
	n := node{kind: ruleRef, text: strings.TrimSpace(inside), offset: at}
	if err := checkName(at, n.text, "rule"); err != nil {
		return node{}, err
	}
	return n, nil
}

// inside gives what stands between the character at the current place and the
// closer, and goes on behind it.
func (p *parser) inside(closer byte, what string) (string, *SyntaxError) {
	at := p.pos
	end := strings.IndexByte(p.text[at:], closer)
	if end < 0 {
		return "", fail(at, fmt.Sprintf("%c is never closed", p.text[at]),
			fmt.Sprintf("add %c after the %s's name or write \\%c for the character itself", closer, what, p.text[at]))
	}
	p.pos = at + end + 1
	return p.text[at+1 : at+end], nil
}

func checkName(at int, name, what string) *SyntaxError {
	switch {
	case name == "":
		return fail(at, "a "+what+" has no name", "write its name between the brackets")
	case len(name) > maxName:
		return fail(at, fmt.Sprintf("the %s's name %s has %d bytes; at most %d are allowed", what, shorten(name), len(name), maxName), "shorten it")
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '_' && r != '-' && r != '.' {
			return fail(at, fmt.Sprintf("%q cannot stand in the name of a %s", r, what), "use letters, digits, _, - and .")
		}
	}
	return nil
}

// shorten cuts what is quoted in an error to a readable length.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
