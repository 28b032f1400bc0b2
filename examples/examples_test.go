// Package examples_test keeps the example bases honest: that they load, hold what
// they promise, and are tested in other words than they are written in.
package examples_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
)

// bases are the folders of this one, with what each promises to hold.
var bases = []struct {
	dir      string
	paths    []string
	faq      int
	commands int
	guides   []string
}{
	{dir: "frontdesk", paths: []string{"."}, faq: 60, guides: []string{"getting-started.md", "writing-knowledge.md"}},
	{dir: "home", paths: []string{"rooms.yaml", "commands.yaml", "house.yaml", "tests.yaml"}, commands: 25},
}

func load(t *testing.T, dir string, paths []string) *knowledge.Base {
	t.Helper()
	base, err := knowledge.Load(context.Background(), knowledge.Options{Dir: dir, Paths: paths})
	if err != nil {
		t.Fatalf("loading %s:\n%v", dir, err)
	}
	return base
}

func TestBasesHoldWhatTheyPromise(t *testing.T) {
	for _, b := range bases {
		t.Run(b.dir, func(t *testing.T) {
			base := load(t, b.dir, b.paths)
			count := map[knowledge.Kind]int{}
			for _, e := range base.Entries {
				count[e.Kind]++
			}
			if count[knowledge.FAQ] < b.faq {
				t.Errorf("%d FAQ entries, want at least %d", count[knowledge.FAQ], b.faq)
			}
			if b.commands > 0 && count[knowledge.Do] != b.commands {
				t.Errorf("%d commands, want %d", count[knowledge.Do], b.commands)
			}
			for _, guide := range b.guides {
				passages := 0
				for _, e := range base.Entries {
					if e.Kind == knowledge.Passage && filepath.Base(e.Pos.File) == guide {
						passages++
					}
				}
				if passages < 6 {
					t.Errorf("%s makes %d passages, want at least 6", guide, passages)
				}
			}
		})
	}
}

// TestTestsUseOtherWords keeps the tests of the bases honest: one that repeats
// a phrasing of its entry proves only that the file was read. A test counts
// when at most 60 % of its content words stand in any one phrasing of the
// entry that it expects.
func TestTestsUseOtherWords(t *testing.T) {
	const atLeast, atMostShared, atLeastNone = 60, 0.6, 12
	for _, b := range bases {
		t.Run(b.dir, func(t *testing.T) {
			base := load(t, b.dir, b.paths)
			honest, none := 0, 0
			for _, test := range base.Tests {
				if test.Expect == knowledge.None {
					none++
					continue
				}
				e, ok := base.Entry(test.Expect)
				if !ok {
					t.Errorf("%q expects %q, which is not in the base", test.Ask, test.Expect)
					continue
				}
				phrasing, share := nearest(test.Ask, phrasings(base, e))
				if share > atMostShared {
					t.Logf("does not count: %q shares %.0f %% of its words with %q", test.Ask, 100*share, phrasing)
					continue
				}
				honest++
			}
			if honest < atLeast {
				t.Errorf("%d tests in other words than the phrasings, want at least %d", honest, atLeast)
			}
			if none < atLeastNone {
				t.Errorf("%d tests of what must not be answered, want at least %d", none, atLeastNone)
			}
		})
	}
}

// phrasings gives those of an entry; of a command many more than are indexed,
// so that no way of saying it is missed.
func phrasings(base *knowledge.Base, e *knowledge.Entry) []string {
	all := e.Phrasings()
	if e.Kind == knowledge.Do {
		all = append(all, base.Grammar.Sample(e.ID, 500)...)
	}
	return all
}

// nearest gives the phrasing that has most of the content words of a text, and
// the share of them that it has.
func nearest(text string, phrasings []string) (phrasing string, share float64) {
	words := contentWords(text)
	if len(words) == 0 {
		return "", 1
	}
	for _, p := range phrasings {
		in := contentWords(p)
		common := 0
		for _, w := range words {
			if slices.Contains(in, w) {
				common++
			}
		}
		if s := float64(common) / float64(len(words)); s > share {
			phrasing, share = p, s
		}
	}
	return phrasing, share
}

// contentWords gives the words of a text without those that say nothing about
// its topic, each once and without its ending: "lights" and "light" are one.
func contentWords(text string) []string {
	text = strings.ReplaceAll(strings.ToLower(text), "'", "")
	var words []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		if slices.Contains(stopWords, w) {
			continue
		}
		for _, ending := range []string{"ing", "ed", "es", "s"} {
			if stem, ok := strings.CutSuffix(w, ending); ok && len(stem) >= 3 {
				w = stem
				break
			}
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

var stopWords = strings.Fields(`
	a about after again all also am an and any anything are arent as at be been being but by can cannot cant could
	did didnt do does doesnt doing done dont down for from get gets getting give go going had has have having he her
	here him his how i id if ill im in into is isnt it its itself ive just let lets like may me might more most must my
	need needs no nobody not nothing now of off ok on one only or our out over own please shall she should so some
	somebody someone something such than that thats the their them then there theres these they thing things this those
	through to too up us very want wanted wants was we were what whats when where which while who whom why will with
	without would yes you your youre`)

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		text      string
		phrasings []string
		share     float64
	}{
		{"turn on the lights", []string{"turn off the radio", "please turn on the light"}, 1},
		{"make the lamps bright", []string{"turn on the lamp"}, 1.0 / 3},
		{"what's up", []string{"anything"}, 1}, // nothing in it tells a topic
		{"reset my pasword", []string{"How do I reset my password?"}, 0.5},
	} {
		if _, share := nearest(test.text, test.phrasings); share != test.share {
			t.Errorf("nearest(%q) shares %v, want %v", test.text, share, test.share)
		}
	}
}

// TestHomeScript runs the simulated home with values that a shell would
// stumble over: they are printed, and nothing else happens.
func TestHomeScript(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh on this machine")
	}
	state := filepath.Join(t.TempDir(), "state")
	run := func(args ...string) (string, int) {
		cmd := exec.CommandContext(t.Context(), sh, append([]string{"home.sh"}, args...)...)
		cmd.Dir = "home"
		cmd.Env = append(os.Environ(), "HOME_STATE="+state)
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatalf("home.sh %q: %v", args, err)
		}
		return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
	}
	for _, test := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"light", "kitchen", "on"}, "[home] light/kitchen: off -> on", 0},
		{[]string{"light", "kitchen", "40%"}, "[home] light/kitchen: on -> 40%", 0},
		{[]string{"heating", "office", "21.5"}, "[home] heating/office: 21.5 degrees", 0},
		{[]string{"temperature", "office"}, "[home] temperature/office: 21.5 degrees", 0},
		{[]string{"play", "office", "-n $(touch owned) `id` \"x\" 'y'; *\n"}, "[home] speaker/office: playing -n $(touch owned) `id` \"x\" 'y'; *", 0},
		{[]string{"shopping", "add", "$(touch owned); milk"}, "[home] shopping: $(touch owned); milk added, 1 on the list", 0},
		{[]string{"shopping", "list"}, "$(touch owned); milk", 0},
		{[]string{"light", "../../etc", "on"}, "home: this is no name of mine: ../../etc", 2},
		{[]string{"light", "kitchen"}, "home: wrong number of arguments; see the top of home.sh", 2},
		{[]string{"volume", "; reboot"}, "home: this is no number: ; reboot", 2},
		{[]string{"fly"}, "home: I do not know how to fly", 2},
		{nil, "home: nothing to do; see the top of home.sh", 2},
	} {
		got, code := run(test.args...)
		if got != test.want || code != test.code {
			t.Errorf("home.sh %q printed %q and left with %d, want %q and %d", test.args, got, code, test.want, test.code)
		}
	}
	if _, err := os.Stat("home/owned"); err == nil {
		t.Error("a value was carried out as a shell command")
	}

	// A folder that is a link is not written to.
	elsewhere := t.TempDir()
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, state); err != nil {
		t.Skipf("no links on this system: %v", err)
	}
	if got, code := run("light", "kitchen", "on"); code != 1 || !strings.Contains(got, "is not mine") {
		t.Errorf("through a link it printed %q and left with %d, want a refusal", got, code)
	}
	if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
		t.Errorf("it wrote through a link: %v, %v", left, err)
	}
}
