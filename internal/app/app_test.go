package app

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
)

// twoBases writes a configuration of two bases with a command that leaves a
// trace, and loads it.
func twoBases(t *testing.T, more string) (*config.Config, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.yaml": "format: 1\ndata_dir: data\ndefault_base: house\nbases:\n  house: {knowledge: [house.yaml], allow: everybody}\n  attic: {knowledge: [attic.yaml]}\n" + more,
		"attic.yaml":  "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: In the box.}\n",
		"house.yaml": "format: 1\nfaq:\n  - {id: key, question: Where is the key?, answer: Under the mat.}\n" +
			"commands:\n  - id: mark\n    say: [leave a mark, \"make a mark [please]\"]\n    run: {exec: {command: [touch, mark]}}\n    reply: There it is.\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	cfg, err := LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg, dir
}

func open(t *testing.T, cfg *config.Config, o Options) *App {
	t.Helper()
	a, err := New(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func say(t *testing.T, a *App, base, text string) bot.Reply {
	t.Helper()
	reply, err := a.Handle(t.Context(), bot.Message{ID: rand.Text(), Kind: bot.Text, Conversation: "c" + base, Base: base, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestBases(t *testing.T) {
	cfg, dir := twoBases(t, "")
	a := open(t, cfg, Options{})
	for base, want := range map[string]string{"": "Under the mat.", "house": "Under the mat.", "attic": "In the box."} {
		if got := say(t, a, base, "where is the key").Text; got != want {
			t.Errorf("the base %q answers %q, want %q", base, got, want)
		}
	}
	if got := say(t, a, "", "leave a mark"); got.Decision != bot.Run || got.Failed {
		t.Errorf("the command: %+v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "mark")); err != nil {
		t.Errorf("the command left no mark: %v", err)
	}
	if s := a.Status("house"); !s.Built || s.Entries != 2 || s.IndexSize == 0 || !strings.HasPrefix(s.IndexFile, a.DataDir()) {
		t.Errorf("the status is %+v", s)
	}

	// Only what is named is brought up; the first is the default.
	b := open(t, cfg, Options{Bases: []string{"attic"}})
	if got := say(t, b, "", "where is the key").Text; got != "In the box." {
		t.Errorf("the attic alone answers %q", got)
	}
	if b.Status("attic").Built || b.Status("house").Entries != 0 {
		t.Errorf("the attic's index was built again, or the house is there: %+v, %+v", b.Status("attic"), b.Status("house"))
	}
	if _, err := New(t.Context(), cfg, Options{Bases: []string{"cellar"}}); err == nil {
		t.Error("a base that is not configured is served")
	}
}

// A dry run carries out nothing, and records nothing.
func TestDryRun(t *testing.T) {
	cfg, dir := twoBases(t, "")
	a := open(t, cfg, Options{Pretend: true})
	if got := say(t, a, "house", "leave a mark"); got.Decision != bot.Run || got.Text != "There it is." {
		t.Errorf("the command: %+v", got)
	}
	for _, name := range []string{"mark", "data/journal.sqlite"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
}

func TestJournalSwitchedOff(t *testing.T) {
	cfg, dir := twoBases(t, "journal: {enabled: false}\n")
	say(t, open(t, cfg, Options{}), "house", "where is the key")
	if _, err := os.Stat(filepath.Join(dir, "data/journal.sqlite")); err == nil {
		t.Error("a journal was made")
	}
}

// A journal that cannot be used for good reason keeps the desk closed.
func TestDamagedJournal(t *testing.T) {
	cfg, dir := twoBases(t, "")
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "data/journal.sqlite"), strings.Repeat("no database\n", 1000))
	if _, err := New(t.Context(), cfg, Options{}); !errors.Is(err, journal.ErrDamaged) {
		t.Errorf("New gives %v", err)
	}
}

// A data_dir that cannot be is told once, and the desk works without.
func TestNoDataDir(t *testing.T) {
	cfg, dir := twoBases(t, "")
	cfg.DataDir = filepath.Join(dir, "config.yaml", "data")
	var warnings []string
	a := open(t, cfg, Options{Warn: func(err error) { warnings = append(warnings, err.Error()) }})
	if got := say(t, a, "house", "where is the key").Text; got != "Under the mat." {
		t.Errorf("it answers %q", got)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "--data-dir") {
		t.Errorf("the warnings are %q", warnings)
	}
	if a.DataDir() != "" || a.Status("house").IndexFile != "" {
		t.Errorf("something was written: %q, %+v", a.DataDir(), a.Status("house"))
	}
}

// Faulty knowledge gives all its faults; a reload of it keeps what is there.
func TestReload(t *testing.T) {
	cfg, dir := twoBases(t, "")
	a := open(t, cfg, Options{})
	write(t, filepath.Join(dir, "attic.yaml"), "format: 1\nfaq:\n  - {id: key, question: Where?, anser: There.}\n")
	_, err := a.Reload(t.Context(), "attic")
	if list, ok := errors.AsType[fault.List](err); !ok || len(list) == 0 {
		t.Errorf("Reload gives %v", err)
	}
	if got := say(t, a, "attic", "where is the key").Text; got != "In the box." {
		t.Errorf("after a broken edit it answers %q", got)
	}
	if _, err := New(t.Context(), cfg, Options{}); err == nil {
		t.Error("a desk opens on faulty knowledge")
	}
	if base, err := Load(t.Context(), cfg, "house"); err != nil || len(base.Entries) != 2 {
		t.Errorf("the house loads as %v, %v", base, err)
	}
}

// The built-in configuration and its knowledge load from inside the program.
func TestBuiltIn(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("FRONTDESK_CONFIG", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	cfg, err := LoadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	base, err := Load(t.Context(), cfg, cfg.DefaultBase)
	if err != nil {
		t.Fatal(err)
	}
	if len(base.Entries) < 60 || !slices.Contains(baseNames(cfg, nil), cfg.DefaultBase) {
		t.Errorf("the built-in base has %d entries", len(base.Entries))
	}
}
