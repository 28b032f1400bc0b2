package retrieval

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"
)

var (
	pronunciations = flag.String("pronunciations", "", "measure what is heard: a pronouncing dictionary in the form of CMUdict, in this `file`")
	heardSets      = flag.String("heard-sets", "clinc150/k5/val clinc150/all/val snips/k5/val snips/all/val home", "what is measured: base/variant/queries, or home")
	heardEvery     = flag.Int("heard-every", 1, "measure on every so many queries only")
	heardShow      = flag.Bool("heard-show", false, "print what was read as something else")
)

// TestHeardQuality prints what becomes of queries that were misheard, and of
// those that were heard rightly, with the sounds-alike channel and without, in
// per cent: how many words are wrong; of the queries in scope the entry found,
// and those answered rightly and wrongly; of the others those answered. It needs a pronouncing dictionary, such as that of Carnegie Mellon University:
//
//	go test ./retrieval -run TestHeardQuality -v -pronunciations cmudict.dict
func TestHeardQuality(t *testing.T) {
	if *pronunciations == "" {
		t.Skip("-pronunciations names no dictionary")
	}
	file, err := os.Open(*pronunciations)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, err := newMishearer(file, 1, static.Default().Known)
	if err != nil {
		t.Fatal(err)
	}
	out := t.Output()
	fmt.Fprintf(out, "%-22s %6s %7s %6s %6s %6s %8s %6s %6s\n",
		"queries", "errors", "channel", "top-1", "right", "wrong", "strange", "exact", "anew")
	for set := range strings.FieldsSeq(*heardSets) {
		x, queries := heardSet(t, set)
		misheard := make([]Query, len(queries))
		errors, words := 0, 0
		for i, q := range queries {
			misheard[i] = q
			misheard[i].Text = m.mishear(q.Text)
			said := lexical.Words(q.Text)
			errors += wordErrors(said, lexical.Words(misheard[i].Text))
			words += len(said)
		}
		rate := 100 * float64(errors) / float64(words)
		for _, heard := range []bool{false, true} {
			fmt.Fprintf(out, "%-22s %6.1f %7v %s\n", set, 0.0, heard, heardFigures(t, x, queries, heard))
		}
		for _, heard := range []bool{false, true} {
			fmt.Fprintf(out, "%-22s %6.1f %7v %s\n", set, rate, heard, heardFigures(t, x, misheard, heard))
		}
	}
}

// heardSet gives the index and the queries of a set.
func heardSet(t *testing.T, set string) (*Index, []Query) {
	t.Helper()
	var x *Index
	var all, some []Query
	if set == "home" {
		x = exampleIndex(t, "home")
		for _, test := range x.base.Tests {
			all = append(all, Query{Text: test.Ask, Expect: strings.TrimPrefix(test.Expect, "none")})
		}
		return x, all
	}
	parts := strings.Split(set, "/")
	if len(parts) != 3 {
		t.Fatalf("%q names no base, variant and queries", set)
	}
	x = benchIndex(t, parts[0]+"/"+parts[1])
	all = benchQueries(t, parts[0]+"/"+parts[2]+".jsonl")
	for i := 0; i < len(all); i += max(1, *heardEvery) {
		some = append(some, all[i])
	}
	return x, some
}

// heardFigures gives the shares of queries that are found, answered rightly,
// answered wrongly, and answered although nothing is right; and how many were
// exact and were read as something else than they are.
func heardFigures(t *testing.T, x *Index, queries []Query, heard bool) string {
	t.Helper()
	var in, out, top1, right, wrong, strange, exact, anew float64
	for _, q := range queries {
		r, err := x.Search(t.Context(), Question{Text: q.Text, Heard: heard}, 1)
		if err != nil {
			t.Fatal(err)
		}
		answered, found := false, false
		if len(r.Hits) > 0 {
			h := r.Hits[0]
			bar := x.point.Answer
			if h.Entry.Command != nil {
				bar = x.point.Run
			}
			answered, found = h.Probability >= bar, h.Entry.ID == q.Expect
			if h.Exact {
				exact++
			}
		}
		if r.Read != "" {
			anew++
			if *heardShow {
				fmt.Fprintf(t.Output(), "%-24s %-24s %.2f %s → %s\n", cmp.Or(q.Expect, "none"), r.Hits[0].Entry.ID, r.Hits[0].Probability, q.Text, r.Read)
			}
		}
		switch {
		case q.Expect == "":
			out++
			if answered {
				strange++
			}
			continue
		case found:
			top1++
			if answered {
				right++
			}
		case answered:
			wrong++
		}
		in++
	}
	return fmt.Sprintf("%6.1f %6.1f %6.1f %8.1f %6v %6v", 100*top1/in, 100*right/in, 100*wrong/in, 100*strange/out, exact, anew)
}
