//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rounds is how often a test kills: 10 times, or as $FRONTDESK_TEST_KILLS says.
func rounds(t *testing.T) int {
	t.Helper()
	if testing.Short() {
		return 3
	}
	text, ok := os.LookupEnv("FRONTDESK_TEST_KILLS")
	if !ok {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("FRONTDESK_TEST_KILLS=%q is no number of rounds", text)
	}
	return n
}

// program prepares a run of the program in a folder.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "FRONTDESK_CONFIG=")
	return cmd
}

// mustAnswer asks what the base knows.
func mustAnswer(t *testing.T, dir, question, want string) {
	t.Helper()
	out, err := program(t, dir, "ask", question).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Fatalf("ask %q: %v\n%s", question, err, out)
	}
}

func deskFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := setup(dir, func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// After a kill in the middle of indexing, the next start answers.
func TestKillIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the system that is tested: nothing to race")
	}
	dir := deskFolder(t)
	var b strings.Builder
	b.WriteString("format: 1\nfaq:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  - {id: item-%d, question: How do I order the item %d of shelf %d?, alternatives: [get me number %d from shelf %d, item %d please], answer: Ask for it.}\n",
			i, i, i%17, i, i%17, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "items.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(
		"format: 1\ndata_dir: data\ndefault_base: desk\nbases:\n  desk: {knowledge: [desk.yaml, items.yaml]}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if out, err := program(t, dir, "index").CombinedOutput(); err != nil {
		t.Fatalf("index: %v\n%s", err, out)
	}
	whole := time.Since(start)
	n, killed := rounds(t), 0
	for i := range n {
		if i%2 == 1 { // also where nothing was saved before
			if err := os.RemoveAll(filepath.Join(dir, "data", "index")); err != nil {
				t.Fatal(err)
			}
		}
		cmd := program(t, dir, "index", "--rebuild")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i+1) / time.Duration(n))
		_ = cmd.Process.Kill() // it may have ended already
		if err := cmd.Wait(); err != nil {
			killed++
		} else {
			whole /= 2 // the machine was slower when it was measured
		}
		mustAnswer(t, dir, "when are you open", "From nine to five.")
	}
	if killed == 0 {
		t.Error("every run ended before it was killed")
	}
}

// After a kill in the middle of a chat, every exchange whose answer was printed
// is in the journal, and the next start answers.
func TestKillChat(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the system that is tested: nothing to race")
	}
	dir := deskFolder(t)
	mustAnswer(t, dir, "when are you open", "From nine to five.")
	before := 1
	n := rounds(t)
	for i := range n {
		cmd := program(t, dir, "chat")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		fed := make(chan struct{})
		go func() { // until the pipe breaks
			defer close(fed)
			for {
				if _, err := io.WriteString(in, "when are you open\n"); err != nil {
					return
				}
			}
		}()
		answers, reading := 0, make(chan struct{})
		first := make(chan struct{})
		go func() {
			defer close(reading)
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				if lines.Text() != "From nine to five." {
					continue
				}
				if answers++; answers == 1 {
					close(first)
				}
			}
		}()
		select {
		case <-first:
		case <-reading:
			t.Fatalf("round %d: the chat ended before it answered: %s", i, &stderr)
		}
		time.Sleep(time.Duration(i) * 7 * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-reading
		_ = cmd.Wait() // it was killed
		<-fed

		rows, err := readJournal(filepath.Join(dir, "data"))
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if recorded := len(rows) - before; recorded < answers {
			t.Errorf("round %d: %d answers were printed and %d exchanges recorded", i, answers, recorded)
		}
		mustAnswer(t, dir, "when are you open", "From nine to five.")
		before = len(rows) + 1
	}
}
