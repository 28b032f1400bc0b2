// Package terminal is the adapter for a person at a terminal, and for programs
// that write lines into a pipe.
//
// On a terminal, lines are edited and kept in a history, and Markdown is laid
// out. Where the input is no terminal, every line is a question and its answer
// is printed, with no prompt in between.
package terminal

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"frontdesk/bot"

	"golang.org/x/term"
)

// Local is the address of whoever sits at the terminal.
const Local bot.Address = "terminal:local"

const (
	// maxWidth bounds how wide text is laid out, in columns: longer lines are
	// hard to read.
	maxWidth     = 100
	defaultWidth = 80
	// grace is how long an answer in progress may take to stop once it was
	// cancelled.
	grace = 5 * time.Second
)

// Deps are what a Terminal works with. In and Out are required.
type Deps struct {
	In  io.Reader
	Out io.Writer
	// Base names the base that answers; empty for the default.
	Base string
	// About says what is loaded, in one sentence, for the greeting.
	About string
	// HistoryFile keeps what was typed; empty for none.
	HistoryFile string
	// Reload loads the knowledge again and says what is loaded now. Nil where
	// that cannot be done.
	Reload func(ctx context.Context) (about string, err error)
	// Interrupts brings the interrupts (Ctrl-C) that the terminal does not see
	// itself. The first one cancels the answer in progress, the next one ends.
	Interrupts <-chan os.Signal
	// Warn takes what went wrong beside the conversation. Nil to say nothing.
	Warn func(error)
}

// A Terminal is one conversation. Run may be called once; Send may be called
// from any goroutine.
type Terminal struct {
	cfg    Config
	deps   Deps
	device device
	editor *editor // nil where lines are read plainly
	id     string  // of the conversation; also the prefix of message IDs
	count  int
	// aborted says that Ctrl-C was the last that was pressed: the next one ends.
	aborted bool

	mu   sync.Mutex // guards what follows
	out  *bufio.Writer
	edit bool // a prompt is shown

	last *bot.Reply // the last one that searched, for /why
}

// New makes a Terminal. Nothing is read or written before Run.
func New(cfg Config, deps Deps) *Terminal {
	if deps.Warn == nil {
		deps.Warn = func(error) {}
	}
	return &Terminal{
		cfg: cfg, deps: deps, device: deviceFor(cfg.Colour, deps.Out),
		id: rand.Text()[:10], out: bufio.NewWriter(deps.Out),
	}
}

// deviceFor says how much a writer can show. NO_COLOR is described at
// https://no-color.org.
func deviceFor(c Colour, w io.Writer) device {
	isTerminal := isTerminal(w)
	switch {
	case c == Always:
		return coloured
	case !isTerminal || os.Getenv("TERM") == "dumb":
		return plainText
	case c == Never || os.Getenv("NO_COLOR") != "":
		return mono
	}
	return coloured
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width gives how many columns text is laid out in: those of w where it is a terminal,
// up to some that can be read well.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(w, maxWidth)
		}
	}
	return defaultWidth
}

// Send shows a reply at once, above the line that is being typed if there is
// one.
func (t *Terminal) Send(_ context.Context, to bot.Address, r bot.Reply) error {
	if to != Local {
		return fmt.Errorf("%q is no address of the terminal", to)
	}
	return t.print(t.render(r))
}

// Interactive says whether a person types at a prompt, above whom something can
// be shown with [Terminal.Notify].
func (t *Terminal) Interactive() bool { return canEdit(t.deps) }

// Notify shows a plain text at once, as Send does with a reply.
func (t *Terminal) Notify(text string) error {
	return t.print(strings.TrimRight(clean(text), "\n") + "\n")
}

func (t *Terminal) render(r bot.Reply) string { return render(r, t.device, Width(t.deps.Out)) }

// print writes a text of whole lines.
func (t *Terminal) print(text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.edit {
		text = "\r\x1b[K" + text
	}
	_, err := t.out.WriteString(text)
	if err == nil {
		err = t.out.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing to the terminal: %w", err)
	}
	if t.edit {
		redraw()
	}
	return nil
}

// gone says that nobody reads the output any more.
func gone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, fs.ErrClosed)
}

// message makes the Message of one line.
func (t *Terminal) message(text string) bot.Message {
	t.count++
	return bot.Message{
		ID:   fmt.Sprintf("%s-%d", t.id, t.count),
		Kind: bot.Text, Conversation: "terminal:" + t.id,
		Sender: Local, Address: Local, Base: t.deps.Base,
		Text: strings.ToValidUTF8(text, "\uFFFD"), Time: time.Now(),
	}
}
