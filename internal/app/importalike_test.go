package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

var updateDuplicates = flag.Bool("update", false, "write testdata/duplicates.golden anew")

// TestDuplicatesByMeaning imports the test queries of BANKING77, some an item,
// into a base that has five other phrasings of half of the intents; then the
// same with the other half. True is an item whose intent is in the base and that
// is shown as alike with the right entry among the named; false is one whose
// intent is not, and that is shown as alike to anything.
func TestDuplicatesByMeaning(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("FRONTDESK_TEST_LOAD=1 measures it")
	}
	dir := filepath.Join("..", "..", "..", "shared", "bench", "banking77")
	f, err := os.Open(filepath.Join(dir, "corpus.k5.jsonl"))
	if err != nil {
		t.Skipf("the public set is not there: %v", err)
	}
	defer f.Close()
	corpus, err := importer.ReadJSONL(f, "corpus")
	if err != nil {
		t.Fatal(err)
	}
	q, err := os.Open(filepath.Join(dir, "queries.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	queries := map[string][]string{}
	for s := bufio.NewScanner(q); s.Scan(); {
		var line struct{ Text, Expect string }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		queries[line.Expect] = append(queries[line.Expect], line.Text)
	}
	var figures strings.Builder
	figures.WriteString("# Figures of TestDuplicatesByMeaning; write it anew with: FRONTDESK_TEST_LOAD=1 go test ./internal/app -run TestDuplicatesByMeaning -update\n")
	for _, each := range []int{1, 3, 5, 40} {
		figures.WriteString(measureDuplicates(t, corpus, queries, each))
	}
	t.Log(figures.String())
	const golden = "testdata/duplicates.golden"
	if *updateDuplicates {
		if err := os.WriteFile(golden, []byte(figures.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if figures.String() != string(want) {
		t.Errorf("the figures have moved; if that is meant, run with -update. Before:\n%s", want)
	}
}

// measureDuplicates imports so many queries an intent, and gives the figures. The
// bar holds from five on.
func measureDuplicates(t *testing.T, corpus []*knowledge.Entry, queries map[string][]string, each int) string {
	t.Helper()
	var there, shown, right, absent, wrong int
	for half := range 2 {
		var kept []*knowledge.Entry
		for i, e := range corpus {
			if i%2 == half {
				c := *e
				c.Answer = "It is about " + e.ID + "."
				kept = append(kept, &c)
			}
		}
		cfg, root := importDesk(t, "format: 1\n")
		out, err := os.Create(filepath.Join(root, "knowledge", "desk.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := importer.WriteYAML(out, kept); err != nil {
			t.Fatal(err)
		}
		out.Close()
		found := &importer.Found{}
		for _, id := range slices.Sorted(maps.Keys(queries)) {
			l := queries[id][:min(each, len(queries[id]))]
			found.Items = append(found.Items, faqItem(id, l[0], "See there.", l[1:]...))
		}
		p, err := app.PlanImport(context.Background(), cfg, "desk", []app.ImportSource{{Name: "queries", Found: found}}, app.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range p.Items {
			id := it.Entry.Source.Key
			in := slices.ContainsFunc(kept, func(e *knowledge.Entry) bool { return e.ID == id })
			alike := it.State == app.ImportAlike
			switch {
			case in:
				there++
				if alike {
					shown++
				}
				if alike && slices.ContainsFunc(it.Alike, func(l app.Likeness) bool { return l.Entry.ID == id }) {
					right++
				}
			default:
				absent++
				if alike {
					wrong++
				}
			}
		}
	}
	figures := fmt.Sprintf("%d phrasings an item: of %d that are there %d are shown, %d rightly; of %d that are not %d are\n", each, there, shown, right, absent, wrong)
	if each < 5 {
		return figures
	}
	if 10*right < 9*there {
		t.Errorf("only %d of %d duplicates are shown with the right entry", right, there)
	}
	if 20*wrong > absent {
		t.Errorf("%d of %d others are shown as duplicates", wrong, absent)
	}
	return figures
}

// TestImportIntoFewEntries imports what has nothing to do with a base of few
// entries, in which there is hardly a rival.
func TestImportIntoFewEntries(t *testing.T) {
	there := []string{
		"What is the Wi-Fi password?", "Where can I park my car?", "How do I cancel a booking?",
		"Wann gibt es Frühstück?", "Do you lend umbrellas?", "Can I pay by cheque?",
		"Où se trouve la piscine ?", "Is there a shuttle to the airport?", "¿Aceptan perros grandes?", "Who waters the plants?",
	}
	strange := []string{
		"How tall is the lighthouse?", "Which form do I need for my taxes?", "When were the windows painted?",
		"Wie viele Seiten hat das Buch?", "Warum ist der Himmel blau?", "Kto napisał tę książkę?",
		"Combien coûte un kilo de pommes ?", "¿Quién ganó la carrera de ayer?", "Onde fica a farmácia?", "Как включить свет?",
		"Hva heter hovedstaden?", "明日の天気はどうですか",
	}
	for _, n := range []int{1, 3, 10} {
		text := "format: 1\nfaq:\n"
		for i, q := range there[:n] {
			text += fmt.Sprintf("  - {id: e%d, question: %q, answer: It is answer %d.}\n", i, q, i)
		}
		cfg, _ := importDesk(t, text)
		found := &importer.Found{}
		for i, q := range strange {
			found.Items = append(found.Items, faqItem(fmt.Sprint(i), q, fmt.Sprintf("Nobody knows %d.", i)))
		}
		p, err := app.PlanImport(context.Background(), cfg, "desk", []app.ImportSource{{Name: "strange", Found: found}}, app.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range p.Items {
			if len(it.Alike) > 0 {
				t.Errorf("of %d entries, %q is shown as like %q (%.2f)", n, it.Entry.Question, it.Alike[0].Entry.Question, it.Alike[0].Probability)
			}
			if len(it.Twins) > 0 {
				t.Errorf("%q is shown as like %q (%.2f)", it.Entry.Question, it.Twins[0].Entry.Question, it.Twins[0].Probability)
			}
		}
	}
}
