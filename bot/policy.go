package bot

import (
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
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
}

// A plan is what was decided, before it is carried out.
type plan struct {
	decision    Decision
	entry       *knowledge.Entry
	probability float64
	slots       map[string]template.Value
	missing     string // of Ask: the slot to ask for
	again       bool   // of Ask: the last answer was not understood
	hits        []retrieval.Hit
	result      *retrieval.Result
}

// Decide chooses what the hits allow. A command is run only from its own, higher
// bar on; between that of an answer and its own it is confirmed, and a
// dangerous one always is.
func (p Policy) Decide(hits []retrieval.Hit) Decision {
	if len(hits) == 0 || hits[0].Probability < p.Point.Suggest {
		return Abstain
	}
	best := hits[0]
	switch isCommand := best.Entry.Command != nil; {
	case isCommand && p.NoRun:
		return Suggest
	case isCommand && best.Probability >= p.Point.Run && !best.Entry.Command.Dangerous:
		return Run
	case isCommand && best.Probability >= p.Point.Answer:
		return Confirm
	case !isCommand && best.Probability >= p.Point.Answer:
		return Answer
	}
	return Suggest
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
