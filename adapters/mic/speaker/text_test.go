package speaker_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/adapters/mic/speaker"
	"frontdesk/bot"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"It is **done**.":            "It is done.",
		"The *kitchen* lights":       "The kitchen lights.",
		"## Opening hours\n\n9 to 5": "Opening hours. 9 to 5.",
		"See [the guide](https://example.org/a/b?c=d) for more.": "See the guide for more.",
		"Go to <https://desk.example.org/status> now":            "Go to desk example org now.",
		"Write `frontdesk ask --json` into it":                   "Write frontdesk ask json into it.",
		"It is `21.5` degrees":                                   "It is 21.5 degrees.",
		"- milk\n- bread,\n- eggs!":                              "milk. bread. eggs!",
		"Do this:\n\n```sh\nrm -rf /\n```\n\nand that":           "Do this. and that.",
		"a line\nand the next  \nand one more":                   "a line and the next and one more.",
		"| day | time |\n|---|---|\n| Monday | nine |":           "day, time. Monday, nine.",
		"Done 🎉\x00\x1b[31m":                                     "Done [31m.",
		"--help me":                                              "help me.",
		"* * *\n\n---":                                           "",
		"<b>bold</b> <script>x</script>":                         "bold x.",
		"![a cat](cat.png) sits":                                 "a cat sits.",
		"Wirklich?":                                              "Wirklich?",
		"\xff\xfe":                                               "",
	} {
		if got := speaker.Plain(in); got != want {
			t.Errorf("%q is said as %q, not %q", in, got, want)
		}
	}
}

func TestSpoken(t *testing.T) {
	got := speaker.Spoken(bot.Reply{Text: "In which **room**?", OptionsHead: "Rooms:", Options: []bot.Option{{Label: "kitchen"}, {Label: "living_room"}}})
	if want := "In which room? Rooms. kitchen. living room."; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("# a\n- `b` [c](d) <e@f>\n\n| g |\n|---|")
	f.Add("\xff-- \u202e*_")
	f.Fuzz(func(t *testing.T, in string) {
		got := speaker.Plain(in)
		if !utf8.ValidString(got) || strings.HasPrefix(got, "-") || strings.ContainsAny(got, "\n\x00\x1b") {
			t.Errorf("%q is said as %q", in, got)
		}
	})
}
