package bot

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// maxParts is how many parts of a sentence are looked at; more of them are one
// sentence.
const maxParts = 6

// joints gives what matches where one command may end and the next begin: words
// between them, and others that may follow these, as alternatives.
func joints(between, after string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\s*(?:[,;]|\b(?:` + between + `)\b)+(?:\s*(?:[,;]|\b(?:` + after + `)\b))*\s*`)
}

// several gives the commands that a sentence names one after the other. It is
// split only where each part is a command by itself with a probability that
// would run it; then the whole is no single command. Nil where it is not split.
func (x *exchange) several(ctx context.Context, policy Policy, whole retrieval.Result) ([]task, error) {
	if len(whole.Hits) > 0 && (whole.Hits[0].Exact || whole.Hits[0].Slots != nil) || policy.NoRun {
		return nil, nil
	}
	text := x.read
	pieces := x.words.joints.FindAllStringIndex(text, -1)
	if len(pieces) == 0 || len(pieces) >= maxParts {
		return nil, nil
	}
	starts, ends := []int{0}, []int{}
	for _, j := range pieces {
		ends, starts = append(ends, j[0]), append(starts, j[1])
	}
	ends = append(ends, len(text))
	n := len(starts)
	// best[i] are the commands of the pieces from i on, as many as there can be.
	best := make([][]task, n+1)
	best[n] = []task{}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j <= n; j++ {
			if best[j] == nil || best[i] != nil && len(best[j])+1 <= len(best[i]) || i == 0 && j == n {
				continue
			}
			t, ok, err := x.command(ctx, policy, strings.TrimSpace(text[starts[i]:ends[j-1]]))
			if err != nil {
				return nil, err
			}
			if ok {
				best[i] = append([]task{t}, best[j]...)
			}
		}
	}
	if len(best[0]) < 2 || saysAgain(best[0]) {
		return nil, nil
	}
	return best[0], nil
}

// saysAgain says whether two parts are about the same command and no value in
// them differs: "it is dark in the kitchen, put the light on" is one command.
func saysAgain(tasks []task) bool {
	for i, a := range tasks {
		for j, b := range tasks {
			if i != j && a.entry == b.entry && agree(a.slots, b.slots) {
				return true
			}
		}
	}
	return false
}

// agree says whether no slot has two different values.
func agree(some, others map[string]template.Value) bool {
	for name, v := range some {
		if other, ok := others[name]; ok && other.Canonical != v.Canonical {
			return false
		}
	}
	return true
}

// command gives the command that a part of a sentence is by itself, if it is one
// for sure and the caller may give it.
func (x *exchange) command(ctx context.Context, policy Policy, part string) (task, bool, error) {
	if !strings.Contains(part, " ") {
		return task{}, false, nil // one word is too little to be sure of
	}
	result, err := x.base.Index.Search(ctx, retrieval.Question{Text: part, Heard: x.heard}, 1)
	if err != nil {
		return task{}, false, fmt.Errorf("searching for a part: %w", err)
	}
	if len(result.Hits) == 0 {
		return task{}, false, nil
	}
	hit := result.Hits[0]
	policy.Point = result.Point
	if hit.Entry.Command == nil || hit.Probability < policy.bar() || !x.may(hit.Entry) {
		return task{}, false, nil
	}
	return task{
		entry: hit.Entry, probability: hit.Probability, slots: x.slotsOf(hit, part), said: part,
		unsure: !hit.Exact,
		likely: policy.Doubted || hit.Probability < hit.Entry.Command.Confirm.Below,
	}, true, nil
}
