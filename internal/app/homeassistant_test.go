package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch/homeassistant/hatest"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/knowledge/importer/homeassistant"

	"go.yaml.in/yaml/v4"
)

// haDir holds sentence templates of the Home Assistant intents project and its
// tests of them.
const haDir = "../../../shared/bench/ha"

// haAsked are the test sentences that are asked back about. They have no word
// but the values of slots, and so little is never taken for certain.
var haAsked = []string{"bedroom lamp 50%", "bedroom 50%", "bedroom lamp red", "bedroom red"}

// TestHomeAssistant imports the sentences of the Home Assistant intents project
// that are at hand, says every test sentence to a desk that has them, in the
// room that the test names, and holds that the intent with all its slots and no
// others is handed over.
func TestHomeAssistant(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := hatest.New("token")
	defer s.Close()
	a := haDesk(t, s)
	tests, err := filepath.Glob(filepath.Join(haDir, "tests/[a-z]*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	total, right := 0, 0
	var asked []string
	for _, file := range tests {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Tests []struct {
				Sentences []string
				Intent    struct {
					Name           string
					Slots, Context map[string]any
				}
			}
		}
		if err := yaml.Unmarshal(data, &f); err != nil {
			t.Fatal(err)
		}
		for _, test := range f.Tests {
			room := map[string]string{}
			if area, ok := test.Intent.Context["area"]; ok {
				room["room"] = fmt.Sprint(area)
			}
			for _, said := range test.Sentences {
				total++
				id := fmt.Sprint(total)
				before := len(s.Requests())
				r, err := a.Handle(t.Context(), bot.Message{ID: id, Kind: bot.Text, Conversation: id, Sender: "cli:local", Address: "cli:local",
					Text: said, Context: room, Time: time.Now()})
				if err != nil {
					t.Fatal(err)
				}
				sent := s.Requests()[before:]
				switch {
				case r.Decision == bot.Suggest && len(sent) == 0 && slices.Contains(haAsked, said):
					asked = append(asked, said)
				case len(sent) == 1 && haMatches(sent[0], test.Intent.Name, test.Intent.Slots):
					right++
				default:
					t.Errorf("%s: %q: %s, %v; want %s %v", filepath.Base(file), said, r.Decision, sent, test.Intent.Name, test.Intent.Slots)
				}
			}
		}
	}
	t.Logf("%d of %d sentences handed over as the intent with all slots, %d asked back about", right, total, len(asked))
	if !slices.Equal(asked, haAsked) {
		t.Errorf("asked back about %q, want %q", asked, haAsked)
	}
}

// haDesk opens a desk with the imported sentences. The stand-in knows hardly any
// of the intents, which is all the same: what it was sent counts.
func haDesk(t *testing.T, s *hatest.Server) *app.App {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(haDir, "sentences/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skip("the sentences of Home Assistant are not in " + haDir)
	}
	var files []homeassistant.File
	for _, name := range append(names, filepath.Join(haDir, "tests/_fixtures.yaml")) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, homeassistant.File{Name: name, Data: data})
	}
	im, err := homeassistant.Read(t.Context(), files, nil)
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := im.WriteYAML(&data, ""); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("TEST_HA_TOKEN", s.Token)
	for name, text := range map[string]string{"ha.yaml": data.String(), "config.yaml": "format: 1\ndata_dir: data\njournal: {enabled: false}\n" +
		"bases: {home: {knowledge: ha.yaml, allow: everybody}}\nhomeassistant: {url: \"" + s.URL + "\", token: \"${env:TEST_HA_TOKEN}\"}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(nil, filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Options{})
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

// haMatches says whether a request hands over an intent with just these slots.
// Where a test names several values, any of them will do.
func haMatches(r hatest.Request, intent string, want map[string]any) bool {
	got, ok := r.Body["data"].(map[string]any)
	if !ok || r.Path != "/api/intent/handle" || r.Body["name"] != intent || len(got) != len(want) {
		return false
	}
	for slot, v := range want {
		all, ok := v.([]any)
		if !ok {
			all = []any{v}
		}
		if !slices.ContainsFunc(all, func(one any) bool { return strings.TrimSpace(fmt.Sprint(one)) == fmt.Sprint(got[slot]) }) {
			return false
		}
	}
	return true
}
