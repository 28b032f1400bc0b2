package bot_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/reply"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
	"frontdesk/retrieval/static"
)

// A desk of a few entries, wired by hand as internal/app does it.
func Example() {
	ctx := context.Background()
	files := fstest.MapFS{"desk.yaml": {Data: []byte(`format: 1
faq:
  - id: reset-password
    question: How do I reset my password?
    alternatives: [I forgot my password]
    answer: Open **Settings → Security**.
  - id: opening-hours
    question: When are you open?
    alternatives: [opening hours]
    answer: From nine to five.
commands:
  - id: call-lift
    say: ["(call|send) the lift [to floor {floor}]"]
    slots: {floor: {type: number, from: 0, to: 9, step: 1, ask: "To which floor?"}}
    reply: The lift comes to floor {floor}.
`)}}
	base, err := knowledge.Load(ctx, knowledge.Options{FS: files, Paths: []string{"desk.yaml"}})
	if err != nil {
		log.Fatal(err)
	}
	index, err := retrieval.Build(ctx, base, static.Default(), retrieval.DefaultConfig(), retrieval.BuildOptions{})
	if err != nil {
		log.Fatal(err)
	}
	commands, err := dispatch.New(base, map[string]dispatch.Kind{"reply": reply.New},
		dispatch.Options{Allow: &knowledge.Rights{Everybody: true}})
	if err != nil {
		log.Fatal(err)
	}
	desk := bot.New(bot.DefaultConfig(), bot.Deps{})
	desk.SetBase("desk", bot.Base{Knowledge: base, Index: index, Dispatcher: commands})

	for i, text := range []string{"i forgot my pasword", "call the lift", "three", "why is the sky blue"} {
		r, err := desk.Handle(ctx, bot.Message{ID: fmt.Sprint(i), Kind: bot.Text, Conversation: "demo", Text: text})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", r.Decision, r.Text)
	}
	// Output:
	// answer: Open **Settings → Security**.
	// ask: To which floor?
	// run: The lift comes to floor three.
	// abstain: I don't know that.
}
