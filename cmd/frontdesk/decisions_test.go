package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/ort"
	"frontdesk/knowledge"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

const (
	decisionsFile = "testdata/decisions.golden"
	// decisionTolerance is how far a probability may be from the one on record:
	// they are sums of float64, which other processors may round otherwise.
	decisionTolerance = 1e-4
	// reviewAbove is the share of decisions from which on every line is read.
	reviewAbove = 0.01
	// unjudged is the expectation of a question to which several decisions are
	// fine.
	unjudged = "?"
)

// decisionBases are the sections of the file, with their configurations.
var decisionBases = []struct{ name, config string }{
	{"frontdesk", "../../config.yaml"},
	{"home", "../../examples/home/config.yaml"},
}

// TestDecisions holds what the desk decides about 300 questions to the two
// example bases: the decision and its entry exactly, the probability to 1e-4.
// A change to the engine, the weights or the bases shows every decision that it
// moves in the difference of the file.
func TestDecisions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	data, err := os.ReadFile(decisionsFile)
	if err != nil {
		t.Fatal(err)
	}
	old, err := parseDecisions(string(data))
	if err != nil {
		t.Fatalf("%s:%v", decisionsFile, err)
	}
	now := decideAgain(t, old, ort.DefaultConfig())
	moves := movedBetween(old, now, decisionTolerance)
	if *update {
		if err := os.WriteFile(decisionsFile, []byte(formatDecisions(now)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log(moves)
		return
	}
	if len(moves.lines) > 0 {
		t.Error(moves)
	} else if d := cmp.Diff(formatDecisions(old), string(data)); d != "" {
		t.Errorf("%s is not as -update writes it (- as it writes it, + as it is):\n%s", decisionsFile, d)
	}
}

// TestMoves holds that what moved is told, and nothing else.
func TestMoves(t *testing.T) {
	text := formatDecisions([]decided{
		{base: "frontdesk", ask: "a | b?", expect: "x", verdict: passed, decision: bot.Answer, entry: "x", prob: 0.95},
		{base: "frontdesk", ask: "b", expect: "none", verdict: wrong, decision: bot.Answer, entry: "y", prob: 0.9},
		{base: "home", ask: "b", expect: "?", verdict: unjudged, decision: bot.Abstain},
	})
	for _, want := range []string{"2 questions: 2 answer\n", " 1 WRONG, 1 passed\n", "1 questions: 1 abstain\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	old, err := parseDecisions(text + "none | c\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(text, formatDecisions(old[:3])); d != "" {
		t.Errorf("what is read is not what was written: %s", d)
	}
	now := slices.Clone(old)
	now[0].prob += 0.9 * decisionTolerance
	now[1].prob += 1.1 * decisionTolerance
	now[2].entry = "z"
	now[3].verdict, now[3].decision = passed, bot.Abstain
	m := movedBetween(old, now, decisionTolerance)
	if m.decisions != 2 || m.probabilities != 1 || m.wrong != 1 || len(m.lines) != 3 {
		t.Errorf("got %+v", m)
	}
	for _, want := range []string{
		"2 moved (50.0 %)", "line by line", `frontdesk: "b" (expects none): answer y 0.90000 (wrong) → answer y 0.90011 (wrong)`,
		`home: "b" (expects ?): abstain - 0.00000 (?) → abstain z 0.00000 (?)`, `home: "c" (expects none): not asked yet`,
	} {
		if !strings.Contains(m.String(), want) {
			t.Errorf("%q is not in\n%s", want, m)
		}
	}
	for text, want := range map[string]string{
		"none | a":                                "1: want",
		"[attic]":                                 `1: there is no base "attic"`,
		"[home]\nnone | a\nnone | a":              `3: "a" is asked twice`,
		"[home]\npassed answer x 1.2 x | a":       `2: "1.2" is no probability`,
		"[home]\npassed answer x x | a":           "2: want verdict",
		"# [home]\n[home]\n\nsomething without a": "4: want",
	} {
		if _, err := parseDecisions(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q gives %v, want %s", text, err, want)
		}
	}
}

// A decided is a question and what the desk decides about it.
type decided struct {
	base, ask string
	expect    string // an id, "none", or unjudged
	verdict   verdict
	decision  bot.Decision
	entry     string // decided for, or the best one that was found; empty for none
	prob      float64
}

func (d decided) String() string {
	if d.decision == "" {
		return "not asked yet"
	}
	return fmt.Sprintf("%s %s %.5f", d.decision, orDash(d.entry), d.prob)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// decideAgain asks every question, with this ONNX Runtime or without.
func decideAgain(t *testing.T, questions []decided, runtime ort.Config) []decided {
	now := slices.Clone(questions)
	for _, b := range decisionBases {
		if !slices.ContainsFunc(questions, func(d decided) bool { return d.base == b.name }) {
			continue
		}
		cfg, err := app.LoadConfig(filepath.FromSlash(b.config))
		if err != nil {
			t.Fatal(err)
		}
		cfg.ONNXRuntime = runtime
		name := cfg.DefaultBase
		a := openKept(t, b.name+runtime.Library, cfg, app.Options{Bases: []string{name}, Pretend: true})
		for i, q := range questions {
			if q.base != b.name {
				continue
			}
			if _, ok := a.Knowledge(name).Entry(q.expect); !ok && q.expect != knowledge.None && q.expect != unjudged {
				t.Errorf("%s: %q expects %q, which is no entry", q.base, q.ask, q.expect)
			}
			o, err := runTest(t.Context(), a, name, i, knowledge.Test{Ask: q.ask, Expect: q.expect})
			if err != nil {
				t.Fatal(err)
			}
			now[i].verdict, now[i].decision, now[i].entry, now[i].prob = o.Verdict, o.Decision, o.Got, o.Prob
			if q.expect == unjudged {
				now[i].verdict = unjudged
			}
		}
	}
	return now
}

// moves are the differences between what was decided and what is decided now.
type moves struct {
	asked, decisions, probabilities int
	wrong                           int // now
	lines                           []string
}

func movedBetween(old, now []decided, tolerance float64) moves {
	m := moves{asked: len(now)}
	for i, n := range now {
		o := old[i]
		if n.verdict == wrong {
			m.wrong++
		}
		switch {
		case o.decision != n.decision, o.entry != n.entry, o.verdict != n.verdict:
			m.decisions++
		case math.Abs(o.prob-n.prob) > tolerance:
			m.probabilities++
		default:
			continue
		}
		m.lines = append(m.lines, fmt.Sprintf("%s: %q (expects %s): %v (%s) → %v (%s)",
			n.base, n.ask, n.expect, o, orDash(string(o.verdict)), n, n.verdict))
	}
	return m
}

// String says what moved, how much of it, and what to do.
func (m moves) String() string {
	share := float64(m.decisions) / float64(max(1, m.asked))
	var b strings.Builder
	fmt.Fprintf(&b, "of %d decisions %d moved (%.1f %%), and %d more probabilities by over %g; %d answers are wrong now",
		m.asked, m.decisions, 100*share, m.probabilities, decisionTolerance, m.wrong)
	for _, line := range m.lines {
		b.WriteString("\n  " + line)
	}
	if len(m.lines) > 0 {
		b.WriteString("\nif that is meant: go test ./cmd/frontdesk -run TestDecisions -update")
	}
	if share > reviewAbove {
		fmt.Fprintf(&b, "\nmore than %.0f %% of the decisions moved: review %s line by line before it is committed", 100*reviewAbove, decisionsFile)
	}
	return b.String()
}

const decisionsHead = `# What the desk decides about the questions of TestDecisions. Any difference fails that test. To write this anew:
#   go test ./cmd/frontdesk -run TestDecisions -update
# When more than 1 % of the decisions move, review every line. To add a question, add a line "EXPECTATION | QUESTION".
#
# Each line: verdict, decision, entry, probability, expectation | question. The expectation is an entry, none, or ? where
# several decisions are fine. The verdict is that of "frontdesk test": passed; offered: the right one is among the
# choices; missed: other choices or nothing; WRONG: something else is done. Of an abstention or of choices, the entry is
# the best one.
`

// formatDecisions gives the text of the file, with the counts at its head.
func formatDecisions(all []decided) string {
	var head, lines strings.Builder
	head.WriteString(decisionsHead + "#\n")
	for _, b := range decisionBases {
		if !slices.ContainsFunc(all, func(d decided) bool { return d.base == b.name }) {
			continue
		}
		var decisions, verdicts []string
		asked := 0
		fmt.Fprintf(&lines, "\n[%s]\n", b.name)
		for _, d := range all {
			if d.base != b.name {
				continue
			}
			asked++
			decisions = append(decisions, string(d.decision))
			verdicts = append(verdicts, written(d.verdict))
			fmt.Fprintf(&lines, "%-7s  %-7s  %-24s  %.5f  %-24s | %s\n",
				written(d.verdict), d.decision, orDash(d.entry), d.prob, d.expect, d.ask)
		}
		fmt.Fprintf(&head, "# %-10s %d questions: %s\n# %-10s %s\n", b.name, asked, countsOf(decisions), "", countsOf(verdicts))
	}
	return head.String() + lines.String()
}

// written gives a verdict as it stands in the file, where wrong ones strike the eye.
func written(v verdict) string {
	if v == wrong {
		return "WRONG"
	}
	return string(v)
}

// countsOf counts the different texts, in their order.
func countsOf(texts []string) string {
	slices.Sort(texts)
	var counts []string
	for len(texts) > 0 {
		n := 1
		for n < len(texts) && texts[n] == texts[0] {
			n++
		}
		counts = append(counts, fmt.Sprintf("%d %s", n, texts[0]))
		texts = texts[n:]
	}
	return strings.Join(counts, ", ")
}

// parseDecisions reads the file. An error begins with the line at fault.
func parseDecisions(text string) ([]decided, error) {
	var all []decided
	base := ""
	seen := map[[2]string]bool{}
	for i, line := range strings.Split(text, "\n") {
		fail := func(what string, args ...any) error { return fmt.Errorf("%d: "+what, append([]any{i + 1}, args...)...) }
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			base = strings.Trim(line, "[]")
			if !slices.ContainsFunc(decisionBases, func(b struct{ name, config string }) bool { return b.name == base }) {
				return nil, fail("there is no base %q", base)
			}
			continue
		}
		left, ask, ok := strings.Cut(line, " | ")
		fields := strings.Fields(left)
		d := decided{base: base, ask: strings.TrimSpace(ask)}
		switch {
		case !ok || d.ask == "" || base == "":
			return nil, fail(`want "[BASE]", and below it "… EXPECTATION | QUESTION"`)
		case seen[[2]string{base, d.ask}]:
			return nil, fail("%q is asked twice", d.ask)
		case len(fields) == 1: // a new one
			d.expect = fields[0]
		case len(fields) == 5:
			d.verdict, d.decision, d.entry, d.expect = verdict(fields[0]), bot.Decision(fields[1]), fields[2], fields[4]
			if d.verdict == "WRONG" {
				d.verdict = wrong
			}
			if d.entry == "-" {
				d.entry = ""
			}
			var err error
			if d.prob, err = strconv.ParseFloat(fields[3], 64); err != nil || !(d.prob >= 0 && d.prob <= 1) {
				return nil, fail("%q is no probability", fields[3])
			}
		default:
			return nil, fail("want verdict, decision, entry, probability and expectation before the question")
		}
		seen[[2]string{base, d.ask}] = true
		all = append(all, d)
	}
	return all, nil
}
