// Package homeassistant turns the sentences that Home Assistant listens to, and
// what a house has, into knowledge.
//
// Two things come in. Sentence files are those of the intents project and of a
// custom_sentences folder
// (https://developers.home-assistant.io/docs/voice/intent-recognition/template-sentence-syntax/):
//
//	language: en
//	intents:
//	  HassTurnOn:
//	    data:
//	      - sentences: ["<turn> on [the] {name}"]
//	        slots: {domain: light}              # fixed values
//	        requires_context: {domain: light}   # and excludes_context
//	        expansion_rules: {…}, lists: {…}    # of this block alone
//	        response: key
//	lists:                                      # values (in, out, context), range, wildcard
//	expansion_rules: {turn: "(turn|switch)"}
//	skip_words: [please]
//	responses: {intents: {HassTurnOn: {default: Done.}}}
//
// The house is what these sentences name by {name}, {area} and {floor}: a file
// of floors, areas and entities such as the fixtures of that project, or a
// running instance (see [ReadInstance]).
//
// # What becomes of it
//
// Each block of sentences is a command that hands its intent over to Home
// Assistant; blocks that differ in nothing but their wording are one. A slot
// that every sentence of a block names is needed, and asked for where it was
// not said; the others are optional. Lists become slots. A context that a block
// requires or excludes is that of a value (the domain of a device): the block
// gets a list of the values that fit, so that nothing has to be decided while
// somebody waits. A context that fills a slot (the area in which the listening
// device stands) becomes a slot that is filled from the message. Ranges with a
// multiplier are multiplied when the intent is handed over. Responses that only
// name slots become replies.
//
// What knowledge has no place for is told as a note with its place in the file,
// and so is everything that a newer Home Assistant may have added. Nothing is
// passed over without a word.
package homeassistant

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing/fstest"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// Bounds of what is read, beyond those of a YAML file.
const (
	MaxFiles    = 2000
	maxEntities = 50_000 // and as many areas and floors
	maxNotes    = 10_000
	maxBlocks   = 5000
)

// A File is one YAML file.
type File struct {
	Name string
	Data []byte
}

// A House is what sentences can name.
type House struct {
	Floors, Areas []Place
	Entities      []Entity
}

// A Place is a floor or an area.
type Place struct {
	ID    string
	Names []Name
}

// An Entity is a device, or what else Home Assistant gives a state.
type Entity struct {
	ID    string // "light.kitchen"
	Names []Name
	// Context is what a block of sentences can require of it: its domain, its
	// device_class.
	Context map[string]string
}

// A Name is what something is called.
type Name struct {
	Say   string // a template
	Value string // what a command gets when it was said
	// Plain is what a command gets in its place where something else is called
	// so, too: Home Assistant knows which one is meant, or says that it does not.
	// Empty where Value is a name already.
	Plain string
}

// An Import is knowledge made of files.
type Import struct {
	// Notes are what has no place in it, sorted by place.
	Notes    fault.List
	Commands int
	slots    []slotOut
	rules    []ruleOut
	commands []*command
}

// Read turns files into knowledge. Each may hold sentences, a house, or both. A
// house that is given is used in place of those in the files. With neither, the
// slots name, area and floor are left for another knowledge file to declare.
//
// Files that are at fault give a [fault.List].
func Read(ctx context.Context, files []File, house *House) (*Import, error) {
	r := newReader()
	if len(files) > MaxFiles {
		return nil, fmt.Errorf("there are %d files; at most %d are read at once", len(files), MaxFiles)
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		root, faults := strictyaml.Parse(f.Name, f.Data)
		r.faults = append(r.faults, faults...)
		if root != nil {
			r.file(f.Name, root)
		}
	}
	if house != nil {
		if r.house != nil {
			r.notes.Add(fault.Fault{What: "the areas, floors and entities in the files are left out: those of the running instance count"})
		}
		r.house = house
	}
	if err := r.faults.Err(); err != nil {
		r.faults.Sort()
		return nil, r.faults
	}
	if len(r.blocks) > maxBlocks {
		return nil, fmt.Errorf("there are %d blocks of sentences; at most %d are read at once", len(r.blocks), maxBlocks)
	}
	b := newBuilder(r)
	b.build()
	b.notes.Sort()
	out := &Import{Notes: b.notes[:min(len(b.notes), maxNotes)], Commands: len(b.commands), slots: b.slotsOut, rules: b.rulesOut, commands: b.commands}
	return out, out.check(ctx, b.undeclared)
}

// Store makes knowledge of a house alone: the slots area, floor and name, one of
// the names of each domain (name_light), and one of each class of devices in it
// (name_cover_curtain). Those that would be empty are left out.
func Store(house *House) *Import {
	r := newReader()
	r.house = house
	b := newBuilder(r)
	add := func(l *list) {
		if !l.empty() && !slices.ContainsFunc(b.slotsOut, func(s slotOut) bool { return s.name == l.name }) {
			b.slotsOut = append(b.slotsOut, slotOut{name: l.name, list: l})
		}
	}
	for _, name := range houseLists {
		add(b.house[name])
	}
	kinds := map[[2]string]bool{}
	for _, e := range house.Entities {
		kinds[[2]string{e.Context["domain"], ""}] = true
		kinds[[2]string{e.Context["domain"], e.Context["device_class"]}] = true
	}
	for kind := range kinds {
		of := []condition{{key: "domain", values: []string{kind[0]}}}
		if kind[1] != "" {
			of = append(of, condition{key: "device_class", values: []string{kind[1]}})
		}
		add(b.house["name"].restricted(of, nil))
	}
	slices.SortFunc(b.slotsOut, func(x, y slotOut) int { return strings.Compare(x.name, y.name) })
	b.shadowed()
	b.notes.Sort()
	return &Import{Notes: b.notes, slots: b.slotsOut}
}

// check has the knowledge read as it will be written.
func (im *Import) check(ctx context.Context, undeclared []string) error {
	var data bytes.Buffer
	if err := im.WriteYAML(&data, ""); err != nil {
		return err
	}
	fsys := fstest.MapFS{"imported.yaml": {Data: data.Bytes()}}
	paths := []string{"imported.yaml"}
	if len(undeclared) > 0 {
		store := "format: 1\nslots:\n"
		for _, name := range undeclared {
			store += fmt.Sprintf("  %q: {values: [one, two]}\n", name)
		}
		fsys["store.yaml"] = &fstest.MapFile{Data: []byte(store)}
		paths = append(paths, "store.yaml")
	}
	_, err := knowledge.Load(ctx, knowledge.Options{FS: fsys, Paths: paths})
	if list := fault.List(nil); errors.As(err, &list) {
		return fmt.Errorf("these files make no knowledge that can be used:\n%w", err)
	}
	return err
}

// WriteYAML writes the knowledge as a file that [knowledge.Load] reads. The
// header is a comment at its beginning; it may be empty.
func (im *Import) WriteYAML(w io.Writer, header string) error {
	return writeYAML(w, header, im.slots, im.rules, im.commands)
}
