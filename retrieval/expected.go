package retrieval

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"frontdesk/knowledge/phonetic"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval/lexical"
)

// A recogniser that expects the sentences of a base hears one of them in
// everything: in a cough, in talk, in another language. That one was said shows
// in how far what was heard by who expects nothing sounds like it, each of its values
// above all, and, where the recogniser tells, in how much less the sound fits it. What
// the base makes of the free reading says no more than that, and is left out: so the
// probability is the same whatever embedding model serves.
//
// These make the probability that the expected sentence was said, with all of its
// values. With it the entries have the probabilities that the expected sentence
// gives them, and without it those of the free reading.

// The signals from which the probability is calibrated that an expected sentence
// was said.
const (
	expectedCloseness = iota // how near both readings sound: minus the logarithm of [phonetic.Likeness].Distance
	expectedMissing          // its Missing
	expectedExtra            // its Extra
	expectedFits             // the margin, where it is measured and above 0
	expectedForced           // how far the margin is below 0, where it is measured
	expectedValue            // how little the value that is said worst sounds like what was heard
	expectedSignals
)

var expectedNames = [expectedSignals]string{
	"heard so too", "not heard", "heard besides", "fits the sound", "forced on the sound", "value not heard",
}

var expectedNotes = [expectedSignals]string{
	"how near the expected sentence sounds to what was heard freely, by the logarithm of the distance",
	"share of the expected sentence that has no counterpart in what was heard",
	"share of what was heard that has no counterpart in the expected sentence",
	"how much likelier a token of the expected sentence is than one of what was heard",
	"how much less likely a token of the expected sentence is than one of what was heard",
	"what the words of a value cost, for each of their sounds, to be heard as they were",
}

const (
	// farthest bounds the margin, which may be far off where one reading is of another
	// kind than the other.
	farthest = 2
	// undenied is the margin from which on a "not" that was heard freely was hardly said:
	// a sentence that leaves it out would not fit the sound so well. It is more than our own
	// voices reach when they say not to and are heard so: 0.78 in TestSpokenDenied of
	// cmd/frontdesk.
	undenied = 0.85
	// rather is the probability from which on a sentence is taken to have been said: it
	// was rather than not.
	rather = 0.5
	// closest is the distance that counts as half as much as none.
	closest = 0.02
	// unlike is the distance from which on what was heard freely does not bear the
	// sentence out: however well it fits the sound, as some sentence of many always does,
	// it is asked about. Of our own voices' other talk the nearest that fits is 0.31 away.
	unlike = 0.3
	// asLikely is the margin from which on a sentence is as likely as what was heard
	// freely: over six tokens, half as likely at least.
	asLikely = -0.1
)

// A saidModel gives the probability that an expected sentence was said.
type saidModel struct {
	bias    float64
	weights [expectedSignals]float64
}

// said is fitted by TestFitExpected on readings of our own voices, each once with its
// margin and once without; those of sentences that were said weigh as much together as
// the others. The margin is that of pocketsphinx, as
// cmd/frontdesk/testdata/voice/pocketsphinx.sh makes it: it is above 0 where a sentence
// fits. Of whisper, whose free reading is the likeliest of all, it is never far above
// 0, so that there it can only speak against a sentence: 4.6 for each nat a token, where
// the whole of six tokens or more would be worth more than that.
var said = saidModel{0.87, [expectedSignals]float64{0.97, -1.04, -1.31, 3.10, -4.56, -3.30}}

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
	limit   float64 // the highest probability, 1 where nothing bounds it
	rival   bool    // the free reading is the same command with other values
	text    string  // of the sentence
	alone   float64 // the probability of the best entry by the reading that was taken alone
	taken   bool    // the sentence was taken to have been said, and not the free reading
}

// probability that the sentence was said.
func (e expectation) probability() float64 {
	return min(e.limit, sigmoid(said.logOdds(e.signals)))
}

// expect weighs the free reading, which has been weighed by itself, against the
// expected one, and gives the finding of the likelier with probabilities that take
// in both.
func (x *Index) expect(ctx context.Context, free *finding, q Expected) (*finding, error) {
	if q.Text == "" {
		return free, nil
	}
	sentence, err := x.find(ctx, Question{Text: q.Text, Heard: true})
	if err != nil || sentence == nil || slices.Equal(sentence.said, free.spelled()) || x.stands(free, sentence, q) {
		return free, err
	}
	e := x.expectation(free, sentence, q)
	p := e.probability()
	best := sentence.order[0]
	mixed := make([]float64, len(free.probability))
	for i := range mixed {
		mixed[i] = p*sentence.probability[i] + (1-p)*free.probability[i]
	}
	if e.limit < 1 || e.rival { // what speaks for one reading speaks against the other
		mixed[best] = max(p*sentence.probability[best], (1-p)*free.probability[best])
	}
	if x.denied(sentence, best) { // which is expected too, lest the rest alone be heard
		mixed[best] = min(mixed[best], x.asked())
	}
	e.taken = e.limit > deniedLimit && p >= rather && p*sentence.probability[best] > (1-p)*free.probability[free.order[0]]
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
	e := expectation{limit: 1, text: sentence.text, rival: x.rivals(free, sentence, best)}
	e.signals = [expectedSignals]float64{
		expectedCloseness: -math.Log(likeness.Distance + closest),
		expectedMissing:   likeness.Missing,
		expectedExtra:     likeness.Extra,
		expectedValue:     unlikeValue(sentence, best, likeness.Words),
	}
	if q.Measured {
		e.signals[expectedFits] = max(0, min(farthest, q.Margin))
		e.signals[expectedForced] = max(0, min(farthest, -q.Margin))
	}
	switch denied := x.denied(free, best); {
	case denied && (!q.Measured || q.Margin < undenied):
		e.limit = deniedLimit
	case denied:
		e.limit = x.asked()
	case !x.keepsValues(free, sentence, best), likeness.Distance > unlike, x.hasSister(free, sentence, likeness):
		e.limit = x.asked()
	}
	return e
}

// asked is a probability with which a command may be asked about, but is not run.
func (x *Index) asked() float64 { return (x.point.Answer + x.point.Spoken) / 2 }

// stands says whether the free reading needs no weighing: it is word for word one of the
// base's own sentences, and the recogniser says that the sound fits it better than the
// sentence, or the sentence leaves out or changes a value and fits no better. Not every
// sentence of a base is expected, and then another is the likeliest of those that are.
func (x *Index) stands(free, sentence *finding, q Expected) bool {
	if len(free.exact) == 0 || free.heard != nil || len(free.corrections) > 0 || !q.Measured {
		return false
	}
	return q.Margin < asLikely || q.Margin <= 0 && !x.keepsValues(free, sentence, sentence.order[0])
}

// unlikeValue says how little a value of the sentence that is said worst sounds like its
// counterpart in what was heard freely: what its words cost, for each sound.
func unlikeValue(sentence *finding, entry int, words []float64) (worst float64) {
	for _, v := range sentence.exact[entry] {
		value := lexical.Words(v.Said)
		for at := range sentence.said {
			if at+len(value) > len(words) || len(value) == 0 || !slices.Equal(sentence.said[at:at+len(value)], value) {
				continue
			}
			sum := 0.0
			for _, cost := range words[at : at+len(value)] {
				sum += cost
			}
			worst = max(worst, sum/float64(len(value)))
			break
		}
	}
	return worst
}

// rivals says whether both readings are sentences of one command with other values, so
// that they are two commands.
func (x *Index) rivals(free, sentence *finding, entry int) bool {
	want, expected := sentence.exact[entry]
	got, heard := free.exact[entry]
	return expected && heard && !(keeps(want, got) && keeps(got, want))
}

// keepsValues says whether the sentence has every value of the command that the free
// reading gives.
func (x *Index) keepsValues(free, sentence *finding, entry int) bool {
	want, ok := sentence.exact[entry]
	if !ok || x.base.Grammar == nil {
		return true
	}
	got, ok := free.exact[entry]
	if !ok {
		got = x.base.Grammar.Extract(x.base.Entries[entry].ID, free.text, time.Now())
	}
	return keeps(want, got)
}

// keeps says whether the first have every value of the others.
func keeps(some, others map[string]template.Value) bool {
	for name, v := range others {
		if kept, ok := some[name]; !ok || kept.Canonical != v.Canonical {
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
		if i >= expectedFits && v == 0 {
			continue // not measured, or not of this kind
		}
		parts = append(parts, Part{true, expectedNames[i], v, said.weights[i], expectedNotes[i]})
		sum += v * said.weights[i]
	}
	return append(parts, Part{true, "both readings", 1, logOdds(probability) - sum, "what the other reading adds, and what bounds the probability"})
}
