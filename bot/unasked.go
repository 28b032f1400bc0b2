package bot

import "frontdesk/retrieval"

// unasked plans for a text that was said to nobody in particular: it is answered
// from the bar on that the message names, and otherwise nothing is said. What
// was found best must be an answer; a command is for who gives it to the desk.
func (x *exchange) unasked(found retrieval.Result) plan {
	bar := max(x.m.Unasked, found.Point.Answer)
	if len(found.Hits) == 0 || found.Hits[0].Entry.Command != nil || !(found.Hits[0].Probability >= bar) {
		return plan{decision: Nothing}
	}
	return plan{decision: Answer, entry: found.Hits[0].Entry, probability: found.Hits[0].Probability, result: &found}
}
