package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/app"
	"frontdesk/knowledge/importer"
)

// TestImportEdited edits an entry before it is written: a later import of the same
// source leaves it, and one that has changed asks.
func TestImportEdited(t *testing.T) {
	cfg, root := importDesk(t, importBase)
	plan := func(answer string) *app.ImportPlan {
		t.Helper()
		found := &importer.Found{Items: []importer.Item{faqItem("pool", "When is the pool open?", answer)}}
		p, err := app.PlanImport(context.Background(), cfg, "desk", []app.ImportSource{{Name: "faq.csv", Found: found}}, app.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := plan("From six.")
	text, err := p.EditText(0)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "entry.yaml")
	edit := func(old, new string) error {
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		return p.Edit(t.Context(), 0, file)
	}
	for old, new := range map[string]string{"answer: From six.": "answer: ''", p.Items[0].ID: "other", "format: 1": "format: 1\ncommands: [{id: x, say: [x], reply: x}]"} {
		if err := edit(old, new); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: %v", new, err)
		}
	}
	if err := edit("From six.", "From seven."); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(t.Context(), "", time.Now(), func(int, app.ImportItem) app.ImportDo { return app.ImportWrite }); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(root, "knowledge", "faq.yaml"))
	if err != nil || !strings.Contains(string(written), "From seven.") {
		t.Errorf("%s %v", written, err)
	}
	if it := plan("From six.").Items[0]; it.State != app.ImportEqual || !strings.Contains(it.Note, "edited here") {
		t.Errorf("the same source: %s, %s", it.State, it.Note)
	}
	if it := plan("From eight.").Items[0]; it.State != app.ImportConflict {
		t.Errorf("another source: %s, %s", it.State, it.Note)
	}
}
