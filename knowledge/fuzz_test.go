package knowledge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/knowledge"
)

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/good/more/*.yaml", "testdata/faults/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	for _, s := range []string{
		"format: 1\ninclude: ['**']\n", "format: 1\nguides: [{path: .}]\n", "format: 1\nfaq: [{id: a, question: b, answer: c, followups: [a], formerly: [b]}]",
		"format: 1\nslots: {a: {values: [x]}}\ncommands: [{id: a, say: '{a}', run: {exec: {command: ['{a}']}}}]",
		"format: 1\nrules: {a: <a>}\ncommands: [{id: a, say: <a>, reply: x}]", "format: 1\ncommands: [{id: a, say: &s 'x [y]', alternatives: [*s], reply: *s}]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := load(t, map[string]string{"a.yaml": s, "b.yaml": "format: 1\n", "c.md": "# H\ntext\n"}, "a.yaml")
		if err != nil {
			for _, x := range faultsOf(t, err) {
				if x.What == "" || x.Line > strings.Count(s, "\n")+strings.Count(s, "\r")+len(s)/3+2 {
					t.Errorf("a fault without a word, or beyond the file: %+v", x)
				}
			}
			return
		}
		for i, e := range b.Entries {
			if what, _ := knowledge.CheckID(e.ID); what != "" || e.Question == "" || i > 0 && b.Entries[i-1].ID >= e.ID {
				t.Errorf("the entry %d: %+v", i, e)
			}
			if (e.Kind == knowledge.Do) != (e.Command != nil) || e.Command == nil && e.Answer == "" {
				t.Errorf("%s of kind %s: %+v", e.ID, e.Kind, e)
			}
			if c := e.Command; c != nil {
				for _, name := range c.Needs {
					if s := c.Slots[name]; s == nil || s.Default != "" {
						t.Errorf("%s needs %q, which is %+v", e.ID, name, s)
					}
				}
				text, err := knowledge.ParseText(c.Reply)
				for _, name := range text.Slots() {
					if c.Slots[name] == nil && (name != knowledge.OutputSlot || c.Action.Kind == knowledge.ReplyAction) {
						t.Errorf("%s replies with %q", e.ID, name)
					}
				}
				if err != nil || c.Action.Kind == "" || c.Action.Node == nil {
					t.Errorf("%s: %v, %+v", e.ID, err, c)
				}
			}
		}
	})
}
