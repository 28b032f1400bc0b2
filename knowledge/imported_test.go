package knowledge_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/knowledge"
)

func loadText(text string) (*knowledge.Base, error) {
	files := fstest.MapFS{
		"desk.yaml":     {Data: []byte(text)},
		"book/leave.md": {Data: []byte("# Leave\n\nAsk Ada.\n")},
	}
	return knowledge.Load(context.Background(), knowledge.Options{FS: files, Paths: []string{"desk.yaml"}})
}

func TestSourceOfEntries(t *testing.T) {
	base, err := loadText(`format: 1
faq:
  - id: key
    question: Where is the key?
    answer: Under the mat.
    source: {from: help.csv, key: 7, on: 2026-11-26, sum: 12345678}
  - {id: cat, question: Who feeds the cat?, answer: Ada.}
commands:
  - {id: bin, say: take out the bin, reply: Done., source: {from: house}}
guides:
  - path: book/leave.md
    source: {from: book.docx, sum: ab}
`)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]knowledge.Source{
		"key":                 {From: "help.csv", Key: "7", On: "2026-11-26", Sum: "12345678"},
		"cat":                 {},
		"bin":                 {From: "house"},
		"book/leave.md#leave": {From: "book.docx", Sum: "ab"},
	} {
		e, ok := base.Entry(id)
		if !ok || e.Source != want {
			t.Errorf("%s: %v, %+v", id, ok, e)
		}
	}
}

func TestSourceFaults(t *testing.T) {
	_, err := loadText(`format: 1
faq:
  - id: key
    question: Where is the key?
    answer: Under the mat.
    source: {key: 7, on: yesterday, by: Ada}
guides:
  - {path: book/leave.md, source: {sum: ab}}
`)
	want := strings.Join([]string{
		`desk.yaml:6:19: the source has no from; write from: with the name of the file or the address that it came from, or remove source:`,
		`desk.yaml:6:26: the day of the source is none; write it as 2006-01-02, or remove on:`,
		`desk.yaml:6:37: unknown key "by"; known keys: from, key, on, sum`,
		`desk.yaml:8:41: the source has no from; write from: with the name of the file or the address that it came from, or remove source:`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("the faults are\n%v\nand not\n%s", err, want)
	}
}
