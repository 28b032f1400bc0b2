package terminal

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"
)

// A command is what a line beginning with a slash does in the chat. It gives
// whole lines, or errQuit.
type command struct {
	name, help string
	run        func(ctx context.Context, t *Terminal) (string, error)
}

// commands are those of the chat.
var commands = chatCommands()

func chatCommands() []command {
	var help string
	list := []command{
		{"/why", "explain the last decision: every part of the score", func(_ context.Context, t *Terminal) (string, error) {
			return t.why(), nil
		}},
		{"/reload", "load the knowledge again", func(ctx context.Context, t *Terminal) (string, error) {
			return t.reload(ctx)
		}},
		{"/help", "this", func(context.Context, *Terminal) (string, error) { return help, nil }},
		{"/quit", "leave; so does Ctrl-D", func(context.Context, *Terminal) (string, error) { return "", errQuit }},
	}
	var b strings.Builder
	b.WriteString("Ask a question or give a command in your own words. Where choices are numbered,\n" +
		"the number or the words pick one. Ctrl-C cancels the answer in progress.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range list {
		fmt.Fprintf(w, "  %s\t%s\n", c.name, c.help)
	}
	_ = w.Flush() // into memory
	help = b.String()
	return list
}

// slashWord is a line that can only be meant as a command of the chat.
var slashWord = regexp.MustCompile(`^/[a-z]+$`)

// slash finds the command of the chat that a line is. A line that can only be
// meant as one, and is none, gives a text that says so.
func slash(line string) (*command, string) {
	if !slashWord.MatchString(line) {
		return nil, ""
	}
	for i := range commands {
		if commands[i].name == line {
			return &commands[i], ""
		}
	}
	return nil, fmt.Sprintf("There is no %s here. /help lists what there is.\n", line)
}

func (t *Terminal) why() string {
	if t.last == nil {
		return "Nothing was asked yet.\n"
	}
	return Explain(*t.last)
}

func (t *Terminal) reload(ctx context.Context) (string, error) {
	if t.deps.Reload == nil {
		return "The knowledge cannot be loaded again here.\n", nil
	}
	about, err := t.deps.Reload(ctx)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return fmt.Sprintf("%s\nThe knowledge is at fault; what was loaded before goes on answering.\n", clean(err.Error())), nil
	}
	return OneLine(about) + "\n", nil
}
