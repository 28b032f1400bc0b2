package retrieval

import (
	"cmp"
	"context"
	"slices"
	"time"

	"frontdesk/knowledge/phonetic"
	"frontdesk/knowledge/template"
)

// A recogniser that expects the sentences of a base hears one of them in
// everything: in a cough, in talk, in another language. That one was said shows
// in how far what was heard by who expects nothing sounds like it, in what the base
// makes of that, and, where the recogniser tells, in how much less the sound fits it.
//
// These make the probability that the expected sentence was said, with all of its
// values. With it the entries have the probabilities that the expected sentence
// gives them, and without it those of the free reading.

// The signals from which the probability is calibrated that an expected sentence
// was said.
const (
	expectedDistance = iota // [phonetic.Likeness].Distance of the two readings
	expectedMissing         // its Missing
	expectedExtra           // its Extra
	expectedWorst           // its Worst
	expectedBase            // log-odds that the free reading means the same entry
	expectedLength          // sounds of the sentence, in tens
	expectedSignals
)

var expectedNames = [expectedSignals]string{
	"heard otherwise", "not heard", "heard besides", "worst word", "free reading", "length",
}

var expectedNotes = [expectedSignals]string{
	"how far the expected sentence sounds from what was heard freely",
	"share of the expected sentence that has no counterpart in what was heard",
	"share of what was heard that has no counterpart in the expected sentence",
	"how far the worst word of the expected sentence is from what was heard",
	"log-odds that what was heard freely means the same entry",
	"sounds of the expected sentence, in tens: a short one is soon heard in anything",
}

const (
	// surest bounds the log-odds of a free reading that are looked at, and longest
	// the sounds.
	surest, longest = 5, 30
	// A margin below slack, in nats a token, takes perNat off the log-odds for each
	// nat that the whole sentence is less likely than the free reading: half of what
	// it takes if both were equally likely before they were heard. A margin never
	// speaks for a sentence. No recordings stand behind this: it was chosen so that
	// what whisper's own noise makes of one sentence, a few tenths of a nat a token,
	// changes little, and a sentence that was forced is never run.
	slack, perNat = 0.25, 0.5
)

// A saidModel gives the probability that an expected sentence was said.
type saidModel struct {
	bias    float64
	weights [expectedSignals]float64
}

// said is fitted by TestFitExpected on readings of our own voices.
var said = saidModel{0, [expectedSignals]float64{-10, -3, -3, -2, 0.5, 0.5}}

func (m saidModel) logOdds(signals [expectedSignals]float64) float64 {
	sum := m.bias
	for i, v := range signals {
		sum += m.weights[i] * v
	}
	return sum
}

// expectation is what speaks for an expected sentence and against it.
type expectation struct {
	signals [expectedSignals]float64
	margin  float64 // what the margin takes off, in log-odds
	limit   float64 // the highest probability, 1 where nothing bounds it
	text    string  // of the sentence
	alone   float64 // the probability of the best entry by the reading that was taken alone
	taken   bool    // the sentence was taken to have been said, and not the free reading
}

// probability that the sentence was said.
func (e expectation) probability() float64 {
	return min(e.limit, sigmoid(said.logOdds(e.signals)-e.margin))
}

// expect weighs the free reading, which has been weighed by itself, against the
// expected one, and gives the finding of the likelier with probabilities that take
// in both.
func (x *Index) expect(ctx context.Context, free *finding, q Expected) (*finding, error) {
	if q.Text == "" {
		return free, nil
	}
	sentence, err := x.find(ctx, Question{Text: q.Text, Heard: true})
	if err != nil || sentence == nil || slices.Equal(sentence.said, free.spelled()) {
		return free, err
	}
	e := x.expectation(free, sentence, q)
	p := e.probability()
	best := sentence.order[0]
	mixed := make([]float64, len(free.probability))
	for i := range mixed {
		mixed[i] = p*sentence.probability[i] + (1-p)*free.probability[i]
	}
	if !x.sameValues(free, sentence, best) {
		mixed[best] = max(p*sentence.probability[best], (1-p)*free.probability[best])
	}
	e.taken = p*sentence.probability[best] > (1-p)*free.probability[free.order[0]]
	out := *free
	if e.taken {
		out = *sentence
	}
	out.order = slices.Clone(out.order)
	slices.SortStableFunc(out.order, func(a, b int) int { return cmp.Compare(mixed[b], mixed[a]) })
	e.alone = out.probability[out.order[0]]
	out.probability, out.expected = mixed, &e
	return &out, nil
}

// expectation gathers what speaks for a sentence that was expected.
func (x *Index) expectation(free, sentence *finding, q Expected) expectation {
	likeness := phonetic.Compare(sentence.said, free.spelled())
	best := sentence.order[0]
	e := expectation{limit: 1, text: sentence.text}
	e.signals = [expectedSignals]float64{
		expectedDistance: likeness.Distance,
		expectedMissing:  likeness.Missing,
		expectedExtra:    likeness.Extra,
		expectedWorst:    likeness.Worst,
		expectedBase:     max(-surest, min(surest, logOdds(free.probability[best]))),
		expectedLength:   float64(min(longest, likeness.Sounds)) / 10,
	}
	if q.Measured {
		e.margin = perNat * float64(len(sentence.said)) * max(0, -slack-q.Margin)
	}
	if x.denied(free, best) {
		e.limit = deniedLimit
	}
	return e
}

// sameValues says whether nothing in the free reading gives a value of the command
// that differs from the sentence's.
func (x *Index) sameValues(free, sentence *finding, entry int) bool {
	want, ok := sentence.exact[entry]
	if !ok || x.base.Grammar == nil {
		return true
	}
	got, ok := free.exact[entry]
	if !ok {
		got = x.base.Grammar.Extract(x.base.Entries[entry].ID, free.text, time.Now())
	}
	return agree(want, got)
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

// explain lists what an expected sentence does to the probability of the best entry.
func (e *expectation) explain(probability float64) []Part {
	if !e.taken {
		return []Part{{true, "expected", 1, logOdds(probability) - logOdds(e.alone), "another sentence was expected: " + e.text}}
	}
	parts := []Part{{true, "expected", 1, said.bias, "where the log-odds of an expected sentence begin"}}
	sum := said.bias
	for i, v := range e.signals {
		parts = append(parts, Part{true, expectedNames[i], v, said.weights[i], expectedNotes[i]})
		sum += v * said.weights[i]
	}
	if e.margin != 0 {
		parts = append(parts, Part{true, "margin", e.margin, -1, "how much less the sound fits the expected sentence than the free reading"})
		sum -= e.margin
	}
	return append(parts, Part{true, "both readings", 1, logOdds(probability) - sum, "what the other reading adds, and what bounds the probability"})
}
