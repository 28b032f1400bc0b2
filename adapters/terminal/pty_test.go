//go:build unix

package terminal

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/bot"

	"github.com/creack/pty"
)

// TestMain is also the program at the other end of the tests' terminals: the
// line editor works on the standard input and output of a process only.
func TestMain(m *testing.M) {
	if path, ok := os.LookupEnv("FRONTDESK_TEST_CHAT"); ok {
		os.Exit(chatMain(path))
	}
	os.Exit(m.Run())
}

func chatMain(history string) int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := notify(stop)
	term := New(DefaultConfig(), Deps{
		In: os.Stdin, Out: os.Stdout, About: "desk, 3 entries", HistoryFile: history, Interrupts: signals,
		Warn: func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
	ring := make(chan os.Signal, 1)
	signal.Notify(ring, syscall.SIGUSR1)
	go func() {
		<-ring
		_ = term.Send(ctx, Local, bot.Reply{Text: "The timer rang."})
	}()
	handle := func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		if m.Text == "slow" {
			fmt.Println("working") // the prompt's raw mode has ended by now
		}
		return echo(ctx, m)
	}
	if err := term.Run(ctx, handle); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("left")
	return 0
}

// A screen is a chat on a terminal of its own.
type screen struct {
	t    *testing.T
	pty  *os.File
	cmd  *exec.Cmd
	mu   sync.Mutex
	text strings.Builder
	at   int // what was expected so far ends here
}

func newScreen(t *testing.T, history string, env ...string) *screen {
	t.Helper()
	s := &screen{t: t, cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), "FRONTDESK_TEST_CHAT="+history, "TERM=xterm", "NO_COLOR=")
	s.cmd.Env = append(s.cmd.Env, env...)
	var err error
	s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Skipf("no pseudo-terminal can be had here: %v", err)
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := s.pty.Read(buf)
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.pty.Close()
	})
	return s
}

func (s *screen) send(keys string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// expect waits for a text after what was expected before.
func (s *screen) expect(want string) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()
		s.mu.Unlock()
		if i := strings.Index(text[s.at:], want); i >= 0 {
			s.at += i + len(want)
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the screen does not show %q after\n%q\nbut\n%q", want, text[:s.at], text[s.at:])
		}
	}
}

func (s *screen) exits(code int) {
	s.t.Helper()
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		s.t.Fatal("the chat goes on")
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d; the screen shows %q", got, code, s.text.String())
	}
}

func TestTerminalChat(t *testing.T) {
	history := filepath.Join(t.TempDir(), "history")
	s := newScreen(t, history)
	s.expect("desk, 3 entries")
	s.expect("> ")
	s.send("helo\x1b[D\x1b[Dl\r") // left, left, and an l in the middle
	s.expect("You said \x1b[1mhello\x1b[0m.\r\n")
	s.expect("> ")
	s.send("found\r")
	s.expect("Do \x1b[1mthis\x1b[0m.")
	s.send("/why\r")
	s.expect("nearest phrasing   0.8100")
	s.expect("> ")
	s.send("choices\r")
	s.expect("1. \x1b[0mFirst one")
	s.expect("> ")
	s.send("/he\t\r")
	s.expect("Ctrl-C cancels")
	s.expect("> ")
	s.send("slow\r")
	s.expect("working")
	s.send("\x03")
	s.expect("Cancelled.")
	s.expect("> ")
	s.send("\x04")
	s.expect("left")
	s.exits(0)

	// The next chat has the history, and searches it.
	s = newScreen(t, history)
	s.expect("> ")
	s.send(strings.Repeat("\x1b[A", 6) + "\r")
	s.expect("You said \x1b[1mhello\x1b[0m")
	s.expect("> ")
	s.send("/quit\r")
	s.expect("left")
	s.exits(0)
}

func TestTerminalControlCEnds(t *testing.T) {
	s := newScreen(t, "")
	s.expect("> ")
	s.send("half a line\x03")
	s.expect("once more leaves")
	s.expect("> ")
	s.send("\x03")
	s.expect("left")
	s.exits(0)
}

// SIGTERM at a prompt ends the chat and gives the terminal back as it was.
func TestTerminalTerminated(t *testing.T) {
	s := newScreen(t, "")
	s.expect("> ")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.expect("left")
	s.exits(0)
}

// A reply that is sent while a line is typed stands above it.
func TestTerminalSend(t *testing.T) {
	s := newScreen(t, "")
	s.expect("> ")
	s.send("half")
	s.expect("half")
	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	s.expect("The timer rang.")
	s.expect("> half")
	s.send(" line\r")
	s.expect("You said \x1b[1mhalf line\x1b[0m")
}

func TestTerminalNoColor(t *testing.T) {
	s := newScreen(t, "", "NO_COLOR=1")
	s.expect("> ")
	s.send("choices\r")
	s.expect("1. First one")
	s.mu.Lock()
	defer s.mu.Unlock()
	if colours := regexp.MustCompile(`\x1b\[[0-9;]*3[0-9]m`).FindString(s.text.String()); colours != "" {
		t.Errorf("there is a colour, %q, on the screen", colours)
	}
}

// A terminal that cannot move its cursor gets plain lines.
func TestTerminalDumb(t *testing.T) {
	s := newScreen(t, "", "TERM=dumb")
	s.expect("> ")
	s.send("hello\r")
	s.expect("You said **hello**.")
	s.send("\x04")
	s.exits(0)
}

// notify brings the interrupts, and stops for good when the process is asked to
// end.
func notify(stop context.CancelFunc) chan os.Signal {
	interrupts, term := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		stop()
	}()
	return interrupts
}
