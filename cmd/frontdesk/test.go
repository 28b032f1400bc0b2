package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"frontdesk/adapters/terminal"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/spf13/cobra"
)

func newTest(c *cli) *cobra.Command {
	var asJSON bool
	var rule passing
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Run the tests of the knowledge",
		Long: "Ask every question under tests: of every base, or of --base, and compare what the\n" +
			"desk would do. No command is carried out and nothing is recorded.\n\n" +
			"A test passes when its entry is answered, run, confirmed or asked a value for, or is\n" +
			"offered among the choices of a \"did you mean\"; with --strict, offering is not enough.\n" +
			"A test that expects none passes when nothing is known. The exit code is 4 when fewer\n" +
			"than --at-least pass, or when any test is answered with the wrong entry.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			if !(rule.atLeast >= 0 && rule.atLeast <= 1) {
				return usage(errors.New("--at-least is a share from 0 to 1, such as 0.95"))
			}
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.test(ctx, cfg, rule, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for every test")
	cmd.Flags().Float64Var(&rule.atLeast, "at-least", 1, "the `share` of tests that must pass")
	cmd.Flags().BoolVar(&rule.strict, "strict", false, "a test whose entry is only offered fails")
	return cmd
}

// passing says which tests pass, and how many must.
type passing struct {
	atLeast float64
	strict  bool
}

func (p passing) passes(v verdict) bool { return v == passed || v == offered && !p.strict }

func (c *cli) test(ctx context.Context, cfg *config.Config, rule passing, asJSON bool) error {
	names := c.bases(cfg)
	a, err := c.open(ctx, cfg, app.Options{Bases: names, Pretend: true, Configured: true})
	if err != nil {
		return err
	}
	defer c.close(a)
	failed := false
	for _, name := range names {
		outcomes, err := runTests(ctx, a, name)
		if err != nil {
			return fmt.Errorf("testing the base %q: %w", name, err)
		}
		if asJSON {
			for _, o := range outcomes {
				if err := writeJSON(c.out, o); err != nil {
					return err
				}
			}
		} else if err := writeOutcomes(c.out, name, outcomes, rule); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		tally := tallyOf(outcomes)
		good := tally[passed]
		if !rule.strict {
			good += tally[offered]
		}
		if tally[wrong] > 0 || float64(good) < rule.atLeast*float64(len(outcomes)) {
			failed = true
		}
	}
	if failed {
		return silently(codeTests)
	}
	return nil
}

// What became of a test.
const (
	passed  verdict = "passed"
	wrong   verdict = "wrong"       // something else was answered
	offered verdict = "offered"     // the right one was among the choices
	missed  verdict = "missed"      // other choices, or nothing at all
	badSlot verdict = "wrong slots" // the right command, but with other values
)

type verdict string

// An outcome is one test that was run; its JSON form is stable as long as V is 1.
type outcome struct {
	V        int               `json:"v"`
	Base     string            `json:"base"`
	Verdict  verdict           `json:"verdict"`
	Ask      string            `json:"ask"`
	Expect   string            `json:"expect"`
	Decision bot.Decision      `json:"decision"`
	Got      string            `json:"got"` // the entry decided for, or the best one offered
	Prob     float64           `json:"probability"`
	RunnerUp *suggestion       `json:"runner_up,omitempty"`
	Slots    map[string]string `json:"slots,omitempty"`
	File     string            `json:"file"`
	Line     int               `json:"line"`

	test knowledge.Test
}

func runTests(ctx context.Context, a *app.App, name string) ([]outcome, error) {
	base := a.Knowledge(name)
	outcomes := make([]outcome, len(base.Tests))
	for i, t := range base.Tests {
		var err error
		if outcomes[i], err = runTest(ctx, a, name, i, t); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// runTest asks the i-th test of a base, in a conversation of its own.
func runTest(ctx context.Context, a *app.App, name string, i int, t knowledge.Test) (outcome, error) {
	id := fmt.Sprintf("%s-%d", name, i+1)
	reply, err := a.Handle(ctx, bot.Message{
		ID: id, Kind: bot.Text, Conversation: "test:" + id, Sender: "test:local", Address: "test:local",
		Base: name, Text: t.Ask,
	})
	if err != nil {
		return outcome{}, fmt.Errorf("asking %q: %w", t.Ask, err)
	}
	o := judge(a.Knowledge(name), t, reply)
	o.Base = name
	return o, nil
}

// judge compares what the desk would do with what a test expects.
func judge(base *knowledge.Base, t knowledge.Test, r bot.Reply) outcome {
	o := outcome{
		V: 1, Ask: t.Ask, Expect: t.Expect, Decision: r.Decision, Got: r.Entry, Prob: r.Probability, Slots: r.Slots,
		File: t.Pos.File, Line: t.Pos.Line, test: t,
	}
	if r.Result != nil {
		hits := r.Result.Hits
		if o.Got == "" && len(hits) > 0 {
			o.Got = hits[0].Entry.ID
		}
		for _, h := range hits {
			if h.Entry.ID != o.Got {
				o.RunnerUp = &suggestion{h.Entry.ID, h.Probability}
				break
			}
		}
	}
	expected := t.Expect
	if e, ok := base.Entry(expected); ok {
		expected = e.ID // it may be a former one
	}
	isOffered := slices.ContainsFunc(r.Suggestions, func(s bot.Suggestion) bool { return s.Entry == expected })
	acted := r.Entry != ""
	switch {
	case acted && r.Entry != expected:
		o.Verdict = wrong
	case acted && !hasSlots(r.Slots, t.Slots):
		o.Verdict = badSlot
	case acted, expected == knowledge.None && r.Decision == bot.Abstain:
		o.Verdict = passed
	case isOffered:
		o.Verdict = offered
	default:
		o.Verdict = missed
	}
	return o
}

// hasSlots says whether every value that is wanted came out.
func hasSlots(got, want map[string]string) bool {
	for name, value := range want {
		if got[name] != value {
			return false
		}
	}
	return true
}

func tallyOf(outcomes []outcome) map[verdict]int {
	tally := map[verdict]int{}
	for _, o := range outcomes {
		tally[o.Verdict]++
	}
	return tally
}

// writeOutcomes prints what failed, and the counts.
func writeOutcomes(w io.Writer, name string, outcomes []outcome, rule passing) error {
	var b strings.Builder
	for _, o := range outcomes {
		if rule.passes(o.Verdict) {
			continue
		}
		at := fault.Fault{File: o.File, Line: o.Line, Col: o.test.Pos.Col, What: string(o.Verdict)}
		fmt.Fprintf(&b, "%s\n    asked     %s\n  - expected  %s\n  + got       %s\n", at, terminal.OneLine(o.Ask),
			terminal.OneLine(o.Expect+slotList(o.test.Slots)), terminal.OneLine(o.got()))
		if o.RunnerUp != nil {
			fmt.Fprintf(&b, "    runner-up %s (%.3f)\n", o.RunnerUp.Entry, o.RunnerUp.Probability)
		}
		b.WriteString("\n")
	}
	tally := tallyOf(outcomes)
	fmt.Fprintf(&b, "%s: %s, %d passed", name, count(len(outcomes), "test", "tests"), tally[passed])
	for _, v := range []verdict{wrong, badSlot, offered, missed} {
		if tally[v] > 0 {
			fmt.Fprintf(&b, ", %d %s", tally[v], v)
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// got says what the desk would do.
func (o outcome) got() string {
	switch {
	case o.Decision == bot.Abstain && o.Got == "":
		return knowledge.None
	case o.Decision == bot.Abstain:
		return fmt.Sprintf("%s; the best was %s (%.3f)", knowledge.None, o.Got, o.Prob)
	case o.Decision == bot.Suggest:
		return fmt.Sprintf("choices; the first is %s (%.3f)", o.Got, o.Prob)
	}
	return fmt.Sprintf("%s%s (%s, %.3f)", o.Got, slotList(o.Slots), o.Decision, o.Prob)
}

// slotList gives slots as " name=value …", sorted.
func slotList(slots map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		fmt.Fprintf(&b, " %s=%s", name, slots[name])
	}
	return b.String()
}
