package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"

	"go.uber.org/goleak"
)

const desk = `format: 1
faq:
  - {id: open, question: When are you open?, alternatives: [what are your hours], answer: From %s.}
  - {id: key, question: Where is the key?, alternatives: [I have lost the key], answer: Under the mat.}
`

// write replaces a file in one go, as editors do.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

type change struct {
	status Status
	err    error
}

// A watched base answers from its files as they are; a broken edit is reported,
// and what was there before goes on answering until the files are mended.
func TestWatch(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "desk.yaml")
	write(t, file, fmt.Sprintf(desk, "nine"))
	write(t, filepath.Join(dir, "config.yaml"), "format: 1\ndata_dir: data\ndefault_base: desk\nbases: {desk: {knowledge: [desk.yaml]}}\n")
	cfg, err := LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changes := make(chan change, 10)
	a, err := New(t.Context(), cfg, Options{
		Watch:   true,
		Warn:    func(err error) { t.Errorf("warned: %v", err) },
		Changed: func(s Status, err error) { changes <- change{s, err} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	n := 0
	answers := func(want string) {
		t.Helper()
		n++
		reply, err := a.Handle(t.Context(), bot.Message{ID: fmt.Sprint(n), Kind: bot.Text, Conversation: "c", Text: "when are you open"})
		if err != nil || reply.Text != want {
			t.Errorf("the answer is %q, %v; want %q", reply.Text, err, want)
		}
	}
	next := func() change {
		t.Helper()
		select {
		case c := <-changes:
			return c
		case <-time.After(patience):
			t.Fatal("the change was not noticed")
			return change{}
		}
	}
	answers("From nine.")
	write(t, file, fmt.Sprintf(desk, "ten"))
	if c := next(); c.err != nil || c.status.Entries != 2 || !c.status.Built {
		t.Errorf("after an edit: %+v, %v", c.status, c.err)
	}
	answers("From ten.")

	write(t, file, strings.Replace(fmt.Sprintf(desk, "eleven"), "answer", "anser", 1))
	if c := next(); c.err == nil || !strings.Contains(c.err.Error(), `desk.yaml:3:`) || c.status.Entries != 2 {
		t.Errorf("after a broken edit: %+v, %v", c.status, c.err)
	}
	answers("From ten.")

	write(t, file, fmt.Sprintf(desk, "twelve"))
	if c := next(); c.err != nil {
		t.Errorf("after mending: %v", c.err)
	}
	answers("From twelve.")
}
