package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// TestDuplicatesByMeaning imports the test queries of BANKING77, five an item,
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
	const each = 5
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
			l := queries[id][:each]
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
	t.Logf("of %d items that are there %d are shown, %d rightly; of %d that are not %d are", there, shown, right, absent, wrong)
	if 10*right < 9*there {
		t.Errorf("only %d of %d duplicates are shown with the right entry", right, there)
	}
	if 20*wrong > absent {
		t.Errorf("%d of %d others are shown as duplicates", wrong, absent)
	}
}
