package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"frontdesk/adapters/terminal"
	"frontdesk/asr/audio"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/retrieval"

	"github.com/spf13/cobra"
)

// maxAsked bounds a question read from the standard input, in bytes. The bot
// refuses shorter ones already, in its own words.
const maxAsked = 1 << 20

// maxAskedSound bounds a recording, in bytes, as chat platforms do.
const maxAskedSound = 25 << 20

func newAsk(c *cli) *cobra.Command {
	var asJSON, explain bool
	var o asking
	cmd := &cobra.Command{
		Use:   "ask [TEXT…]",
		Short: "Ask one question, or give one command",
		Long: "Ask one question, or give one command. Without TEXT, or with -, the text is read\n" +
			"from the standard input. With --audio it is heard in a recording instead, by the engine\n" +
			"that the section speech: of the configuration names. The exit code says what became of\n" +
			`it; see "frontdesk help exit-codes".`,
		Example: "  frontdesk ask how do I add a question\n  frontdesk ask --json --base home turn on the kitchen lights\n  frontdesk ask --audio clip.ogg",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if o.audio != "" && (len(args) > 0 || o.heard) {
				return usage(errors.New("--audio takes the place of a text; leave TEXT and --heard out"))
			}
			var text string
			var err error
			if o.audio == "" {
				if text, err = c.question(ctx, args); err != nil {
					return err
				}
			}
			cfg, err := c.load()
			if err != nil {
				return err
			}
			m := o.message(text)
			reply, err := c.ask(ctx, cfg, &m, o)
			if err != nil {
				return err
			}
			if reply.Warning != "" {
				c.warn(errors.New(reply.Warning))
			}
			if asJSON {
				a := answerOf(reply, explain)
				if explain && m.Transcript != nil {
					t := transcriptOf("", *m.Transcript, nil)
					a.Transcript = &t
				}
				err = writeJSON(c.out, a)
			} else {
				err = c.showReply(reply, cfg.Terminal.Colour, explain)
				if err == nil && explain && m.Transcript != nil {
					err = explainTranscript(c.out, *m.Transcript)
				}
			}
			if err != nil {
				return err
			}
			return silently(codeOfReply(reply))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringVar(&o.audio, "audio", "", "a recording `file` in which it is said; - for the standard input")
	cmd.Flags().BoolVar(&o.heard, "heard", false, "take the text for recognised speech: look for words that sound alike")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what a command would do, and do nothing")
	cmd.Flags().StringVar(&o.as, "as", "cli:local", "the `address` of who asks, as in slack:U0123")
	cmd.Flags().StringVar(&o.in, "in", "", "the `address` of where it is asked (default: that of --as)")
	cmd.Flags().StringVar(&o.room, "room", "", "the `name` of the room in which it is asked")
	cmd.Flags().StringVar(&o.id, "id", "", "the `id` of the message: what it gave was given once, however often it comes (default: a new one)")
	cmd.Flags().BoolVar(&explain, "explain", false, "show every part of the score")
	return cmd
}

// asking says who asks, where and how.
type asking struct {
	as, in, room, id string
	audio            string // the file of a recording; empty for a text
	heard, dryRun    bool
}

// message makes the message of a question, in a conversation of its own.
func (o asking) message(text string) bot.Message {
	m := bot.Message{
		ID: o.id, Kind: bot.Text, Sender: bot.Address(o.as), Address: bot.Address(cmp.Or(o.in, o.as)),
		Text: text, Heard: o.heard, Time: time.Now(),
	}
	if m.ID == "" {
		m.ID = rand.Text()
	}
	m.Conversation = "cli:" + m.ID
	if o.room != "" {
		m.Context = map[string]string{"room": o.room}
	}
	return m
}

// ask asks one question. What is heard in a recording is put into the message.
func (c *cli) ask(ctx context.Context, cfg *config.Config, m *bot.Message, o asking) (bot.Reply, error) {
	if o.audio != "" {
		clip, err := c.recording(ctx, o.audio, audio.Options{MaxBytes: maxAskedSound})
		if err != nil {
			return bot.Reply{}, fmt.Errorf("%s: %w", o.audio, err)
		}
		m.Kind, m.Clip = bot.Audio, clip
	}
	m.Base = c.oneBase(cfg)
	a, err := c.open(ctx, cfg, app.Options{Bases: []string{m.Base}, DryRun: o.dryRun, Hear: o.audio != ""})
	if err != nil {
		return bot.Reply{}, err
	}
	defer c.close(a)
	if o.audio != "" {
		t, err := a.Hear(ctx, m.Base, m.Clip, 0)
		if err != nil {
			return bot.Reply{}, fmt.Errorf("%s: %w", o.audio, err)
		}
		a.Keep(ctx, m.Clip, t)
		m.Transcript = &t
	}
	return a.Handle(ctx, *m)
}

// question gives what is asked.
func (c *cli) question(ctx context.Context, args []string) (string, error) {
	text := strings.Join(args, " ")
	if len(args) == 0 || len(args) == 1 && args[0] == "-" {
		data, err := io.ReadAll(io.LimitReader(c.stdin(ctx), maxAsked+1))
		if err != nil {
			return "", fmt.Errorf("reading the question: %w", err)
		}
		text = string(data)
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if text == "" {
		return "", usage(errors.New("nothing is asked; write the question after ask, or into its standard input"))
	}
	return text, nil
}

func (c *cli) showReply(reply bot.Reply, colour terminal.Colour, explain bool) error {
	reply.Warning = "" // said already
	if err := terminal.Print(c.out, colour, reply); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if explain {
		if _, err := fmt.Fprintf(c.out, "\n%s", terminal.Explain(reply)); err != nil {
			return fmt.Errorf("writing the explanation: %w", err)
		}
	}
	return nil
}

// codeOfReply gives the exit code of what became of a question.
func codeOfReply(r bot.Reply) int {
	switch r.Decision {
	case bot.Suggest, bot.Confirm, bot.Ask, bot.Prove, bot.Approve:
		return codeMore
	case bot.Run:
		if r.Failed {
			return codeCommand
		}
		return codeDone
	case bot.Refuse:
		return codeRefused
	case bot.Answer:
		return codeDone
	}
	return codeUnknown
}

// An answer is the JSON form of a reply. Its fields stay what they are as long
// as V is 1.
type answer struct {
	V           int               `json:"v"`
	Decision    bot.Decision      `json:"decision"`
	Entry       string            `json:"entry"`
	Probability float64           `json:"probability"`
	Answer      string            `json:"answer"`
	Heard       string            `json:"heard,omitempty"` // in a recording
	Slots       map[string]string `json:"slots"`
	Commands    []commanded       `json:"commands,omitempty"`
	Suggestions []suggestion      `json:"suggestions"`
	LatencyMS   float64           `json:"latency_ms"`
	Explanation *explanation      `json:"explanation,omitempty"`
	Transcript  *transcriptJSON   `json:"transcript,omitempty"` // of a recording, with --explain
}

// A commanded is one of several commands that a sentence gave.
type commanded struct {
	Entry string            `json:"entry"`
	Slots map[string]string `json:"slots"`
}

type suggestion struct {
	Entry       string  `json:"entry"`
	Probability float64 `json:"probability"`
}

type explanation struct {
	Corrected map[string]string `json:"corrected"`
	Hits      []hit             `json:"hits"`
	Model     string            `json:"model"` // the embedding model
}

type hit struct {
	Entry       string  `json:"entry"`
	Probability float64 `json:"probability"`
	Phrasing    string  `json:"phrasing"`
	Exact       bool    `json:"exact"`
	Parts       []part  `json:"parts"`
}

type part struct {
	Certain bool    `json:"certain"`
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Weight  float64 `json:"weight"`
	Note    string  `json:"note"`
}

func answerOf(r bot.Reply, explain bool) answer {
	a := answer{
		V: 1, Decision: r.Decision, Entry: r.Entry, Probability: r.Probability, Answer: r.Text, Heard: r.Heard,
		Slots: r.Slots, Suggestions: []suggestion{},
		LatencyMS: float64(r.Latency.Microseconds()) / 1000,
	}
	if a.Slots == nil {
		a.Slots = map[string]string{}
	}
	for _, c := range r.Commands {
		if c.Slots == nil {
			c.Slots = map[string]string{}
		}
		a.Commands = append(a.Commands, commanded(c))
	}
	for _, s := range r.Suggestions {
		a.Suggestions = append(a.Suggestions, suggestion(s))
	}
	if explain && r.Result != nil {
		a.Explanation = explanationOf(*r.Result)
	}
	return a
}

func explanationOf(r retrieval.Result) *explanation {
	x := &explanation{Model: r.Model, Corrected: r.Corrected, Hits: []hit{}}
	if x.Corrected == nil {
		x.Corrected = map[string]string{}
	}
	for _, h := range r.Hits {
		parts := make([]part, len(h.Parts))
		for i, p := range h.Parts {
			parts[i] = part(p)
		}
		x.Hits = append(x.Hits, hit{h.Entry.ID, h.Probability, h.Phrasing, h.Exact, parts})
	}
	return x
}
