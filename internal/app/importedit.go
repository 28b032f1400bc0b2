package app

import (
	"bytes"
	"context"
	"fmt"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// CanEdit says whether a person can edit an item before it is written: an entry
// with an answer.
func (it ImportItem) CanEdit() bool {
	return it.Entry != nil && it.Entry.Command == nil && it.State != ImportEqual
}

// EditText gives an item as a knowledge file, for a person to edit.
func (p *ImportPlan) EditText(i int) ([]byte, error) {
	if !p.Items[i].CanEdit() {
		return nil, fmt.Errorf("%q cannot be edited here", p.Items[i].ID)
	}
	e := *p.Items[i].Entry
	e.Source, e.Followups, e.Formerly = knowledge.Source{}, nil, nil
	var b bytes.Buffer
	err := importer.WriteYAML(&b, []*knowledge.Entry{&e})
	return b.Bytes(), err
}

// Edit gives an item the words of a file with an edited [ImportPlan.EditText]. What
// the source holds is still remembered, so that a later import sees that somebody
// has edited the entry. The error is a [fault.List] where the file is at fault; the
// item is then as it was.
func (p *ImportPlan) Edit(ctx context.Context, i int, file string) error {
	base, err := knowledge.Load(ctx, knowledge.Options{Paths: []string{file}})
	if err != nil {
		return err
	}
	it := &p.Items[i]
	if len(base.Entries) != 1 || base.Entries[0].Kind != knowledge.FAQ || base.Entries[0].ID != it.ID {
		return fmt.Errorf("%s: keep one question with its answer, and its id %q", file, it.ID)
	}
	e, was := *base.Entries[0], it.Entry
	importer.Tidy(&e)
	e.Pos, e.Places, e.Source, e.Followups, e.Formerly = was.Pos, nil, was.Source, was.Followups, was.Formerly
	it.Entry = &e
	return nil
}
