package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"frontdesk/retrieval/static"
)

// small is the recipe for a corpus of some hundred pairs.
func small() recipe {
	r := current
	r.skipgram.Dim, r.skipgram.Sync, r.skipgram.Sample = 32, 500, 1
	r.contrast.Batch, r.contrast.Steps, r.contrast.Rate = 64, 120, 0.01
	r.spelling.Draws = 20_000
	r.Words, r.Buckets, r.OutDim = 200, 100, 24
	return r
}

// matters are made-up intents: what is done, and with what, in two ways each.
var matters = [][2][2]string{
	{{"borrow", "rent"}, {"bicycle", "bike"}}, {{"mend", "repair"}, {"kettle", "boiler"}},
	{{"post", "send"}, {"parcel", "package"}}, {{"wash", "clean"}, {"curtains", "drapes"}},
	{{"book", "reserve"}, {"seat", "chair"}}, {{"sell", "flog"}, {"piano", "keyboard"}},
	{{"feed", "nourish"}, {"cat", "kitten"}}, {{"paint", "colour"}, {"fence", "railing"}},
	{{"cook", "boil"}, {"potatoes", "spuds"}}, {{"lock", "bolt"}, {"cellar", "basement"}},
}

// said gives a matter in words: way 0 or 1, in one of several sentences.
func said(matter, way, form int) string {
	m := matters[matter]
	forms := []string{"please %s the %s", "could somebody %s my %s", "I want to %s a %s today", "how do I %s this %s"}
	return fmt.Sprintf(forms[form], m[0][way], m[1][way])
}

// made writes a corpus of paraphrases of the matters, in two files, and sentences.
func made(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 3))
	var lines [2]bytes.Buffer
	for i := range 400 {
		matter := r.IntN(len(matters))
		// Ways are mixed in between the two sides, and the last form is only
		// ever seen in the first way.
		rec := record{Type: "intent", Source: []string{"odd", "even"}[i%2], Group: fmt.Sprintf("%08x", matter+1),
			A: said(matter, 0, r.IntN(4)), B: said(matter, 1, r.IntN(3))}
		if err := json.NewEncoder(&lines[i%2]).Encode(rec); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "a.jsonl"), lines[0].String()+`{"t":"sent","s":"odd","a":"The cat sat on the mat."}`+"\n")
	write(t, filepath.Join(dir, "b.jsonl"), lines[1].String())
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func files(t testing.TB, paths ...string) []string {
	t.Helper()
	list, err := Files(paths)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// trained trains and gives the model file.
func trained(t testing.TB, o Options, r recipe) []byte {
	t.Helper()
	w, err := run(t.Context(), o, r, adapting)
	if err != nil {
		t.Fatal(err)
	}
	file, err := w.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func opened(t testing.TB, file []byte) *static.Model {
	t.Helper()
	m, err := static.Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// found gives the share of matters that are nearest when they are asked in the
// other way and in a form that this way was never seen in.
func found(t testing.TB, m *static.Model) float64 {
	t.Helper()
	var texts []string
	for i := range matters {
		texts = append(texts, said(i, 0, 0), said(i, 1, 3))
	}
	v, err := m.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i := range matters {
		best, top := -1, float32(-2)
		for j := range matters {
			if x := dot(v[2*i+1], v[2*j]); x > top {
				best, top = j, x
			}
		}
		if best == i {
			right++
		}
	}
	return float64(right) / float64(len(matters))
}

// The same corpus, options and seed give the same bytes on one processor and on
// two; another seed gives others. What comes out knows what means the same.
func TestRun(t *testing.T) {
	o := Options{Files: files(t, made(t)), Runs: 3, Seed: 1}
	first := trained(t, o, small())
	m := opened(t, first)
	if share := found(t, m); share < 0.9 {
		t.Errorf("of the matters asked in other words, %.0f %% are found", 100*share)
	}
	if m.Dim() != 24 || !m.Known("kettle") || m.Known("zebra") {
		t.Errorf("the model has %d dimensions", m.Dim())
	}

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !bytes.Equal(first, trained(t, o, small())) {
		t.Error("on one processor the weights are others")
	}
	o.Seed = 2
	if bytes.Equal(first, trained(t, o, small())) {
		t.Error("another seed gives the same weights")
	}
}

// Weights that are taken up keep their dimensions and what they know, and learn
// the words of new documents.
func TestAdapt(t *testing.T) {
	general := opened(t, trained(t, Options{Files: files(t, made(t)), Runs: 1, Seed: 1}, small()))
	own := filepath.Join(t.TempDir(), "own.txt")
	text := "# Zebras\n- A stable houses it.\n\n"
	for _, when := range []string{"today", "always", "at night", "in winter", "on Sunday", "now and then"} {
		text += "The zebra lives here " + when + ".\nThis stable is full " + when + ".\n\n" +
			"A gnu stands there " + when + ".\nThat shed is empty " + when + ".\n\n"
	}
	write(t, own, text)
	o := Options{Files: files(t, own), From: general, Runs: 2, Seed: 1}
	a := adapting
	a.Rate, a.Rounds, a.Steps = 0.005, 1000, 60
	weights, err := run(t.Context(), o, current, a)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m := opened(t, file)
	if m.Dim() != general.Dim() || !m.Known("zebra") || m.Known("houses") || !m.Known("kettle") {
		t.Errorf("the vocabulary is wrong, or the %d dimensions are", m.Dim())
	}
	if before, after := found(t, general), found(t, m); after < before-0.1 {
		t.Errorf("what was found before, %v, is found no more: %v", before, after)
	}
	near := func(m *static.Model, a, b string) float32 {
		v, err := m.Embed(t.Context(), []string{a, b})
		if err != nil {
			t.Fatal(err)
		}
		return dot(v[0], v[1])
	}
	if x, y := near(m, "zebra", "stable"), near(m, "zebra", "shed"); x < y+0.2 {
		t.Errorf("zebras are as near to the shed, %v, as to the stable, %v", y, x)
	}
}

func TestChoice(t *testing.T) {
	dir := made(t)
	read := func(c Choice) (*corpus, error) {
		return readCorpus(t.Context(), files(t, dir), c, func(int, int) {})
	}
	all, err := read(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	odd, err := read(Choice{Without: []string{"even"}})
	if err != nil {
		t.Fatal(err)
	}
	even, err := read(Choice{Only: []string{"even"}})
	if err != nil {
		t.Fatal(err)
	}
	if all.pairs() != 400 || odd.pairs() != 200 || even.pairs() != 200 || len(all.classes) != 2 {
		t.Errorf("%d pairs, of which %d are odd and %d even", all.pairs(), odd.pairs(), even.pairs())
	}
	if _, err := read(Choice{Without: []string{"evven"}}); err == nil || !strings.Contains(err.Error(), `"evven"`) {
		t.Errorf("an unknown source gives %v", err)
	}
	if _, err := read(Choice{Only: []string{"even"}, Without: []string{"even"}}); err == nil {
		t.Error("a corpus of nothing is no error")
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Files: files(t, made(t)), Runs: 4, Seed: 1, Progress: func(stage string, done, total int) {
		if stage == "training" && done > 0 {
			cancel()
		}
	}}
	if _, err := run(ctx, o, small(), adapting); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it gives %v", err)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no record":     {"c.jsonl", "{}\n", `c.jsonl:1: "t" is to be`},
		"no JSON":       {"c.jsonl", "\n{\"t\":\n", "c.jsonl:2: the line is no record"},
		"no source":     {"c.jsonl", `{"t":"qa","a":"x","b":"y"}`, `c.jsonl:1: "s" is to be`},
		"no a":          {"c.jsonl", `{"t":"qa","s":"x","b":"y"}`, `c.jsonl:1: the text "a" is missing`},
		"no b":          {"c.jsonl", `{"t":"qa","s":"x","a":"y"}`, `c.jsonl:1: the text "b" is missing`},
		"b too many":    {"c.jsonl", `{"t":"sent","s":"x","a":"y","b":"z"}`, `c.jsonl:1: a record of type "sent"`},
		"group":         {"c.jsonl", `{"t":"qa","s":"x","a":"y","b":"z","g":"none"}`, `c.jsonl:1: the group "none"`},
		"long line":     {"c.jsonl", strings.Repeat("x", maxLine+1), "c.jsonl:1: the line is longer"},
		"not UTF-8":     {"c.txt", "fine\nfi\xffne", "c.txt:2: the line is not UTF-8"},
		"no gzip":       {"c.jsonl.gz", "plain", "c.jsonl.gz"},
		"nothing":       {"c.txt", "\n\n", "there is no text"},
		"no pair":       {"c.txt", "One.\n\nTwo.\n", "no pair of two different texts"},
		"other numbers": {"c.jsonl", `{"t":1,"s":"x","a":"y","b":"z"}`, "c.jsonl:1: the line is no record"},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		write(t, path, c.text)
		_, err := Run(t.Context(), Options{Files: []string{path}, Runs: 1})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
	}
	for _, paths := range [][]string{nil, {t.TempDir()}, {"nosuch.jsonl"}, {"train.go"}} {
		if list, err := Files(paths); err == nil {
			t.Errorf("%q are the files %q", paths, list)
		}
	}
	if _, err := Run(t.Context(), Options{Runs: 0}); err == nil {
		t.Error("no runs are no error")
	}
}

// FuzzRecords reads anything as a corpus: it is refused, or every record that
// comes has its parts.
func FuzzRecords(f *testing.F) {
	f.Add(`{"t":"qa","s":"x","a":"y","b":"z","g":"0000002a"}`+"\n"+`{"t":"sent","s":"x","a":"y"}`, false)
	f.Add("# Heading\n- a line\n\nanother\xff", true)
	f.Add(`{"t":"qa","s":"x","a":"y","b":"z","g":"-1"}`, false)
	f.Fuzz(func(t *testing.T, text string, plain bool) {
		read := readRecords
		if plain {
			read = readText
		}
		r := reading{known: map[string]int32{}, seen: map[uint64]int32{}, classAt: map[[2]string]int{}, sources: map[string]bool{}}
		r.starts = []int32{0}
		err := read(t.Context(), strings.NewReader(text), "c", func(rec record) error {
			if err := rec.check(); err != nil {
				t.Errorf("%+v came through: %v", rec, err)
			}
			return r.add(rec)
		})
		if err != nil && !strings.HasPrefix(err.Error(), "c:") {
			t.Errorf("an error without its place: %v", err)
		}
		r.rank()
		for _, c := range r.classes {
			for _, p := range c.pairs {
				if len(r.text(p.a)) == 0 || len(r.text(p.b)) == 0 || p.a == p.b {
					t.Fatalf("a pair of %v and %v", r.text(p.a), r.text(p.b))
				}
			}
		}
	})
}

func TestExp(t *testing.T) {
	for _, x := range []float32{-90, -80, -14.3, -1, -0.5, -1e-3, 0, 0.1, 1, 6, 79} {
		want := exp64(min(max(x, -80), 80))
		if got := float64(exp(x)); got < want*(1-3e-7) || got > want*(1+3e-7) {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
}

func exp64(x float32) float64 { return math.Exp(float64(x)) }

func BenchmarkStep(b *testing.B) {
	const dim, n = 256, 512
	t := &table{dim: dim, words: make([]string, 30_000), buckets: 20_000}
	t.rows = make([]float32, t.size()*dim)
	r := random(1, partContrast, 0)
	for i := range t.rows {
		t.rows[i] = uniform(r) - 0.5
	}
	l, a := newLoss(n, dim, 0.07), newAdam(t)
	pairs := make([]pair, n)
	var p parts
	for i := range 2 * n {
		for range 25 {
			p.rows, p.weights = append(p.rows, int32(r.IntN(50_000)*r.IntN(100)/100)), append(p.weights, 1)
		}
		p.ends = append(p.ends, len(p.rows))
		pairs[i/2] = pair{int32(2 * i), int32(2*i + 1), 0}
	}
	for b.Loop() {
		l.embed(t, &p)
		l.mask(pairs)
		l.slopes()
		a.step(l, &p, 1e-4)
	}
}
