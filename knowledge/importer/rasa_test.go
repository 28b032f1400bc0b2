package importer_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
)

func TestGoldenRasa(t *testing.T) { golden(t, importer.Rasa()) }

// botFiles is an output that keeps the files of a project.
type botFiles fstest.MapFS

type botFile struct {
	bytes.Buffer
	close func([]byte)
}

func (f *botFile) Close() error { f.close(f.Bytes()); return nil }

func (b botFiles) Create(name string) (io.WriteCloser, error) {
	return &botFile{close: func(data []byte) { b[name] = &fstest.MapFile{Data: data} }}, nil
}

// botBase loads what a reader found as a knowledge file would hold it.
func botBase(t *testing.T, found *importer.Found) *knowledge.Base {
	t.Helper()
	var entries []*knowledge.Entry
	ids := map[string]string{}
	for _, i := range found.Items {
		e := *i.Entry
		if e.Answer == "" && e.Command == nil {
			continue // phrasings alone
		}
		if e.ID == "" {
			e.ID = importer.Name(e.Question, func(id string) bool {
				return slices.ContainsFunc(entries, func(e *knowledge.Entry) bool { return e.ID == id })
			})
		}
		ids[i.Key] = e.ID
		entries = append(entries, &e)
	}
	for _, e := range entries {
		var follow []string
		for _, key := range e.Followups {
			if ids[key] == "" {
				t.Errorf("%s is followed by %q, which is nothing", e.ID, key)
			}
			follow = append(follow, ids[key])
		}
		e.Followups = follow
	}
	var data bytes.Buffer
	if err := importer.WriteYAML(&data, entries); err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"f.yaml": {Data: data.Bytes()}}, Paths: []string{"f.yaml"}})
	if err != nil {
		t.Fatalf("what was found is no knowledge: %v\n%s", err, data.String())
	}
	return base
}

// TestBotsLoad holds that what is found in any case can be written and loaded.
func TestBotsLoad(t *testing.T) {
	for _, r := range importer.Readers() {
		if !slices.Contains([]string{"rasa", "dialogflow", "luis", "botpress", "nlpjs", "slack", "discord"}, r.Format) {
			continue
		}
		cases, err := filepath.Glob(filepath.Join("testdata", r.Format, "*"))
		if err != nil {
			t.Fatal(err)
		}
		loaded := 0
		for _, dir := range cases {
			src, o := goldenCase(t, dir)
			if found, err := r.Read(t.Context(), src, o); err == nil {
				loaded += len(botBase(t, found).Entries)
			}
		}
		if loaded == 0 && r.Format != "luis" {
			t.Errorf("%s: nothing was loaded", r.Format)
		}
	}
}

// TestBotsRecognised holds that of all readers it is the right one that takes
// each case, and that none of the bots' takes what is another's.
func TestBotsRecognised(t *testing.T) {
	for _, format := range importer.Readers() {
		cases, err := filepath.Glob(filepath.Join("testdata", format.Format, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range cases {
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				continue
			}
			src, _ := goldenCase(t, dir)
			i := slices.IndexFunc(importer.Readers(), func(r importer.Reader) bool { return r.Recognise(src) })
			mine := func(f string) bool {
				return slices.Contains([]string{"rasa", "dialogflow", "luis", "botpress", "nlpjs", "slack", "discord"}, f)
			}
			if got := importer.Readers()[max(i, 0)].Format; got != format.Format && (mine(got) || mine(format.Format)) {
				t.Errorf("%s is taken for %s", dir, got)
			}
		}
	}
}

// TestBotCommands says sentences to the commands that intents became.
func TestBotCommands(t *testing.T) {
	for _, c := range []struct {
		dir, said, id string
		slots         map[string]string
	}{
		{"rasa/slots", "what's the weather in the big apple?", "ask_weather", map[string]string{"city": "New York"}},
		{"rasa/slots", "what's the weather in NYC", "ask_weather", map[string]string{"city": "New York"}},
		{"rasa/slots", "from Milan to Oslo", "book", map[string]string{"city_from": "Milan", "city_to": "Oslo"}},
		{"rasa/slots", "i like green best", "colour", map[string]string{"colour": "green"}},
		{"rasa/json", "show me peking style restaurants", "search", map[string]string{"cuisine": "chinese"}},
		{"dialogflow/slots", "taxi to the old airport", "taxi-order", map[string]string{"to": "airport"}},
		{"dialogflow/slots", "a taxi from railway station to airport for three", "taxi-order", map[string]string{"from": "station", "to": "airport", "number": "3"}},
		{"dialogflow/apiai", "price of beigel please", "price", map[string]string{"food": "bagel"}},
		{"nlpjs/entities", "i saw the thunderer", "saw", map[string]string{"hero": "thor"}},
		{"nlpjs/three", "dame pera limonera por favor", "quiero", map[string]string{"fruta": "manzana"}},
	} {
		format, _, _ := strings.Cut(c.dir, "/")
		i := slices.IndexFunc(importer.Readers(), func(r importer.Reader) bool { return r.Format == format })
		src, o := goldenCase(t, filepath.Join("testdata", c.dir))
		found, err := importer.Readers()[i].Read(t.Context(), src, o)
		if err != nil {
			t.Fatal(err)
		}
		matches := botBase(t, found).Grammar.Match(c.said, time.Unix(0, 0))
		if len(matches) == 0 {
			t.Errorf("%s: nothing matches %q", c.dir, c.said)
			continue
		}
		got := map[string]string{}
		for name, v := range matches[0].Slots {
			got[name] = v.Canonical
		}
		if diff := cmp.Diff(c.slots, got); diff != "" || matches[0].ID != c.id {
			t.Errorf("%s: %q is %s: %s", c.dir, c.said, matches[0].ID, diff)
		}
	}
}

// TestRasaWriter holds what is written, and that commands come back with their
// slots; all else is held for every writer alike.
func TestRasaWriter(t *testing.T) {
	base, err := knowledge.Load(t.Context(), knowledge.Options{FS: os.DirFS("testdata/rasa-written"), Paths: []string{"base.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	out := botFiles{}
	left, err := importer.RasaWriter().Write(out, base.Entries)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, l := range left {
		told = append(told, l.Pos.String()+": "+l.What+": "+l.Why)
	}
	want := []string{
		"base.yaml:16:9: the sentences of command lights: Rasa has examples of them",
		"base.yaml:16:9: the default of the slot level of lights: Rasa fills a slot from what was said",
		"base.yaml:31:9: command reboot: what it does is done by a program in Rasa",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"domain.yml", "data/nlu.yml", "data/rules.yml"} {
		file := filepath.Join("testdata/rasa-written", filepath.Base(name))
		if out[name] == nil {
			t.Fatalf("%s is not written", name)
		}
		if *update {
			if err := os.WriteFile(file, out[name].Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), string(out[name].Data)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	found, err := importer.Rasa().Read(t.Context(), importer.Source{Name: "out", Files: fstest.MapFS(out), Path: "."}, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	matches := botBase(t, found).Grammar.Match("dim the lounge lights to 40 percent", time.Unix(0, 0))
	if len(matches) == 0 || matches[0].ID != "lights" || matches[0].Slots["room"].Canonical != "living_room" {
		t.Errorf("the command does not come back: %v", matches)
	}
}
