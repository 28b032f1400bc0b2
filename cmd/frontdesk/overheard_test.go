package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/internal/app"
)

// spokenSentences is how many sentences that are no command are said.
const spokenSentences = 2000

// homely are the kinds of question of clinc150 that a home may well carry out.
var homely = []string{
	"alarm", "calendar", "calendar_update", "cancel", "change_volume", "next_song", "play_music", "reminder", "reminder_update",
	"shopping_list", "shopping_list_update", "smart_home", "timer", "todo_list", "todo_list_update", "update_playlist", "what_song",
}

// TestOverheard says 2,000 sentences to examples/home that were meant for somebody
// else: none of them may run a command.
func TestOverheard(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, and minutes under the race detector")
	}
	sentences := overheard(t)
	cfg, err := app.LoadConfig(filepath.FromSlash("../../examples/home/config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a := openKept(t, "home", cfg, app.Options{Bases: []string{"home"}, Pretend: true})
	decisions := map[bot.Decision]int{}
	for i, s := range sentences {
		r, err := a.Handle(t.Context(), bot.Message{
			ID: fmt.Sprint(i), Kind: bot.Text, Conversation: fmt.Sprint("mic:", i), Sender: "mic:kitchen", Address: "mic:kitchen",
			Context: map[string]string{"room": "kitchen"}, Text: s, Heard: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		decisions[r.Decision]++
		switch r.Decision {
		case bot.Run:
			t.Errorf("%q ran %s (%.3f)", s, r.Entry, r.Probability)
		case bot.Confirm, bot.Ask:
			t.Logf("%q: %s %s (%.3f)", s, r.Decision, r.Entry, r.Probability)
		}
	}
	t.Logf("%d sentences: %v", len(sentences), decisions)
}

// overheard gives the sentences: all of testdata/overheard-meeting.lines, and as many of two
// sets of questions for other desks.
func overheard(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/overheard-meeting.lines")
	if err != nil {
		t.Fatal(err)
	}
	var sentences []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			sentences = append(sentences, line)
		}
	}
	each := (spokenSentences - len(sentences) + 1) / 2
	for _, set := range []string{"clinc150", "banking77"} {
		asked := questionsOf(t, "../../../shared/bench/"+set+"/queries.jsonl")
		for i := range each {
			sentences = append(sentences, asked[i*len(asked)/each])
		}
	}
	return sentences[:spokenSentences]
}

// questionsOf reads the questions of a set that are none for a home.
func questionsOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(filepath.FromSlash(file))
	if err != nil {
		t.Skipf("the sentences are not at hand: %v", err)
	}
	defer f.Close()
	var out []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var q struct {
			Text   string
			Expect string
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(homely, q.Expect) {
			out = append(out, q.Text)
		}
	}
	return out
}
