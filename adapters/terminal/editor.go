package terminal

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/peterh/liner"
)

// errAborted says that Ctrl-C was pressed at the prompt.
var errAborted = errors.New("aborted")

// An editor reads lines from the terminal of this process.
type editor struct {
	state   *liner.State
	prompt  string
	history *history // nil for none
}

// canEdit says whether lines can be edited: liner works on the standard input
// and output only.
func canEdit(d Deps) bool {
	return d.In == os.Stdin && d.Out == os.Stdout && isTerminal(d.In) && isTerminal(d.Out)
}

// newEditor takes hold of the terminal; close gives it back. A history that
// cannot be read is reported and not written either.
func newEditor(cfg Config, d Deps) *editor {
	e := &editor{state: liner.NewLiner(), prompt: cfg.Prompt}
	e.state.SetCtrlCAborts(true)
	e.state.SetCompleter(complete)
	if !cfg.History || d.HistoryFile == "" {
		return e
	}
	h := history{d.HistoryFile}
	lines, err := h.load()
	if err != nil {
		d.Warn(err)
		return e
	}
	e.history = &h
	if _, err := e.state.ReadHistory(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		d.Warn(err)
	}
	return e
}

// complete completes the commands of the chat.
func complete(line string) []string {
	var out []string
	for _, c := range commands {
		if line != "" && strings.HasPrefix(c.name, line) {
			out = append(out, c.name)
		}
	}
	return out
}

// next reads a line. It gives io.EOF for Ctrl-D and errAborted for Ctrl-C.
func (e *editor) next() (string, error) {
	line, err := e.state.Prompt(e.prompt)
	switch {
	case errors.Is(err, liner.ErrPromptAborted):
		return "", errAborted
	case errors.Is(err, io.EOF):
		return "", io.EOF
	case err != nil:
		return "", err
	case len(line) > maxLine:
		return "", errTooLong
	}
	return line, nil
}

// remember adds a line to the history.
func (e *editor) remember(line string) error {
	if !keeps(line) {
		return nil
	}
	e.state.AppendHistory(line)
	if e.history == nil {
		return nil
	}
	return e.history.add(line)
}

func (e *editor) close() error { return e.state.Close() }
