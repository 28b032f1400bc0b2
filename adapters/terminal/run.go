package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"frontdesk/bot"
)

// gap stands between what is printed and what comes next.
const gap = "\n"

// errQuit ends a chat.
var errQuit = errors.New("quit")

// A typed line, or why there is none.
type typed struct {
	line string
	err  error
}

// Run reads lines and shows what handle answers, until the input ends, the
// person leaves, nobody reads the output any more, or ctx ends. All of these are
// no error. A read that is still waiting for the person then waits on: the
// process is expected to end.
func (t *Terminal) Run(ctx context.Context, handle bot.Handler) error {
	next := lineReader{bufio.NewReaderSize(t.deps.In, 64<<10)}.next
	if canEdit(t.deps) {
		t.editor = newEditor(t.cfg, t.deps)
		defer t.editor.close()
		next = t.editor.next
	}
	err := t.chat(ctx, next, handle)
	if errors.Is(err, errQuit) || gone(err) {
		return nil
	}
	return err
}

func (t *Terminal) chat(ctx context.Context, next func() (string, error), handle bot.Handler) error {
	if err := t.greet(); err != nil {
		return err
	}
	// One line is read when it is asked for, not before: the prompt belongs
	// under the answer.
	ask, lines := make(chan struct{}), make(chan typed, 1)
	defer close(ask)
	go func() {
		for range ask {
			line, err := next()
			lines <- typed{line, err}
		}
	}()
	for {
		t.prompting(true)
		ask <- struct{}{}
		var in typed
		select {
		case <-ctx.Done():
			return t.leave()
		case <-t.deps.Interrupts:
			return t.leave()
		case in = <-lines:
		}
		t.prompting(false)
		switch {
		case ctx.Err() != nil, errors.Is(in.err, errAborted) && t.aborted:
			return nil
		case errors.Is(in.err, io.EOF):
			return t.leave()
		case errors.Is(in.err, errAborted):
			t.aborted = true
			if err := t.print("Ctrl-C once more leaves; so do Ctrl-D and /quit.\n"); err != nil {
				return err
			}
			continue
		case errors.Is(in.err, errTooLong):
			if err := t.print(fmt.Sprintf("That line is longer than %d MB. Please put it in a few sentences.\n", maxLine>>20) + gap); err != nil {
				return err
			}
			continue
		case in.err != nil:
			return fmt.Errorf("reading the input: %w", in.err)
		}
		t.aborted = false
		if err := t.line(ctx, in.line, handle); err != nil {
			return err
		}
	}
}

// leave ends the line of the prompt.
func (t *Terminal) leave() error {
	t.prompting(false)
	if t.editor == nil {
		return nil
	}
	return t.print("\n")
}

// prompting notes that a prompt is shown from now on, or no longer.
func (t *Terminal) prompting(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.edit = on && t.editor != nil
	if t.edit {
		// At a prompt Ctrl-C is a key; an interrupt that is still here was meant
		// for an answer that is out by now.
		select {
		case <-t.deps.Interrupts:
		default:
		}
	}
}

func (t *Terminal) greet() error {
	if !t.cfg.Greeting {
		return nil
	}
	how := "Every line is a question, or a command."
	if t.editor != nil {
		how = "Ask a question or give a command. /help says more, /quit leaves."
	}
	return t.print(t.device.paint(OneLine(t.deps.About), bold) + "\n" + how + "\n\n")
}

// line does what one line asks for.
func (t *Terminal) line(ctx context.Context, line string, handle bot.Handler) error {
	line = strings.TrimSpace(line)
	if line == "" {
		return nil
	}
	if t.editor != nil {
		if err := t.editor.remember(line); err != nil {
			t.deps.Warn(err)
			t.editor.history = nil // once said is enough
		}
	}
	if c, text := slash(line); c != nil {
		return t.command(ctx, c)
	} else if text != "" {
		return t.print(text + gap)
	}
	m := t.message(line)
	reply, err := cancellable(ctx, t.deps.Interrupts, func(ctx context.Context) (bot.Reply, error) { return handle(ctx, m) })
	if err != nil {
		return t.problem(ctx, err)
	}
	if reply.Result != nil {
		t.last = &reply
	}
	return t.print(t.render(reply) + gap)
}

// command runs a command of the chat.
func (t *Terminal) command(ctx context.Context, c *command) error {
	text, err := cancellable(ctx, t.deps.Interrupts, func(ctx context.Context) (string, error) { return c.run(ctx, t) })
	if err != nil {
		return t.problem(ctx, err)
	}
	return t.print(text + gap)
}

// problem shows why there is no answer, or ends the chat.
func (t *Terminal) problem(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, errQuit), ctx.Err() != nil:
		return errQuit
	case errors.Is(err, context.Canceled):
		t.aborted = true
		return t.print("Cancelled.\n" + gap)
	}
	return t.print(t.device.paint("That went wrong: "+OneLine(err.Error()), alert) + "\n" + gap)
}

// cancellable does something that an interrupt cancels. A second one, or the
// end of ctx, ends the chat.
func cancellable[T any](ctx context.Context, interrupts <-chan os.Signal, do func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		value, err := do(inner)
		done <- outcome{value, err}
	}()
	var none T
	ended := ctx.Done()
	var late <-chan time.Time
	for interrupted := false; ; {
		select {
		case o := <-done:
			if interrupted && o.err != nil {
				o.err = context.Canceled
			}
			return o.value, o.err
		case <-interrupts:
			if interrupted {
				return none, errQuit
			}
			interrupted = true
			cancel()
		case <-ended:
			ended = nil // wait for what was begun, but not for ever
			late = time.After(grace)
		case <-late:
			return none, errQuit
		}
	}
}
