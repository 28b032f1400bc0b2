package terminal

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// TestConform holds the terminal to what every adapter promises, as far as a single
// person at a single terminal goes.
func TestConform(t *testing.T) {
	const alone = "one person sits at a terminal"
	const fresh = "a line is read when the one before it was answered, and is kept nowhere"
	const typed = "what is numbered is picked by typing, and the bot reads it"
	lacks := map[bottest.Feature]string{
		bottest.Channels: alone, bottest.Threads: alone, bottest.Overhears: alone, bottest.Parallel: alone,
		bottest.Private: alone, bottest.OtherBots: alone, bottest.Mentions: alone,
		bottest.Edits: "a line that was sent stays", bottest.Deletions: "a line that was sent stays",
		bottest.Redelivery: fresh, bottest.Crashes: fresh, bottest.CatchesUp: fresh,
		bottest.Reconnects: "there is no connection", bottest.Busy: "there is no server",
		bottest.Failures: "a terminal that cannot be written to is gone",
		bottest.Options:  typed, bottest.Forms: typed, bottest.Commands: typed, bottest.Ratings: typed,
		bottest.Sounds: "only text can be typed",
	}
	bottest.Conform(t, func(t testing.TB) *bottest.Platform {
		s := &sheet{}
		in, keys, err := os.Pipe() // takes lines that nobody reads yet
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		t.Cleanup(func() {
			cancel()
			keys.Close()
			in.Close()
		})
		cfg := quiet()
		cfg.Colour = Always
		term := New(cfg, Deps{In: in, Out: s})
		return &bottest.Platform{
			Name: "terminal", Lacks: lacks,
			Start: func(r bottest.Running) { go func() { ended <- term.Run(ctx, r.Handler) }() },
			Stop: func() error {
				cancel()
				return <-ended
			},
			Say: func(said bottest.Saying) string {
				if _, err := keys.WriteString(said.Text + "\n"); err != nil {
					t.Error(err)
				}
				return ""
			},
			Send:    func(to bot.Address, r bot.Reply) error { return term.Send(ctx, to, r) },
			Address: func(string) bot.Address { return Local },
			Read:    func(bottest.Where) []bottest.Shown { return s.read() },
			Render:  bottest.ReadScreen,
		}
	})
}

// A sheet keeps what is printed, each reply by itself: one is written by one call.
type sheet struct {
	mu      sync.Mutex
	printed []bottest.Shown
}

func (s *sheet) Write(b []byte) (int, error) { return s.WriteString(string(b)) }

// WriteString is what a bufio.Writer uses for what is larger than itself.
func (s *sheet) WriteString(text string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.TrimSpace(text) != "" {
		s.printed = append(s.printed, bottest.Shown{Text: text})
	}
	return len(text), nil
}

func (s *sheet) read() []bottest.Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bottest.Shown(nil), s.printed...)
}
