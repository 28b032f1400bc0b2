//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// A listenScreen is "frontdesk listen" on a terminal.
type listenScreen struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
	at   int
}

func (s *listenScreen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// expect waits for something to be shown after what was expected before.
func (s *listenScreen) expect(pattern string) string {
	s.t.Helper()
	want := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()[s.at:]
		s.mu.Unlock()
		if found := want.FindStringIndex(text); found != nil {
			s.at += found[1]
			return text[found[0]:found[1]]
		}
		if time.Now().After(end) {
			s.t.Fatalf("the screen does not show %q but\n%q", pattern, text[max(0, len(text)-500):])
		}
	}
}

// The desk on a terminal: a line with the level that keeps to one line, keys that have it
// listen, replies above the line, and an end that leaves the terminal as it was.
func TestListenOnTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as what is said")
	}
	dir, server := listenPushed(t, "", "http: \"\"")
	cmd := program(t, dir, "listen")
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=")
	cmd.Env = append(cmd.Env, server.Env()...)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 90})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	defer tty.Close()
	defer func() { _ = cmd.Process.Kill() }() // where the test failed half-way
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	screen := &listenScreen{t: t}
	go func() { // ends with the terminal
		part := make([]byte, 4096)
		for {
			n, err := tty.Read(part)
			_, _ = screen.Write(part[:n])
			if err != nil {
				return
			}
		}
	}()
	press := func(keys string) {
		t.Helper()
		if _, err := tty.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}
	screen.expect(`\r\x1b\[K\[ {20}\]  -99 dB  asleep`)
	press("x") // is no key, and not shown
	press(" ")
	screen.expect(`dB  listening`)
	server.Play(filepath.Join(dir, "command.wav"))
	screen.expect(`\r\x1b\[K\[#+ *\] +-[0-9]+ dB  hearing`)
	screen.expect(`\r\x1b\[KI heard: turn on the kitchen light\r\n\[`)
	screen.expect(`\r\x1b\[KThe kitchen lights are on.\r\n\r\n\[`)

	// A narrow terminal: what does not fit would leave lines behind.
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 30, Cols: 30}); err != nil {
		t.Fatal(err)
	}
	press("\r")
	line := screen.expect(`\r\x1b\[K\[[# ]{4,8}\] +-[0-9]+ dB  listening\r`)
	if n := len(strings.Trim(strings.TrimPrefix(line, eraseLine), "\r")); n >= 30 {
		t.Errorf("%d characters are shown on 30 columns: %q", n, line)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 30, Cols: 12}); err != nil {
		t.Fatal(err)
	}
	screen.expect(`\r\x1b\[K +-[0-9]+ dB  \S{0,2}\r`)
	if strings.Contains(screen.text.String(), "x\r") {
		t.Error("a key is shown")
	}
	press("q")
	if err := cmd.Wait(); err != nil {
		t.Errorf("after q: %v", err)
	}
	after, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*before) != fmt.Sprint(*after) {
		t.Error("the terminal is not left as it was")
	}
	screen.expect(`\r\x1b\[K$`)
}
