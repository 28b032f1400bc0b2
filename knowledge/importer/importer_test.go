package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"
)

const bench = "../../../shared/bench"

// sameEntries compares what entries mean, not where they stand.
var sameEntries = []cmp.Option{
	cmpopts.IgnoreTypes(knowledge.Pos{}, map[string]knowledge.Pos{}),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b *template.Template) bool { return a.String() == b.String() }),
	cmp.Comparer(sameNode),
}

func sameNode(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameNode)
}

func read(t *testing.T, in string) ([]*knowledge.Entry, error) {
	t.Helper()
	return importer.ReadJSONL(strings.NewReader(in), "f.jsonl")
}

func TestReadJSONL(t *testing.T) {
	entries, err := read(t, "\ufeff"+`{"id":"a","kind":"faq","question":" How? ","alternatives":["So?"," Or so? "],"answer":"This way.\n","tags":["x"],"followups":["b"],"formerly":["old"]}

{"v":1,"question":"Lights on","answer":"{on}","id":"b","kind":"command"}`+"\r\n"+`
{"id":"c.md#d","kind":"passage","question":"C › D","alternatives":[],"answer":"    code","headings":["C","D"],"link":"c.md#d"}
{"id":"e","question":"No kind?","answer":"An FAQ item."}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []*knowledge.Entry{
		{ID: "a", Kind: knowledge.FAQ, Question: "How?", Alternatives: []string{"So?", "Or so?"}, Answer: "This way.",
			Tags: []string{"x"}, Followups: []string{"b"}, Formerly: []string{"old"}},
		{ID: "b", Kind: knowledge.Do, Question: "Lights on", Command: &knowledge.Command{Title: "Lights on", Reply: `\{on\}`,
			Action: knowledge.Action{Kind: knowledge.ReplyAction, Node: &yaml.Node{Kind: yaml.ScalarNode, Value: `\{on\}`}}}},
		{ID: "c.md#d", Kind: knowledge.Passage, Question: "C › D", Answer: "    code", Headings: []string{"C", "D"}, Link: "c.md#d"},
		{ID: "e", Kind: knowledge.FAQ, Question: "No kind?", Answer: "An FAQ item."},
	}
	if diff := cmp.Diff(want, entries, sameEntries...); diff != "" {
		t.Error(diff)
	}
	if got := entries[2].Pos.String(); got != "f.jsonl:5:1" {
		t.Error(got)
	}
	if _, err := knowledge.New(entries, nil); err != nil {
		t.Error(err)
	}
}

// TestFaults holds that every fault of every line is reported.
func TestFaults(t *testing.T) {
	_, err := read(t, strings.Join([]string{
		`{"id":"a","kind":"faq","qestion":"x","question":"","answer":7,"answer":"again","alternatives":"b","tags":[1],"v":"x"}`,
		`{"id":"a","kind":"other","question":"q","answer":" "}`,
		`{"id":"a","question":"q","answer":"x"}`,
		`{"id":"a","question":"q","answer":"x"}`,
		`["id"]`,
		`{"id":"b",`,
		`{"id":"b" "c"}`,
		`not json`,
		`{"id":"ü","question":"ü","answer":"x","link":"y","zzz":1}`,
		"{\"id\":\"ü\xff\"}",
		`{"id":"c","question":"q","answer":"x"} {}`,
		`{"id":"none","question":"q","answer":"x","alternatives":["a"," "],"formerly":[""]}`,
		`{"v":2,"future":{},"id":7}`,
		`{"id":"d","question":"q"}`,
		`7`,
		`{"id":"` + strings.Repeat("x", 4<<20) + `"}`,
		`{"id":"e"}}`,
	}, "\n"))
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	want := `f.jsonl:1:24: unknown key "qestion"; did you mean "question"?
f.jsonl:1:49: the question is empty; write the words that people use
f.jsonl:1:61: answer: the value is of the wrong kind; write a text in double quotes
f.jsonl:1:72: the answer is empty; write what they should read
f.jsonl:1:72: the key "answer" is given twice; keep one of them
f.jsonl:1:95: alternatives: the value is of the wrong kind; write a list of texts: ["…", "…"]
f.jsonl:1:106: tags: the value is of the wrong kind; write a list of texts: ["…", "…"]
f.jsonl:1:114: v: the value is of the wrong kind; write a whole number`
	got := list.Error()
	if !strings.HasPrefix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	for _, line := range []string{
		`f.jsonl:2:18: there is no kind of entry called "other"; write faq, command or passage`,
		`f.jsonl:2:50: the answer is empty; write what they should read`,
		`f.jsonl:3:7: the id "a" is used twice; line 1 has it too; choose another`,
		`f.jsonl:4:7: the id "a" is used twice; line 1 has it too; choose another`,
		`f.jsonl:5:1: the line is no object; write one JSON object a line: {"id": …}`,
		`f.jsonl:6:11: this is not JSON: the line ends too early; write one JSON object a line`,
		`f.jsonl:7:10: this is not JSON: invalid character '"' after object key:value pair; write one JSON object a line`,
		`f.jsonl:8:2: this is not JSON: invalid character 'o' in literal null (expecting 'u'); write one JSON object a line`,
		`f.jsonl:9:46: link belongs to passages; remove it, or write the kind passage`,
		`f.jsonl:9:50: unknown key "zzz"; known keys: id, kind, question, alternatives, answer, tags, followups, formerly, headings, link, v`,
		`f.jsonl:10:9: the byte 0xFF is not UTF-8; save the file as UTF-8`,
		`f.jsonl:11:39: something follows the object; write one object a line`,
		`f.jsonl:12:7: the id "none" is reserved: tests expect it when nothing should be answered; choose another`,
		`f.jsonl:12:57: alternatives: a text is empty; write a text or remove it`,
		`f.jsonl:12:78: the id is empty; write a short name of its own`,
		`f.jsonl:13:6: the line has a format newer than this version reads; update frontdesk`,
		`f.jsonl:14:1: the answer is empty; write what they should read`,
		`f.jsonl:15:1: the line is no object; write one JSON object a line: {"id": …}`,
		`f.jsonl:16:1: the line is longer than 4 MiB; split the entry`,
		`f.jsonl:17:11: something follows the object; write one object a line`,
	} {
		if !strings.Contains(got, line+"\n") && !strings.HasSuffix(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	if strings.Contains(got, "f.jsonl:13:8") {
		t.Error("a line of a newer format is looked into")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestLargeInput(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	blank := strings.Repeat(" ", 3<<20) + "\n" // Blank lines count, and cost little.
	var many []io.Reader
	for range 25 {
		many = append(many, strings.NewReader(blank))
	}
	_, err := importer.ReadJSONL(io.MultiReader(many...), "f.jsonl")
	if err == nil || !strings.Contains(err.Error(), "the file is larger than 64 MiB; split it") {
		t.Errorf("%.200v", err)
	}
}

type failing struct{}

var errDisk = errors.New("disk is gone")

func (failing) Read([]byte) (int, error)  { return 0, errDisk }
func (failing) Write([]byte) (int, error) { return 0, errDisk }

func TestIOErrors(t *testing.T) {
	if _, err := importer.ReadJSONL(failing{}, "f"); !errors.Is(err, errDisk) {
		t.Errorf("reading: %v", err)
	}
	entries := []*knowledge.Entry{{ID: "a", Kind: knowledge.FAQ, Question: "q", Answer: "a"}}
	if err := importer.WriteJSONL(failing{}, entries); !errors.Is(err, errDisk) {
		t.Errorf("writing JSON Lines: %v", err)
	}
	if err := importer.WriteYAML(failing{}, entries); !errors.Is(err, errDisk) {
		t.Errorf("writing YAML: %v", err)
	}
}

// loadYAML loads what WriteYAML wrote.
func loadYAML(t testing.TB, data []byte) (*knowledge.Base, error) {
	t.Helper()
	return knowledge.Load(t.Context(), knowledge.Options{FS: fstest.MapFS{"f.yaml": {Data: data}}, Paths: []string{"f.yaml"}})
}

// roundTrip writes entries in both forms and reads them back.
func roundTrip(t *testing.T, entries []*knowledge.Entry) {
	t.Helper()
	var lines, page bytes.Buffer
	if err := importer.WriteJSONL(&lines, entries); err != nil {
		t.Fatal(err)
	}
	again, err := importer.ReadJSONL(bytes.NewReader(lines.Bytes()), "again")
	if err != nil {
		t.Fatal(err, lines.String())
	}
	if diff := cmp.Diff(entries, again, sameEntries...); diff != "" {
		t.Errorf("JSON Lines: %s", diff)
	}
	if err := importer.WriteYAML(&page, entries); err != nil {
		t.Fatal(err)
	}
	base, err := loadYAML(t, page.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, page.String())
	}
	want := slices.Clone(entries)
	slices.SortFunc(want, func(a, b *knowledge.Entry) int { return strings.Compare(a.ID, b.ID) })
	if diff := cmp.Diff(want, base.Entries, sameEntries...); diff != "" {
		t.Errorf("YAML: %s\n%s", diff, page.String())
	}
}

func TestRoundTrip(t *testing.T) {
	odd := []string{"null", "~", "true", "1", "1.5", "2001-01-01", "- x", "a: b", "a #b", "# c", "'", "\"", "it's", "[x]", "{x}", "*a", "&a", "!a", "%a", "@a", "`a`",
		"a\nb", "a\n\nb", "tab\there", "é\u00a0ü", "\u202eleft", "🙂", "a\u2028b", "a\u0085b", "\u0007bell", "\u007f", "a\rb", "<<", "=", "---", "...", "yes", "on", "0x1F", strings.Repeat("long words ", 50) + "."}
	var entries []*knowledge.Entry
	for i, s := range odd {
		answer := "  " + s + "\n\n    " + s
		kind, command := knowledge.FAQ, (*knowledge.Command)(nil)
		if i%2 == 1 {
			reply := knowledge.EscapeText(answer)
			command = &knowledge.Command{Title: s, Reply: reply, Action: knowledge.Action{Kind: knowledge.ReplyAction, Node: &yaml.Node{Kind: yaml.ScalarNode, Value: reply}}}
			kind, answer = knowledge.Do, ""
		}
		entries = append(entries, &knowledge.Entry{ID: fmt.Sprintf("id %d", i), Kind: kind, Question: s, Alternatives: []string{"x", s}, Answer: answer, Command: command,
			Tags: []string{s}, Followups: []string{"id 0"}, Formerly: []string{fmt.Sprintf("was %d", i)}})
	}
	roundTrip(t, entries)
}

// TestCommandsRoundTrip holds that whole commands survive as YAML.
func TestCommandsRoundTrip(t *testing.T) {
	for _, o := range []knowledge.Options{
		{Dir: "../testdata/good", Paths: []string{"."}},
		{Dir: "../../examples/home", Paths: []string{"rooms.yaml", "commands.yaml", "house.yaml", "tests.yaml"}},
	} {
		base, err := knowledge.Load(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(base.Entries), func(e *knowledge.Entry) bool { return e.Kind == knowledge.Passage })
		for _, e := range want {
			e.Followups = slices.DeleteFunc(e.Followups, func(id string) bool { f, _ := base.Entry(id); return f.Kind == knowledge.Passage })
		}
		var page bytes.Buffer
		if err := importer.WriteYAML(&page, want); err != nil {
			t.Fatal(err)
		}
		got, err := loadYAML(t, page.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, page.String())
		}
		if diff := cmp.Diff(want, got.Entries, sameEntries...); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPassagesBecomeFAQ(t *testing.T) {
	var page bytes.Buffer
	if err := importer.WriteYAML(&page, []*knowledge.Entry{{ID: "a.md#b", Kind: knowledge.Passage, Question: "A › B", Answer: "Text.",
		Headings: []string{"A", "B"}, Link: "https://example.org/a b.md#b"}}); err != nil {
		t.Fatal(err)
	}
	base, err := loadYAML(t, page.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got := base.Entries[0]; got.Kind != knowledge.FAQ || got.Answer != "Text.\n\n[A › B](<https://example.org/a b.md#b>)" {
		t.Errorf("%+v", got)
	}
}

// TestBench reads the corpora that this form comes from.
func TestBench(t *testing.T) {
	files, err := filepath.Glob(bench + "/*/corpus.*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no corpora in " + bench)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := importer.ReadJSONL(bytes.NewReader(data), name)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != bytes.Count(data, []byte("\n")) {
			t.Errorf("%s: %d entries", name, len(entries))
		}
		if strings.Contains(name, "k5") {
			roundTrip(t, entries)
		}
	}
}

func FuzzReadJSONL(f *testing.F) {
	for _, s := range []string{
		`{"id":"a","kind":"faq","question":"q","alternatives":["b"],"answer":"c"}`, `{"id":"a","kind":"command","question":"q","answer":"{x} \\{"}`,
		`{"id":"a","kind":"passage","question":"q","answer":"c","headings":["h"],"link":"l"}` + "\n\n" + `{"id":"b","question":"q","answer":"c"}`,
		`{"v":9}`, `{`, `[]`, "\ufeff{}", `{"id":"\ud800","question":"\u0000","answer":"\u001f\n"}`, `{"id":"a","id":"a"}`, `{"a":1}{"b":2}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		entries, err := importer.ReadJSONL(strings.NewReader(s), "f")
		if err != nil {
			var list fault.List
			if !errors.As(err, &list) {
				t.Fatal(err)
			}
			for _, x := range list {
				if x.Line < 1 || x.Line > strings.Count(s, "\n")+1 || x.Col < 1 || x.Col > len(s)+1 {
					t.Errorf("a fault out of place: %+v", x)
				}
			}
			return
		}
		for _, e := range entries { // What a knowledge file has no place for, and what is not whole alone.
			e.Followups = nil
			if e.Kind == knowledge.Passage {
				return
			}
		}
		if _, err := knowledge.New(entries, nil); err != nil {
			return // Former ids may collide.
		}
		roundTrip(t, entries)
	})
}

func Example() {
	entries, err := importer.ReadJSONL(strings.NewReader(
		`{"id":"hours","kind":"faq","question":"When are you open?","alternatives":["opening hours"],"answer":"From nine to five."}`), "hours.jsonl")
	if err != nil {
		panic(err)
	}
	if err := importer.WriteYAML(os.Stdout, entries); err != nil {
		panic(err)
	}
	// Output:
	// format: 1
	// faq:
	// - id: hours
	//   question: When are you open?
	//   alternatives:
	//   - opening hours
	//   answer: From nine to five.
}
