package retrieval

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"

	"gonum.org/v1/gonum/mat"
)

var showReadings = flag.Bool("readings-show", false, "print what TestFitExpected takes wrongly")

// readingsFile holds what was heard of sentences of our own, spoken by our own
// voices: see TestSpokenReadings in cmd/frontdesk.
var readingsFile = "testdata/heard-readings.jsonl"

// heldVoices are the voices that the model is not fitted on.
var heldVoices = []string{"flite:awb", "espeak-ng:en-gb-scotland:50", "espeak-ng:en-us+f2:55", "festival:kal_diphone"}

// A heardReading is what was heard of a sentence.
type heardReading struct {
	Base, Voice, Said, Free, Expected string
	FreeScore, ExpectedScore          float64 // of the paths, as pocketsphinx gives them
	Seconds                           float64
}

// margin is what testdata/voice/pocketsphinx.sh of cmd/frontdesk makes of the scores.
func (r heardReading) margin() float64 {
	return ((r.ExpectedScore-r.FreeScore)*0.1024/r.Seconds - marginBegins) / 100
}

// marginBegins is what the sentences of a grammar are spared of what English costs
// by the language model, in nats a second.
const marginBegins = 30

// A saidSample is a reading as the model sees it.
type saidSample struct {
	heardReading
	signals        [expectedSignals]float64
	limit          float64
	right          bool // the expected sentence says what was said
	held, measured bool
}

// saidSamples gives every so many of the readings, to fit the model to or held back.
func saidSamples(t *testing.T, every int) []saidSample {
	t.Helper()
	f, err := os.Open(readingsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	indexes := map[string]*Index{"home": exampleIndex(t, "home"), "workshop": heardIndex(t, "workshop"), "hotel": heardIndex(t, "hotel")}
	var samples []saidSample
	for i, lines := 0, bufio.NewScanner(f); lines.Scan(); i++ {
		if i%every > 0 {
			continue
		}
		var r heardReading
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		x := indexes[r.Base]
		if r.Expected == "" || r.Free == "" || slices.Equal(lexical.Words(r.Free), lexical.Words(r.Expected)) {
			continue
		}
		free, sentence := weighReadings(t, x, r.Free, r.Expected)
		h := fnv.New32a()
		h.Write([]byte(r.Said))
		for _, measured := range []bool{false, true} { // with the margin and without
			e := x.expectation(free, sentence, Expected{r.Expected, r.margin(), measured})
			samples = append(samples, saidSample{
				heardReading: r, signals: e.signals, limit: e.limit, right: meansSame(x, r.Said, r.Expected), measured: measured,
				held: slices.Contains(heldVoices, r.Voice) || h.Sum32()%4 == 0,
			})
		}
	}
	return samples
}

// heardIndex gives the index of a base that is there to be spoken to.
func heardIndex(t *testing.T, name string) *Index {
	t.Helper()
	base, err := knowledge.Load(t.Context(), knowledge.Options{Dir: "testdata", Paths: []string{"heard-" + name + ".yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	return build(t, base)
}

// weighReadings gives the findings of both readings, each for itself.
func weighReadings(t *testing.T, x *Index, text, expected string) (free, sentence *finding) {
	t.Helper()
	free, err := x.find(t.Context(), Question{Text: text, Heard: true})
	if err == nil {
		free, err = x.hear(t.Context(), free)
	}
	if err != nil {
		t.Fatal(err)
	}
	free.discount()
	if sentence, err = x.find(t.Context(), Question{Text: expected, Heard: true}); err != nil {
		t.Fatal(err)
	}
	return free, sentence
}

// meansSame says whether two sentences are ones of the same command, with the same values.
func meansSame(x *Index, said, heard string) bool {
	for i, want := range x.exact(said) {
		got, ok := x.exact(heard)[i]
		if !ok || len(got) != len(want) {
			continue
		}
		same := true
		for name, v := range want {
			same = same && got[name].Canonical == v.Canonical
		}
		if same {
			return true
		}
	}
	return false
}

// TestFitExpected fits the model of what was said to the readings, and holds that
// its coefficients are those of the code and that on readings which were held back
// nothing is run that was not said.
func TestFitExpected(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("it weighs hundreds of readings: set FRONTDESK_TEST_LOAD=1")
	}
	samples := saidSamples(t, 1)
	var fit, held []saidSample
	for _, s := range samples {
		if s.held {
			held = append(held, s)
		} else {
			fit = append(fit, s)
		}
	}
	got := fitSaid(fit)
	t.Logf("var said = saidModel{%.2f, [expectedSignals]float64{%s}}", got.bias, floats(got.weights[:]))
	for i, w := range got.weights {
		if math.Abs(w-said.weights[i]) > 0.02 {
			t.Errorf("the weight of %q is %.2f, and %.2f in the code", expectedNames[i], w, said.weights[i])
		}
	}
	if math.Abs(got.bias-said.bias) > 0.02 {
		t.Errorf("the bias is %.2f, and %.2f in the code", got.bias, said.bias)
	}
	for _, measured := range []bool{false, true} {
		t.Logf("margin measured: %v", measured)
		other := func(s saidSample) bool { return s.measured != measured }
		line, _, _ := saidFigures(t, got, slices.DeleteFunc(slices.Clone(fit), other))
		t.Log("fitted on: ", line)
		line, accepted, wrong := saidFigures(t, got, slices.DeleteFunc(slices.Clone(held), other))
		t.Log("held back: ", line)
		if wrong > 0 || measured && accepted < 15 {
			t.Errorf("margin measured %v: %d of the readings held back are run rightly, %d wrongly", measured, accepted, wrong)
		}
	}
}

// TestSaid holds the model to some of the readings: what was said is run more often than
// not where the sound fits, and nothing else is.
func TestSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two indexes")
	}
	samples := slices.DeleteFunc(saidSamples(t, 12), func(s saidSample) bool { return !s.measured })
	line, accepted, wrong := saidFigures(t, said, samples)
	if wrong > 0 || accepted < 3 {
		t.Errorf("%d of the readings are run rightly, %d wrongly: %s", accepted, wrong, line)
	}
}

func saidFigures(t *testing.T, m saidModel, samples []saidSample) (line string, accepted, wrong int) {
	var right, loss float64
	var above int
	for _, s := range samples {
		p := min(s.limit, sigmoid(m.logOdds(s.signals)))
		if s.right {
			right++
			loss -= math.Log(p)
			if p >= 0.97 {
				accepted++
			}
		} else {
			loss -= math.Log(1 - p)
			if p >= 0.97 {
				wrong++
			}
			if p >= 0.5 {
				above++
			}
		}
		if *showReadings && (s.right && p < 0.9 || !s.right && p > 0.5) {
			fmt.Fprintf(t.Output(), "%v %.3f %-24s said %q\n      free %q\n      expected %q %.2f\n", s.right, p, s.Voice, s.Said, s.Free, s.Expected, s.signals)
		}
	}
	line = fmt.Sprintf("%d readings, %v said: loss %.3f, accepted at 0.97 %d rightly, %d wrongly (%d at 0.5)", len(samples), right, loss/float64(len(samples)), accepted, wrong, above)
	return line, accepted, wrong
}

func floats(v []float64) string {
	var out []string
	for _, f := range v {
		out = append(out, fmt.Sprintf("%.2f", f))
	}
	return strings.Join(out, ", ")
}

// saidSigns says which signals can only speak against a sentence, and which for it.
var saidSigns = [expectedSignals]float64{
	expectedCloseness: 1, expectedMissing: -1, expectedExtra: -1, expectedFits: 1, expectedForced: -1, expectedValue: -1,
}

// fitSaid fits the model; a signal whose weight would have the wrong sign is left
// out, the worst first, and the others are fitted again.
func fitSaid(samples []saidSample) saidModel {
	var out [expectedSignals]bool
	for {
		m, worst := climbSaid(samples, out), -1
		for i, w := range m.weights {
			if saidSigns[i]*w < 0 && (worst < 0 || math.Abs(w) > math.Abs(m.weights[worst])) {
				worst = i
			}
		}
		if worst < 0 {
			return m
		}
		out[worst] = true
	}
}

// saidPrior is what is known of the model beforehand, and saidSpread how well: what has
// no counterpart speaks against a sentence even where the readings, in which it goes
// with the distance, do not tell.
var (
	saidPrior  = saidModel{0, [expectedSignals]float64{2, -1.5, -1.5, 4, -4, -1}}
	saidSpread = saidModel{10, [expectedSignals]float64{2, 0.2, 0.2, 4, 4, 2}}
)

// climbSaid finds the likeliest model without some signals, by Newton's method, as the
// calibrator is fitted.
func climbSaid(samples []saidSample, without [expectedSignals]bool) saidModel {
	const n = expectedSignals + 1
	centre, spread := append([]float64{saidPrior.bias}, saidPrior.weights[:]...), append([]float64{saidSpread.bias}, saidSpread.weights[:]...)
	for i, out := range without {
		if out {
			centre[i+1] = 0
		}
	}
	// A sentence is said as often as not to whom the talk is addressed: those that were
	// and those that were not weigh the same together.
	said := 0
	for _, s := range samples {
		if s.right {
			said++
		}
	}
	weight := map[bool]float64{
		true: float64(len(samples)) / 2 / float64(max(1, said)), false: float64(len(samples)) / 2 / float64(max(1, len(samples)-said)),
	}
	at := [n]float64(centre)
	for range 50 {
		slope, curve := make([]float64, n), mat.NewSymDense(n, nil)
		for i := range n {
			slope[i] -= (at[i] - centre[i]) / (spread[i] * spread[i])
			curve.SetSym(i, i, 1/(spread[i]*spread[i]))
		}
		for _, s := range samples {
			v := append([]float64{1}, s.signals[:]...)
			for i, out := range without {
				if out {
					v[i+1] = 0
				}
			}
			z := 0.0
			for i := range n {
				z += at[i] * v[i]
			}
			p, y, w := sigmoid(z), 0.0, weight[s.right]
			if s.right {
				y = 1
			}
			for i := range n {
				slope[i] += w * (y - p) * v[i]
				for j := i; j < n; j++ {
					curve.SetSym(i, j, curve.At(i, j)+w*p*(1-p)*v[i]*v[j])
				}
			}
		}
		var c mat.Cholesky
		var step mat.VecDense
		if !c.Factorize(curve) || c.SolveVecTo(&step, mat.NewVecDense(n, slope)) != nil {
			break
		}
		for i := range n {
			at[i] += max(-2, min(2, step.AtVec(i)))
		}
	}
	return saidModel{at[0], [expectedSignals]float64(at[1:])}
}
