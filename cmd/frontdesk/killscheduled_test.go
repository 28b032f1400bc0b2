//go:build unix

package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const killScheduledDesk = `format: 1
slots:
  length: {type: duration}
commands:
  - id: ring
    say: ring in {length}
    run: {schedule: {in: "{length}", name: bell, do: {exec: {command: [sh, -c, "echo rung >> rung; sleep 0.2"]}}, say: The bell has rung.}}
`

// A chat is killed at many moments around the time at which something is due. It
// is never done twice, and by the next chat the person has been told what became
// of it.
func TestKillScheduled(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the system that is tested: nothing to race")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.yaml": "format: 1\ndata_dir: data\ndefault_base: house\nterminal: {greeting: false}\nbases: {house: {knowledge: [house.yaml], allow: everybody}}\n",
		"house.yaml":  killScheduledDesk,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := max(rounds(t)/2, 2)
	for i := range n {
		if err := os.Remove(filepath.Join(dir, "rung")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		first := startScheduled(t, dir)
		first.tell("ring in 0.3 seconds")
		if line := first.wait("is due"); line == "" {
			t.Fatalf("round %d: it was not scheduled", i)
		}
		time.Sleep(200*time.Millisecond + 600*time.Millisecond*time.Duration(i)/time.Duration(n))
		told := first.kill()
		killScheduledLose(t, filepath.Join(dir, "data", "journal.sqlite"))

		second := startScheduled(t, dir)
		if !strings.Contains(told, "The bell has rung") {
			told = second.wait("bell")
		}
		if !strings.Contains(told, "The bell has rung") && !strings.Contains(told, "not known") {
			t.Errorf("round %d: the person was told %q", i, told)
		}
		t.Logf("round %d: told %q", i, told)
		second.kill()
		data, err := os.ReadFile(filepath.Join(dir, "rung"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if times := strings.Count(string(data), "rung"); times > 1 {
			t.Errorf("round %d: it rang %d times", i, times)
		}
	}
}

// killScheduledLose has what the dead process was doing count as lost at once.
func killScheduledLose(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)") // the journal's driver
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "UPDATE job SET lease = 1 WHERE begun <> 0"); err != nil {
		t.Fatal(err)
	}
}

// A scheduledChat is a chat that goes on until it is killed.
type scheduledChat struct {
	in    io.Writer
	lines chan string // closed when it has ended
	end   func() error
}

func startScheduled(t *testing.T, dir string) *scheduledChat {
	t.Helper()
	cmd := program(t, dir, "chat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &scheduledChat{in: in, lines: make(chan string, 1000)}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
	}()
	c.end = cmd.Process.Kill
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it was killed before, unless the test failed
		_ = cmd.Wait()
	})
	return c
}

func (c *scheduledChat) tell(line string) { fmt.Fprintln(c.in, line) }

// wait gives the next line that holds a word; "" where the chat ends or nothing
// comes.
func (c *scheduledChat) wait(word string) string {
	for late := time.After(2 * time.Minute); ; {
		select {
		case line, ok := <-c.lines:
			if !ok || strings.Contains(line, word) {
				return line
			}
		case <-late:
			return ""
		}
	}
}

// kill kills the chat, and gives the rest of what it printed.
func (c *scheduledChat) kill() string {
	_ = c.end()
	var all []string
	for line := range c.lines {
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}
