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
	// Expected says that the best hit is a sentence which was expected and is taken to
	// have been said, so that all of what would be run is known.
	Expected bool
}

// likelier is the probability from which on a command that was expected is asked back
// about: it was said rather than not. A choice with it in would take as long to answer.
const likelier = 0.5

// Decide chooses what the hits allow. A command is run only from its own, higher
// bar on; between that of an answer and its own it is confirmed, unless its
// owner wants none of that. One that was expected and heard is confirmed below that
// of an answer too, where it is likelier than not.
func (p Policy) Decide(hits []retrieval.Hit) Decision {
	if len(hits) == 0 || hits[0].Probability < p.Point.Suggest {
		return Abstain
	}
	best := hits[0]
	isCommand := best.Entry.Command != nil
	switch {
	case isCommand && p.NoRun, best.Probability < p.asking(isCommand):
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

// asking is the probability from which on an answer is given, or a command asked about.
func (p Policy) asking(command bool) float64 {
	if command && p.Expected && p.Spoken {
		return min(p.Point.Answer, max(p.Point.Suggest, likelier))
	}
	return p.Point.Answer
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
