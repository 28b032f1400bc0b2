package bot

import (
	"frontdesk/retrieval"
)

// maxSuggestions is how many choices a "did you mean" offers.
const maxSuggestions = 3

// A Policy turns what was found into what to do. Its zero value with an
// operating point is ready to use.
type Policy struct {
	Point retrieval.OperatingPoint
	// NoRun keeps commands from being run: an edited message is answered, but
	// never acted on.
	NoRun bool
	// Spoken says that the text was heard, which takes a higher bar to run.
	Spoken bool
	// Doubted says that it is unsure what was said at all: then nothing runs
	// without a confirmation.
	Doubted bool
}

// Decide chooses what the hits allow. A command is run only from its own, higher
// bar on; between that of an answer and its own it is confirmed, unless its
// owner wants none of that.
func (p Policy) Decide(hits []retrieval.Hit) Decision {
	if len(hits) == 0 || hits[0].Probability < p.Point.Suggest {
		return Abstain
	}
	best := hits[0]
	isCommand := best.Entry.Command != nil
	switch {
	case best.Probability < p.Point.Answer, isCommand && p.NoRun:
		return Suggest
	case !isCommand:
		return Answer
	case best.Probability >= p.bar() && !p.Doubted && best.Probability >= best.Entry.Command.Confirm.Below:
		return Run
	case best.Entry.Command.Confirm.Never:
		return Suggest
	}
	return Confirm
}

// bar is the probability from which on a command is run.
func (p Policy) bar() float64 {
	if p.Spoken {
		return max(p.Point.Run, p.Point.Spoken)
	}
	return p.Point.Run
}

// worthOffering gives the hits that a "did you mean" shows: the best ones, but
// none that is far less likely than the first.
func worthOffering(hits []retrieval.Hit) []retrieval.Hit {
	n := 0
	for n < len(hits) && n < maxSuggestions && hits[n].Probability >= hits[0].Probability/8 {
		n++
	}
	return hits[:n]
}
