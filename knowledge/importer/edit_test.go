package importer_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
)

const desk = `# The desk of the house.
format: 1

faq: # what people ask
  # The key is under the mat since May.
  - id: key
    question: Where is the key? # really
    alternatives:
      - I have lost the key
      # said at night
      - no key
    answer: |
      Under the mat.
    tags: [house]

  - {id: cat, question: Who feeds the cat?, answer: Ada.}

  # The last one.
  - id: bin
    answer: On Monday.
    question: When is the bin taken?
# Commands follow.
commands:
  - {id: lights, say: lights on, reply: Done.}
`

func TestEdit(t *testing.T) {
	source := knowledge.Source{From: "help.csv", Key: "1", On: "2026-11-26", Sum: "ab"}
	for _, c := range []struct {
		name   string
		in     string
		change importer.Change
		want   []string // -line or +line, as a diff has them
	}{
		{"add", desk, importer.Change{Add: []*knowledge.Entry{
			{ID: "new", Kind: knowledge.FAQ, Question: "New: or old?", Answer: "Both.\n\nReally.", Source: source},
		}}, []string{
			"+  - id: new", "+    question: 'New: or old?'", "+    answer: |-", "+      Both.", "+", "+      Really.",
			"+    source: {from: help.csv, key: '1', 'on': '2026-11-26', sum: ab}",
		}},
		{"update", desk, importer.Change{Update: []*knowledge.Entry{
			{ID: "key", Kind: knowledge.FAQ, Question: "Where is the key?", Alternatives: []string{"I have lost the key", "no key"},
				Answer: "In the box.", Source: source},
		}}, []string{
			"-    answer: |", "-      Under the mat.", "-    tags: [house]", "+    answer: In the box.",
			"+    source: {from: help.csv, key: '1', 'on': '2026-11-26', sum: ab}",
		}},
		{"update the first key", desk, importer.Change{Update: []*knowledge.Entry{
			{ID: "bin", Kind: knowledge.FAQ, Question: "When is the bin taken?", Answer: "On Friday."},
		}}, []string{"-    answer: On Monday.", "+    answer: On Friday."}},
		{"update in one line", desk, importer.Change{Update: []*knowledge.Entry{
			{ID: "cat", Kind: knowledge.FAQ, Question: "Who feeds the cat?", Answer: "Bob."},
		}}, []string{
			"-  - {id: cat, question: Who feeds the cat?, answer: Ada.}",
			"+  - id: cat", "+    question: Who feeds the cat?", "+    answer: Bob.",
		}},
		{"phrasings", desk, importer.Change{Phrasings: map[string][]string{
			"key": {"the key: gone"}, "bin": {"bin day"}, "cat": {"cat food"},
		}}, []string{
			"+      - 'the key: gone'",
			"-  - {id: cat, question: Who feeds the cat?, answer: Ada.}",
			"+  - id: cat", "+    question: Who feeds the cat?", "+    answer: Ada.", "+    alternatives:", "+    - cat food",
			"+    alternatives:", "+    - bin day",
		}},
		{"remove", desk, importer.Change{Remove: []string{"cat", "lights"}}, []string{
			"-  - {id: cat, question: Who feeds the cat?, answer: Ada.}",
			"-commands:", "-  - {id: lights, say: lights on, reply: Done.}",
		}},
		{"guides", desk, importer.Change{Guides: []importer.GuideRef{{Path: "book/leave.md", Source: source}}}, []string{
			"+guides:", "+  - path: book/leave.md", "+    source: {from: help.csv, key: '1', 'on': '2026-11-26', sum: ab}", "+",
		}},
		{"new file", "", importer.Change{Add: []*knowledge.Entry{{ID: "a", Kind: knowledge.FAQ, Question: "A?", Answer: "B."}}}, []string{
			"+format: 1", "+faq:", "+  - id: a", "+    question: A?", "+    answer: B.",
		}},
	} {
		for _, newline := range []string{"\n", "\r\n"} {
			in := strings.ReplaceAll(c.in, "\n", newline)
			if newline == "\r\n" && c.in == "" {
				continue
			}
			got, err := importer.Edit("desk.yaml", []byte(in), c.change)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if newline == "\r\n" && strings.Count(string(got), "\n") != strings.Count(string(got), "\r\n") {
				t.Errorf("%s: lines end in different ways", c.name)
			}
			if diff := cmp.Diff(c.want, changes(in, string(got), newline)); diff != "" {
				t.Errorf("%s: %s\n%s", c.name, diff, got)
			}
			files := fstest.MapFS{"desk.yaml": {Data: got}, "book/leave.md": {Data: []byte("# Leave\n\nAsk Ada.\n")}}
			if _, err := knowledge.Load(context.Background(), knowledge.Options{FS: files, Paths: []string{"desk.yaml"}}); err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, got)
			}
		}
	}
}

// changes gives the lines that went and came, in the order of the files.
func changes(before, after, newline string) []string {
	a, b := strings.Split(before, newline), strings.Split(after, newline)
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || longest[i+1][j] >= longest[i][j+1]):
			out = append(out, "-"+a[i])
			i++
		default:
			out = append(out, "+"+b[j])
			j++
		}
	}
	return out
}

func TestEditRefuses(t *testing.T) {
	one := importer.Change{Update: []*knowledge.Entry{{ID: "a", Kind: knowledge.FAQ, Question: "A?", Answer: "C."}}}
	for in, want := range map[string]string{
		"format: 1\nfaq: [{id: a, question: A?, answer: B.}]\n": "cannot be changed where it stands",
		"{format: 1, faq: []}\n":                                "cannot be changed where it stands",
		"format: 1\n":                                           `it has no entry "a"`,
		"format: [\n":                                           "f.yaml:",
	} {
		if _, err := importer.Edit("f.yaml", []byte(in), one); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// FuzzEdit holds that an edit either fails or gives a file that reads the same
// but for what was changed.
func FuzzEdit(f *testing.F) {
	f.Add(desk, "key", "Under the stone.", "another")
	f.Add(strings.ReplaceAll(desk, "\n", "\r\n"), "bin", "# no comment\n- list", "a: b")
	f.Fuzz(func(t *testing.T, text, id, answer, phrasing string) {
		load := func(text string) *knowledge.Base {
			files := fstest.MapFS{"desk.yaml": {Data: []byte(text)}}
			base, err := knowledge.Load(context.Background(), knowledge.Options{FS: files, Paths: []string{"desk.yaml"}})
			if err != nil {
				return nil
			}
			return base
		}
		base := load(text)
		if base == nil {
			t.Skip()
		}
		e, ok := base.Entry(id)
		if !ok || e.Kind != knowledge.FAQ {
			t.Skip()
		}
		changed := *e
		changed.Answer, changed.Alternatives = answer, append(changed.Alternatives[:len(changed.Alternatives):len(changed.Alternatives)], phrasing)
		importer.Tidy(&changed)
		if changed.Answer == "" {
			t.Skip()
		}
		got, err := importer.Edit("desk.yaml", []byte(text), importer.Change{Update: []*knowledge.Entry{&changed}})
		if err != nil {
			t.Skip()
		}
		after := load(string(got))
		if after == nil {
			t.Skip() // what is written is always loaded before it replaces anything
		}
		for _, old := range base.Entries {
			want := importer.Digest(old)
			if old.ID == e.ID {
				want = importer.Digest(&changed)
			}
			if now, ok := after.Entry(old.ID); !ok || importer.Digest(now) != want {
				t.Errorf("the entry %q has become another one:\n%s", old.ID, got)
			}
		}
	})
}
