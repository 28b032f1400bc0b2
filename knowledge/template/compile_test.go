package template

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestCompileFaults(t *testing.T) {
	rules := parseRules(t, map[string]string{
		"light": "light[s]", "self": "a <self>", "ping": "<pong>", "pong": "[<ping>]", "bad": "x <missing>", "worse": "y {nothing}",
	})
	rooms := &Slot{Values: values(t, "kitchen")}
	tests := []struct {
		template string
		slots    map[string]*Slot
		want     string
	}{
		{"turn on <lihgt>", nil, `0:8: sentence 0: there is no rule <lihgt>; did you mean "light"?`},
		{"turn on <zebra>", nil, `0:8: sentence 0: there is no rule <zebra>; declare it under rules`},
		{"turn on {aera}", map[string]*Slot{"area": rooms}, `0:8: sentence 0: there is no slot {aera}; did you mean "area"?`},
		{"turn on {area}", nil, `0:8: sentence 0: there is no slot {area}; declare it under slots`},
		{"<self>", nil, `0:2: sentence 0: rule <self>: the rule <self> contains itself: self → self; write it without itself`},
		{"go <ping>", nil, `0:1: sentence 0: rule <pong>: the rule <ping> contains itself: ping → pong → ping; write it without itself`},
		{"<bad>", nil, `0:2: sentence 0: rule <bad>: there is no rule <missing>; declare it under rules`},
		{"<worse>", nil, `0:2: sentence 0: rule <worse>: there is no slot {nothing}; declare it under slots`},
		{"?! …", nil, `0:0: sentence 0: there is no word in it, only punctuation; write the words that are said`},
		{strings.Repeat("({a:@text};{b:@text};{c:@text};{d:@text};{e:@text};(1;2;3;4;5;6))", 4), nil,
			`0:0: sentence 0: the sentence needs more than 8192 steps with its permutations; split it into several sentences`},
		{"{x}", map[string]*Slot{"x": {}}, `0:0: sentence 0: slot {x}: it has neither values nor a type; list its values, or name its type`},
		{"{x}", map[string]*Slot{"x": {Type: List}}, `0:0: sentence 0: slot {x}: the list has no values; add one, or name another type`},
		{"{x}", map[string]*Slot{"x": {Type: "nmuber"}}, `0:0: sentence 0: slot {x}: "nmuber" is no type of slot; use list, number, percentage, duration, time, date, colour or text`},
		{"{x}", map[string]*Slot{"x": {Type: Number, Bounded: true, From: 5, To: 1}}, `0:0: sentence 0: slot {x}: the range from 5 to 1 holds nothing; put the smaller number first`},
		{"{x}", map[string]*Slot{"x": {Type: Number, Bounded: true, To: math.NaN()}}, `0:0: sentence 0: slot {x}: the range from 0 to NaN holds nothing; put the smaller number first`},
		{"{x}", map[string]*Slot{"x": {Type: Number, Bounded: true, To: 5, Step: -1}}, `0:0: sentence 0: slot {x}: a step of -1 leads nowhere; use a positive step, or 0 for any fraction`},
		{"{x}", map[string]*Slot{"x": {Type: Date, Bounded: true}}, `0:0: sentence 0: slot {x}: a slot of type date has no range; remove the range, or make it a number`},
		{"{x}", map[string]*Slot{"x": {Type: Date, Values: rooms.Values}}, `0:0: sentence 0: slot {x}: a slot of type date has no values of its own; remove the values or the type`},
		{"{x}", map[string]*Slot{"x": {Values: values(t, "a {b}")}}, `0:0: sentence 0: slot {x}: the value "a {b}" names the slot {b}; write words, or the slot in the sentence`},
		{"{x}", map[string]*Slot{"x": {Values: values(t, "a <b>")}}, `0:0: sentence 0: slot {x}: the value "a <b>" uses the rule <b>; write its words here, or the rule in the sentence`},
		{"{x}", map[string]*Slot{"x": {Values: values(t, "👍")}}, `0:0: sentence 0: slot {x}: the value "👍" has no word by which it can be said; add a way to say it, with letters or digits`},
		{"{x}", map[string]*Slot{"x": {Values: values(t, strings.Repeat("[a]", 40)+"=b")}}, `0:0: sentence 0: slot {x}: the value "b" can be said in 1099511627776 ways; at most 1024 are allowed; write the ways that people really use`},
		{"hello", map[string]*Slot{"x": {}}, `-1:0: slot {x}: it has neither values nor a type; list its values, or name its type`},
	}
	for _, test := range tests {
		_, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, test.template)}}, rules, test.slots)
		var faults CompileErrors
		if !errors.As(err, &faults) || len(faults) != 1 {
			t.Errorf("Compile(%q) gives %v", test.template, err)
			continue
		}
		if got := fmt.Sprintf("%d:%d: %s", faults[0].Sentence, faults[0].Offset, faults); got != test.want {
			t.Errorf("Compile(%q) gives\n     %s\nwant %s", test.template, got, test.want)
		}
	}
}

func TestCompileReportsAll(t *testing.T) {
	rules := parseRules(t, map[string]string{"bad": "{nothing}"})
	_, err := Compile([]Sentence{
		{ID: "a", Template: mustParse(t, "<one> {two} <bad>")},
		{ID: "a", Template: mustParse(t, "fine")},
		{ID: "b", Template: mustParse(t, "<bad> {three}")},
		{ID: "c"},
	}, rules, nil)
	want := `sentence 0: there is no rule <one>; declare it under rules
sentence 0: there is no slot {two}; declare it under slots
sentence 0: rule <bad>: there is no slot {nothing}; declare it under slots
sentence 2: there is no slot {three}; declare it under slots
sentence 3: there is no template; write the words that are said`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestRulesThatDouble has rules that would expand to 2^60 words.
func TestRulesThatDouble(t *testing.T) {
	rules := parseRules(t, map[string]string{"r0": "a"})
	for i := 1; i <= 30; i++ {
		rules[fmt.Sprintf("r%d", i)] = mustParse(t, fmt.Sprintf("<r%d> <r%d>", i-1, i-1))
	}
	start := time.Now()
	_, err := Compile([]Sentence{{ID: "x", Template: mustParse(t, "<r30>")}}, rules, nil)
	if err == nil || !strings.Contains(err.Error(), "more than 8192 parts") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Minute { // that it ends at all
		t.Errorf("it took %v", took)
	}
}
