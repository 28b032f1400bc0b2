//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// In a terminal a first base is asked for, and what is told to do next works.
func TestNewOnTerminal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	for _, c := range []struct {
		name, typed  string
		shows, holds []string
		code         int
	}{
		{"answers", "No Name\ninn\nWhat's for breakfast?\nEggs & ham.\nis there any breakfast; when do we eat\nIs there Wi-Fi?\n\nWho sleeps here?\nGuests.\n\n\n",
			[]string{"is no name of a base", "What do people ask?", "made config.yaml and knowledge/inn.yaml", `frontdesk ask 'what'\''s for breakfast'`},
			[]string{"question: What's for breakfast?", "- is there any breakfast", "- when do we eat", "question: Who sleeps here?"}, 0},
		{"nothing", "\n\n", []string{"made config.yaml and knowledge/desk.yaml"}, []string{"question: Who are you?"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "desk")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			screen, code := newOnTerminal(t, program(t, dir, "new"), c.typed)
			for _, s := range c.shows {
				if !strings.Contains(screen, s) {
					t.Errorf("the screen does not show %q", s)
				}
			}
			files, err := filepath.Glob(filepath.Join(dir, "knowledge", "*.yaml"))
			if code != c.code || err != nil || len(files) != 1 {
				t.Fatalf("it ended with %d, and made %q, %v:\n%s", code, files, err, screen)
			}
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.holds {
				if !strings.Contains(string(data), s) {
					t.Errorf("%q is not in\n%s", s, data)
				}
			}
			if strings.Contains(string(data), "Wi-Fi") {
				t.Error("a question without an answer is there")
			}
			// What is told to do next, but for the placeholders and the chat.
			steps := regexp.MustCompile(`(?m)^  (frontdesk .*?)\r?$`).FindAllStringSubmatch(screen, -1)
			if len(steps) != 4 {
				t.Fatalf("the steps are %q", steps)
			}
			ran := 0
			for _, s := range steps {
				if !strings.Contains(s[1], "…") && !strings.HasSuffix(s[1], "chat") {
					comingRun(t, dir, s[1])
					ran++
				}
			}
			if ran != 2 {
				t.Errorf("%d steps were run of %q", ran, steps)
			}
			comingRun(t, dir, "frontdesk add --question 'Is there a lift?' --answer 'In the west wing.'\nfrontdesk test\necho | frontdesk chat")

			// Nobody is asked first and refused then.
			if screen, code = newOnTerminal(t, program(t, dir, "new"), ""); code != codeUsage || !strings.Contains(screen, "is there already") || strings.Contains(screen, "called") {
				t.Errorf("in a folder that has one it ended with %d:\n%s", code, screen)
			}
		})
	}
}

// newOnTerminal runs the program on a terminal on which all was typed at once.
func newOnTerminal(t *testing.T, cmd *exec.Cmd, typed string) (screen string, code int) {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 120})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	defer tty.Close()
	if _, err := tty.WriteString(typed); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := tty.Read(buf)
		b.Write(buf[:n])
		if err != nil { // its end, which Linux tells as an error of the device
			break
		}
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return b.String(), cmd.ProcessState.ExitCode()
}
