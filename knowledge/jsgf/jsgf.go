// Package jsgf writes the commands of a base as a grammar for recognisers of
// speech, in the Java Speech Grammar Format 1.0
// (https://www.w3.org/TR/jsgf/, W3C Note of 5 June 2000) as far as pocketsphinx
// reads it: rules, sequences, alternatives, [optional] parts and (groups).
//
// Nothing is expanded: the grammar has the rules and slots of the base. It has no
// rule that contains itself.
package jsgf

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

// Options say what the grammar holds. The zero value is for a recogniser that
// reads any word aloud.
type Options struct {
	// Known says whether a word can be heard, such as [Dictionary.Has]; nil for
	// all. Words are in lower case and without signs, but for an apostrophe and the
	// dots of "a.m.". What holds another word is left out, unless a value of a slot
	// can be said with known words of which it is put together.
	Known func(word string) bool
	// Questions adds those of the answers.
	Questions bool
	// Left is told what is left out, in the order of the entries; nil for nobody.
	Left func(template.Unsaid)
	// Leads may be said before any sentence, or alone, such as a wake phrase.
	Leads []string
	// Denials may be said before any sentence and make its opposite, such as "don't".
	// Without them a recogniser that expects the sentences alone hears "don't turn on the
	// light" as one of them.
	Denials []string
}

// Name is that of the grammar, and of its one public rule.
const Name = "frontdesk"

// Write writes the grammar of a base: the sentences of its commands, and their
// phrasings. The same base always gives the same grammar. A base of which nothing
// can be said is an error, since an empty grammar hears nothing and is refused by
// recognisers.
func Write(w io.Writer, b *knowledge.Base, o Options) error {
	s := b.Grammar.Speaker(template.SpeechOptions{Known: o.Known})
	entries := b.Phrases(s, o.Questions)
	g := grammar{names: map[*template.Phrase]string{}, taken: map[string]bool{Name: true}, uses: map[*template.Phrase]int{}}
	leads, denials := g.spoken(s, o.Leads), g.spoken(s, o.Denials)
	if o.Left != nil {
		for _, u := range s.Unsaid() {
			o.Left(u)
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("the base has no command that can be spoken; write say: with sentences of words")
	}
	public := make([]string, len(entries))
	for i, e := range entries {
		for _, p := range e.Phrases {
			g.count(p)
		}
		public[i] = g.name("say_" + e.Entry.ID)
	}
	for i, e := range entries {
		lines := make([]string, len(e.Phrases))
		for j, p := range e.Phrases {
			lines[j] = g.text(p, inChoice)
		}
		slices.Sort(lines)
		g.add(public[i], strings.Join(slices.Compact(lines), "\n\t| "))
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "#JSGF V1.0;\ngrammar %s;\n\n", Name)
	lead, alone := "", ""
	if len(leads) > 0 {
		name := g.name("lead")
		g.add(name, strings.Join(leads, " | "))
		lead, alone = "[<"+name+">] ", "\n\t| <"+name+">"
	}
	if len(denials) > 0 {
		name := g.name("denial")
		g.add(name, strings.Join(denials, " | "))
		lead += "[<" + name + ">] "
	}
	fmt.Fprintf(out, "public <%s> = %s(<%s>)%s;\n", Name, lead, strings.Join(public, ">\n\t| <"), alone)
	for _, r := range g.rules {
		fmt.Fprintf(out, "\n<%s> = %s;\n", r.name, r.text)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the grammar: %w", err)
	}
	return nil
}

// spoken gives those of some words that can be heard.
func (g *grammar) spoken(s *template.Speaker, texts []string) (leads []string) {
	for _, text := range texts {
		if p := s.Text("", text); p != nil {
			leads = append(leads, g.text(p, inChoice))
		}
	}
	return leads
}

// A grammar collects rules, those that others name first.
type grammar struct {
	rules []rule
	names map[*template.Phrase]string // of phrases that are rules
	taken map[string]bool
	uses  map[*template.Phrase]int
}

type rule struct{ name, text string }

func (g *grammar) add(name, text string) { g.rules = append(g.rules, rule{name, text}) }

// count counts how often a phrase is used.
func (g *grammar) count(p *template.Phrase) {
	if p.Kind == template.SaidWord {
		return
	}
	if g.uses[p]++; g.uses[p] == 1 {
		for _, part := range p.Parts {
			g.count(part)
		}
	}
}

// name gives a name that no rule has: letters, digits and _ of the one given.
func (g *grammar) name(like string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, like)
	unique := name
	for n := 2; g.taken[unique]; n++ {
		unique = fmt.Sprintf("%s_%d", name, n)
	}
	g.taken[unique] = true
	return unique
}

// Where a text stands, by how tightly it must hold together.
type place int

const (
	inChoice   place = iota // beside |
	inSequence              // beside other words
)

const minUses = 2 // of an unnamed phrase, for a rule of its own

// text gives a phrase as it stands in a rule.
func (g *grammar) text(p *template.Phrase, at place) string {
	if p.Kind == template.SaidWord {
		return p.Text
	}
	if name, ok := g.names[p]; ok {
		return "<" + name + ">"
	}
	if p.Name == "" && (g.uses[p] < minUses || p.Value || len(p.Parts) < 2) {
		return g.body(p, at)
	}
	like := p.Name
	if like == "" {
		like = "part"
	}
	body := g.body(p, inChoice)
	name := g.name(like)
	g.names[p] = name
	g.add(name, body)
	return "<" + name + ">"
}

// body gives what a phrase stands for.
func (g *grammar) body(p *template.Phrase, at place) string {
	switch p.Kind {
	case template.SaidAll:
		return g.join(p.Parts, inSequence, " ")
	case template.SaidMaybe:
		return "[" + g.join(p.Parts, inChoice, " | ") + "]"
	case template.SaidOrders:
		return g.group(strings.Join(g.orders(p.Parts), " | "), at)
	}
	return g.group(g.join(p.Parts, inChoice, " | "), at)
}

func (g *grammar) group(text string, at place) string {
	if at == inSequence {
		return "(" + text + ")"
	}
	return text
}

func (g *grammar) join(parts []*template.Phrase, at place, between string) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = g.text(p, at)
	}
	return strings.Join(texts, between)
}

// orders gives the parts in every order. Each part is a rule, so that it is written
// once.
func (g *grammar) orders(parts []*template.Phrase) []string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = g.text(p, inSequence)
		if p.Kind != template.SaidWord && !strings.HasPrefix(texts[i], "<") {
			name := g.name("part")
			g.add(name, texts[i])
			texts[i] = "<" + name + ">"
		}
	}
	var out []string
	var put func(said string, left []string)
	put = func(said string, left []string) {
		if len(left) == 0 {
			out = append(out, strings.TrimSpace(said))
			return
		}
		for i := range left {
			put(said+" "+left[i], slices.Concat(left[:i], left[i+1:]))
		}
	}
	put("", texts)
	return out
}
