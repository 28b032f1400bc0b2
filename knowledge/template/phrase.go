package template

// A PhraseKind says what a [Phrase] is.
type PhraseKind uint8

// Kinds of phrase.
const (
	SaidWord   PhraseKind = iota // Text
	SaidAll                      // Parts, one after the other
	SaidOne                      // one of Parts
	SaidMaybe                    // one of Parts, or nothing
	SaidOrders                   // all Parts, in any order
)

// A Phrase is a part of what is said for a sentence, in whole words; see
// [Speaker]. Parts may be shared between phrases, and never contain themselves.
// It is not changed once made.
type Phrase struct {
	Kind  PhraseKind
	Text  string // of a SaidWord: one word
	Parts []*Phrase
	// Name is that of the rule or the slot whose words these are; empty for
	// others. Different phrases may have the same name.
	Name string
	// Value says that the phrase is one of the values of a slot, or all of them:
	// which one is said makes a difference to what is meant.
	Value bool
	// Number says that Parts of a SaidOne are numbers, the roundest ones first.
	Number bool
}

// nothing is what is said where nothing is said.
var nothing = &Phrase{Kind: SaidAll}

func saidWords(words ...string) *Phrase {
	parts := make([]*Phrase, len(words))
	for i, w := range words {
		parts[i] = &Phrase{Text: w}
	}
	return saidAll(parts...)
}

// saidAll gives the parts one after the other; nil where one of them is nil.
func saidAll(parts ...*Phrase) *Phrase {
	var flat []*Phrase
	for _, p := range parts {
		switch {
		case p == nil:
			return nil
		case p.Kind == SaidAll && p.Name == "" && !p.Value:
			flat = append(flat, p.Parts...)
		default:
			flat = append(flat, p)
		}
	}
	switch len(flat) {
	case 0:
		return nothing
	case 1:
		return flat[0]
	}
	return &Phrase{Kind: SaidAll, Parts: flat}
}

// saidOne gives one of the parts, of which those that are nil are left out; nil
// where none is left.
func saidOne(parts ...*Phrase) *Phrase {
	var left []*Phrase
	empty := false
	for _, p := range parts {
		switch {
		case p == nil:
		case p.isNothing():
			empty = true
		case p.Kind == SaidOne && p.Name == "" && !p.Value:
			left = append(left, p.Parts...)
		default:
			left = append(left, p)
		}
	}
	switch {
	case empty && len(left) == 0:
		return nothing
	case empty:
		return &Phrase{Kind: SaidMaybe, Parts: left}
	case len(left) == 0:
		return nil
	case len(left) == 1:
		return left[0]
	}
	return &Phrase{Kind: SaidOne, Parts: left}
}

// saidMaybe gives one of the parts or nothing; what is nil is left out.
func saidMaybe(parts ...*Phrase) *Phrase { return saidOne(append(parts, nothing)...) }

// saidOrders gives the parts in any order; nil where one of them is nil.
func saidOrders(parts ...*Phrase) *Phrase {
	var left []*Phrase
	for _, p := range parts {
		if p == nil {
			return nil
		}
		if !p.isNothing() {
			left = append(left, p)
		}
	}
	if len(left) < 2 {
		return saidAll(left...)
	}
	return &Phrase{Kind: SaidOrders, Parts: left}
}

func (p *Phrase) isNothing() bool { return p.Kind == SaidAll && len(p.Parts) == 0 }

// named gives the phrase a name, and says whether it is the values of a slot.
func (p *Phrase) named(name string, value bool) *Phrase {
	if p == nil {
		return nil
	}
	q := *p
	q.Name, q.Value = name, value
	return &q
}
