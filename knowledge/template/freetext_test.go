package template

import (
	"strings"
	"testing"
)

// TestFreeText looks at what is taken for the value of a slot of type Text in
// sentences that match no template, and at what is not.
func TestFreeText(t *testing.T) {
	remind := []string{"remind me on {date} to {item}", "remind me to {item} [on] {date}", "add a reminder to {item}"}
	list := []string{"(add|put) {item} (to|on) [the|my] [shopping] list", "we are out of {item}"}
	play := []string{"play {item} in [the] {area}", "(listen to|put on) {item}"}
	tests := []struct {
		templates  []string
		text, want string
	}{
		{remind, "never let me forget to call Mum!", "item=call Mum"},
		{remind, "don't let me forget to call Mum on Friday.", "date=2026-11-27(Friday) item=call Mum"},
		{remind, "tomorrow I need to call the bank, please make a note", "date=2026-11-24(tomorrow) item=call the bank"},
		{remind, "be so good to write down: call bob", ""},
		{remind, "i have to go to the bank", ""},                                // which "to"?
		{remind, "you must remind me to go to the bank", "item=go to the bank"}, // the one of the template
		{remind, "i need to buy eggs, milk and bread", ""},                      // a list, or another clause?
		{remind, "i need to buy eggs because we have none", "item=buy eggs"},    // the reason is none
		{remind, "i forget to call mum on friday and dad on saturday", "item=call mum on friday and dad on saturday"},
		{remind, "what do i have to", ""},
		{list, "could you quickly add olive oil to my list?", "item=olive oil"},
		{list, "i think we're nearly out of Coffee Beans, thanks", "item=Coffee Beans"},
		{list, "the milk is gone, put it on the list", ""},
		{list, "put milk somewhere on the list of bob", "item=milk somewhere"},
		{list, "milk should go on the shopping list", ""},
		{list, "we are out of", ""},
		{list, "one of us is ill", ""},
		{play, "i like to hear abba in the kitchen", "area=kitchen"},
		{play, "let us listen to The Beatles please", "item=The Beatles"},
		{play, "now play that Beatles song in the kitchen for us", "area=kitchen item=that Beatles song"},
		{play, "put the album on please", ""},
		{[]string{"{item} please in {area}"}, "the tea please in kitchen now", "area=kitchen item=the tea"},
		{[]string{"{item} now in {area}"}, "some hot tea now in the old kitchen", "area=kitchen"},
		{[]string{"{item}"}, "anything", ""},
		{[]string{"say {item} and {list}"}, "do say one thing and another", "item=one thing list=another"},
		{[]string{"(make {item};for {date})"}, "could one for tomorrow make tea", "date=2026-11-24(tomorrow) item=tea"},
	}
	for _, test := range tests {
		if got := show(desk(t, test.templates...).Extract("x", test.text, now)); got != test.want {
			t.Errorf("%q in %q:\n got %s\nwant %s", test.text, test.templates, got, test.want)
		}
	}
}

// TestOpenList looks at lists that do not name all of their values.
func TestOpenList(t *testing.T) {
	slots := deskSlots(t)
	slots["artist"] = &Slot{Name: "artist", Open: true, Values: values(t, "abba", "the [rolling] stones=stones", "queen")}
	slots["list"] = &Slot{Name: "list", Open: true, Values: values(t, "party", "running")}
	g, err := Compile([]Sentence{
		{ID: "x", Template: mustParse(t, "add {artist} to my {list} list")},
		{ID: "x", Template: mustParse(t, "play {artist} in [the] {area}")},
	}, deskRules(t), slots)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"add abba to my party list":                      "artist=abba list=party",
		"add The Stones to my party list":                "artist=stones(The Stones) list=party",
		"add Radiohead to my late night list":            "artist=Radiohead list=late night",
		"add queen of hearts to my party list":           "artist=queen of hearts list=party",
		"play nina simone in the kitchen":                "area=kitchen artist=nina simone",
		"play queens of the stone age in my house":       "",
		"play to me in the evening something in kitchen": "area=kitchen artist=to me in the evening something",
	} {
		got := ""
		if m := g.Match(text, now); len(m) > 0 {
			got = show(m[0].Slots)
		}
		if got != want {
			t.Errorf("%q is matched with %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"i would really love some abba for running":       "artist=abba list=running",
		"now quickly add radiohead to my late night list": "artist=radiohead list=late night",
		"why not play Queen Latifah in the kitchen now":   "area=kitchen artist=Queen Latifah",
		"why not play Queen Latifah in the kitchen":       "area=kitchen artist=Queen Latifah",
		"something by radiohead":                          "",
	} {
		if got := show(g.Extract("x", text, now)); got != want {
			t.Errorf("of %q is taken %q, want %q", text, got, want)
		}
	}
	if _, err := Compile(nil, nil, map[string]*Slot{"n": {Name: "n", Type: Number, Open: true}}); err == nil {
		t.Error("an open number is no fault")
	}
}

// TestContextsAreBounded holds that a template of many ways costs no more than
// its length.
func TestContextsAreBounded(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(a;", 5) + "b" + strings.Repeat(")", 5) + " {item}",
		strings.Repeat("(a|b|c|d|e|f)", 60) + " {item}",
		strings.Repeat("[a b ]", 200) + "{item}" + strings.Repeat("[ c|d]", 200),
	} {
		parsed, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Compile([]Sentence{{ID: "x", Template: parsed}}, nil, deskSlots(t))
		if err != nil {
			t.Fatal(err)
		}
		s := g.entries["x"].slot("item")
		if n := max(len(s.around.left), len(s.around.right)); n == 0 || n > maxContexts {
			t.Errorf("%d contexts of %q", n, text)
		}
	}
}
