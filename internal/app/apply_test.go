package app

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/internal/config"
)

// again reads the configuration of twoBases with something replaced.
func again(t *testing.T, dir string, replace ...string) *config.Config {
	t.Helper()
	file := filepath.Join(dir, "config.yaml")
	const text = "format: 1\ndata_dir: data\ndefault_base: house\nbases:\n  house: {knowledge: [house.yaml], allow: everybody}\n  attic: {knowledge: [attic.yaml]}\n"
	write(t, file, strings.NewReplacer(replace...).Replace(text))
	cfg, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Another configuration is put in place all or nothing, and what people are in
// the middle of goes on.
func TestApply(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing at a time: nothing to race")
	}
	cfg, dir := twoBases(t, "")
	write(t, filepath.Join(dir, "house.yaml"), "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: Under the mat.}\n"+
		"commands:\n  - id: mark\n    say: [leave a mark, \"make a mark [please]\"]\n    dangerous: true\n    run: {exec: {command: [touch, mark]}}\n    reply: There it is.\n")
	a := open(t, cfg, Options{})
	talk := func(text string, who bot.Address) bot.Reply {
		t.Helper()
		r, err := a.Handle(t.Context(), bot.Message{ID: rand.Text(), Kind: bot.Text, Conversation: "c", Sender: who, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := talk("leave a mark", "chat:ann"); got.Decision != bot.Confirm {
		t.Fatalf("got %+v", got)
	}
	// The attic's knowledge is at fault: nothing changes, and both faults are told.
	write(t, filepath.Join(dir, "bad.yaml"), "format: 1\nfaq:\n  - {id: key, qestion: x}\n")
	_, err := a.Apply(t.Context(), again(t, dir, "attic.yaml", "bad.yaml", "default_base: house", "default_base: attic", "allow: everybody", "precision: 0.9"))
	if err == nil || !strings.Contains(err.Error(), "qestion") {
		t.Errorf("got %v", err)
	}
	if got := say(t, a, "", "where is the key").Text; got != "Under the mat." {
		t.Errorf("after a fault it answers %q", got)
	}
	// The attic is the default, and a base is new.
	later, err := a.Apply(t.Context(), again(t, dir, "default_base: house", "default_base: attic", "data_dir: data", "data_dir: elsewhere", "bases:\n", "bases:\n  shed: {knowledge: [attic.yaml]}\n"))
	if err != nil || !slices.Equal(later, []string{"data_dir"}) {
		t.Errorf("got %q, %v", later, err)
	}
	if got := say(t, a, "", "where is the key").Text; got != "In the box." {
		t.Errorf("the new default answers %q", got)
	}
	say(t, a, "shed", "where is the key")
	if !slices.Equal(a.Bases(), []string{"attic", "house", "shed"}) {
		t.Errorf("the bases are %q", a.Bases())
	}
	// The house is the default again, the shed is gone, and the yes still counts.
	if _, err := a.Apply(t.Context(), again(t, dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Handle(t.Context(), bot.Message{ID: "x", Kind: bot.Text, Base: "shed", Text: "hello"}); err == nil {
		t.Error("a base that was removed answers")
	}
	if got := talk("yes", "chat:ann"); got.Decision != bot.Run || got.Failed {
		t.Errorf("the yes after the change: %+v", got)
	}
	// People have other rights at once.
	if _, err := a.Apply(t.Context(), again(t, dir, "allow: everybody", "allow: {people: [bob]}", "default_base", "people: {bob: {is: chat:bob}}\ndefault_base")); err != nil {
		t.Fatal(err)
	}
	if got := talk("leave a mark", "chat:ann"); got.Decision == bot.Confirm {
		t.Errorf("a right that was taken away: %+v", got)
	}
	if got := talk("leave a mark", "chat:bob"); got.Decision != bot.Confirm {
		t.Errorf("a right that was given: %+v", got)
	}
}
