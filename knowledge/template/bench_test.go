package template

import (
	"fmt"
	"strings"
	"testing"
)

// home is 25 commands with slots.
var home = []string{
	"<turn> on [the] {area} <light>", "<turn> off [the] {area} <light>", "<turn> on [the] {device}", "<turn> off [the] {device}",
	"dim [the] {area} <light> to {level}", "set [the] {area} to {celsius} [degrees]", "set [a] timer for {duration}", "wake me [up] at {time}",
	"remind me to {item} [on {date}] at {time}", "add {item} to [my] {list} list", "make [the] {area} {colour}", "play {item} [in [the] {area}]",
	"what is the temperature in [the] {area}", "how warm is it in [the] {area}", "open [the] {area} (blinds|curtains)", "close [the] {area} (blinds|curtains)",
	"lock [the] {device}", "unlock [the] {device}", "what time is it", "cancel [the] {duration} timer", "volume to {level}", "set {count} alarms",
	"good night", "(in {area};at {time}) start [the] heating", "say {item} in [the] {area}",
}

var homeTexts = []string{
	"turn on the kitchen lights", "could you dim the living room lights to 30 percent please", "set a timer for an hour and a half",
	"remind me to water the plants on friday at half past seven", "add milk and eggs to my shopping list", "make the bedroom light blue",
	"what's the weather like tomorrow", "how do I reset my password", "at 7 pm in kitchen start the heating", "play some quiet jazz in the lounge",
}

func BenchmarkMatch25Commands(b *testing.B) {
	g := desk(b, home...)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		g.Match(homeTexts[i%len(homeTexts)], now)
		i++
	}
}

func BenchmarkMatch2000Templates(b *testing.B) {
	verbs := []string{"open", "close", "start", "stop", "show", "send", "book", "cancel", "print", "find"}
	var all []string
	for i := range 2000 {
		all = append(all, fmt.Sprintf("c%d: %s [the] thing%d (in|at) {area} [for {duration}]", i, verbs[i%len(verbs)], i/10))
	}
	g := desk(b, all...)
	texts := []string{"open the thing120 in kitchen for ten minutes", "how do I reset my password", "please show thing3 at the lounge", "close the door"}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		g.Match(texts[i%len(texts)], now)
		i++
	}
}

// BenchmarkMatch2000Alike has templates that differ in nothing but their verb
// and their noun, so that many of them share every word of the text.
func BenchmarkMatch2000Alike(b *testing.B) {
	var all []string
	for i := range 2000 {
		all = append(all, fmt.Sprintf("c%d: (turn|switch) (on|off) [the] {area} light[s] [number%d] [to {level}]", i, i))
	}
	g := desk(b, all...)
	b.ReportAllocs()
	for b.Loop() {
		g.Match("turn on the kitchen heating now", now)
	}
}

func BenchmarkMatchHomeAssistant(b *testing.B) {
	g, _, _ := haGrammar(b)
	texts := []string{"turn on all the lights in the living room", "set the bedroom lamp brightness to 50%", "set a timer for 1 hour and 15 minutes", "how do I reset my password"}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		g.Match(texts[i%len(texts)], now)
		i++
	}
}

func BenchmarkMatchPathological(b *testing.B) {
	for _, test := range []struct{ name, template, text string }{
		{"optionals", strings.Repeat("[a] ", 200) + "b", strings.Repeat("a ", 200) + "c b"},
		{"alternatives", strings.Repeat("(a|a a|a a a) ", 60) + "b", strings.Repeat("a ", 150) + "b"},
		{"texts", "{a:@text} x {b:@text} x {c:@text} x {d:@text} b", strings.Repeat("x ", 200) + "b"},
		{"orders", "({a:@text};{b:@text};{c:@text};{d:@text};{e:@text};{f:@text}) b", strings.Repeat("x ", 200) + "b"},
	} {
		b.Run(test.name, func(b *testing.B) {
			g := desk(b, test.template)
			b.ReportAllocs()
			for b.Loop() {
				g.Match(test.text, now)
			}
		})
	}
}

func longList(b *testing.B) *Grammar {
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("device %s of the house number %d=d%d", strings.Repeat(string(rune('a'+i%26)), 3+i%5), i, i))
	}
	g, err := Compile([]Sentence{{ID: "x", Template: mustParse(b, "turn on {device} now")}}, nil,
		map[string]*Slot{"device": {Values: values(b, many...)}})
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func BenchmarkMatchLongList(b *testing.B) {
	g := longList(b)
	b.ReportAllocs()
	for b.Loop() {
		g.Match("turn on device eeeee of the house number 4412 now", now)
	}
}

func BenchmarkExtractLongList(b *testing.B) {
	g := longList(b)
	b.ReportAllocs()
	for b.Loop() {
		g.Extract("x", "the device number 4412 of a house should go on please", now)
	}
}

func BenchmarkExtract(b *testing.B) {
	g := desk(b, "x: remind me to {item} in {area} [on {date}] at {time}")
	b.ReportAllocs()
	for b.Loop() {
		g.Extract("x", "i need a reminder for half past seven next friday in the kitchn", now)
	}
}

// BenchmarkExtract25Commands reads the slots of commands that were found by
// meaning: each text names the one whose templates it does not match.
func BenchmarkExtract25Commands(b *testing.B) {
	var all []string
	for i, s := range home {
		all = append(all, fmt.Sprintf("c%d: %s", i, s))
	}
	g := desk(b, all...)
	texts := []struct{ id, text string }{
		{"c0", "it is too dark in the living room, some light would be nice"}, {"c4", "the kitchn is too bright, take it down to a quarter"},
		{"c5", "twenty one and a half degrees would be best for the bedroom"}, {"c6", "please tell me when three quarters of an hour are over"},
		{"c7", "i have to be up at quarter past seven tomorrow"}, {"c8", "never let me forget to water the roses on saturday at noon"},
		{"c9", "we have no milk, so add some to my shopping list"}, {"c10", "paint the lounge in dark orange light"},
		{"c11", "why not play some quiet jazz in the kit chin now"}, {"c23", "it should be warm in the bedroom at ten to six"},
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		one := texts[i%len(texts)]
		g.Extract(one.id, one.text, now)
		i++
	}
}

func BenchmarkSample(b *testing.B) {
	g := desk(b, home...)
	b.ReportAllocs()
	for b.Loop() {
		g.Sample("x", 50)
	}
}

func BenchmarkNormalize(b *testing.B) {
	for b.Loop() {
		Normalize("Could you, please, turn on the Living-Room lights for 1,000 seconds?")
	}
}

func BenchmarkCompileHomeAssistant(b *testing.B) {
	for b.Loop() {
		haGrammar(b)
	}
}
