package knowledge

import (
	"cmp"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
)

// A Source says where an entry was brought in from, so that a later
// import finds it again and sees whether somebody has edited it since. It takes
// no part in answering. The zero value is that of an entry that was written
// here.
type Source struct {
	From string // the name of the source, such as a file or an address
	Key  string // what names the entry there
	On   string // the day, as 2006-01-02; may be empty
	// Sum is the digest of what was brought in; see the package importer. Where
	// that of the entry is another one, somebody has edited it.
	Sum string
}

// sourceItem is a Source as it is written.
type sourceItem struct {
	From written `yaml:"from"`
	Key  written `yaml:"key"`
	On   written `yaml:"on"`
	Sum  written `yaml:"sum"`
}

// read gives where an entry or a guide comes from; that of nil is the zero value.
func (item *sourceItem) read(f *file) (Source, fault.List) {
	if item == nil {
		return Source{}, nil
	}
	var faults fault.List
	s := Source{From: strings.TrimSpace(item.From.Value), Key: strings.TrimSpace(item.Key.Value), On: item.On.Value, Sum: item.Sum.Value}
	if s.From == "" {
		place := cmp.Or(item.From.Node, item.Key.Node, item.On.Node, item.Sum.Node)
		faults.Add(strictyaml.Fault(f.name, place, "the source has no from",
			"write from: with the name of the file or the address that it came from, or remove source:"))
	}
	if _, err := time.Parse(time.DateOnly, s.On); s.On != "" && err != nil {
		faults.Add(strictyaml.Fault(f.name, item.On.Node, "the day of the source is none", "write it as 2006-01-02, or remove on:"))
	}
	return s, faults
}
