package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// ConvertImport gives the entries that sources hold, for a knowledge file of
// their own, and what was left out. What names follow-ups and what has no id is
// settled as by [PlanImport]; guides are left out. Where the entries are at fault
// the error is a [fault.List].
func ConvertImport(sources []ImportSource) ([]*knowledge.Entry, []importer.Left, error) {
	p := &planner{ImportPlan: &ImportPlan{base: &knowledge.Base{}},
		known: map[sourceKey]*knowledge.Entry{}, seen: map[sourceKey]bool{}, count: map[sourceKey]int{}, ids: map[string]bool{}}
	for _, s := range sources {
		p.add(s)
	}
	var entries []*knowledge.Entry
	for _, it := range p.Items {
		if it.Guide != nil {
			p.Left = append(p.Left, importer.Left{Pos: knowledge.Pos{File: it.From}, What: "the guide " + it.Guide.Path,
				Why: "it becomes a file of its own; import into a base without --output"})
			continue
		}
		it.Entry.Source = knowledge.Source{}
		entries = append(entries, it.Entry)
	}
	// What comes in is checked as a base of its own before it goes out. It keeps
	// its order.
	if _, err := knowledge.New(slices.Clone(entries), nil); err != nil {
		return nil, nil, err
	}
	return entries, p.Left, nil
}

// OnlyFile gives the knowledge file of a base that has just one.
func OnlyFile(ctx context.Context, cfg *config.Config, name string) (string, error) {
	base, err := Load(ctx, cfg, name)
	if err != nil {
		return "", err
	}
	var files []string
	for _, f := range base.Files {
		if ext := strings.ToLower(filepath.Ext(f)); ext == ".yaml" || ext == ".yml" {
			files = append(files, f)
		}
	}
	if len(files) != 1 {
		return "", fmt.Errorf("the base %q has %d files; name one of them with --into", name, len(files))
	}
	return files[0], nil
}
