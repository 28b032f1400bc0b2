package template

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct{ text, want string }{
		{"turn on the lights", "turn on the lights"},
		{"turn on [the] {area} (light|lights)", "turn on [the] {area} (light|lights)"},
		{"light[s]", "light[s]"},
		{"[please|kindly] stop", "[please|kindly] stop"},
		{"([ ]%)", "([ ]%)"},
		{"{brightness}[([ ]%)| percent]", "{brightness}[([ ]%)| percent]"},
		{"(<in_here>;to {level:brightness})", "(<in_here>;to {level:brightness})"},
		{"[a;b] c", "[a;b] c"},
		{"[(a;b)] c", "[a;b] c"},
		{"[(a;b)|d] c", "[(a;b)|d] c"},
		{"(x)|(y)", "(x)|(y)"},
		{"x|y", "x|y"},
		{"(x|y)", "x|y"},
		{"a; b", "a; b"},
		{`(a\;b)`, `(a\;b)`},
		{`\(\)\[\]\{\}\<\>\|\\\;\'`, `\(\)\[\]\{\}\<\>\|\\;'`},
		{"{ list : name }", "{list:name}"},
		{"{name:name}", "{name}"},
		{"{what:@text} and {when:@time}", "{what:@text} and {when:@time}"},
		{"{what:@capture}", "{what:@text}"},
		{"< the >", "<the>"},
		{"Trader Joe[']s", "Trader Joe[']s"},
		{"((((a))))", "((((a))))"},
		{"größe [für] {raum}", "größe [für] {raum}"},
		{strings.Repeat("(", maxDepth) + "a" + strings.Repeat(")", maxDepth), strings.Repeat("(", maxDepth) + "a" + strings.Repeat(")", maxDepth)},
	}
	for _, test := range tests {
		p, err := Parse(test.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.text, err)
			continue
		}
		if got := p.String(); got != test.want {
			t.Errorf("Parse(%q) is %q, want %q", test.text, got, test.want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	tests := []struct {
		text   string
		offset int
		want   string
	}{
		{"", 0, "the template is empty; write the words that are said"},
		{" \t", 0, "the template is empty; write the words that are said"},
		{"turn (on", 5, `( is never closed; add ) or write \( for the character itself`},
		{"turn [on (a|b)", 5, `[ is never closed; add ] or write \[ for the character itself`},
		{"a {b", 2, `{ is never closed; add } after the slot's name or write \{ for the character itself`},
		{"a <b", 2, `< is never closed; add > after the rule's name or write \< for the character itself`},
		{"a ) b", 2, `) closes nothing; remove it or write \) for the character itself`},
		{"a ] b", 2, `] closes nothing; remove it or write \] for the character itself`},
		{"a } b", 2, `} closes nothing; remove it or write \} for the character itself`},
		{"a > b", 2, `> closes nothing; remove it or write \> for the character itself`},
		{"(a ] b)", 3, `] cannot close (; remove it or write \] for the character itself`},
		{"a () b", 2, `() has nothing in it; write what it holds, or \( for the character itself`},
		{"a [] b", 2, `[] has nothing in it; write what it holds, or \[ for the character itself`},
		{"(a|)", 3, "an alternative is empty; write it, or use [ ] for what may be left out"},
		{"(|a)", 1, "an alternative is empty; write it, or use [ ] for what may be left out"},
		{"a||b", 2, "an alternative is empty; write it, or use [ ] for what may be left out"},
		{"a|", 2, "an alternative is empty; write it, or use [ ] for what may be left out"},
		{"(a;)", 3, "an alternative is empty; write it, or use [ ] for what may be left out"},
		{"(a|b;c)", 4, "| and ; stand in one group; put the inner ones in ( )"},
		{"a {} b", 2, "a slot has no name; write its name between the brackets"},
		{"a {:x} b", 2, "a slot has no name; write its name between the brackets"},
		{"a {x:} b", 2, "a slot has no name; write its name between the brackets"},
		{"a {x:@thing}", 2, "@thing is no type of slot; use one of @text, @number, @percentage, @duration, @time, @date, @colour"},
		{"a <> b", 2, "a rule has no name; write its name between the brackets"},
		{"a {b c}", 2, "' ' cannot stand in the name of a slot; use letters, digits, _, - and ."},
		{"a {{b}}", 2, "'{' cannot stand in the name of a slot; use letters, digits, _, - and ."},
		{"a {" + strings.Repeat("b", 65) + "}", 2, "the slot's name bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb… has 65 bytes; at most 64 are allowed; shorten it"},
		{`a\`, 1, `\ stands before nothing; remove it or write \\ for the character itself`},
		{`a\n`, 1, `\n means nothing; write \\ for the character \`},
		{"(a;b;c;d;e;f;g)", 0, "a permutation has 7 members; at most 6 are allowed; write several sentences"},
		{"ok \xff", 3, "the text is not valid UTF-8 here; save the file as UTF-8"},
		{strings.Repeat("a", 4097), 4096, "the template has 4097 bytes; at most 4096 are allowed; split it into several sentences or move parts into rules"},
		{strings.Repeat("(", 33) + "a" + strings.Repeat(")", 33), 32, "groups are nested more than 32 deep; move the inner ones into a rule"},
	}
	for _, test := range tests {
		_, err := Parse(test.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q) gives %v", test.text, err)
			continue
		}
		if syntax.Offset != test.offset || syntax.Error() != test.want {
			t.Errorf("Parse(%q) gives %d: %s\nwant %d: %s", test.text, syntax.Offset, syntax, test.offset, test.want)
		}
	}
}

func TestRefs(t *testing.T) {
	p := mustParse(t, "<turn> on {area} [in {list:room}|<the> {x:@date}] <turn>")
	want := []SlotRef{
		{List: "area", Slot: "area", Offset: 10},
		{List: "list", Slot: "room", Offset: 21},
		{Slot: "x", Type: Date, Offset: 39},
	}
	if got := p.SlotRefs(); !reflect.DeepEqual(got, want) {
		t.Errorf("SlotRefs = %v, want %v", got, want)
	}
	if got := p.RuleRefs(); !reflect.DeepEqual(got, []string{"turn", "the"}) {
		t.Errorf("RuleRefs = %q", got)
	}
}

func TestCount(t *testing.T) {
	rules := parseRules(t, map[string]string{"three": "a|b|c", "nine": "<three> <three>", "self": "x <self>"})
	tests := []struct {
		text string
		want uint64
	}{
		{"a", 1}, {"{a} b", 1}, {"[a] (b|c)", 4}, {"(a;b;c)", 6}, {"[a;[b]]", 5}, {"<nine> [<three>]", 36}, {"<self>", 1}, {"<unknown>", 1},
		{strings.Repeat("[a] ", 40), 1 << 40}, {strings.Repeat("[a] ", 70), math.MaxUint64},
	}
	for _, test := range tests {
		if got := mustParse(t, test.text).Count(rules); got != test.want {
			t.Errorf("Count(%q) = %d, want %d", test.text, got, test.want)
		}
	}
}

// withoutOffsets clears what printing a template changes.
func withoutOffsets(n node) node {
	n.offset = 0
	kids := make([]node, len(n.kids))
	for i := range n.kids {
		kids[i] = withoutOffsets(n.kids[i])
	}
	n.kids = kids
	return n
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"turn on [the] {area} (light|lights)", "(x)|(y)", "[a;b] <c>", `\(\)\\`, "{a:b} {c:@text}", "((((", "a;b|c;d", "[ ]", "(a|b;c)", "{", "<", "x\\", "[(a;(b|c);[d])]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.What == "" || syntax.Do == "" {
				t.Fatalf("Parse(%q) gives %#v", text, err)
			}
			return
		}
		again, err := Parse(p.String())
		if err != nil {
			t.Fatalf("Parse(%q), printed as %q: %v", text, p, err)
		}
		if again.String() != p.String() || !reflect.DeepEqual(withoutOffsets(p.root), withoutOffsets(again.root)) {
			t.Fatalf("Parse(%q) is %q, then %q", text, p, again)
		}
		for _, ref := range p.SlotRefs() {
			if text[ref.Offset] != '{' {
				t.Fatalf("Parse(%q): a slot at %d", text, ref.Offset)
			}
		}
		p.Count(nil)
	})
}
