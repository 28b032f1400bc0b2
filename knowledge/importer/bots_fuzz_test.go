package importer_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// fuzzBot holds that no file of a format brings its reader down, that it finds
// the same twice, and that what it finds is knowledge. The file stands in a
// folder under the names that the format reads, next to a second one.
func fuzzBot(f *testing.F, r importer.Reader, names ...string) {
	f.Helper()
	err := filepath.WalkDir(filepath.Join("testdata", r.Format), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "want.yaml" || d.Name() == "options.yaml" {
			return err
		}
		data, err := os.ReadFile(name)
		f.Add(string(data), "")
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		files := fstest.MapFS{}
		for i, name := range names {
			files[name] = &fstest.MapFile{Data: []byte([]string{text, other}[i%2])}
		}
		src := importer.Source{Name: "fuzz", Files: files, Path: "."}
		r.Recognise(src)
		found, err := r.Read(t.Context(), src, importer.Options{})
		if err != nil {
			if _, ok := errors.AsType[fault.List](err); !ok {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		again, err := r.Read(t.Context(), src, importer.Options{})
		if err != nil || len(again.Items) != len(found.Items) || len(again.Left) != len(found.Left) {
			t.Errorf("read twice, it is not the same: %v", err)
		}
		var entries []*knowledge.Entry
		taken := map[string]bool{}
		for _, i := range found.Items {
			e := i.Entry
			if e.Answer == "" && e.Command == nil {
				continue
			}
			e.Followups = nil
			if e.ID == "" || taken[e.ID] {
				e.ID = importer.Name(e.Question, func(id string) bool { return taken[id] })
			}
			taken[e.ID] = true
			entries = append(entries, e)
		}
		var data bytes.Buffer
		if err := importer.WriteYAML(&data, entries); err != nil {
			t.Fatal(err)
		}
		if _, err := knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"f.yaml": {Data: data.Bytes()}}, Paths: []string{"f.yaml"}}); err != nil {
			t.Errorf("what was found is no knowledge: %v\n%s", err, data.String())
		}
	})
}

func FuzzRasa(f *testing.F) {
	fuzzBot(f, importer.Rasa(), "domain.yml", "data/nlu.yml", "nlu.md", "x.json")
}

func FuzzDialogflow(f *testing.F) {
	fuzzBot(f, importer.Dialogflow(), "intents/a.json", "intents/a_usersays_en.json", "entities/b.json", "entities/b_entries_en.json")
}

func FuzzLUIS(f *testing.F) { fuzzBot(f, importer.LUIS(), "app.json") }

func FuzzBotpress(f *testing.F) {
	fuzzBot(f, importer.Botpress(), "qna/a.json", "content-elements/b.json", "qna.json")
}

func FuzzNLPJS(f *testing.F) { fuzzBot(f, importer.NLPJS(), "corpus-en.json") }

func FuzzSlack(f *testing.F) {
	fuzzBot(f, importer.Slack(), "general/2024-01-01.json", "users.json", "general/2024-01-02.json", "channels.json")
}

func FuzzDiscord(f *testing.F) {
	f.Add(`{"channel": 7}`, "") // what stands there is of another kind
	fuzzBot(f, importer.Discord(), "a.json")
}

// TestBotsHostile holds that what is made to do harm is refused in the words of
// a fault, by each of the readers that unpack archives.
func TestBotsHostile(t *testing.T) {
	pack := func(name, text string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bomb := "nlu: []\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += strings.ReplaceAll("X: &X [*P,*P,*P,*P,*P,*P,*P,*P,*P,*P]\n", "X", string(c))
		bomb = strings.ReplaceAll(bomb, "*P", "*"+string(c-1))
	}
	readers := map[string]importer.Reader{}
	for _, r := range importer.Readers() {
		readers[r.Format] = r
	}
	for _, c := range []struct{ format, name, text, want string }{
		{"rasa", "../../etc/nlu.yml", "nlu: []", "leaves the folder"},
		{"slack", "../general/2024-01-01.json", "[]", "leaves the folder"},
		{"dialogflow", "/intents/a.json", "{}", "leaves the folder"},
		{"discord", "a/../../b.json", "{}", "leaves the folder"},
		{"botpress", "qna/a.json", strings.Repeat(" ", 3<<20), "claims to unpack"},
		{"rasa", "nlu.yml", bomb, "stand for more than"},
		{"rasa", "nlu.yml", "nlu: " + deep, "nested deeper than"},
		{"nlpjs", "a.json", `{"data":[{"intent":` + deep + "}]}", "nested deeper than"},
		{"luis", "a.json", `{"luis_schema_version":` + strings.Repeat("[", 300_000), "nested deeper than"},
		{"slack", "a/2024-01-01.json", "[" + deep + "]", ""},
		{"slack", "a/2024-01-01.json", "[" + strings.Repeat(`{"a":`, 20_000), "JSON"},
		{"slack", "a/2024-01-01.json", `[{"text":"` + strings.Repeat("xy z", 5<<18) + `"}]`, "a value is longer than"},
		{"discord", "a.json", `{"guild":{"x":"` + strings.Repeat("xy z", 5<<18) + `"}}`, "a value is longer than"},
		{"discord", "a.json", `{"guild":` + deep + `}`, ""},
		{"botpress", "a.json", `{"qnas":[` + strings.Repeat("0,", 1<<20) + "0]}", "more than 1000000 values"},
	} {
		if testing.Short() && len(c.text) > 1<<18 {
			continue
		}
		src := importer.Source{Name: "x.zip", Files: fstest.MapFS{"x.zip": {Data: pack(c.name, c.text)}}, Path: "x.zip"}
		if strings.Contains(c.want, "value") { // What packs that well is no archive that is read.
			src = importer.Source{Name: "x", Files: fstest.MapFS{c.name: {Data: []byte(c.text)}}, Path: "."}
		}
		readers[c.format].Recognise(src)
		_, err := readers[c.format].Read(t.Context(), src, importer.Options{})
		if c.want == "" && err == nil {
			continue
		}
		if _, ok := errors.AsType[fault.List](err); !ok || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 2000 {
			t.Errorf("%s, %s: %.300v", c.format, c.want, err)
		}
	}
}

// TestChatsHostile holds that messages that are made to take long do not: each
// of these has one of the marks many thousands of times.
func TestChatsHostile(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 300
	}
	for _, text := range []string{"*a ", "*_~", "`", "``x", "<a", "&lt;*", ":a", "_a*", "||a", "[x](", "@a ", "> ", "<@U1>", "a? "} {
		long := strings.Repeat(text, n)
		slack := fmt.Sprintf(`[{"type":"message","user":"U1","ts":"1.1","thread_ts":"1.1","text":%q},`+
			`{"type":"message","user":"U2","ts":"1.2","thread_ts":"1.1","text":%[1]q,"reactions":[{"name":"white_check_mark"}]}]`, long)
		discord := fmt.Sprintf(`{"guild":{},"channel":{"id":"1","type":"GuildPublicThread","name":"n"},"messages":[`+
			`{"id":"1","type":"Default","author":{"id":"a"},"content":%q},{"id":"2","type":"Default","author":{"id":"b"},"content":%[1]q,"reactions":[{"emoji":{"name":"✅"}}]}]}`, long)
		for r, files := range map[*importer.Reader]fstest.MapFS{
			new(importer.Slack()):   {"a/2024-01-01.json": {Data: []byte(slack)}},
			new(importer.Discord()): {"a.json": {Data: []byte(discord)}},
		} {
			found, err := r.Read(t.Context(), importer.Source{Name: "x", Files: files, Path: "."}, importer.Options{})
			if err != nil || len(found.Items)+len(found.Left) != 1 {
				t.Errorf("%s, %q: %v", r.Format, text, err)
			}
		}
	}
}
