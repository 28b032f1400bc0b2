package bot

import "frontdesk/retrieval"

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
	if x.m.Ref == "" || x.doubted || x.unsure {
		return plan{}, false
	}
	p, ok := x.again()
	return p, ok && p.decision != Suggest
}

// policyFor gives what the hits are held against.
func (x *exchange) policyFor(result retrieval.Result) Policy {
	return Policy{
		Point: result.Point, NoRun: x.m.Kind == Edit || x.late(), Spoken: x.heard,
		// A word that had to be read as another was not heard well. How surely the words
		// were heard says nothing of a sentence that was taken in their place.
		Doubted:  x.doubted || x.heard && len(result.Corrected) > 0 || x.unsure && !result.Expected,
		Expected: result.Expected && len(result.Hits) > 0 && result.Hits[0].Exact,
	}
}
