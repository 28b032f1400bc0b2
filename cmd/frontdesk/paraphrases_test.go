package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

const (
	paraphrasesFile   = "testdata/home-paraphrases.jsonl"
	paraphrasesGolden = "testdata/home-paraphrases.golden"
)

// A paraphrase is a way to give a command that none of its templates has.
type paraphrase struct {
	Ask    string            `json:"ask"`
	Expect string            `json:"expect"`
	Slots  map[string]string `json:"slots"` // the values that are said, canonically
}

// TestParaphrases measures how well commands are understood that are said in
// other words: 300 sentences, 12 for each command of examples/home. They were
// written before any was tried; nothing is tuned on them.
func TestParaphrases(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var all []paraphrase
	var understood []understanding
	// The bubble has a clock of its own, so that "tomorrow" is always the same day.
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 25, 10, 0, 0, 0, time.Local)))
		a, name := paraphraseDesk(t)
		all = readParaphrases(t, a.Knowledge(name))
		for i, p := range all {
			understood = append(understood, understand(t, a, name, i, p))
		}
	})
	got := formatParaphrases(all, understood)
	t.Log(got[:strings.Index(got, "\n\n")])
	if *update {
		if err := os.WriteFile(paraphrasesGolden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(paraphrasesGolden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("what is understood has changed (- as on record, + now); if that is meant: go test ./cmd/frontdesk -run TestParaphrases -update\n%s", d)
	}
}

// paraphraseDesk opens the home so that no command is carried out, and none refused.
func paraphraseDesk(t *testing.T) (*app.App, string) {
	t.Helper()
	cfg, err := app.LoadConfig(filepath.FromSlash("../../examples/home/config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return openKept(t, "home", cfg, app.Options{Bases: []string{cfg.DefaultBase}, Pretend: true}), cfg.DefaultBase
}

// readParaphrases reads the file and holds that it is what it says: twelve
// sentences a command, none of which a template or a phrasing has.
func readParaphrases(t *testing.T, base *knowledge.Base) []paraphrase {
	t.Helper()
	f, err := os.Open(paraphrasesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []paraphrase
	count := map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p paraphrase
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%s:%d: %v", paraphrasesFile, len(all)+1, err)
		}
		e, ok := base.Entry(p.Expect)
		if !ok || e.Command == nil {
			t.Fatalf("%s:%d: there is no command %q", paraphrasesFile, len(all)+1, p.Expect)
		}
		for slot := range p.Slots {
			if e.Command.Slots[slot] == nil {
				t.Errorf("%s:%d: %s has no slot %q", paraphrasesFile, len(all)+1, p.Expect, slot)
			}
		}
		for _, m := range base.Grammar.Match(p.Ask, time.Now()) {
			t.Errorf("%s:%d: a template of %s has this sentence", paraphrasesFile, len(all)+1, m.ID)
		}
		for phrasing := range phrasingsOf(e) {
			if phrasing == template.Normalize(p.Ask) {
				t.Errorf("%s:%d: a phrasing of %s is this sentence", paraphrasesFile, len(all)+1, e.ID)
			}
		}
		count[p.Expect]++
		all = append(all, p)
	}
	for id, n := range count {
		if n != 12 || len(count) != 25 {
			t.Errorf("%s has %d sentences of %d commands, want 12 of 25", id, n, len(count))
		}
	}
	return all
}

func phrasingsOf(e *knowledge.Entry) map[string]bool {
	said := map[string]bool{}
	for _, p := range e.Alternatives {
		said[template.Normalize(p)] = true
	}
	return said
}

// An understanding is what the desk makes of a paraphrase.
type understanding struct {
	decision bot.Decision
	entry    string            // decided for, or the best one that was found
	slots    map[string]string // what the command would get, defaults included

	command bool // it is the right one
	values  bool // and every value that was said is understood, and no other
	asked   bool // and a value that is missing will be asked for
	harm    bool // it is run although that is not what was said
}

func understand(t *testing.T, a *app.App, name string, i int, p paraphrase) understanding {
	t.Helper()
	id := fmt.Sprintf("paraphrase-%d", i)
	r, err := a.Handle(t.Context(), bot.Message{
		ID: id, Kind: bot.Text, Conversation: id, Sender: "test:local", Address: "test:local", Base: name, Text: p.Ask,
	})
	if err != nil {
		t.Fatalf("%q: %v", p.Ask, err)
	}
	u := understanding{decision: r.Decision, entry: r.Entry, slots: map[string]string{}}
	if r.Result != nil && len(r.Result.Hits) > 0 && u.entry == "" {
		u.entry = r.Result.Hits[0].Entry.ID
	}
	e, ok := a.Knowledge(name).Entry(u.entry)
	if !ok || e.Command == nil {
		return u
	}
	for slot, s := range e.Command.Slots {
		if s.Default != "" {
			u.slots[slot] = s.Default
		}
	}
	if r.Entry != "" {
		maps.Copy(u.slots, r.Slots)
	} else { // what the command would get if the choice were picked
		for slot, v := range a.Knowledge(name).Grammar.Extract(e.ID, p.Ask, time.Now()) {
			u.slots[slot] = v.Canonical
		}
	}
	u.judge(e, p)
	return u
}

// judge compares what is understood with what was said.
func (u *understanding) judge(e *knowledge.Entry, p paraphrase) {
	u.command = e.ID == p.Expect
	u.values, u.asked = u.command, u.command
	wrong := false
	for name, s := range e.Command.Slots {
		got, want := u.slots[name], s.Default
		if v, said := p.Slots[name]; said {
			want = v
		}
		if got == want || s.Type == template.Text && bareWords(got) == bareWords(want) {
			continue
		}
		u.values = false
		wrong = wrong || got != ""
		if got != "" || !slices.Contains(e.Command.Needs, name) {
			u.asked = false
		}
	}
	u.harm = u.decision == bot.Run && (!u.command || wrong)
}

// bareWords gives a text without the article before it, in which two texts may
// differ.
func bareWords(text string) string {
	text = template.Normalize(text)
	for _, article := range []string{"the ", "a ", "an ", "some "} {
		if rest, ok := strings.CutPrefix(text, article); ok {
			return rest
		}
	}
	return text
}

const paraphrasesHead = `# What is understood of the paraphrases in home-paraphrases.jsonl, in their order. Any difference fails TestParaphrases.
# To write this anew: go test ./cmd/frontdesk -run TestParaphrases -update
#
# Each line: what is right, decision, entry, slots (defaults included) | sentence. Right are "all"; "asks", where only
# values are missing that will be asked for; "command", where a value is wrong; or "nothing". RUN WRONGLY is what is
# carried out with a wrong value or as another command. Of choices and abstentions, entry and slots are those of the best one.
#
`

// formatParaphrases gives the text of the golden file, with the figures at its
// head.
func formatParaphrases(all []paraphrase, understood []understanding) string {
	var b, lines strings.Builder
	b.WriteString(paraphrasesHead)
	var command, values, asked, harm, run int
	for i, u := range understood {
		right := "nothing"
		switch {
		case u.values:
			right = "all"
		case u.asked:
			right = "asks"
		case u.command:
			right = "command"
		}
		if u.harm {
			right = "RUN WRONGLY"
			harm++
		}
		if u.command {
			command++
		}
		if u.values {
			values++
		}
		if u.asked {
			asked++
		}
		if u.decision == bot.Run {
			run++
		}
		said := make([]string, 0, len(u.slots))
		for _, slot := range slices.Sorted(maps.Keys(u.slots)) {
			said = append(said, fmt.Sprintf("%s=%q", slot, u.slots[slot]))
		}
		fmt.Fprintf(&lines, "%-11s  %-7s  %-16s  %s | %s\n", right, u.decision, orDash(u.entry), orDash(strings.Join(said, " ")), all[i].Ask)
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(len(all)) }
	fmt.Fprintf(&b, "# %d paraphrases\n# command right: %d (%.1f %%)\n# command and every value right: %d (%.1f %%)\n", len(all), command, share(command), values, share(values))
	fmt.Fprintf(&b, "# the same, or a missing value is asked for: %d (%.1f %%)\n# run: %d, of them wrongly: %d\n\n", asked, share(asked), run, harm)
	return b.String() + lines.String()
}
