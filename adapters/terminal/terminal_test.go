package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// echo answers with what was said; some words do something else.
func echo(ctx context.Context, m bot.Message) (bot.Reply, error) {
	switch m.Text {
	case "fail":
		return bot.Reply{}, errors.New("the disk\x1b[2J is gone")
	case "choices":
		return bot.Reply{Decision: bot.Suggest, Text: "Did you mean", Options: []bot.Option{{ID: "a", Label: "First one"}, {ID: "b", Label: "Second\none"}}}, nil
	case "warned":
		return bot.Reply{Text: "yes", Warning: "not in the journal"}, nil
	case "slow":
		select {
		case <-ctx.Done():
			return bot.Reply{}, ctx.Err()
		case <-time.After(time.Minute):
			return bot.Reply{}, errors.New("nobody cancelled")
		}
	case "found":
		return bot.Reply{Decision: bot.Answer, Entry: "reset-password", Probability: 0.93, Text: "Do **this**.", Result: &retrieval.Result{
			Corrected: map[string]string{"pasword": "password"},
			Hits: []retrieval.Hit{{
				Entry: &knowledge.Entry{ID: "reset-password"}, Probability: 0.93, Phrasing: "How do I reset it?",
				Parts: []retrieval.Part{
					{Name: "nearest phrasing", Value: 0.81, Weight: 4, Note: "cosine"},
					{Name: "words", Value: -2, Weight: 0.5},
					{Certain: true, Name: "lead", Value: 2, Weight: 1.2935},
				},
			}},
		}}, nil
	}
	return bot.Reply{Decision: bot.Answer, Text: "You said **" + m.Text + "**."}, nil
}

func talk(t *testing.T, cfg Config, input string) string {
	t.Helper()
	var out bytes.Buffer
	term := New(cfg, Deps{In: strings.NewReader(input), Out: &out, About: "desk, 3 entries"})
	if err := term.Run(t.Context(), echo); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func quiet() Config {
	cfg := DefaultConfig()
	cfg.Greeting = false
	return cfg
}

func TestPlainLines(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
	}{
		{"nothing", "", ""},
		{"empty lines", "\n  \n", ""},
		{"a line each", "one\ntwo\r\nthree", "You said **one**.\n\nYou said **two**.\n\nYou said **three**.\n\n"},
		{"choices", "choices\n", "Did you mean\n  1. First one\n  2. Second one\n\n"},
		{"an error", "fail\nnext\n", "That went wrong: the disk␛[2J is gone\n\nYou said **next**.\n\n"},
		{"escapes", "Set \\(area: living\\_room\\) &lt;b> `\\(a\\)` <https://x.y/\\(> \\\\( &#27;[2J C:\\x\n", "You said **Set (area: living_room) <b> `\\(a\\)` <https://x.y/\\(> \\( ␛[2J C:\\x**.\n\n"},
		{"a warning", "warned\n", "yes\nNote: not in the journal\n\n"},
		{"control characters", "a\x1b[2Jb\n", "You said **a␛[2Jb**.\n\n"},
		{"invalid UTF-8", "a\xffb\n", "You said **a\uFFFDb**.\n\n"},
		{"quit", "/quit\nnever\n", ""},
		{"unknown command", "/nosuch\n", "There is no /nosuch here. /help lists what there is.\n\n"},
		{"a question that begins with a slash", "/etc/hosts says what\n", "You said **/etc/hosts says what**.\n\n"},
		{"why, too early", "/why\n", "Nothing was asked yet.\n\n"},
		{"reload, where it cannot be", "/reload\n", "The knowledge cannot be loaded again here.\n\n"},
		{"too long", strings.Repeat("x", maxLine+1) + "\nnext\n", "That line is longer than 1 MB. Please put it in a few sentences.\n\nYou said **next**.\n\n"},
		{"too long, without an end", strings.Repeat("x", 3*maxLine), "That line is longer than 1 MB. Please put it in a few sentences.\n\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, talk(t, quiet(), test.in)); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongestLine(t *testing.T) {
	line := strings.Repeat("x", maxLine)
	for _, end := range []string{"", "\n", "\r\n"} {
		if got := talk(t, quiet(), line+end); got != "You said **"+line+"**.\n\n" {
			t.Errorf("with the end %q a line of exactly the bound gives %d bytes", end, len(got))
		}
	}
}

func TestGreeting(t *testing.T) {
	want := "desk, 3 entries\nEvery line is a question, or a command.\n\n"
	if diff := cmp.Diff(want, talk(t, DefaultConfig(), "")); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

func TestWhy(t *testing.T) {
	want := `Do **this**.

Decision: answer reset-password, probability 0.930
Read "pasword" as "password".

1. reset-password, probability 0.930
   "How do I reset it?"
         ranked by    value  weight    adds
  nearest phrasing   0.8100  +4.000  +3.240  cosine
             words  -2.0000  +0.500  -1.000
  certain by   value  weight    adds
        lead  2.0000  +1.294  +2.587
         sum                  +2.587  the log-odds of 0.930

`
	if diff := cmp.Diff(want, talk(t, quiet(), "found\n/why\n")); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

func TestAlwaysColours(t *testing.T) {
	cfg := quiet()
	cfg.Colour = Always
	if got := talk(t, cfg, "hello\n"); got != "You said \x1b[1mhello\x1b[0m.\n\n" {
		t.Errorf("printed %q", got)
	}
}

func TestReload(t *testing.T) {
	var out bytes.Buffer
	calls := 0
	term := New(quiet(), Deps{In: strings.NewReader("/reload\n/reload\n"), Out: &out, Reload: func(context.Context) (string, error) {
		if calls++; calls == 1 {
			return "", errors.New("desk.yaml:3:1: unknown key \"anser\"")
		}
		return "desk, 4 entries", nil
	}})
	if err := term.Run(t.Context(), echo); err != nil {
		t.Fatal(err)
	}
	want := "desk.yaml:3:1: unknown key \"anser\"\nThe knowledge is at fault; what was loaded before goes on answering.\n\ndesk, 4 entries\n\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

// Message IDs are unique within a chat and from one chat to the next.
func TestMessageIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		term := New(quiet(), Deps{In: strings.NewReader("a\nb\na\n"), Out: io.Discard})
		err := term.Run(t.Context(), func(_ context.Context, m bot.Message) (bot.Reply, error) {
			if seen[m.ID] || m.Conversation == "" || m.Address != Local || m.Sender != Local || m.Time.IsZero() {
				t.Errorf("the message is %+v", m)
			}
			seen[m.ID] = true
			return bot.Reply{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d IDs, want 6", len(seen))
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestOutputErrors(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	full := errors.New("no space left")
	for _, test := range []struct {
		out  io.Writer
		want error
	}{{w, nil}, {brokenWriter{io.ErrClosedPipe}, nil}, {brokenWriter{full}, full}} {
		term := New(DefaultConfig(), Deps{In: strings.NewReader("one\ntwo\n"), Out: test.out})
		if err := term.Run(t.Context(), echo); !errors.Is(err, test.want) {
			t.Errorf("Run gives %v, want %v", err, test.want)
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }

func TestInputError(t *testing.T) {
	term := New(quiet(), Deps{In: brokenReader{}, Out: io.Discard})
	if err := term.Run(t.Context(), echo); err == nil || !strings.Contains(err.Error(), "the line is dead") {
		t.Errorf("Run gives %v", err)
	}
}

// The first interrupt cancels the answer in progress and the chat goes on; two
// end it, and so does one between answers, and the end of the context.
func TestInterrupts(t *testing.T) {
	defer goleak.VerifyNone(t)
	started := make(chan struct{}, 1)
	handle := func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		started <- struct{}{}
		return echo(ctx, m)
	}
	start := func(ctx context.Context) (in *io.PipeWriter, interrupts chan os.Signal, out *bytes.Buffer, done chan error) {
		r, w := io.Pipe()
		interrupts, out, done = make(chan os.Signal), &bytes.Buffer{}, make(chan error, 1)
		term := New(quiet(), Deps{In: r, Out: out, Interrupts: interrupts})
		go func() { done <- term.Run(ctx, handle) }()
		return w, interrupts, out, done
	}
	ended := func(done chan error, in io.Closer) {
		t.Helper()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the chat goes on")
		}
		in.Close()
	}

	in, interrupts, out, done := start(t.Context())
	fmt.Fprintln(in, "slow")
	<-started
	interrupts <- os.Interrupt
	fmt.Fprintln(in, "still here")
	<-started
	in.Close()
	ended(done, in)
	if want := "Cancelled.\n\nYou said **still here**.\n\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out, want)
	}

	in, interrupts, _, done = start(t.Context())
	interrupts <- os.Interrupt
	ended(done, in)

	ctx, cancel := context.WithCancel(t.Context())
	in, _, out, done = start(ctx)
	fmt.Fprintln(in, "slow")
	<-started
	cancel()
	ended(done, in)
	if out.Len() > 0 {
		t.Errorf("printed %q", out)
	}

	// A handler that does not listen does not keep anybody.
	release := make(chan struct{})
	defer close(release) // before goleak looks
	r, w := io.Pipe()
	interrupts = make(chan os.Signal)
	done = make(chan error, 1)
	go func() {
		done <- New(quiet(), Deps{In: r, Out: io.Discard, Interrupts: interrupts}).Run(t.Context(),
			func(context.Context, bot.Message) (bot.Reply, error) {
				started <- struct{}{}
				<-release
				return bot.Reply{}, nil
			})
	}()
	fmt.Fprintln(w, "deaf")
	<-started
	interrupts <- os.Interrupt
	interrupts <- os.Interrupt
	ended(done, w)
}

func TestSend(t *testing.T) {
	var out bytes.Buffer
	term := New(quiet(), Deps{In: strings.NewReader(""), Out: &out})
	if err := term.Send(t.Context(), Local, bot.Reply{Text: "The timer rang."}); err != nil {
		t.Fatal(err)
	}
	if err := term.Send(t.Context(), "slack:U1", bot.Reply{Text: "no"}); err == nil {
		t.Error("a foreign address is taken")
	}
	if out.String() != "The timer rang.\n" {
		t.Errorf("printed %q", out.String())
	}
}

func TestConfigCheck(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want []string
	}{
		{DefaultConfig(), nil},
		{Config{Prompt: strings.Repeat("x", 41), Colour: "blue"}, []string{"colour", "prompt"}},
		{Config{Prompt: "\x1b[1m> ", Colour: Never}, []string{"prompt"}},
		{Config{Prompt: "", Colour: Always}, nil},
	} {
		var got []string
		test.cfg.Check(func(key, what, do string) {
			got = append(got, key)
			if what == "" || do == "" {
				t.Errorf("%s is reported without a word", key)
			}
		})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.cfg, diff)
		}
	}
}

// What was heard is shown before the answer; where words are to be typed, the
// options beside them are not.
func TestHeardAndForm(t *testing.T) {
	var out strings.Builder
	r := bot.Reply{Decision: bot.Ask, Heard: "go\nsome where", Text: "Where to?", Form: &bot.Form{Title: "Where to?", Label: "to"}, Options: []bot.Option{{ID: "a", Label: "A"}}}
	if err := Print(&out, Never, r); err != nil {
		t.Fatal(err)
	}
	if want := "I heard: go some where\nWhere to?\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
