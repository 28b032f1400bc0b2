package retrieval

import "math"

// hit describes an entry that was found.
func (x *Index) hit(f *finding, entry int, best bool) Hit {
	slots, exact := f.exact[entry]
	if !exact {
		slots = f.open[entry]
	}
	row := x.model.nearestRow(f.evidence, entry)
	h := Hit{
		Entry: x.base.Entries[entry], Probability: f.probability[entry],
		Phrasing: x.model.corpus.texts[row], Slots: slots, Exact: exact,
	}
	h.Parts = x.explain(f, entry, best)
	return h
}

// nearestRow gives the phrasing of an entry that is nearest to a text.
func (m *model) nearestRow(e *evidence, entry int) int {
	for _, n := range e.nearest {
		if n.entry == entry {
			return n.row
		}
	}
	c := m.corpus
	row, highest := c.starts[entry], float32(math.Inf(-1))
	for i := c.starts[entry]; i < c.starts[entry+1]; i++ {
		if cosine := dot(e.vector, m.scan.row(i)); cosine > highest {
			row, highest = i, cosine
		}
	}
	return row
}

// explain lists what an entry's probability is made of: what it has over other
// entries, and for the best one what speaks for an answer at all.
func (x *Index) explain(f *finding, entry int, best bool) []Part {
	var parts []Part
	for _, s := range f.signals(x.model.weights) {
		if s.values != nil && s.weight != 0 {
			parts = append(parts, Part{false, s.name, s.values[entry], s.weight, s.note})
		}
	}
	if best && f.expected != nil {
		parts = append(parts, f.expected.explain(f.probability[entry])...)
		if f.expected.taken {
			return parts
		}
	}
	if best && f.cost > 0 {
		parts = append(parts, Part{true, "sounds alike", f.cost, -1, "what speaks against reading something else than what was heard"})
	}
	if _, ok := f.exact[entry]; ok {
		return append(parts, Part{true, "exact", 1, logOdds(certain / float64(len(f.exact))), "the text is one of the entry's own sentences"})
	}
	if !best || len(f.exact) > 0 {
		return parts
	}
	c := x.fitting(f.reranked)
	parts = append(parts, Part{true, "calibration", 1, c.bias, "where the log-odds of an answer begin"})
	for i, value := range f.gate {
		if i >= gateReranker && value == 0 {
			continue // not asked, or not of this kind
		}
		parts = append(parts, Part{true, gateNames[i], value, c.weights[i], gateNotes[i]})
	}
	if f.bounded != "" {
		parts = append(parts, Part{true, "bound", 1, 0, f.bounded + "; the probability is bounded"})
	}
	return parts
}
