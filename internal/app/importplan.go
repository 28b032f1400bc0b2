package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// States of what an import finds.
const (
	ImportAdded    ImportState = "added"    // new
	ImportChanged  ImportState = "changed"  // the source has changed, and nobody has edited the entry since
	ImportConflict ImportState = "conflict" // both have, or the entry is not of this source
	ImportAlike    ImportState = "alike"    // new, and an entry says the same
	ImportEqual    ImportState = "equal"    // there is nothing to do
	ImportGone     ImportState = "gone"     // imported before, and not in the source any more
)

// ImportStates are all of them, in the order in which they are told.
var ImportStates = []ImportState{ImportAdded, ImportChanged, ImportConflict, ImportAlike, ImportGone, ImportEqual}

// An ImportState says what an import would do with something that it found.
type ImportState string

// An ImportSource is what a source holds, by the name that its entries remember.
type ImportSource struct {
	Name  string
	Found *importer.Found
}

// An ImportItem is what would become of one entry or guide.
type ImportItem struct {
	State ImportState
	// ID is that of the entry as it is or would be; of a guide its path.
	ID   string
	From string // the name of the source
	// Entry is as it would be written, nil of a guide, and of what is gone.
	Entry *knowledge.Entry
	Guide *importer.Guide // nil of an entry
	// Now is the entry of the base with this source, or with this id; nil for none.
	Now *knowledge.Entry
	// Alike are the entries of the base that say the same, the likeliest first;
	// there may be some for what is added or equal too. Twins are likewise the
	// items of this import that stand before it.
	Alike, Twins []Likeness
	Note         string // what else there is to say; may be empty

	ref importer.GuideRef // of a guide that the base has
	at  string            // the file in which that stands
}

// An ImportPlan says what an import would do. Nothing is written before
// [ImportPlan.Write].
type ImportPlan struct {
	Items []ImportItem // in the order of the sources; what is gone comes last, by id
	Left  []importer.Left

	cfg  *config.Config
	name string // of the base
	base *knowledge.Base
}

// ImportOptions say how an import is compared with a base.
type ImportOptions struct {
	// Words compares by words alone, and not by meaning.
	Words bool
	// Progress is told how far the comparison is; may be nil.
	Progress func(what string, done, total int)
}

// PlanImport compares what sources hold with a base. What was imported before is
// found again by its source and its key there; everything else is looked for by
// its meaning. The plan is the same for the same sources and base.
func PlanImport(ctx context.Context, cfg *config.Config, name string, sources []ImportSource, o ImportOptions) (*ImportPlan, error) {
	base, err := Load(ctx, cfg, name)
	if err != nil {
		return nil, err
	}
	p := &planner{
		ImportPlan: &ImportPlan{cfg: cfg, name: name, base: base},
		known:      map[sourceKey]*knowledge.Entry{}, seen: map[sourceKey]bool{}, count: map[sourceKey]int{}, ids: map[string]bool{},
	}
	for _, e := range base.Entries {
		if e.Kind != knowledge.Passage && e.Source.From != "" {
			if k := (sourceKey{e.Source.From, e.Source.Key}); p.known[k] == nil {
				p.known[k] = e
			}
		}
	}
	if err := p.findGuides(); err != nil {
		return nil, err
	}
	for _, s := range sources {
		p.add(s)
	}
	p.gone(sources)
	if err := p.compare(ctx, sources, o); err != nil {
		return nil, err
	}
	return p.ImportPlan, nil
}

// Count gives how many items are in a state.
func (p *ImportPlan) Count(state ImportState) int {
	n := 0
	for _, i := range p.Items {
		if i.State == state {
			n++
		}
	}
	return n
}

// A sourceKey names an entry in its source.
type sourceKey struct{ from, key string }

type planner struct {
	*ImportPlan
	known  map[sourceKey]*knowledge.Entry
	guides []knownGuide
	seen   map[sourceKey]bool
	count  map[sourceKey]int // how many have had a number behind their key
	ids    map[string]bool   // those that this import gives
}

// A knownGuide is a guide that a knowledge file names.
type knownGuide struct {
	importer.GuideRef
	file string // the knowledge file
	text string // digest of the guide; empty where it cannot be read
	seen bool
}

// findGuides looks for the guides that imports have made.
func (p *planner) findGuides() error {
	if p.cfg.FS != nil {
		return nil
	}
	for _, file := range p.base.Files {
		if ext := strings.ToLower(filepath.Ext(file)); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("looking for guides: %w", err)
		}
		for _, ref := range importer.GuideRefs(file, data) {
			if ref.Source.From == "" {
				continue
			}
			g := knownGuide{GuideRef: ref, file: file}
			if text, err := os.ReadFile(filepath.Join(filepath.Dir(file), filepath.FromSlash(ref.Path))); err == nil {
				g.text = importer.DigestText(string(text))
			}
			p.guides = append(p.guides, g)
		}
	}
	return nil
}
