package template

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// values makes a list of texts; "text=canonical" gives another canonical value.
func values(t testing.TB, texts ...string) []ListValue {
	t.Helper()
	var list []ListValue
	for _, text := range texts {
		say, canonical, other := strings.Cut(text, "=")
		if !other {
			canonical = say
		}
		v := ListValue{Canonical: canonical}
		for one := range strings.SplitSeq(say, "/") {
			v.Say = append(v.Say, mustParse(t, one))
		}
		list = append(list, v)
	}
	return list
}

func deskRules(t testing.TB) map[string]*Template {
	t.Helper()
	return parseRules(t, map[string]string{
		"turn":  "(turn|switch)",
		"light": "light[s]|lamp[s]",
		"in":    "in|at",
	})
}

func deskSlots(t testing.TB) map[string]*Slot {
	t.Helper()
	return map[string]*Slot{
		"area":       {Name: "area", Values: values(t, "kitchen", "living room/lounge=living_room", "bed[ ]room=bedroom", "Joe[']s room=joe", "Zoë's Café=cafe")},
		"device":     {Name: "device", Type: List, Values: values(t, "kitchen light", "fan[s]=fan", "living room fan")},
		"thing":      {Name: "thing", Values: values(t, "(big;red) box=box", "[tiny]=tiny")},
		"level":      {Name: "level", Type: Percentage},
		"celsius":    {Name: "celsius", Type: Number, Bounded: true, From: 5, To: 30, Step: 0.5},
		"count":      {Name: "count", Type: Number, Bounded: true, From: 1, To: 12, Step: 1},
		"any_number": {Name: "any_number", Type: Number},
		"duration":   {Name: "duration", Type: Duration},
		"time":       {Name: "time", Type: Time},
		"date":       {Name: "date", Type: Date},
		"colour":     {Name: "colour", Type: Colour},
		"item":       {Name: "item", Type: Text},
		"list":       {Name: "list", Type: Text},
	}
}

// desk is a small grammar that most tests use.
func desk(t testing.TB, sentences ...string) *Grammar {
	t.Helper()
	var all []Sentence
	for _, s := range sentences {
		id, text, ok := strings.Cut(s, ": ")
		if !ok {
			id, text = "x", s
		}
		all = append(all, Sentence{ID: id, Template: mustParse(t, text)})
	}
	g, err := Compile(all, deskRules(t), deskSlots(t))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// show gives slots as "name=canonical(said)", sorted.
func show(slots map[string]Value) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		v := slots[name]
		part := name + "=" + v.Canonical
		if v.Said != v.Canonical {
			part += "(" + v.Said + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func TestMatch(t *testing.T) {
	const no = "no match"
	tests := []struct{ template, text, want string }{
		// Words, borders and what may be left out.
		{"turn on [the] lights", "Turn on the lights!", ""},
		{"turn on [the] lights", "turn  on lights", ""},
		{"turn on [the] lights", "turn onlights", no},
		{"turn on [the] lights", "turn on the the lights", no},
		{"turn on [the] lights", "turn on", no},
		{"[the] light[s] [please]", "lights", ""},
		{"[the] light[s] [please]", "the light s", no},
		{"light[s]", "lightss", no},
		{"what['s| is] up", "What’s up?", ""},
		{"what['s| is] up", "what is up", ""},
		{"up-to-date", "up to date", ""},
		{"up[-to]-date", "up-date", ""},
		{"( a | b )c", "a c", ""},
		{"( a | b )c", "ac", no},
		{"yes|no|(maybe so)", "maybe so", ""},
		{"[a][b]c", "abc", ""},
		{"{count}:{any_number}", "7 30", "any_number=30 count=7"},
		{"v1.[2].3 x", "v1.2.3 x", ""},
		{"größe", "GRÖSSE", ""},
		{"шум (вкл|выкл)", "Шум выкл.", ""},
		{"הדלק [את] האור", "הדלק את האור", ""},
		{"stop", "👍 stop 👍", ""},
		// Courtesy.
		{"turn on the light", "could you please turn on the light for me, please?", ""},
		{"please wait", "please wait", ""},
		{"please wait", "please, please wait", ""},
		{"turn on the light", "don't turn on the light", no},
		{"turn on the light", "please", no},
		{"lights [on]", "lights please", ""},
		// Permutations.
		{"set (in {area};to {level})", "set in the kitchen to 50%", no},
		{"set (in {area};to {level})", "set in kitchen to 50%", "area=kitchen level=50(50%)"},
		{"set (in {area};to {level})", "set to half in lounge", "area=living_room(lounge) level=50(half)"},
		{"set (in {area};to {level})", "set to half", no},
		{"(a;b;c;[d])", "c a b", ""},
		{"(a;b;c;[d])", "d c b a", ""},
		{"(a;b;c;[d])", "c a", no},
		{"(a;b;c)", "cab", no},
		{"[a;b] c", "b a c", ""},
		// Rules.
		{"<turn> off [the] <light> <in> {area}", "switch off lamps at kitchen", "area=kitchen"},
		// Lists.
		{"{area} light", "living room light", "area=living_room(living room)"},
		{"{area} light", "Living-Room light", "area=living_room(Living-Room)"},
		{"{area} light", "bedroom light", "area=bedroom"},
		{"{area} light", "Bed Room light", "area=bedroom(Bed Room)"},
		{"{area} light", "joe's room light", "area=joe(joe's room)"},
		{"{area} light", "ZOË’S CAFÉ light", "area=cafe(ZOË’S CAFÉ)"},
		{"{area} light", "garden light", no},
		{"{area}s", "kitchens", "area=kitchen"},
		{"{area} {area:other}", "kitchen lounge", "area=kitchen other=living_room(lounge)"},
		{"{thing} please", "red big box please", "thing=box(red big box)"},
		{"{thing} please", "big red box please", "thing=box(big red box)"},
		{"{thing} please", "red box please", no},
		{"turn on {device}", "turn on fans", "device=fan(fans)"},
		{"turn on ({area} light|{device})", "turn on kitchen light", "area=kitchen"},
		{"[in {area}] lights [in {area}]", "in kitchen lights in kitchen", "area=kitchen"},
		{"[in {area}] lights [in {area}]", "in kitchen lights in lounge", no},
		// Numbers.
		{"{celsius} degree[s]", "twenty and a half degrees", "celsius=20.5(twenty and a half)"},
		{"{celsius} degree[s]", "20.5 degrees", "celsius=20.5"},
		{"{celsius} degree[s]", "20.25 degrees", no},
		{"{celsius} degree[s]", "31 degrees", no},
		{"{celsius} degree[s]", "-6 degrees", no},
		{"{celsius}[ ]°[C]", "20 °C", "celsius=20"},
		{"{celsius}[ ]°[C]", "20º", "celsius=20"},
		{"{any_number} below", "minus 5 below", "any_number=-5(minus 5)"},
		{"{count} min[utes]", "5min", "count=5"},
		{"{count} min[utes]", "5 minutes", "count=5"},
		{"{count} and a half", "5 and a half", "count=5"},
		{"room {any_number}", "room 1,200", "any_number=1200(1,200)"},
		{"room {any_number}[b]", "room 12b", "any_number=12"},
		{"1a 1a 1a 1a 1a 1a", "1a1a1a1a1a1a", no},
		{"1 a1 a1 a1 a1 a1 a", "1a1a1a1a1a1a", ""},
		{"room {count}{any_number}", "room 12", no},
		{"dim to {level}", "dim to 30 %", "level=30(30 %)"},
		{"dim to {level}[%| percent]", "dim to 30 percent", "level=30"},
		// Others.
		{"timer for {duration}", "timer for an hour and a half", "duration=5400(an hour and a half)"},
		{"{duration} timer", "10-minute timer", "duration=600(10-minute)"},
		{"wake me at {time} [on {date}]", "wake me at half past seven on next friday", "date=2026-12-04(next friday) time=07:30(half past seven)"},
		{"book {date} at {time}", "book the 3rd of June at 7pm", "date=2027-06-03(the 3rd of June) time=19:00(7pm)"},
		{"make it {colour}", "make it light blue", "colour=lightblue(light blue)"},
		{"make it {colour}", "make it #F80", "colour=#ff8800(#F80)"},
		// Free text.
		{"add {item} to {list} list", "add Milk & eggs to my Shopping list", "item=Milk & eggs list=my Shopping"},
		{"say {item}", "Say: “Hello, World!”", "item=Hello, World"},
		{"say {item}", "say", no},
		{"say {item} please", "say it please", "item=it"},
		{"say {item}", "say it please", "item=it"},
		{"{item} to {list}", "from here to there to nowhere", "item=from here list=there to nowhere"},
		{"what is {item}'s name", "what is Bob's name", "item=Bob"},
		{"{item} in {duration}", "put the cake in the oven in 5 minutes", "duration=300(5 minutes) item=put the cake in the oven"},
		{"note {x:@text}", "note 日本語 テキスト", "x=日本語 テキスト"},
		{"call {who:@capture} at {when:@time}", "call bob at noon", "when=12:00(noon) who=bob"},
		{"{item}{list}", "ab cd", no},
		// Bounds.
		{"say {item}", "say " + strings.Repeat("a", MaxText-4), "item=" + strings.Repeat("a", MaxText-4)},
		{"say {item}", "say " + strings.Repeat("a", MaxText-3), no},
		{"say {item}", "say " + strings.Repeat("é", MaxText-4), "item=" + strings.Repeat("é", MaxText-4)},
		{"say {item}", strings.Repeat("say ", 1<<18), no},
		{"[a] b", "", no},
		{"[a] b", "?", no},
	}
	for _, test := range tests {
		got := no
		if matches := desk(t, test.template).Match(test.text, now); len(matches) > 0 {
			got = show(matches[0].Slots)
		}
		if got != test.want {
			t.Errorf("%q in %q:\n got %s\nwant %s", test.text, test.template, got, test.want)
		}
	}
}

func TestEmptyGrammar(t *testing.T) {
	g, err := Compile(nil, nil, map[string]*Slot{"undeclared": nil})
	if err != nil {
		t.Fatal(err)
	}
	if m, x, s := g.Match("hello", now), g.Extract("a", "hello", now), g.Sample("a", 3); len(m)+len(x)+len(s) > 0 {
		t.Errorf("got %v, %v, %v", m, x, s)
	}
}

func TestMatchOrder(t *testing.T) {
	g := desk(t,
		"free: turn on {item}",
		"list: turn on {device}",
		"area: turn on [the] {area} light",
		"two: turn {list} kitchen light",
		"area: turn on kitchen light",
	)
	var got []string
	for _, m := range g.Match("turn on kitchen light", now) {
		got = append(got, fmt.Sprintf("%s %d: %d %d", m.ID, m.Sentence, m.Literal, m.Free))
	}
	want := []string{"area 4: 18 0", "two 3: 16 2", "area 2: 11 0", "list 1: 6 0", "free 0: 6 12"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestFilterKeepsAll compares what the filter lets through with matching each
// sentence on its own.
func TestFilterKeepsAll(t *testing.T) {
	sentences := []string{
		"<turn> on [the] <light> [<in> {area}]", "{area} <light> (on|off)", "set {area} to {level}", "{count} min[utes] timer",
		"(in {area};at {time}) wake me", "[really] stop it", "{item}", "a[b]c def", "light[s] {any_number}%",
	}
	texts := []string{
		"turn on lights", "switch on the lamp at lounge", "kitchen lamps off", "set bed room to half", "5min timer", "twelve minutes timer",
		"at noon wake me in kitchen", "stop it", "really stop it please", "ac def", "abc def", "lights 50%", "light seven%", "hello",
	}
	all := desk(t, sentences...)
	for _, text := range texts {
		var want []int
		for i, s := range sentences {
			if len(desk(t, s).Match(text, now)) > 0 {
				want = append(want, i)
			}
		}
		var got []int
		for _, m := range all.Match(text, now) {
			got = append(got, m.Sentence)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%q matches %v, one by one %v", text, got, want)
		}
	}
}

func TestScope(t *testing.T) {
	shared := map[string]*Template{"say": mustParse(t, "shared")}
	slots := map[string]*Slot{"x": {Values: values(t, "one=shared")}}
	g, err := Compile([]Sentence{
		{ID: "a", Template: mustParse(t, "<say> {x}")},
		{ID: "b", Template: mustParse(t, "<say> {x}"), Rules: map[string]*Template{"say": mustParse(t, "own")},
			Slots: map[string]*Slot{"x": {Values: values(t, "one=own")}}},
	}, shared, slots)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"shared one": "a x=shared(one)", "own one": "b x=own(one)"} {
		m := g.Match(text, now)
		if len(m) != 1 || m[0].ID+" "+show(m[0].Slots) != want {
			t.Errorf("%q: %v, want %s", text, m, want)
		}
	}
}

func TestManyGoroutines(t *testing.T) {
	g := desk(t, "light: <turn> on [the] {area} <light>", "say: say {item}")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				if m := g.Match("turn on the lounge lights", now); len(m) != 1 || m[0].Slots["area"].Canonical != "living_room" {
					t.Errorf("got %v", m)
				}
				g.Extract("light", "lights kitchn", now)
				g.Sample("light", 5)
			}
		})
	}
	wait.Wait()
}

// TestLargeTemplates has thousands of values, and templates that would have 2^40
// expansions.
func TestLargeTemplates(t *testing.T) {
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("device number %d of the house=d%d", i, i))
	}
	huge := strings.Repeat("[(a|b)] ", 40) + "end"
	g, err := Compile([]Sentence{
		{ID: "list", Template: mustParse(t, "turn on {device}")},
		{ID: "huge", Template: mustParse(t, huge)},
		{ID: "orders", Template: mustParse(t, "({a:@text};{b:@text};{c:@text};{d:@text};{e:@text};{f:@text}) over")},
	}, nil, map[string]*Slot{"device": {Values: values(t, many...)}})
	if err != nil {
		t.Fatal(err)
	}
	if m := g.Match("turn on device number 4321 of the house", now); len(m) != 1 || m[0].Slots["device"].Canonical != "d4321" {
		t.Errorf("got %v", m)
	}
	if m := g.Match(strings.Repeat("a b ", 20)+"end", now); len(m) != 1 || m[0].ID != "huge" || m[0].Literal != 43 {
		t.Errorf("got %v", m)
	}
	if m := g.Match("one two three four five six over", now); len(m) != 1 || len(m[0].Slots) != 6 {
		t.Errorf("got %v", m)
	}
	if got := g.Sample("huge", 20); len(got) != 20 || got[0] != "end" {
		t.Errorf("samples %q", got)
	}
	if got := g.Extract("list", "please turn the device numbr 77 of the house on", now); show(got) != "device=d77(device numbr 77 of the house)" && len(got) != 0 {
		t.Errorf("extracted %v", got)
	}
}

// TestWorkBound shows that a sentence which needs too much work does not
// match, and leaves others alone.
func TestWorkBound(t *testing.T) {
	members := strings.Repeat("[{a:@text}|{b:@text}|x [{c:@text}]] ", 60)
	g, err := Compile([]Sentence{
		{ID: "much", Template: mustParse(t, members+"end")},
		{ID: "little", Template: mustParse(t, "{item:@text} end")},
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x y ", 120) + "end"
	m := g.Match(text, now)
	if len(m) != 1 || m[0].ID != "little" {
		t.Errorf("%d matches", len(m))
	}
	if n := mostMoves(g, text); n < sentenceWork || n > sentenceWork+100 {
		t.Errorf("%d moves", n)
	}
}

// mostMoves gives the moves of the sentence that needs most of them.
func mostMoves(g *Grammar, text string) int {
	m := new(machine)
	m.reset(Normalize(text), now)
	most := 0
	for i := range g.sentences {
		m.run(&g.sentences[i].program, g.sentences[i].slots, sentenceWork)
		most = max(most, len(m.moves))
	}
	return most
}
