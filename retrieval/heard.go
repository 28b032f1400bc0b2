package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/retrieval/lexical"
)

// A text that was heard may hold words that were not said, but sound like those
// that were. Its readings are the text as it stands, and the text with words of
// the base in place of others that sound alike. The reading for which most
// speaks is taken: the log-odds that its best entry is right, less what speaks
// against its having been said (a noisy channel, as with spellings).
const (
	// maxReplaced is how many single replacements are tried.
	maxReplaced = 8
	// replaceCost is what speaks against every replacement, in log-odds, besides
	// what its sounds and its neighbours say. It was chosen on validation sets
	// whose words were corrupted: see TestHeardQuality.
	replaceCost = 3
	// exactWorth is what speaks for a text that is an entry's own sentence.
	exactWorth = 8
)

// hear gives the finding of the best reading of what was heard, given that of
// the text as it stands.
func (x *Index) hear(ctx context.Context, f *finding) (*finding, error) {
	if len(f.exact) > 0 {
		return f, nil
	}
	alternatives := x.sounds().Alternatives(f.said, maxReplaced)
	alternatives = slices.DeleteFunc(alternatives, func(a lexical.Alternative) bool {
		return slices.ContainsFunc(f.said[a.From:a.To], negates) || slices.ContainsFunc(a.Words, negates)
	})
	if len(alternatives) == 0 {
		return f, nil
	}
	single := make([][]lexical.Alternative, len(alternatives))
	for i := range alternatives {
		single[i] = alternatives[i : i+1]
	}
	readings, err := x.readings(ctx, f, single)
	if err != nil {
		return nil, err
	}
	readings = slices.DeleteFunc(readings, func(r *finding) bool { return x.worth(r) <= x.worth(f) })
	if len(readings) == 0 {
		return f, nil
	}
	slices.SortStableFunc(readings, func(a, b *finding) int { return cmp.Compare(x.worth(b), x.worth(a)) })
	best := readings[0]
	// All that are worth it by themselves may be right together.
	var together []lexical.Alternative
	for _, r := range readings {
		if a := r.replaced[0]; !slices.ContainsFunc(together, a.Overlaps) {
			together = append(together, a)
		}
	}
	if len(together) > 1 {
		all, err := x.readings(ctx, f, [][]lexical.Alternative{together})
		if err != nil {
			return nil, err
		}
		if x.worth(all[0]) > x.worth(best) {
			best = all[0]
		}
	}
	return best, nil
}

// negates says whether a word makes the opposite of a sentence. No such word is
// ever read as another, or another as it.
func negates(word string) bool {
	switch word {
	case "no", "not", "none", "never", "without", "cannot":
		return true
	}
	return strings.HasSuffix(word, "nt") && word != "want" && functionWords[word] // dont, cant, isnt…
}

// worth is what speaks for a reading, in log-odds, whatever bounds its
// probability.
func (x *Index) worth(f *finding) float64 {
	if len(f.exact) > 0 {
		return exactWorth - f.cost
	}
	return logOdds(x.calibrator.probability(f.gate)) - f.cost
}

// readings weighs readings of a text, each given by what is replaced in it.
func (x *Index) readings(ctx context.Context, f *finding, replaced [][]lexical.Alternative) ([]*finding, error) {
	found := make([]*finding, len(replaced))
	texts := make([]string, len(replaced))
	for i, alternatives := range replaced {
		text := reread(f.text, f.said, alternatives)
		r := x.read(text, lexical.Words(text))
		r.heard, r.replaced, r.spoken = f.said, alternatives, true
		for _, a := range alternatives {
			r.cost += max(0, replaceCost+a.Cost)
		}
		found[i], texts[i] = r, r.corrected()
	}
	vectors, err := embed(ctx, x.embedder, texts)
	if err != nil {
		return nil, fmt.Errorf("embedding the readings of what was heard: %w", err)
	}
	for i, r := range found {
		if err := x.judge(r, vectors[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// reread gives a text with words replaced. What stands between the other words
// stays as it is: "at 7:30" must not become "at 7 30".
func reread(text string, said []string, replaced []lexical.Alternative) string {
	var out []string
	at := 0
	for field := range strings.FieldsSeq(text) {
		end := min(len(said), at+len(lexical.Words(field)))
		if !slices.ContainsFunc(replaced, func(a lexical.Alternative) bool { return a.From < end && at < a.To }) {
			out = append(out, field)
			at = end
			continue
		}
		for ; at < end; at++ {
			i := slices.IndexFunc(replaced, func(a lexical.Alternative) bool { return a.From <= at && at < a.To })
			switch {
			case i < 0:
				out = append(out, said[at])
			case replaced[i].From == at:
				out = append(out, replaced[i].Words...)
			}
		}
	}
	return strings.Join(out, " ")
}

// discount takes what speaks against a reading off its probability. From that of
// an entry's own sentence it takes less, as much as of the sentence was not heard
// so: the rest hardly comes about by chance.
func (f *finding) discount() {
	p := f.probability[f.order[0]]
	if f.cost == 0 || p <= 0 || p >= 1 {
		return
	}
	if len(f.exact) > 0 {
		replaced := 0
		for _, a := range f.replaced {
			replaced += a.To - a.From
		}
		f.cost *= float64(replaced) / float64(len(f.heard))
	}
	scale := sigmoid(logOdds(p)-f.cost) / p
	for i := range f.probability {
		f.probability[i] *= scale
	}
}
