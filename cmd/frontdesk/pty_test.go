//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// The whole program on a terminal: a chat that notices edits of its knowledge,
// and ends when it is asked to.
func TestChatOnTerminal(t *testing.T) {
	dir := deskFolder(t)
	cmd := program(t, dir, "chat")
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 90})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	defer tty.Close()
	defer func() {
		_ = cmd.Process.Kill() // where the test failed half-way
		_ = cmd.Wait()
	}()
	var mu sync.Mutex
	var screen strings.Builder
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			mu.Lock()
			screen.Write(buf[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	at := 0
	expect := func(want string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			text := screen.String()
			mu.Unlock()
			if i := strings.Index(text[at:], want); i >= 0 {
				at += i + len(want)
				return
			}
			if time.Now().After(end) {
				t.Fatalf("the screen does not show %q but\n%q", want, text[at:])
			}
		}
	}
	send := func(keys string) {
		t.Helper()
		if _, err := tty.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "desk.yaml")
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(before, after string) {
		t.Helper()
		text := strings.ReplaceAll(string(old), before, after)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	expect("frontdesk knows 9 entries")
	expect("> ")
	send("i forgot my pasword\r")
	expect("Settings → Security\x1b[0m")
	send("/why\r")
	expect("nearest phrasing")
	expect("> ")

	edit("nine to five", "ten to six")
	expect("frontdesk knows 9 entries of the base \"desk\" now.")
	expect("> ")
	send("when are you open\r")
	expect("From ten to six.")
	expect("> ")
	edit("answer: From", "anser: From")
	expect("what was loaded before goes on answering")
	expect(`unknown key "anser"; did you mean "answer"?`)
	expect("> ")
	send("when are you open\r")
	expect("From ten to six.")
	expect("> ")
	edit("nine to five", "six to two")
	expect("now.")
	expect("> ")
	send("when are you open\r")
	expect("From six to two.")
	expect("> ")

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	history, err := os.ReadFile(filepath.Join(dir, "data", "history"))
	if err != nil || !strings.Contains(string(history), "i forgot my pasword\n") {
		t.Errorf("the history is %q, %v", history, err)
	}
}
