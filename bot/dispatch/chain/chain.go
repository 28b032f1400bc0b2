// Package chain is the kind of command that carries out several others, one
// after the other.
//
//	commands:
//	  - id: leave-home
//	    say: I am leaving
//	    run:
//	      chain:
//	        - name: lights off
//	          do:   {exec: {command: [./home.sh, lights, "off"]}}
//	          undo: {exec: {command: [./home.sh, lights, "on"]}}
//	        - exec: {command: [./home.sh, lock]}      # a step without undo and name
//	    reply: Have a nice day.
//
// or, with its settings,
//
//	chain:
//	  steps: [...]        # at most 32
//	  timeout: 2m         # for all steps together, at most 10m
//	  on_failure: undo    # or stop: leave what was done as it is
//
// # Failure
//
// A chain stops at the first step that fails. Then the undo steps of those that
// had succeeded are carried out, the last one first; an undo step that fails
// does not keep the others from being tried. They have a minute of their own,
// also where the chain ran out of time or the bot stops. The step that failed is
// not undone: nobody knows how far it came. The result says what failed, what
// was undone, and what could not be.
//
// # Steps
//
// A step is any kind of command but reply. A chain may stand in a chain, four
// deep. The output of the steps is shown in their order.
package chain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
)

// Bounds of a chain.
const (
	maxSteps       = 32
	maxDepth       = 4
	maxName        = 100 // bytes of a step's name
	defaultTimeout = 2 * time.Minute
	undoWithin     = time.Minute // for all undo steps together
)

var errTimeout = errors.New("the time of the chain is over")

// A runner runs the steps of one chain.
type runner struct {
	steps   []step
	timeout time.Duration
	undoes  bool // what was done, after a failure
	depth   int  // of chains, with this one
	slots   []string
	parts   map[string]dispatch.Runner
}

// A step is one thing to do, and how it is undone.
type step struct {
	name string // may be empty
	do   dispatch.Runner
	undo dispatch.Runner // nil where it cannot be
}

func (r *runner) Slots() []string { return r.slots }

// Parts gives what the steps put off.
func (r *runner) Parts() map[string]dispatch.Runner { return maps.Clone(r.parts) }

// Preview lists the steps with their undo steps.
func (r *runner) Preview(c bot.Call) string {
	var b strings.Builder
	for i, s := range r.steps {
		fmt.Fprintf(&b, "%d. ", i+1)
		if s.name != "" {
			b.WriteString(s.name + ": ")
		}
		b.WriteString(indent(s.do.Preview(c)) + "\n")
		if s.undo != nil {
			fmt.Fprintf(&b, "   undo: %s\n", indent(s.undo.Preview(c)))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n   ") }

// Run carries the steps out until one fails.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	timed, cancel := context.WithTimeoutCause(ctx, r.timeout, errTimeout)
	defer cancel()
	var g gathered
	for i, s := range r.steps {
		problem := ended(timed)
		if problem == "" {
			problem = g.run(timed, s.do, c)
		}
		if problem == "" {
			continue
		}
		what := []string{fmt.Sprintf("%s of %d failed: %s", r.label(i), len(r.steps), problem)}
		what = append(what, r.after(ctx, c, i, &g)...)
		result := g.result()
		result.Failed, result.Problem = true, strings.Join(what, "; ")
		return result, nil
	}
	return g.result(), nil
}

// label names a step for people.
func (r *runner) label(i int) string {
	if name := r.steps[i].name; name != "" {
		return fmt.Sprintf("step %d (%s)", i+1, name)
	}
	return fmt.Sprintf("step %d", i+1)
}

// ended says why no further step is begun; "" while there is time.
func ended(ctx context.Context) string {
	switch {
	case ctx.Err() == nil:
		return ""
	case errors.Is(context.Cause(ctx), errTimeout):
		return "the time of all steps together was over before it began"
	}
	return "it was stopped before it began"
}

// after undoes the steps before the one that failed, and says what became of
// them.
func (r *runner) after(ctx context.Context, c bot.Call, failed int, g *gathered) []string {
	var done, undone, left, broken []string
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoWithin)
	defer cancel()
	for i := failed - 1; i >= 0; i-- {
		s := r.steps[i]
		switch {
		case !r.undoes:
			done = append(done, r.label(i))
		case s.undo == nil:
			left = append(left, r.label(i))
		default:
			if problem := g.run(ctx, s.undo, c); problem != "" {
				broken = append(broken, fmt.Sprintf("%s: %s", r.label(i), problem))
			} else {
				undone = append(undone, r.label(i))
			}
		}
	}
	var what []string
	for _, part := range []struct {
		said  string
		names []string
	}{
		{"done before, and left so", done},
		{"undone again", undone},
		{"could not be undone", broken},
		{"done, with no way to undo it", left},
	} {
		if len(part.names) > 0 {
			what = append(what, part.said+": "+strings.Join(part.names, ", "))
		}
	}
	return what
}

// gathered is what the steps printed and said so far.
type gathered struct{ outputs, texts, warnings []string }

// run carries out one step, and says why it failed; "" where it did not.
func (g *gathered) run(ctx context.Context, r dispatch.Runner, c bot.Call) string {
	result, err := r.Run(ctx, c)
	if err != nil {
		return err.Error()
	}
	for _, p := range []struct {
		to   *[]string
		text string
	}{{&g.outputs, result.Output}, {&g.texts, result.Text}, {&g.warnings, result.Warning}} {
		if p.text != "" {
			*p.to = append(*p.to, p.text)
		}
	}
	if !result.Failed {
		return ""
	}
	if result.Problem == "" {
		return "it did not say why"
	}
	return result.Problem
}

func (g *gathered) result() bot.Result {
	output := strings.Join(g.outputs, "\n")
	if len(output) > dispatch.MaxOutput {
		output = strings.ToValidUTF8(output[:dispatch.MaxOutput], "") + fmt.Sprintf("\n… (cut after %d bytes)", dispatch.MaxOutput)
	}
	return bot.Result{Output: output, Text: strings.Join(g.texts, "\n\n"), Warning: strings.Join(g.warnings, "; ")}
}
