package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/go-cmp/cmp"
)

// importDesk makes a desk of one file, in a folder of its own.
func importDesk(t *testing.T, text string) (*config.Config, string) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{
		"config.yaml":         "format: 1\ndata_dir: data\ndefault_base: desk\nbases:\n  desk: {knowledge: [knowledge]}\n",
		"knowledge/desk.yaml": text,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := app.LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg, dir
}

const importBase = `format: 1
faq:
  # A comment that stays.
  - id: wifi
    question: What is the Wi-Fi password?
    alternatives: [how do I get onto the wireless network, wifi code for guests]
    answer: It stands on the fridge.
  - id: parking
    question: Where can I park my car?
    alternatives: [is there a garage, parking space for visitors]
    answer: Behind the house.
`

func faqItem(key, question, answer string, alternatives ...string) importer.Item {
	return importer.Item{Key: key, Entry: &knowledge.Entry{Kind: knowledge.FAQ, Question: question, Alternatives: alternatives, Answer: answer}}
}

func states(p *app.ImportPlan) []string {
	var out []string
	for _, it := range p.Items {
		line := fmt.Sprintf("%s %s", it.State, it.ID)
		if len(it.Alike) > 0 && it.State == app.ImportAlike {
			line += " ~ " + it.Alike[0].Entry.ID
		}
		out = append(out, line)
	}
	return out
}

func TestImportTwice(t *testing.T) {
	cfg, dir := importDesk(t, importBase)
	found := func(pool string) []app.ImportSource {
		return []app.ImportSource{{Name: "help.csv", Found: &importer.Found{
			Items: []importer.Item{
				faqItem("1", "When is the pool open?", pool, "opening hours of the swimming pool"),
				{Key: "2", Entry: &knowledge.Entry{Kind: knowledge.FAQ, Question: "Where is breakfast?", Answer: "Downstairs.\n\n- coffee\n- tea",
					Tags: []string{"food"}, Followups: []string{"1", "nowhere"}}},
				faqItem("3", "how do I connect to the wireless network", "Ask at the desk.", "what is the wifi password for guests"),
				faqItem("4", "where can I park my car", "Behind  the house."),
			},
			Guides: []importer.Guide{{Path: "house/rules.md", Text: "# Rules\n\nNo shoes.\n"}},
		}}}
	}
	plan := func(sources []app.ImportSource) *app.ImportPlan {
		t.Helper()
		p, err := app.PlanImport(context.Background(), cfg, "desk", sources, app.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	on := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	write := func(p *app.ImportPlan, do func(int, app.ImportItem) app.ImportDo) app.Written {
		t.Helper()
		w, err := p.Write(context.Background(), "", on, do)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	accept := func(_ int, it app.ImportItem) app.ImportDo {
		switch it.State {
		case app.ImportAdded, app.ImportChanged:
			return app.ImportWrite
		case app.ImportAlike:
			return app.ImportMerge
		case app.ImportGone:
			return app.ImportRemove
		}
		return app.ImportSkip
	}
	text := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, "knowledge", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	p := plan(found("From six to ten."))
	if diff := cmp.Diff([]string{"added when-is-the-pool-open", "added where-is-breakfast", "alike how-do-i-connect-to-the-wireless-network ~ wifi",
		"equal where-can-i-park-my-car", "added house/rules.md"}, states(p)); diff != "" {
		t.Fatal(diff)
	}
	if len(p.Left) != 1 || !strings.Contains(p.Left[0].What, `"nowhere"`) {
		t.Errorf("left out: %+v", p.Left)
	}
	if w := write(p, accept); w.Added != 3 || w.Merged != 1 || len(w.Files) != 3 {
		t.Errorf("written: %+v", w)
	}
	help := text("help.yaml")
	if diff := cmp.Diff(`format: 1

`, help[:11]); diff != "" && !strings.HasPrefix(help, "format: 1\nfaq:\n  - id: when-is-the-pool-open\n") {
		t.Error(help)
	}
	if !strings.Contains(text("desk.yaml"), "what is the wifi password for guests") || !strings.Contains(text("desk.yaml"), "# A comment that stays.") {
		t.Error(text("desk.yaml"))
	}
	if text("house/rules.md") != "# Rules\n\nNo shoes.\n" {
		t.Error("the guide is another")
	}

	// The same import again changes nothing.
	before := text("help.yaml") + text("desk.yaml")
	p = plan(found("From six to ten."))
	for _, it := range p.Items {
		if it.State != app.ImportEqual && it.State != app.ImportAlike {
			t.Errorf("the second time %s is %s", it.ID, it.State)
		}
	}
	if w := write(p, accept); w.Added+w.Changed+w.Merged+w.Removed != 0 || text("help.yaml")+text("desk.yaml") != before {
		t.Errorf("the second time something is written: %+v", w)
	}

	// What has changed in the source is changed where it stands.
	p = plan(found("From seven on."))
	if got := states(p)[0]; got != "changed when-is-the-pool-open" {
		t.Error(got)
	}
	write(p, accept)
	if got := text("help.yaml"); !strings.Contains(got, "From seven on.") || strings.Contains(got, "From six") {
		t.Error(got)
	}

	// What a person has edited since is not.
	edited := strings.Replace(text("help.yaml"), "From seven on.", "Never in winter.", 1)
	if err := os.WriteFile(filepath.Join(dir, "knowledge/help.yaml"), []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := states(plan(found("From seven on.")))[0]; got != "equal when-is-the-pool-open" {
		t.Error(got)
	}
	p = plan(found("From eight on."))
	if got := states(p)[0]; got != "conflict when-is-the-pool-open" {
		t.Error(got)
	}
	if write(p, accept); text("help.yaml") != edited {
		t.Error("what was edited is written over")
	}

	// What is gone from the source is told, and removed where that is wanted.
	sources := found("From seven on.")
	sources[0].Found.Items, sources[0].Found.Guides = sources[0].Found.Items[:1], nil
	p = plan(sources)
	if diff := cmp.Diff([]string{"equal when-is-the-pool-open", "gone where-is-breakfast", "gone house/rules.md"}, states(p)); diff != "" {
		t.Error(diff)
	}
	if w := write(p, accept); w.Removed != 2 || strings.Contains(text("help.yaml"), "breakfast") || strings.Contains(text("help.yaml"), "rules.md") {
		t.Errorf("%+v\n%s", w, text("help.yaml"))
	}
	if _, err := os.Stat(filepath.Join(dir, "knowledge/house/rules.md")); !os.IsNotExist(err) {
		t.Error("the guide is still there")
	}
}

func TestImportWritesNothingFaulty(t *testing.T) {
	cfg, dir := importDesk(t, importBase)
	source := []app.ImportSource{{Name: "a.md", Found: &importer.Found{
		Items:  []importer.Item{faqItem("", "When is tea?", "At five.")},
		Guides: []importer.Guide{{Path: "../../outside.md", Text: "# Outside\n\nNo.\n"}},
	}}}
	p, err := app.PlanImport(context.Background(), cfg, "desk", source, app.ImportOptions{Words: true})
	if err != nil {
		t.Fatal(err)
	}
	all := func(int, app.ImportItem) app.ImportDo { return app.ImportWrite }
	if _, err := p.Write(context.Background(), "", time.Now(), all); err == nil || !strings.Contains(err.Error(), "leaves the folder") {
		t.Error(err)
	}
	only := func(i int, _ app.ImportItem) app.ImportDo {
		if i == 0 {
			return app.ImportWrite
		}
		return app.ImportSkip
	}
	if _, err := p.Write(context.Background(), filepath.Join(dir, "elsewhere.yaml"), time.Now(), only); err == nil || !strings.Contains(err.Error(), "is not loaded from") {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	more, _ := filepath.Glob(filepath.Join(dir, "knowledge", "*"))
	if err != nil || len(files) != 1 || len(more) != 1 {
		t.Errorf("there is %v %v", files, more)
	}
}
