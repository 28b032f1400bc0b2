package whisper

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
)

// A toy is a model of a few tokens.
type toy struct {
	texts  []string                                // of the tokens; the end comes after them
	row    func(before []int32) map[string]float64 // the logarithms of some probabilities; others have next to none
	effort int
	fails  int // the call that fails; 0 for none
	calls  int
}

func (m *toy) eot() int32 { return int32(len(m.texts)) }

func (m *toy) text(token int32) string {
	if token >= m.eot() {
		return "[end]"
	}
	return m.texts[token]
}

// tokens gives those of a text that is written with a bar between them.
func (m *toy) tokens(text string) (tokens []int32) {
	for part := range strings.SplitSeq(text, "|") {
		tokens = append(tokens, int32(slices.Index(m.texts, part)))
	}
	return tokens
}

var errToy = errors.New("out of order")

func (m *toy) score(tokens []int32, from int) (rows [][]float32, err error) {
	if m.calls++; m.calls == m.fails {
		return nil, errToy
	}
	m.effort += 2 + len(tokens) - from
	for at := from; at <= len(tokens); at++ {
		row := make([]float32, len(m.texts)+1)
		for i := range row {
			row[i] = -30
		}
		for text, log := range m.row(tokens[:at]) {
			id := m.eot()
			if text != "" {
				id = int32(slices.Index(m.texts, text))
			}
			row[id] = float32(log)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (m *toy) find(free []int32, most int) ([]asr.Alternative, error) {
	o := &others{score: m.score, text: m.text, eot: m.eot(), effort: &m.effort, most: most}
	return o.find(free)
}

// chances are the probabilities of what follows, where anything else than the likeliest
// token may.
func chances(pairs ...any) map[string]float64 {
	row := map[string]float64{}
	for i := 0; i < len(pairs); i += 2 {
		row[pairs[i].(string)] = math.Log(pairs[i+1].(float64))
	}
	return row
}

// kitchen hears "turn on the kitchen light", not surely.
func kitchen() *toy {
	m := &toy{texts: []string{" turn", " on", " off", " the", " kitchen", " light", " lights", " l", "amp", " Light", ",", ".", " please", " Turn"}}
	m.row = func(before []int32) map[string]float64 {
		var said string
		for _, token := range before {
			said += m.texts[token]
		}
		switch {
		case said == "":
			return chances(" turn", 0.6, " Turn", 0.4)
		case strings.HasSuffix(said, "urn"):
			return chances(" on", 0.6, " off", 0.4)
		case strings.HasSuffix(said, " on"), strings.HasSuffix(said, " off"):
			return chances(" the", 0.7, " kitchen", 0.3)
		case strings.HasSuffix(said, " the"):
			return chances(" kitchen", 1.0)
		case strings.HasSuffix(said, " kitchen"):
			return chances(" light", 0.6, " Light", 0.2, " l", 0.1, " lights", 0.1)
		case strings.HasSuffix(said, " l"):
			return chances("amp", 1.0)
		case strings.HasSuffix(said, "."), strings.HasSuffix(said, "please"):
			return chances("", 1.0)
		}
		return chances("", 0.5, ".", 0.35, ",", 0.05, " please", 0.1)
	}
	return m
}

// TestAlternatives: another word, one more or less, one of several tokens and another end
// are found, what is the same but for letters and signs is not, and the means are right.
func TestAlternatives(t *testing.T) {
	m := kitchen()
	free := m.tokens(" turn| on| the| kitchen| light")
	got, err := m.find(free, 6)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, a := range got {
		texts = append(texts, a.Text)
	}
	want := []string{"turn off the kitchen light", "turn on the kitchen lamp", "turn on the kitchen lights", "turn on kitchen light",
		"turn on the kitchen light please", "turn off kitchen light"}
	slices.Sort(texts)
	if slices.Sort(want); !slices.Equal(texts, want) {
		t.Errorf("got %q\nwant %q", texts, want)
	}
	off := (math.Log(0.6) + math.Log(0.4) + math.Log(0.7) + math.Log(0.6) + math.Log(0.5)) / 6
	if a := got[slices.IndexFunc(got, func(a asr.Alternative) bool { return a.Text == "turn off the kitchen light" })]; math.Abs(a.LogProbability-off) > 1e-3 {
		t.Errorf("%+v, and the mean is %v", a, off)
	}
	// Of few, the likeliest; and what follows a word that was misheard is computed at once.
	m = kitchen()
	if got, err = m.find(free, 1); err != nil || len(got) != 1 || got[0].Text != "turn off the kitchen light" {
		t.Errorf("the likeliest is %+v, %v", got, err)
	}
	if m.effort > 20 {
		t.Errorf("it takes an effort of %d", m.effort)
	}
}

// TestAlternativesLaws: whatever a model says, there are no more than are wanted, none says
// what was heard or what another says, the likeliest comes first, all have the mean that
// the model gives them, and little is computed.
func TestAlternativesLaws(t *testing.T) {
	found := 0
	for seed := range 300 {
		m := &toy{texts: []string{" a", " b", " A", ".", " c", "d", " ", " ä"}}
		m.row = func(before []int32) map[string]float64 {
			row := map[string]float64{}
			for i, text := range append(slices.Clone(m.texts), "") {
				h := fnv.New32a()
				fmt.Fprint(h, seed, before, i)
				row[text] = -float64(h.Sum32()%1000) / 150
			}
			return row
		}
		most := seed%4 + 1
		var free []int32
		for i := range seed % 6 {
			free = append(free, int32((seed>>i+i)%len(m.texts)))
		}
		got, err := m.find(free, most)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := m.fresh().find(free, most)
		if !slices.Equal(got, again) {
			t.Errorf("%d: first %+v, then %+v", seed, got, again)
		}
		if len(got) > most {
			t.Errorf("%d: %d are %+v", seed, most, got)
		}
		if m.effort > maxSearch+2+ahead+len(free)+1 {
			t.Errorf("%d: it takes an effort of %d", seed, m.effort)
		}
		var heard strings.Builder
		for _, token := range free {
			heard.WriteString(m.text(token))
		}
		seen := []string{wordsOf(heard.String())}
		for i, a := range got {
			if w := wordsOf(a.Text); w == "" || slices.Contains(seen, w) {
				t.Errorf("%d: %q, and %q", seed, seen, a.Text)
			}
			seen = append(seen, wordsOf(a.Text))
			if i > 0 && a.LogProbability > got[i-1].LogProbability || !(a.LogProbability < 0) {
				t.Errorf("%d: %+v", seed, got)
			}
			found++
		}
	}
	if found < 300 {
		t.Errorf("%d were found, so little was tested", found)
	}
}

// TestAlternativeLikelier: where the likeliest token each time leads to a text that is not the
// likeliest, the likeliest stands first, no word of it surer than the least sure one was, with
// what was heard among the others in its place; elsewhere what was heard stays.
func TestAlternativeLikelier(t *testing.T) {
	m := &toy{texts: []string{" lock", " unlock", " the", " a", " door"}}
	m.row = func(before []int32) map[string]float64 {
		last := ""
		if n := len(before); n > 0 {
			last = m.texts[before[n-1]]
		}
		switch last {
		case "":
			return chances(" unlock", 0.55, " lock", 0.45)
		case " unlock":
			return chances(" the", 0.5, " a", 0.5)
		case " lock":
			return chances(" the", 0.9, " a", 0.1)
		case " the", " a":
			return chances(" door", 1.0)
		}
		return chances("", 1.0)
	}
	for free, want := range map[string]string{" unlock| the| door": "lock the door", " lock| the| door": ""} {
		heard := m.tokens(free)
		o := &others{score: m.score, text: m.text, eot: m.eot(), effort: new(int), most: 3}
		alternatives, err := o.find(heard)
		if err != nil {
			t.Fatal(err)
		}
		a, ok := o.likelier()
		if ok != (want != "") {
			t.Errorf("%q: %v, %+v", free, ok, a)
		}
		if !ok {
			continue
		}
		got := asr.Transcript{Text: "unlock the door", Confidence: 0.5, Sound: 2 * time.Second, Alternatives: alternatives}
		if err := o.instead(&got, heard, a); err != nil {
			t.Fatal(err)
		}
		mean := (math.Log(0.45) + math.Log(0.9)) / 3
		if got.Text != want || math.Abs(got.Confidence-0.45) > 1e-3 || math.Abs(got.LogProbability-mean) > 1e-3 {
			t.Errorf("%q: %+v", free, got)
		}
		if s := got.Segments; len(s) != 1 || s[0].Text != want || s[0].End != got.Sound || len(s[0].Tokens) != 3 || math.Abs(s[0].Tokens[2].Probability-0.5) > 1e-3 {
			t.Errorf("%q: the segments are %+v", free, s)
		}
		was := asr.Alternative{Text: "unlock the door", LogProbability: (math.Log(0.55) + math.Log(0.5)) / 4}
		at := slices.IndexFunc(got.Alternatives, func(b asr.Alternative) bool { return b.Text == was.Text })
		if len(got.Alternatives) != len(alternatives) || at < 0 || math.Abs(got.Alternatives[at].LogProbability-was.LogProbability) > 1e-3 {
			t.Errorf("%q: the others are %+v", free, got.Alternatives)
		}
		o.score = func([]int32, int) ([][]float32, error) { return nil, errToy }
		if still := (asr.Transcript{Text: "unlock the door", Alternatives: alternatives}); !errors.Is(o.instead(&still, heard, a), errToy) || still.Text != "unlock the door" {
			t.Errorf("with a decoder out of order: %+v", still)
		}
	}
}

// fresh is the same model, of which nothing was asked.
func (m *toy) fresh() *toy { return &toy{texts: m.texts, row: m.row} }

// What was found stands where the decoder fails, and weights that are no numbers give
// nothing.
func TestAlternativesFail(t *testing.T) {
	m := kitchen()
	free := m.tokens(" turn| on| the| kitchen| light")
	whole, _ := kitchen().find(free, 3)
	partly := 0
	for m.fails = 1; m.fails < 10; m.fails++ {
		m.calls, m.effort = 0, 0
		got, err := m.find(free, 3)
		if m.calls == m.fails && !errors.Is(err, errToy) {
			t.Errorf("call %d fails: %v", m.fails, err)
		}
		if len(got) > len(whole) || m.fails == 1 && got != nil {
			t.Errorf("call %d fails: %+v", m.fails, got)
		}
		if err != nil && len(got) > 0 {
			partly++
		}
	}
	if partly == 0 {
		t.Error("nothing was found before a failure, so little was tested")
	}
	m = kitchen()
	m.row = func([]int32) map[string]float64 { return map[string]float64{" turn": math.NaN(), " on": 1, "": 0.5} }
	if got, err := m.find(free, 3); err != nil || got != nil {
		t.Errorf("of no numbers: %+v, %v", got, err)
	}
}
