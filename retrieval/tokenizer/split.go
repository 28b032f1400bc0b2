package tokenizer

import (
	"encoding/json"
	"fmt"
	"time"
)

// A behaviour says what becomes of what is cut at. Of "a--b" cut at "-":
type behaviour int

const (
	removed            behaviour = iota // a b
	isolated                            // a - - b
	mergedWithPrevious                  // a- - b
	mergedWithNext                      // a - -b
	contiguous                          // a -- b
)

var behaviours = map[string]behaviour{
	"Removed": removed, "Isolated": isolated, "MergedWithPrevious": mergedWithPrevious, "MergedWithNext": mergedWithNext,
	"Contiguous": contiguous,
}

func readBehaviour(name, where string) (behaviour, error) {
	b, ok := behaviours[name]
	if !ok {
		return 0, unknownKind(where+".behavior", name)
	}
	return b, nil
}

// split is the pre-tokeniser Split.
type split struct {
	pattern   pattern
	behaviour behaviour
	invert    bool
}

func readSplit(raw json.RawMessage, where string) (preTokenizer, error) {
	var c struct {
		Type     string          `json:"type"`
		Pattern  json.RawMessage `json:"pattern"`
		Behavior string          `json:"behavior"`
		Invert   *bool           `json:"invert"`
	}
	if err := strict(raw, where, &c); err != nil {
		return nil, err
	}
	if c.Invert == nil {
		return nil, fmt.Errorf("%s: a Split has pattern, behavior and invert", where)
	}
	b, err := readBehaviour(c.Behavior, where)
	if err != nil {
		return nil, err
	}
	p, err := readPattern(c.Pattern, where+".pattern")
	if err != nil {
		return nil, err
	}
	return split{p, b, *c.Invert}, nil
}

func (s split) preTokenize(dst []piece, p piece, a *arena) []piece {
	c := cutter{dst: dst, p: p, behaviour: s.behaviour}
	end := 0
	var some [32]span
	found := some[:0]
	if _, slow := s.pattern.(expression); !slow {
		found = s.pattern.matches(found, p.text)
	} else if a.matched < maxMatching {
		began := time.Now()
		found = s.pattern.matches(found, p.text)
		a.matched += time.Since(began)
	}
	for _, m := range found {
		if end < m.from {
			c.cut(end, m.from, s.invert)
		}
		c.cut(m.from, m.to, !s.invert)
		end = m.to
	}
	if end < len(p.text) {
		c.cut(end, len(p.text), s.invert)
	}
	return c.done()
}

// A cutter takes the parts of a piece one after the other, each of which fits
// what is cut at or does not, and makes pieces of them.
type cutter struct {
	dst       []piece
	p         piece
	behaviour behaviour
	open      bool // the part before may still grow
	from, to  int  // of the part before
	fits      bool // the part before fits
}

// cut takes the next part.
func (c *cutter) cut(from, to int, fits bool) {
	joins := false
	switch c.behaviour {
	case removed:
		if !fits {
			c.put(from, to)
		}
		return
	case isolated:
		c.put(from, to)
		return
	case mergedWithPrevious:
		joins = fits && !c.fits
	case mergedWithNext:
		joins = !fits && c.fits
	case contiguous:
		joins = fits == c.fits
	}
	if c.open && joins {
		c.to = to
	} else {
		if c.open {
			c.put(c.from, c.to)
		}
		c.from, c.to, c.open = from, to, true
	}
	c.fits = fits
}

func (c *cutter) done() []piece {
	if c.open {
		c.put(c.from, c.to)
	}
	return c.dst
}

func (c *cutter) put(from, to int) {
	if from < to {
		c.dst = append(c.dst, piece{text: c.p.text[from:to], first: from < c.p.head, head: max(c.p.head-from, 0)})
	}
}
