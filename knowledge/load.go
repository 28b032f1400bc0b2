package knowledge

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"frontdesk/internal/strictyaml"
)

// Options say what a base is loaded from.
type Options struct {
	FS    fs.FS    // nil: the files of the operating system
	Dir   string   // the folder from which relative paths count; empty: the current one, or the root of FS
	Paths []string // files, folders (read with the folders in them), and globs such as "desk/**/*.yaml"
	// Instead has what to read in the place of some of the operating system's files,
	// by their paths: what a base would be, were they written.
	Instead map[string][]byte
}

// Load reads a base from files. When files are at fault, the error is a
// [fault.List] that names every fault of every file; any other error is that
// of the context. A base without entries is legal.
func Load(ctx context.Context, o Options) (*Base, error) {
	c := newCollector(ctx, o)
	if err := c.collect(o.Paths); err != nil {
		return nil, fmt.Errorf("loading the knowledge: %w", err)
	}
	b := newBuilder()
	if err := b.build(ctx, c.files, c.guides); err != nil {
		return nil, fmt.Errorf("loading the knowledge: %w", err)
	}
	base := b.finish()
	faults := append(c.faults, b.faults...)
	faults.Sort()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	for _, f := range c.files {
		base.Files = append(base.Files, f.name)
	}
	for _, g := range c.guides {
		base.Files = append(base.Files, g.name)
	}
	slices.Sort(base.Files)
	return base, nil
}

// New makes a base of entries that come from elsewhere than files: an import,
// an evaluation. It checks them as [Load] does, gives all faults as a
// [fault.List], and takes the entries over: they are completed, with sampled
// phrasings for example, and must not be changed any more.
func New(entries []*Entry, tests []Test) (*Base, error) {
	b := newBuilder()
	b.entries = entries
	b.tests = slices.Clone(tests)
	for _, e := range entries {
		for _, id := range append([]string{e.ID}, e.Formerly...) {
			if what, do := CheckID(id); what != "" {
				b.at(e.Pos, what, do)
			}
		}
		if strings.TrimSpace(e.Question) == "" && (e.Command == nil || len(e.Command.Say)+len(e.Alternatives) == 0) {
			b.at(e.Pos, fmt.Sprintf("the entry %q has no question", strictyaml.Shorten(e.ID)), "give it one")
		}
		if e.Kind != Do && strings.TrimSpace(e.Answer) == "" {
			b.at(e.Pos, fmt.Sprintf("the entry %q has no answer", strictyaml.Shorten(e.ID)), "give it one")
		}
		if (e.Kind == Do) != (e.Command != nil) {
			b.at(e.Pos, fmt.Sprintf("the entry %q is of kind %s and yet %s", strictyaml.Shorten(e.ID), e.Kind,
				map[bool]string{true: "has a command", false: "has no command"}[e.Command != nil]), "")
		}
		for _, a := range e.Alternatives {
			if strings.TrimSpace(a) == "" {
				b.at(e.Pos, fmt.Sprintf("the entry %q has an empty alternative", strictyaml.Shorten(e.ID)), "remove it")
			}
		}
		for i := range e.Followups {
			b.refs = append(b.refs, reference{from: e.Pos, what: "a follow-up", id: &e.Followups[i]})
		}
	}
	for i, t := range b.tests {
		if t.Expect != None {
			b.refs = append(b.refs, reference{from: t.Pos, what: "the test", test: i + 1})
		}
	}
	base := b.finish()
	b.faults.Sort()
	if err := b.faults.Err(); err != nil {
		return nil, err
	}
	return base, nil
}
