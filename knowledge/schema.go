package knowledge

import (
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// formatNumber is that of the files we read.
const formatNumber = 1

// A file is one knowledge file as it was written.
type file struct {
	name string
	data []byte
	document
}

// A written is a text with the place where it stands.
type written = strictyaml.At[string]

// A document is the contents of a knowledge file.
type document struct {
	Format   strictyaml.At[int]           `yaml:"format"`
	Include  strictyaml.Many[written]     `yaml:"include"`
	FAQ      []strictyaml.At[faqItem]     `yaml:"faq"`
	Commands []strictyaml.At[commandItem] `yaml:"commands"`
	Guides   []strictyaml.At[guideItem]   `yaml:"guides"`
	Tests    []strictyaml.At[testItem]    `yaml:"tests"`
	Rules    strictyaml.Map[string]       `yaml:"rules"`
	Slots    strictyaml.Map[slotItem]     `yaml:"slots"`
}

// A rightsItem holds the keys that would limit who may read an answer. Ignoring
// one would open to everybody what the owner meant to close.
type rightsItem struct {
	Allow yaml.Node `yaml:"allow" unsupported:"answers are open to everybody who can ask; keep this one in a base of its own, or make it a command"`
	Deny  yaml.Node `yaml:"deny" unsupported:"answers are open to everybody who can ask; keep this one in a base of its own, or make it a command"`
}

type faqItem struct {
	ID           written                  `yaml:"id"`
	Question     written                  `yaml:"question"`
	Alternatives []written                `yaml:"alternatives"`
	Answer       written                  `yaml:"answer"`
	Tags         []written                `yaml:"tags"`
	Followups    []written                `yaml:"followups"`
	Formerly     strictyaml.Many[written] `yaml:"formerly"`
	Source       *sourceItem              `yaml:"source"`
	rightsItem   `yaml:",inline"`
}

type commandItem struct {
	ID           written                  `yaml:"id"`
	Title        written                  `yaml:"title"`
	Say          strictyaml.Many[written] `yaml:"say"`
	Alternatives []written                `yaml:"alternatives"`
	Slots        strictyaml.Map[slotItem] `yaml:"slots"`
	Optional     strictyaml.Many[written] `yaml:"optional"`
	Rules        strictyaml.Map[string]   `yaml:"rules"`
	Run          *yaml.Node               `yaml:"run"`
	Reply        written                  `yaml:"reply"`
	Dangerous    bool                     `yaml:"dangerous"`
	Tags         []written                `yaml:"tags"`
	Followups    []written                `yaml:"followups"`
	Formerly     strictyaml.Many[written] `yaml:"formerly"`
	Source       *sourceItem              `yaml:"source"`
	guardItem    `yaml:",inline"`
}

type slotItem struct {
	Values  []strictyaml.At[yaml.Node] `yaml:"values"` // a text or a valueItem each
	Type    written                    `yaml:"type"`
	From    strictyaml.At[float64]     `yaml:"from"`
	To      strictyaml.At[float64]     `yaml:"to"`
	Step    strictyaml.At[float64]     `yaml:"step"`
	Ask     written                    `yaml:"ask"`
	Default written                    `yaml:"default"`
	Context written                    `yaml:"context"`
	Open    strictyaml.At[bool]        `yaml:"open"`
	Adjust  strictyaml.At[adjustItem]  `yaml:"adjust"`
}

type valueItem struct {
	Say   strictyaml.Many[written] `yaml:"say"`
	Value written                  `yaml:"value"`
}

type guideItem struct {
	Path   written     `yaml:"path"`
	URL    written     `yaml:"url"`
	Tags   []written   `yaml:"tags"`
	Source *sourceItem `yaml:"source"`
}

type testItem struct {
	Ask    written                `yaml:"ask"`
	Expect written                `yaml:"expect"`
	Slots  strictyaml.Map[string] `yaml:"slots"`
}

// readFile decodes a knowledge file. A file of a newer format is not looked
// into any further: what it has that is new to us is no fault of its owner.
func readFile(name string, data []byte) (*file, fault.List) {
	f := &file{name: name, data: data}
	faults := strictyaml.Decode(name, data, &f.document)
	switch {
	case f.Format.Value > formatNumber:
		return &file{name: name, data: data}, fault.List{strictyaml.Fault(name, f.Format.Node,
			"the file has a format newer than this version reads", "update frontdesk, or write format: 1")}
	case f.Format.Node == nil && len(faults) == 0,
		f.Format.Node == nil && len(f.FAQ)+len(f.Commands)+len(f.Guides)+len(f.Tests)+len(f.Slots)+len(f.Rules) > 0:
		faults.Add(fault.Fault{File: name, Line: 1, Col: 1,
			What: "the format is missing", Do: "begin the file with the line format: 1"})
	case f.Format.Node != nil && f.Format.Value < formatNumber && f.Format.Node.Tag == "!!int":
		faults.Add(strictyaml.Fault(name, f.Format.Node, "there is no such format", "write format: 1"))
	}
	return f, faults
}

// isStore says whether the file holds nothing but slots and rules.
func (f *file) isStore() bool {
	return len(f.FAQ)+len(f.Commands)+len(f.Guides)+len(f.Tests) == 0
}

// pos gives the place of a node.
func (f *file) pos(n *yaml.Node) Pos {
	if n == nil {
		return Pos{File: f.name}
	}
	return Pos{File: f.name, Line: n.Line, Col: n.Column}
}
