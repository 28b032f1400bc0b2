package terminal_test

import (
	"context"
	"log"
	"os"
	"strings"

	"frontdesk/adapters/terminal"
	"frontdesk/bot"
)

// Lines from a pipe are answered one by one, without colours or prompts.
func Example() {
	desk := func(_ context.Context, m bot.Message) (bot.Reply, error) {
		return bot.Reply{Decision: bot.Answer, Text: "You said **" + m.Text + "**."}, nil
	}
	cfg := terminal.DefaultConfig()
	cfg.Greeting = false
	t := terminal.New(cfg, terminal.Deps{In: strings.NewReader("hello\n"), Out: os.Stdout})
	if err := t.Run(context.Background(), desk); err != nil {
		log.Fatal(err)
	}
	// Output:
	// You said **hello**.
}
