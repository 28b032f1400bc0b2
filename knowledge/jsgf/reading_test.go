package jsgf_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// A read grammar, for drawing sentences from it and finding them in it.
type read struct {
	t     *testing.T
	rules map[string]*part
}

// A part is a word, <rule>, or kids: one of them ('|'), or all (' '), and nothing
// as well where maybe is set.
type part struct {
	word, rule string
	kind       byte
	maybe      bool
	kids       []*part
}

var token = regexp.MustCompile(`<[^>]+>|[|()\[\];=]|[^\s|()\[\];=<>]+`)

// parse reads a grammar; rules must be there, once each, and not contain
// themselves.
func parse(t *testing.T, text string) *read {
	t.Helper()
	text, ok := strings.CutPrefix(text, "#JSGF V1.0;\ngrammar frontdesk;\n")
	if !ok {
		t.Fatalf("no JSGF header: %.60q", text)
	}
	g := &read{t: t, rules: map[string]*part{}}
	tokens := token.FindAllString(text, -1)
	if strings.Join(tokens, "") != strings.Join(strings.Fields(text), "") {
		t.Fatal("the grammar has characters that are no token")
	}
	public := 0
	for len(tokens) > 0 {
		if tokens[0] == "public" {
			public++
			tokens = tokens[1:]
		}
		name := strings.Trim(tokens[0], "<>")
		if g.rules[name] != nil || tokens[1] != "=" {
			t.Fatalf("the rule %s stands twice, or without =", name)
		}
		g.rules[name], tokens = g.choice(tokens[2:])
		if tokens[0] != ";" {
			t.Fatalf("the rule %s ends with %q", name, tokens[0])
		}
		tokens = tokens[1:]
	}
	if public != 1 {
		t.Fatalf("%d public rules", public)
	}
	var check func(p *part, inside []string)
	done := map[string]bool{}
	check = func(p *part, inside []string) {
		if p.rule != "" {
			for _, r := range inside {
				if r == p.rule {
					t.Fatalf("<%s> contains itself", r)
				}
			}
			if g.rules[p.rule] == nil {
				t.Fatalf("there is no <%s>", p.rule)
			}
			if !done[p.rule] {
				check(g.rules[p.rule], append(inside, p.rule))
				done[p.rule] = true
			}
		}
		for _, k := range p.kids {
			check(k, inside)
		}
	}
	for name, p := range g.rules {
		check(p, []string{name})
	}
	return g
}

func (g *read) choice(tokens []string) (*part, []string) {
	p := &part{kind: '|'}
	for {
		all := &part{kind: ' '}
		for len(tokens) > 0 && !strings.Contains("|)];", tokens[0]) {
			switch first := tokens[0]; {
			case first == "(" || first == "[":
				var k *part
				k, tokens = g.choice(tokens[1:])
				if tokens[0] != map[string]string{"(": ")", "[": "]"}[first] {
					g.t.Fatalf("%s is closed by %s", first, tokens[0])
				}
				k.maybe = first == "["
				all.kids = append(all.kids, k)
			case strings.HasPrefix(first, "<"):
				all.kids = append(all.kids, &part{rule: strings.Trim(first, "<>")})
			default:
				all.kids = append(all.kids, &part{word: first})
			}
			tokens = tokens[1:]
		}
		if len(all.kids) == 0 {
			g.t.Fatal("an alternative is empty")
		}
		p.kids = append(p.kids, all)
		if tokens[0] != "|" {
			return p, tokens
		}
		tokens = tokens[1:]
	}
}

// says says whether a rule says a text.
func (g *read) says(rule, text string) bool {
	words := strings.Fields(text)
	for _, end := range g.ends(g.rules[rule], words, 0) {
		if end == len(words) {
			return true
		}
	}
	return false
}

// ends gives the places behind what the part says from a word on.
func (g *read) ends(p *part, words []string, at int) []int {
	switch {
	case p.word != "":
		if at < len(words) && words[at] == p.word {
			return []int{at + 1}
		}
		return nil
	case p.rule != "":
		return g.ends(g.rules[p.rule], words, at)
	}
	found := map[int]bool{}
	if p.kind == '|' {
		for _, k := range p.kids {
			for _, e := range g.ends(k, words, at) {
				found[e] = true
			}
		}
		if p.maybe {
			found[at] = true
		}
	} else {
		found[at] = true
		for _, k := range p.kids {
			next := map[int]bool{}
			for from := range found {
				for _, e := range g.ends(k, words, from) {
					next[e] = true
				}
			}
			found = next
		}
	}
	var out []int
	for e := range found {
		out = append(out, e)
	}
	return out
}

// A sample is a sentence drawn from a grammar.
type sample struct {
	g      *read
	r      *rand.Rand
	values *regexp.Regexp // of the rules that are slots
	words  []string
	said   map[string]string // by slot
}

func (s *sample) rule(name string) {
	from := len(s.words)
	s.say(s.g.rules[name])
	if m := s.values.FindStringSubmatch(name); len(m) > 1 && m[1] != "" {
		if s.said == nil {
			s.said = map[string]string{}
		}
		s.said[m[1]] = strings.Join(s.words[from:], " ")
	}
}

func (s *sample) say(p *part) {
	switch {
	case p.word != "":
		s.words = append(s.words, p.word)
	case p.rule != "":
		s.rule(p.rule)
	case p.kind == ' ':
		for _, k := range p.kids {
			s.say(k)
		}
	default:
		n := len(p.kids)
		if p.maybe {
			n *= 2
		}
		if at := s.r.IntN(n); at < len(p.kids) {
			s.say(p.kids[at])
		}
	}
}

// TestReading holds that the reader itself tells right from wrong.
func TestReading(t *testing.T) {
	g := parse(t, "#JSGF V1.0;\ngrammar frontdesk;\npublic <frontdesk> = [please] (go <where> | stop);\n<where> = up | down;\n")
	for text, want := range map[string]bool{"please go up": true, "stop": true, "go": false, "go up down": false, "please": false} {
		if got := g.says("frontdesk", text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
