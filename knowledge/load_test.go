package knowledge_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it):\n%s", path, diff)
	}
}

// load loads files that are given as a map.
func load(t *testing.T, files map[string]string, paths ...string) (*knowledge.Base, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return knowledge.Load(t.Context(), knowledge.Options{FS: fsys, Paths: paths})
}

// faultsOf gives the list that Load or New failed with.
func faultsOf(t *testing.T, err error) fault.List {
	t.Helper()
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatalf("got %v, want a list of faults", err)
	}
	return list
}

// TestAllFaults holds the words and the place of every fault of a bad base.
func TestAllFaults(t *testing.T) {
	_, err := knowledge.Load(t.Context(), knowledge.Options{
		Dir:   "testdata/faults",
		Paths: []string{"desk.yaml", "newer.yaml", "syntax.yaml", "list.yaml", "no-format.yaml", "guards.yaml", "handbook/latin1.md", "nowhere"},
	})
	list := faultsOf(t, err)
	if len(list) < 40 {
		t.Errorf("%d faults found", len(list))
	}
	golden(t, "faults", list.Error()+"\n")
}

func goodBase(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load(t.Context(), knowledge.Options{Dir: "testdata/good", Paths: []string{"desk.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// writeGuards writes what guards a command, and the slots whose values come from
// elsewhere.
func writeGuards(out *strings.Builder, c *knowledge.Command) {
	if c.Written != nil {
		fmt.Fprintf(out, "  guards: confirm %+v, pin %v, once %v, quiet %v\n", c.Confirm, c.PIN, c.Once, c.Quiet)
	}
	names := func(list []knowledge.Named) (names []string) {
		for _, n := range list {
			names = append(names, n.Name)
		}
		return names
	}
	grant := func(what string, g knowledge.Grant) {
		fmt.Fprintf(out, "    %s roles %q, people %q, channels %q, adapters %q, rooms %q, hours %v\n", what,
			names(g.Roles), names(g.People), names(g.Channels), names(g.Adapters), names(g.Rooms), g.Hours)
	}
	if c.Allow != nil {
		for _, g := range c.Allow.Grants {
			grant("allow", g)
		}
	}
	if a := c.Approve; a != nil {
		grant("approve", a.By)
		fmt.Fprintf(out, "    by %d within %s, asked in %q\n", a.Count, a.Within, a.In)
	}
	for _, l := range c.Limits {
		fmt.Fprintf(out, "    limit at %s: %d in %s by %s\n", l.Pos, l.Count, l.Within, l.Per)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Slots)) {
		if s := c.Slots[name]; s.Context != "" || s.Adjust != nil {
			fmt.Fprintf(out, "  slot %s: context %q, adjust %+v, open %v\n", name, s.Context, s.Adjust, s.Open)
		}
	}
}

// TestLoad holds everything that a base is made of.
func TestLoad(t *testing.T) {
	b := goodBase(t)
	var out strings.Builder
	for _, e := range b.Entries {
		fmt.Fprintf(&out, "%s (%s) at %s\n  question: %s\n  alternatives: %q\n  answer: %q\n  tags %q, follow-ups %q, formerly %q, headings %q, link %q\n",
			e.ID, e.Kind, e.Pos, e.Question, e.Alternatives, e.Answer, e.Tags, e.Followups, e.Formerly, e.Headings, e.Link)
		if c := e.Command; c != nil {
			fmt.Fprintf(&out, "  command: title %q, runs %s at %s, reply %q, dangerous %v, needs %q\n", c.Title, c.Action.Kind, c.Action.Pos, c.Reply, c.Confirm.Always, c.Needs)
			writeGuards(&out, c)
		}
	}
	for _, test := range b.Tests {
		fmt.Fprintf(&out, "test %q expects %s %v at %s\n", test.Ask, test.Expect, test.Slots, test.Pos)
	}
	fmt.Fprintf(&out, "files %q\n", b.Files)
	golden(t, "good", out.String())

	if e, ok := b.Entry("change-mail"); !ok || e.ID != "change-email" {
		t.Error("an entry is not found by its former id")
	}
	if _, ok := b.Entry("nothing"); ok {
		t.Error("an id that is not there is found")
	}
	lights, _ := b.Entry("lights-on")
	if s := lights.Command.Slots["area"]; s.Ask != "Which room?" || len(s.Values) != 3 || s.Values[2].Canonical != "living_room" {
		t.Errorf("the slot area: %+v", s)
	}
	timer, _ := b.Entry("timer")
	if s := timer.Command.Slots["minutes"]; s.Default != "5" || !s.Bounded || s.To != 120 {
		t.Errorf("the slot minutes: %+v", s)
	}
}

// sameBase compares bases; positions and nodes are compared where they count.
var sameBase = []cmp.Option{
	cmpopts.IgnoreUnexported(knowledge.Base{}),
	cmpopts.IgnoreFields(knowledge.Base{}, "Grammar", "Files"),
	cmpopts.IgnoreTypes(knowledge.Pos{}, map[string]knowledge.Pos{}),
	cmp.Comparer(func(a, b *template.Template) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b *yaml.Node) bool { return sameNode(a, b) }),
}

func sameNode(a, b *yaml.Node) bool {
	if a == nil || b == nil || a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return a == b
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// TestSources holds that a base is the same from wherever it is read.
func TestSources(t *testing.T) {
	want := goodBase(t)
	abs, err := filepath.Abs("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]knowledge.Options{
		"embedded":      {FS: os.DirFS("testdata"), Dir: "good", Paths: []string{"desk.yaml"}},
		"a folder":      {Dir: "testdata", Paths: []string{"good"}},
		"globs":         {Dir: "testdata/good", Paths: []string{"*.yaml", "**/*.yaml", "more/../desk.yaml"}},
		"absolute":      {Dir: "elsewhere", Paths: []string{filepath.Join(abs, "more", "account.yaml")}},
		"embedded glob": {FS: os.DirFS("testdata/good"), Paths: []string{"{desk,more/*}.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := knowledge.Load(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, sameBase...); diff != "" {
				t.Error(diff)
			}
			if len(got.Files) != 5 {
				t.Errorf("files: %q", got.Files)
			}
		})
	}
}

// TestNewIsLoad holds that the entries of a base make the same base again.
func TestNewIsLoad(t *testing.T) {
	want := goodBase(t)
	again := goodBase(t)
	got, err := knowledge.New(again.Entries, again.Tests)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, sameBase...); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"lights-on", "move", "timer"} {
		if diff := cmp.Diff(want.Grammar.Sample(id, 100), got.Grammar.Sample(id, 100)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNewFaults(t *testing.T) {
	pos := knowledge.Pos{File: "f", Line: 3, Col: 1}
	sentence, err := template.Parse("do {what}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = knowledge.New([]*knowledge.Entry{
		{ID: "a", Kind: knowledge.FAQ, Question: "Q", Answer: "A", Followups: []string{"nowhere"}, Pos: pos},
		{ID: "a", Kind: knowledge.FAQ, Question: " ", Answer: "", Alternatives: []string{""}},
		{ID: "b", Kind: knowledge.Do, Question: "Q", Formerly: []string{"a", "none"}},
		{ID: "c", Kind: knowledge.Do, Command: &knowledge.Command{Say: []*template.Template{sentence}}, Pos: pos},
		{ID: strings.Repeat("x", 10_000), Kind: knowledge.FAQ, Question: "Q", Answer: "A"},
	}, []knowledge.Test{{Ask: "x", Expect: "d", Pos: pos}})
	golden(t, "new", faultsOf(t, err).Error()+"\n")
}

func TestEmptyBases(t *testing.T) {
	b, err := load(t, map[string]string{"a.yaml": "format: 1\n"}, "a.yaml")
	if err != nil || len(b.Entries) != 0 || b.Grammar == nil {
		t.Errorf("a file without entries: %+v, %v", b, err)
	}
	if b, err = knowledge.New(nil, nil); err != nil || b.Grammar == nil {
		t.Errorf("no entries: %v", err)
	}
	b, err = load(t, map[string]string{"a.yaml": "format: 1\nfaq: [{id: a, question: Q?, answer: A.}]"}, ".")
	if err != nil || len(b.Entries) != 1 {
		t.Errorf("one entry: %v", err)
	}
	for name, in := range map[string]string{"nothing": "", "a comment": "# later\n"} {
		_, err := load(t, map[string]string{"a.yaml": in}, "a.yaml")
		if got := faultsOf(t, err).Error(); got != "a.yaml:1:1: the format is missing; begin the file with the line format: 1" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, err := load(t, nil); !strings.Contains(faultsOf(t, err).Error(), "no knowledge files are named") {
		t.Errorf("no paths: %v", err)
	}
}

// TestSayNothing holds that a command without a sentence is found by its title
// and its alternatives.
func TestSayNothing(t *testing.T) {
	b, err := load(t, map[string]string{"a.yaml": `
format: 1
commands:
  - {id: off, title: Turn everything off, alternatives: [good night], reply: "Good night \\{:"}
`}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e := b.Entries[0]
	if diff := cmp.Diff([]string{"Turn everything off", "good night"}, e.Phrasings()); diff != "" {
		t.Error(diff)
	}
	if e.Command.Action.Kind != knowledge.ReplyAction || e.Command.Reply != `Good night \{:` {
		t.Errorf("%+v", e.Command)
	}
}

// TestPhrasingPos holds where phrasings stand.
func TestPhrasingPos(t *testing.T) {
	b, err := load(t, map[string]string{"a.yaml": `format: 1
faq:
  - id: key
    question: Where is the key?
    alternatives:
      - find the key
      - find the key
    answer: Under the mat.
commands:
  - id: off
    say:
      - "everything (off|out)"
      - good night
    reply: Good night.
`}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	key, _ := b.Entry("key")
	off, _ := b.Entry("off")
	for _, c := range []struct {
		entry    *knowledge.Entry
		phrasing string
		want     string
	}{
		{key, "Where is the key?", "a.yaml:4:15"},
		{key, "find the key", "a.yaml:6:9"},
		{key, "never written", key.Pos.String()},
		{off, "good night", "a.yaml:13:9"},
		{off, "everything out", off.Pos.String()},
	} {
		if got := c.entry.PhrasingPos(c.phrasing).String(); got != c.want {
			t.Errorf("%q is at %s, want %s", c.phrasing, got, c.want)
		}
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "faq.yaml")
	if err := os.WriteFile(file, []byte(`
format: 1
faq:
  - id: opening-hours
    question: When are you open?
    alternatives: [opening hours]
    answer: From nine to five.
`), 0o644); err != nil {
		panic(err)
	}
	base, err := knowledge.Load(context.Background(), knowledge.Options{Dir: dir, Paths: []string{"*.yaml"}})
	if err != nil {
		panic(err)
	}
	e, _ := base.Entry("opening-hours")
	fmt.Println(e.Question, e.Answer)
	// Output: When are you open? From nine to five.
}

// TestInstead loads a base as it would be, were one of its files another.
func TestInstead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	text := "format: 1\nfaq:\n  - {id: a, question: A, answer: a}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := knowledge.Options{Dir: dir, Paths: []string{"*.yaml"}, Instead: map[string][]byte{file: []byte(text + "  - {id: b, question: B, answer: b}\n")}}
	base, err := knowledge.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := base.Entry("b"); !ok || len(base.Entries) != 2 {
		t.Errorf("%d entries", len(base.Entries))
	}
	o.Instead["a.yaml"] = []byte(text + "  - {id: a, question: B, answer: b}\n") // the same file by another path
	delete(o.Instead, file)
	if _, err := knowledge.Load(t.Context(), o); err == nil || !strings.Contains(err.Error(), file+":4:") {
		t.Errorf("error: %v", err)
	}
	o.Instead = nil
	if base, err = knowledge.Load(t.Context(), o); err != nil || len(base.Entries) != 1 {
		t.Errorf("%v, %v", base, err)
	}
}
