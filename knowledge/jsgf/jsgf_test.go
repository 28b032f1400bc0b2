package jsgf_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/jsgf"
	"frontdesk/knowledge/template"
)

var now = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)

// everything holds a slot of every type, and what is hard to spell.
const everything = `
format: 1
commands:
  - id: heat
    say: ["(set|turn) [the] {what} to {degrees} degrees", "{what} (to {degrees};for {length})", "<go> {exact} (up|down)"]
    slots:
      what: {values: [EcoBee, zigbeehub, "room 2", {say: ["boiler[s]", "the (big|small) tank"], value: "Boiler #1"}]}
      degrees: {type: number, from: 5, to: 30, step: 0.5}
      length: {type: duration}
      exact: {type: number, from: -20, to: 1200}
    rules: {go: "[please] go[ing]"}
    reply: ok
  - id: dim
    say: ["dim light[s] 2 [to] {level}", "mp3 (louder|quieter)"]
    slots: {level: {type: percentage}}
    reply: ok
  - id: wake
    say: ["wake me at {when}", "remind me [on] {day} at {when}", "don't wake me {day}"]
    slots: {when: {type: time}, day: {type: date}}
    alternatives: ["it's early, isn't it?"]
    reply: ok
  - id: paint
    say: ["make it {colour}"]
    slots: {colour: {type: colour}}
    reply: ok
  - id: free
    say: ["play {song}", "play {song} [by {artist}] (now|later)", "stop [playing {song}]"]
    slots: {song: {type: text}, artist: {values: [Björk, Prince]}}
    reply: ok
  - id: twice
    say: ["from {artist} to {artist}", "{n}x {artist}"]
    slots: {artist: {values: [Björk, Prince]}, n: {type: number, from: 1, to: 9}}
    reply: ok
faq:
  - {id: why, question: "Why is the sky blue?", answer: It scatters.}
`

func baseOf(t *testing.T, text string) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"base.yaml": {Data: []byte(text)}}, Paths: []string{"base.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func home(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: os.DirFS("../../examples/home"), Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func grammarOf(t *testing.T, b *knowledge.Base, o jsgf.Options) (grammar string, left []template.Unsaid) {
	t.Helper()
	var out bytes.Buffer
	o.Left = func(u template.Unsaid) { left = append(left, u) }
	if err := jsgf.Write(&out, b, o); err != nil {
		t.Fatal(err)
	}
	return out.String(), left
}

// beside are commands whose slots stand beside free text only.
var beside = []string{"free", "reminder-add", "music-play"}

// TestSaidIsMatched holds that whatever the grammar says is understood by the base
// itself: the command, and every value.
func TestSaidIsMatched(t *testing.T) {
	for name, b := range map[string]*knowledge.Base{"everything": baseOf(t, everything), "home": home(t)} {
		grammar, _ := grammarOf(t, b, jsgf.Options{})
		g := parse(t, grammar)
		r := rand.New(rand.NewPCG(7, 7))
		for _, e := range b.Entries {
			if e.Command == nil {
				continue
			}
			plain := map[string]bool{}
			speaker := b.Grammar.Speaker(template.SpeechOptions{})
			for _, text := range e.Phrasings() {
				if p := speaker.Text(e.ID, text); p != nil {
					plain[wordsOf(p)] = true
				}
			}
			values := regexp.MustCompile(`^(` + strings.Join(sorted(e.Command.Slots), "|") + `)(_\d+)?$`)
			slots := map[string]bool{}
			rule := "say_" + strings.ReplaceAll(e.ID, "-", "_")
			if g.rules[rule] == nil {
				if e.ID != "twice" {
					t.Errorf("%s: %s has no rule", name, e.ID)
				}
				continue
			}
			for range 50 {
				s := sample{g: g, r: r, values: values}
				s.rule(rule)
				text := strings.Join(s.words, " ")
				if plain[text] {
					continue // a phrasing, which is found by its meaning
				}
				if text != strings.ToLower(text) || strings.ContainsAny(text, "0123456789,?!#%") {
					t.Fatalf("%s: %q is not as it is spoken", name, text)
				}
				found := b.Grammar.Match(text, now)
				at := slices.IndexFunc(found, func(m template.Match) bool { return m.ID == e.ID })
				if at < 0 {
					t.Errorf("%s: %q does not mean %s", name, text, e.ID)
					continue
				}
				for slot, said := range s.said {
					slots[slot] = true
					want, ok := e.Command.Slots[slot].Parse(said, now)
					if got := found[at].Slots[slot]; !ok || got.Canonical != want.Canonical {
						t.Errorf("%s: in %q {%s} is %q, want %q (%v)", name, text, slot, got.Canonical, want.Canonical, said)
					}
				}
			}
			for slot, def := range e.Command.Slots {
				if def.Type != template.Text && !slots[slot] && !slices.Contains(beside, e.ID) {
					t.Errorf("%s: nothing is said for {%s} of %s", name, slot, e.ID)
				}
			}
		}
	}
}

// TestSaid says what must be among what is said, and what must not.
func TestSaid(t *testing.T) {
	b := baseOf(t, everything)
	grammar, left := grammarOf(t, b, jsgf.Options{Questions: true, Leads: []string{"Hey, desk!"}})
	g := parse(t, grammar)
	for text, want := range map[string]bool{
		"set the eco bee to twenty one degrees":                  false, // it is said as one word where every word is known
		"set the ecobee to twenty one degrees":                   true,
		"hey desk set the ecobee to twenty one degrees":          true,
		"turn room two to twenty one and a half degrees":         true,
		"turn room two to twenty one point five degrees":         true,
		"turn room two to thirty one degrees":                    false,
		"boilers for four and a half hours to nine":              true,
		"boiler to nine degrees for one hour and twenty minutes": false, // the template has no degrees there
		"boiler to nine for one hour and twenty minutes":         true,
		"boiler for an hour twenty minutes to nine":              true,
		"the small tank to nine for a quarter of an hour":        true,
		"please going minus twelve down":                         true,
		"go a hundred and five up":                               true,
		"go one thousand two hundred up":                         true,
		"go one thousand two hundred one up":                     false,
		"dim lights two thirty five percent":                     true,
		"dim light two to one hundred":                           true,
		"dim lights two to a hundred and one":                    false,
		"mp three louder":                                        true,
		"wake me at half past seven in the morning":              true,
		"wake me at seven oh five":                               true,
		"wake me at a quarter to nine":                           true,
		"remind me on the third of june at noon":                 true,
		"remind me february thirty at noon":                      false,
		"don't wake me next tuesday":                             true,
		"it's early isn't it":                                    true,
		"make it light golden rod yellow":                        true,
		"make it dark slate grey":                                true,
		"stop":                                                   true,
		"why is the sky blue":                                    true,
		"play something":                                         false,
	} {
		if got := g.says(jsgf.Name, text); got != want {
			t.Errorf("%q is said: %v, want %v", text, got, want)
		}
	}
	var told []string
	for _, u := range left {
		told = append(told, fmt.Sprintf("%s: %s: %s (%v)", u.ID, u.Part, u.Why, u.All))
	}
	if diff := strings.Join(told, "\n"); diff != strings.TrimSpace(`
free: play {song}: {song} takes any words (true)
free: play {song} [by {artist}] (now|later): {song} takes any words (true)
twice: {artist}: it is said twice, and nothing holds the two to the same value (false)
twice: from {artist} to {artist}: it is said twice, and nothing holds the two to the same value (true)
twice: {n}x: nothing stands between a value and what is beside it (false)
twice: {n}x {artist}: nothing stands between a value and what is beside it (true)`) {
		t.Errorf("left out:\n%s", diff)
	}
}

// TestKnownWords holds that no other word is said, and that a value which is put
// together from known ones is understood.
func TestKnownWords(t *testing.T) {
	known := strings.Fields(`set turn the to eco bee zig hub degrees five ten twenty one a.m. p.m. room boiler wake me at don't seven o'clock`)
	b := baseOf(t, everything)
	grammar, left := grammarOf(t, b, jsgf.Options{Known: func(w string) bool { return slices.Contains(known, w) }})
	g := parse(t, grammar)
	for text, want := range map[string]bool{
		"set the eco bee to twenty one degrees":        true,
		"turn zig bee hub to ten degrees":              true,
		"set room two to ten degrees":                  false,
		"set boiler to five degrees":                   true,
		"wake me at seven a.m.":                        true,
		"wake me at seven o'clock p.m.":                true,
		"wake me at eight":                             false,
		"set eco bee to twenty one point five degrees": false,
	} {
		if got := g.says(jsgf.Name, text); got != want {
			t.Errorf("%q is said: %v, want %v", text, got, want)
		}
	}
	for w := range strings.FieldsSeq(regexp.MustCompile(`<[^>]*>|[|()\[\];=]|#JSGF V1.0;|grammar|public`).ReplaceAllString(grammar, " ")) {
		if w != jsgf.Name && !slices.Contains(known, w) {
			t.Errorf("%q is in the grammar", w)
		}
	}
	if !slices.ContainsFunc(left, func(u template.Unsaid) bool { return u.Part == "mp3" && u.Why == `"mp" is not in the dictionary` }) {
		t.Errorf("nobody is told of mp3: %v", left)
	}
	if m := b.Grammar.Match("set the eco bee to twenty one degrees", now); len(m) != 1 || m[0].Slots["what"].Canonical != "EcoBee" {
		t.Errorf("eco bee is understood as %v", m)
	}
	if v := b.Grammar.Extract("heat", "turn zig bee hub to ten degrees", now); v["what"].Canonical != "zigbeehub" {
		t.Errorf("zig bee hub is understood as %v", v)
	}
}

func TestNothingToSay(t *testing.T) {
	b := baseOf(t, "format: 1\nfaq:\n  - {id: a, question: Why?, answer: So.}\n")
	if err := jsgf.Write(io.Discard, b, jsgf.Options{}); err == nil || !strings.Contains(err.Error(), "no command that can be spoken") {
		t.Errorf("a base without commands gives %v", err)
	}
}

// TestPocketsphinx holds that the real program takes the grammar, and hears with it.
func TestPocketsphinx(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	const model = "/usr/share/pocketsphinx/model/en-us"
	words := filepath.Join(model, "cmudict-en-us.dict")
	f, err := os.Open(words)
	if err != nil {
		t.Skip("the English model of pocketsphinx is not installed: apt-get install pocketsphinx-en-us")
	}
	defer f.Close()
	for _, name := range []string{"pocketsphinx_continuous", "flite"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not installed")
		}
	}
	dictionary, err := jsgf.ReadDictionary(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, c := range map[string]struct {
		base *knowledge.Base
		say  []string
	}{
		"everything": {baseOf(t, everything), []string{"set the eco bee to twenty one degrees", "wake me at half past seven in the morning"}},
		"home":       {home(t), []string{"turn on the kitchen light"}},
	} {
		grammar, _ := grammarOf(t, c.base, jsgf.Options{Known: dictionary.Has, Leads: []string{"computer"}})
		file := filepath.Join(dir, name+".jsgf")
		if err := os.WriteFile(file, []byte(grammar), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, text := range c.say {
			wav := filepath.Join(dir, "said.wav")
			if out, err := exec.Command("flite", "-voice", "slt", "-t", text, "-o", wav).CombinedOutput(); err != nil {
				t.Fatalf("flite: %v\n%s", err, out)
			}
			log := filepath.Join(dir, "log")
			out, err := exec.Command("pocketsphinx_continuous", "-infile", wav, "-jsgf", file, "-dict", words,
				"-hmm", filepath.Join(model, "en-us"), "-logfn", log).Output()
			if said, _ := os.ReadFile(log); err != nil || strings.Contains(string(said), "ERROR") {
				t.Fatalf("%s: pocketsphinx: %v\n%s", name, err, said)
			}
			if heard := strings.TrimSpace(string(out)); heard != text {
				t.Errorf("%s: %q is heard as %q", name, text, heard)
			}
		}
	}
}

func TestDictionary(t *testing.T) {
	d, err := jsgf.ReadDictionary(strings.NewReader(";;; words\nlight L AY T\nread R EH D\nread(2) R IY D\na.m.\tEY EH M\n"))
	if err != nil || d.Len() != 3 || !d.Has("read") || d.Has("read(2)") || !d.Has("a.m.") {
		t.Errorf("%v, %v", d, err)
	}
	for text, want := range map[string]string{
		"":                                  "no words",
		"light":                             "line 1 of the dictionary has a word without sounds",
		"a A\n" + strings.Repeat("x", 5000): "line 2 of the dictionary",
	} {
		if _, err := jsgf.ReadDictionary(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gives %v, want %q", text, err, want)
		}
	}
}

func FuzzDictionary(f *testing.F) {
	f.Add("light L AY T\n")
	f.Add("a(2) A\n;;;\n# x")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := jsgf.ReadDictionary(strings.NewReader(text)); err == nil && d.Len() == 0 {
			t.Error("an empty dictionary is taken")
		}
	})
}

// FuzzWrite holds that whatever a template says can be written, read again, and is
// matched by the template.
func FuzzWrite(f *testing.F) {
	for _, s := range []string{"turn [the] light[s] on", "(a;b {n}) <r>", "{n}% [x|{t}]", "don't (go|stop)2 3d", "[ ] x; y \\( z", "sitting[ ]room {c}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		say, err := template.Parse(text)
		if err != nil {
			return
		}
		rule, _ := template.Parse("please [do]")
		g, err := template.Compile([]template.Sentence{{ID: "x", Template: say}}, map[string]*template.Template{"r": rule}, map[string]*template.Slot{
			"n": {Type: template.Number, From: 1, To: 30, Step: 1, Bounded: true}, "t": {Type: template.Text}, "c": {Type: template.Colour},
		})
		if err != nil || say.Count(nil) > 10_000 {
			return
		}
		b := &knowledge.Base{Entries: []*knowledge.Entry{{ID: "x", Kind: knowledge.Do, Command: &knowledge.Command{}}}, Grammar: g}
		var out bytes.Buffer
		if err := jsgf.Write(&out, b, jsgf.Options{}); err != nil {
			return // nothing of it can be said
		}
		p := parse(t, out.String())
		r := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			s := sample{g: p, r: r, values: regexp.MustCompile("^$")}
			s.rule(jsgf.Name)
			if said := strings.Join(s.words, " "); said != "" && len(said) < template.MaxText && len(g.Match(said, now)) == 0 {
				t.Errorf("%q says %q, and does not match it", text, said)
			}
		}
	})
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, regexp.QuoteMeta(k))
	}
	slices.Sort(keys)
	return keys
}

// wordsOf gives the words of a phrase without choices.
func wordsOf(p *template.Phrase) string {
	words := []string{p.Text}
	for _, part := range p.Parts {
		words = append(words, wordsOf(part))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// A lead may be all that is said.
func TestLeads(t *testing.T) {
	grammar, _ := grammarOf(t, baseOf(t, everything), jsgf.Options{Leads: []string{"Hey, desk!", "computer"}})
	g := parse(t, grammar)
	for text, want := range map[string]bool{"hey desk": true, "computer": true, "computer please going minus twelve down": true, "hey": false, "hey computer": false} {
		if got := g.says(jsgf.Name, text); got != want {
			t.Errorf("%q is said: %v, want %v", text, got, want)
		}
	}
}

// A denial stands behind a lead and before a sentence, and is none by itself. One that cannot
// be heard is left out.
func TestDenials(t *testing.T) {
	known := func(word string) bool { return word != "never" }
	grammar, _ := grammarOf(t, baseOf(t, everything), jsgf.Options{Known: known, Leads: []string{"computer"}, Denials: []string{"don't", "do not", "never"}})
	g := parse(t, grammar)
	const said = "please going minus twelve down"
	for text, want := range map[string]bool{
		said: true, "don't " + said: true, "computer do not " + said: true, "never " + said: false, "don't": false, "don't computer " + said: false, "don't do not " + said: false,
	} {
		if got := g.says(jsgf.Name, text); got != want {
			t.Errorf("%q is said: %v, want %v", text, got, want)
		}
	}
}
