package proposal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var aboutPlants = entry{ID: "water-plants", Question: "Who waters the plants?", Answer: "Nobody.\n\n- Do it: *yourself*"}

// TestAppendEntry puts an entry into files of many layouts: all else stays as it
// is written.
func TestAppendEntry(t *testing.T) {
	const item = "- id: water-plants\n  question: Who waters the plants?\n  answer: |-\n    Nobody.\n\n    - Do it: *yourself*\n"
	indented := func(margin string) string {
		var b strings.Builder
		for line := range strings.Lines(item) {
			if line != "\n" {
				b.WriteString(margin)
			}
			b.WriteString(line)
		}
		return b.String()
	}
	const one = "  - {id: a, question: A, answer: b} # short\n"
	for name, c := range map[string]struct{ before, after string }{
		"new":         {"format: 1\n", "format: 1\n\nfaq:\n" + indented("  ")},
		"last":        {"# Ours.\nformat: 1\nfaq:\n" + one, "# Ours.\nformat: 1\nfaq:\n" + one + indented("  ")},
		"no newline":  {"format: 1\nfaq:\n" + strings.TrimSuffix(one, "\n"), "format: 1\nfaq:\n" + one + indented("  ")},
		"no indent":   {"format: 1\nfaq:\n- id: a\n  question: A\n  answer: b\n", "format: 1\nfaq:\n- id: a\n  question: A\n  answer: b\n" + item},
		"deep":        {"format: 1\nfaq:\n      - id: a\n        question: A\n        answer: b\n", "format: 1\nfaq:\n      - id: a\n        question: A\n        answer: b\n" + indented("      ")},
		"empty list":  {"format: 1\nfaq: # soon\ncommands: []\n", "format: 1\nfaq: # soon\n" + indented("  ") + "commands: []\n"},
		"in between":  {"format: 1\nfaq:\n" + one + "\n# Now the commands.\n\ncommands: []\n", "format: 1\nfaq:\n" + one + indented("  ") + "\n# Now the commands.\n\ncommands: []\n"},
		"own comment": {"format: 1\nfaq:\n" + one + "    # of a\ncommands: []\n", "format: 1\nfaq:\n" + one + "    # of a\n" + indented("  ") + "commands: []\n"},
		"headings": {
			"format: 1\nfaq:\n  - id: a\n    question: A\n    answer: |\n      text\n\n      # heading\n\ncommands: []\n",
			"format: 1\nfaq:\n  - id: a\n    question: A\n    answer: |\n      text\n\n      # heading\n" + indented("  ") + "\ncommands: []\n",
		},
		"windows": {"format: 1\r\nfaq:\r\n  - id: a\r\n    question: A\r\n    answer: b\r\n",
			"format: 1\r\nfaq:\r\n  - id: a\r\n    question: A\r\n    answer: b\r\n" + strings.ReplaceAll(indented("  "), "\n", "\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := appendEntry("base.yaml", []byte(c.before), aboutPlants, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.after, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, before := range map[string]string{
		"flow":     "format: 1\nfaq: [{id: a, question: A, answer: b}]\n",
		"all flow": "{format: 1}\n",
		"null":     "format: 1\nfaq: null\n",
		"text":     "format: 1\nfaq: none\n",
		"end":      "format: 1\nfaq:\n" + one + "...\n",
		"list":     "- 1\n",
		"empty":    "",
		"kept":     "format: 1\nfaq:\n  - id: a\n    question: A\n    answer: |+\n      text\n\n\ncommands: []\n",
	} {
		if got, err := appendEntry("base.yaml", []byte(before), aboutPlants, ""); err == nil {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if _, err := appendEntry("base.yaml", []byte("format: 1\nfaq: [\n"), aboutPlants, ""); err == nil || !strings.HasPrefix(err.Error(), "base.yaml:") {
		t.Errorf("a file at fault: %v", err)
	}
	got, err := appendEntry("base.yaml", []byte("format: 1\n"), aboutPlants, "https://chat.example/1")
	if want := "format: 1\n\nfaq:\n  # from https://chat.example/1\n" + indented("  "); err != nil || string(got) != want {
		t.Errorf("with its source: %v\n%s", err, got)
	}
}

// FuzzAppendEntry appends any texts to any file: what comes out reads as what
// was there with just the one entry more, or nothing does.
func FuzzAppendEntry(f *testing.F) {
	f.Add("format: 1\nfaq:\n  - {id: a, question: A, answer: b}\ncommands: []\n", "Who?", "- me\n\n# not a heading: \"\\x00\" {{}}")
	f.Add("faq:\n- id: |\n    x\n", "  lead", "trail \t\n\n\n")
	f.Add("{}", "\u2028", "\u0085'\"")
	f.Fuzz(func(t *testing.T, before, question, answer string) {
		p, err := New(Proposal{Base: "desk", Question: question, Answer: answer, When: someTime})
		if err != nil {
			return
		}
		got, err := appendEntry("f.yaml", []byte(before), entry{ID: idFor(p), Question: p.Question, Answer: p.Answer}, "")
		if err != nil {
			return
		}
		if len(got) < len(before) {
			t.Errorf("%q became %q", before, got)
		}
	})
}
