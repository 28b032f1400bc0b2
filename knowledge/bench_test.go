package knowledge_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
)

// BenchmarkLoad reads 150 entries of 100 phrasings each, about 1 MB.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	text.WriteString("format: 1\nfaq:\n")
	for i := range 150 {
		fmt.Fprintf(&text, "  - id: entry-%d\n    question: What about the thing number %d?\n    answer: |\n      This is what we know of %d.\n    alternatives:\n", i, i, i)
		for j := range 99 {
			fmt.Fprintf(&text, "      - could you tell me something about the thing %d, please, in other words %d\n", i, j)
		}
	}
	fsys := fstest.MapFS{"kb.yaml": {Data: []byte(text.String())}}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := knowledge.Load(b.Context(), knowledge.Options{FS: fsys, Paths: []string{"."}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNew makes a base of 150 entries of 100 phrasings each.
func BenchmarkNew(b *testing.B) {
	entries := make([]*knowledge.Entry, 150)
	for i := range entries {
		e := &knowledge.Entry{ID: fmt.Sprint(i), Kind: knowledge.FAQ, Question: "What?", Answer: "This."}
		for j := range 99 {
			e.Alternatives = append(e.Alternatives, fmt.Sprintf("phrasing %d of %d", j, i))
		}
		entries[i] = e
	}
	for b.Loop() {
		if _, err := knowledge.New(entries, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadExample reads the base that the program carries.
func BenchmarkLoadExample(b *testing.B) {
	for b.Loop() {
		if _, err := knowledge.Load(b.Context(), knowledge.Options{Dir: "../examples/frontdesk", Paths: []string{"."}}); err != nil {
			b.Fatal(err)
		}
	}
}
