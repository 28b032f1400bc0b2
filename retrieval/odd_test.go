package retrieval

import (
	"math"
	"testing"

	"frontdesk/knowledge"
)

// TestOdd holds that a question is compared with the strange sentences but for
// itself, and that those which a base answers are none to it.
func TestOdd(t *testing.T) {
	x := shopIndex(t)
	strangeRows := x.vectors.rows[len(x.model.corpus.texts):]
	if len(strangeRows) != strangeUsed || len(x.model.odd.ids) < oddKept*9/10 || len(x.model.odd.ids) > oddKept {
		t.Fatalf("%d strange sentences are known and %d compared with", len(strangeRows), len(x.model.odd.ids))
	}
	id := x.model.odd.ids[len(x.model.odd.ids)/2]
	row := make([]float32, x.vectors.dim)
	x.model.centre(row, strangeRows[id])
	list, err := x.model.odd.alike(row)
	if err != nil {
		t.Fatal(err)
	}
	if got := likest(list, none); math.Abs(got-1) > 1e-5 {
		t.Errorf("a strange sentence is like itself by %v", got)
	}
	if got := likest(list, id); got > 0.999 || got == -1 {
		t.Errorf("a strange sentence is still compared with itself: %v", got)
	}
	if got := likest(nil, none); got != -1 {
		t.Errorf("without any the likeness is %v", got)
	}

	said := strangeTexts()[id]
	entries := shop()
	entries["strange"] = []string{said, "something else altogether"}
	x = build(t, faqBase(t, entries))
	for _, other := range x.model.odd.ids {
		if other == id {
			t.Errorf("%q is answered, and strange all the same", said)
		}
	}
}

// TestKinds holds that commands and guides may be as probable as their own
// phrasings show, whatever holds for answers.
func TestKinds(t *testing.T) {
	var samples []sample
	var weights []float64
	for i := range 400 {
		s := sample{gate: gate{gateLead: 1}}
		s.gate[gateCommand] = float64(i % 2)
		// Half of the answers are right, and one command in ten.
		s.right = i%2 == 0 && i%4 == 0 || i%2 == 1 && i%20 == 1
		samples, weights = append(samples, s), append(weights, 1)
	}
	prior, spread := priorFor(5)
	c := fitCalibrator(samples, weights, prior, spread)
	answer, command := gate{gateLead: 1}, gate{gateLead: 1, gateCommand: 1}
	if p, q := c.probability(answer), c.probability(command); p < 0.4 || q > 0.3 {
		t.Errorf("an answer has the probability %.2f and a command %.2f", p, q)
	}
	base, err := knowledge.New([]*knowledge.Entry{
		{ID: "a", Kind: knowledge.FAQ, Question: "Where is the key?", Answer: "There."},
		{ID: "b", Kind: knowledge.Passage, Question: "Opening the door", Answer: "Turn the key."},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := build(t, base)
	for text, want := range map[string]float64{"where could the key be": 0, "opening of the door please": 1} {
		f, err := x.find(t.Context(), Question{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if f.gate[gatePassage] != want || f.gate[gateCommand] != 0 {
			t.Errorf("%q: passage %v, command %v", text, f.gate[gatePassage], f.gate[gateCommand])
		}
	}
}

// TestRespelled holds when a word is taken for a misspelled one of the base, and
// how certain it is then.
func TestRespelled(t *testing.T) {
	x := shopIndex(t)
	for _, c := range []struct {
		text      string
		corrected bool
		atMost    float64
	}{
		{"how do I retrun something", true, 1},                     // said so but for a slip: certain
		{"retrun", true, unknownWords},                             // one word, known only as corrected
		{"xqz bnv retrun plk wrt", false, gibberish},               // no language: nothing is corrected
		{"Łódź ma piękne kamienice i retrun", false, unknownWords}, // another one
		{"12 34", false, unknownWords},                             // numbers alone
	} {
		r, err := x.Search(t.Context(), Question{Text: c.text}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if (len(r.Corrected) > 0) != c.corrected || r.Hits[0].Probability > c.atMost+1e-9 {
			t.Errorf("%q: corrected %v, probability %v", c.text, r.Corrected, r.Hits[0].Probability)
		}
	}
	r, err := x.Search(t.Context(), Question{Text: "how do I retrun something"}, 1)
	if err != nil || r.Hits[0].Probability < certain-1e-9 {
		t.Errorf("a slip makes it %v, %v", r.Hits[0].Probability, err)
	}
}

// TestKnows holds what counts as another form of a word.
func TestKnows(t *testing.T) {
	x := build(t, faqBase(t, map[string][]string{
		"bread": {"Where is the bread?"}, "cancel": {"How do I cancel my order?"}, "open": {"Are you opening soon?"},
	}))
	for word, want := range map[string]bool{
		"bread": true, "breads": true, "breat": false, "cancelled": true, "cancelling": true, "canal": false,
		"opened": true, "orders": true, "ordinary": false,
	} {
		if got := x.model.knows(word); got != want {
			t.Errorf("the base knows %q: %v", word, got)
		}
	}
}
