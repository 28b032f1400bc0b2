package bot

import (
	"slices"
	"strings"

	"frontdesk/asr"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"
)

// passable says whether the message may have been meant for somebody else, so that
// silence is an answer to it.
func (x *exchange) passable() bool { return x.m.Unasked > 0 || x.m.Overheard > 0 }

// overheard gives what is left of a plan for a text that may have been meant for
// somebody else: a command that is surely meant, with all that it may take to run
// it, or a sure answer. Nothing else is worth a word.
func (x *exchange) overheard(p plan, policy Policy) plan {
	sure := len(p.tasks) > 0 && !policy.Doubted
	for _, t := range p.tasks {
		sure = sure && t.probability >= policy.bar()
	}
	switch p.decision {
	case Answer:
		sure = p.probability >= max(x.m.Overheard, policy.Point.Answer)
	case Run, Confirm, Ask, Prove, Approve, Refuse:
		sure = sure && !p.again
	default:
		sure = false
	}
	if !sure {
		return plan{decision: Nothing}
	}
	return p
}

// follows gives the plan of an overheard text that goes on from the last command.
func (x *exchange) follows() (plan, bool) {
	if x.m.Ref == "" || x.doubted || len(x.unsure) > 0 {
		return plan{}, false
	}
	p, ok := x.again()
	return p, ok && p.decision != Suggest
}

// policyFor gives what the hits are held against.
func (x *exchange) policyFor(result retrieval.Result) Policy {
	return Policy{
		Point: result.Point, NoRun: x.m.Kind == Edit || x.late(), Spoken: x.heard,
		// A word that had to be read as another was not heard well.
		Doubted:  x.doubted || x.heard && len(result.Corrected) > 0 || x.unsureOf(result),
		Expected: result.Expected && len(result.Hits) > 0 && result.Hits[0].Exact,
	}
}

// unsureWords gives the words that were not heard surely, where the recogniser gave the
// probabilities of words, so that its confidence is that in the least sure one. What others
// give is of another kind.
func unsureWords(t asr.Transcript) (words []string) {
	if t.Confidence >= unsureBelow {
		return nil
	}
	for _, s := range t.Segments {
		for _, w := range asr.Words(s.Tokens) {
			if w.Probability < unsureBelow {
				words = append(words, strings.Fields(template.Normalize(w.Text))...)
			}
		}
	}
	return words
}

// unsureOf says whether a word that was not heard surely is part of what a text is taken
// to say. Of a sentence that was taken in its place only the words count which it keeps:
// the others it has replaced.
func (x *exchange) unsureOf(result retrieval.Result) bool {
	if !result.Expected {
		return len(x.unsure) > 0
	}
	kept := strings.Fields(template.Normalize(result.Read))
	return slices.ContainsFunc(x.unsure, func(w string) bool { return slices.Contains(kept, w) })
}
