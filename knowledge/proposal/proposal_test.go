package proposal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
)

var someTime = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sample(t testing.TB, question string) Proposal {
	t.Helper()
	p, err := New(Proposal{Base: "desk", Question: question, Answer: "Every *Monday*.\n\n- by Ann\n- by Bob",
		Link: "https://chat.example/archives/C1/p1", By: "slack:U1", Channel: "slack:C1", When: someTime})
	must(t, err)
	return p
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "proposals")
	f := NewFolder(dir)
	if all, err := f.List(); err != nil || len(all) > 0 {
		t.Fatal(all, err)
	}
	one, two := sample(t, "  Who waters the plants?\r\n"), sample(t, "Who feeds the cat?")
	two.When = someTime.Add(-time.Hour)
	must(t, f.Add(t.Context(), one))
	must(t, f.Add(t.Context(), two))
	again := one
	again.By, again.When = "slack:U2", someTime.Add(time.Hour)
	must(t, f.Add(t.Context(), again)) // the same pair is one file
	all, err := f.List()
	must(t, err)
	if diff := cmp.Diff([]Proposal{two, one}, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if one.Question != "Who waters the plants?" {
		t.Errorf("the question is %q", one.Question)
	}
	info, err := os.Stat(filepath.Join(dir, one.ID+".yaml"))
	must(t, err)
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	must(t, f.Reject(t.Context(), one.ID))
	for _, id := range []string{one.ID, "", "../../secret", strings.Repeat("a", 16)} {
		if err := f.Reject(t.Context(), id); !errors.Is(err, ErrUnknown) {
			t.Errorf("rejecting %q: %v", id, err)
		}
		if _, err := f.Get(id); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
	n, err := f.RemoveIf(t.Context(), func(p Proposal) bool { return p.When.Before(someTime) })
	if all, listErr := f.List(); err != nil || listErr != nil || n != 1 || len(all) > 0 {
		t.Errorf("%d removed, %d left: %v", n, len(all), errors.Join(err, listErr))
	}
}

func TestFull(t *testing.T) {
	f := NewFolder(t.TempDir())
	for i := range MaxWaiting {
		must(t, os.WriteFile(f.file(fmt.Sprintf("%016x", i)), nil, 0o600))
	}
	if err := f.Add(t.Context(), sample(t, "one more?")); !errors.Is(err, ErrFull) {
		t.Errorf("error: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Proposal){
		"the question is empty":                func(p *Proposal) { p.Question = " \n" },
		"the answer is empty":                  func(p *Proposal) { p.Answer = "" },
		"the answer is too long":               func(p *Proposal) { p.Answer = strings.Repeat("x", MaxAnswer+1) },
		"the question is too long":             func(p *Proposal) { p.Question = strings.Repeat("x", MaxQuestion+1) },
		"the answer holds a control character": func(p *Proposal) { p.Answer = "a\x1b[31m" },
		"the link holds a control character":   func(p *Proposal) { p.Link = "https://a\n- id: b" },
		"the question is not UTF-8":            func(p *Proposal) { p.Question = "\xff" },
	} {
		p := sample(t, "Who?")
		change(&p)
		if _, err := New(p); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestFaults reads files that somebody has spoilt: each is told, with its place,
// and the others are read.
func TestFaults(t *testing.T) {
	f := NewFolder(t.TempDir())
	good := sample(t, "Who waters the plants?")
	must(t, f.Add(t.Context(), good))
	write := func(n int, text string) { must(t, os.WriteFile(f.file(fmt.Sprintf("%016x", n)), []byte(text), 0o600)) }
	write(1, "")
	write(2, "format: 9\nnew: true\n")
	write(3, "format: 1\nid: \"0000000000000003\"\nbase: desk\nquestion: Who?\nanswr: Ann\nwhen: 2026-01-31T12:00:00Z\n")
	write(4, "format: 1\nid: other\nbase: desk\nquestion: ''\nanswer: Ann\nwhen: yesterday\n")
	write(5, strings.Repeat("x", maxFile+1))
	must(t, os.WriteFile(filepath.Join(f.dir, "notes.yaml"), []byte("mine"), 0o600)) // none of ours
	all, err := f.List()
	if len(all) != 1 || all[0].ID != good.ID {
		t.Errorf("read: %+v", all)
	}
	list, ok := errors.AsType[fault.List](err)
	if !ok {
		t.Fatalf("error: %v", err)
	}
	var got []string
	for _, x := range list {
		got = append(got, strings.TrimPrefix(x.Error(), f.dir+string(filepath.Separator)))
	}
	want := []string{
		`0000000000000001.yaml:1:1: the file is empty; remove it with "frontdesk proposals reject"`,
		`0000000000000002.yaml:1:9: the file has a format newer than this version reads; update frontdesk`,
		`0000000000000003.yaml:5:1: unknown key "answr"; did you mean "answer"?`,
		`0000000000000004.yaml:2:5: the id is not 0000000000000004, as the file is called; write that, or call the file by its id`,
		`0000000000000004.yaml:4:11: the question is empty; mend it, or reject the proposal`,
		`0000000000000004.yaml:6:7: it does not say when it was proposed; write for example when: 2026-01-31T12:00:00Z`,
		`0000000000000005.yaml:1:1: the file is larger than 256 KiB; remove it with "frontdesk proposals reject"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	must(t, f.Reject(t.Context(), "0000000000000001"))
}

// FuzzRead reads any file; what was read is read again the same.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	must(f, sample(f, "Who waters the plants?").WriteYAML(&b))
	const id = "0123456789abcdef"
	f.Add(b.String())
	f.Add("format: 1\nid: " + id + "\nbase: desk\nquestion: \"a\\n b\"\nanswer: |2\n   x\nwhen: 2026-01-31T12:00:00Z\n")
	f.Add("format: 1\nid: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, faults := read("p.yaml", id, []byte(text))
		if len(faults) > 0 {
			return
		}
		var again bytes.Buffer
		must(t, p.WriteYAML(&again))
		q, faults := read("p.yaml", id, again.Bytes())
		if diff := cmp.Diff(p, q); len(faults) > 0 || diff != "" {
			t.Errorf("%v\n%s", faults, diff)
		}
	})
}

const deskFile = "# The desk.\nformat: 1\nfaq:\n  - id: open\n    formerly: hours\n    question: When are you open?\n    answer: Always.\n"

func TestAccept(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "base.yaml"), filepath.Join(dir, "more")
	must(t, os.WriteFile(file, []byte(deskFile), 0o640))
	must(t, os.Mkdir(folder, 0o700))
	must(t, os.WriteFile(filepath.Join(folder, "a.yaml"), []byte("format: 1\n"), 0o600))
	o := knowledge.Options{Dir: dir, Paths: []string{"base.yaml", "more"}}
	f := NewFolder(filepath.Join(dir, "proposals"))
	propose := func(question string) string {
		t.Helper()
		p := sample(t, question)
		must(t, f.Add(t.Context(), p))
		return p.ID
	}
	read := func() string {
		t.Helper()
		data, err := os.ReadFile(file)
		must(t, err)
		return string(data)
	}
	plants := propose("Who waters the plants, and when does that happen here?")
	id, err := f.Accept(t.Context(), plants, file, "", o)
	must(t, err)
	if id != "who-waters-the-plants-and-when-does-that" {
		t.Errorf("the entry is called %q", id)
	}
	grown := read()
	if !strings.HasPrefix(grown, deskFile+"  # from https://chat.example/archives/C1/p1\n  - id: who-waters") {
		t.Errorf("the file is now\n%s", grown)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode is %v: %v", info.Mode(), err)
	}
	base, err := knowledge.Load(t.Context(), o)
	must(t, err)
	if e, ok := base.Entry(id); !ok || e.Answer != "Every *Monday*.\n\n- by Ann\n- by Bob" {
		t.Errorf("the entry: %+v", e)
	}
	if _, err := f.Get(plants); !errors.Is(err, ErrUnknown) {
		t.Errorf("it still waits: %v", err)
	}

	// What cannot be accepted changes nothing, and waits on.
	cat := propose("Who feeds the cat?")
	other := filepath.Join(dir, "elsewhere.yaml")
	for name, c := range map[string]struct{ file, id, want string }{
		"an id that is there": {file, "open", "has an entry \"open\" already"},
		"an id that was":      {file, "hours", "has an entry \"hours\" already"},
		"no id":               {file, "none", "is reserved"},
		"another file":        {other, "", "is not loaded from"},
		"no folder":           {filepath.Join(dir, "none", "a.yaml"), "", "making the file"},
	} {
		if _, err := f.Accept(t.Context(), cat, c.file, c.id, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a file was left behind")
	}
	if _, err := f.Get(cat); err != nil || read() != grown {
		t.Errorf("something was changed: %v", err)
	}
	// A base that is at fault already is not touched, nor one that would be.
	must(t, os.WriteFile(filepath.Join(folder, "a.yaml"), []byte("format: 1\nfaqs: []\n"), 0o600))
	if _, err := f.Accept(t.Context(), cat, file, "", o); err == nil || !strings.Contains(err.Error(), `unknown key "faqs"`) {
		t.Errorf("a base at fault: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(folder, "a.yaml"), []byte("format: 1\n"), 0o600))

	// A new file in a folder of the base, through a link.
	link := filepath.Join(dir, "link")
	must(t, os.Symlink(folder, link))
	_, err = f.Accept(t.Context(), cat, filepath.Join(link, "new.yaml"), "cat", o)
	must(t, err)
	base, err = knowledge.Load(t.Context(), o)
	must(t, err)
	if _, ok := base.Entry("cat"); !ok {
		t.Error("the entry in the new file is not there")
	}
}
