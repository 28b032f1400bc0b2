package retrieval

const (
	// strangeUsed is how many of the strange sentences are used, the first ones:
	// any beginning of them has all kinds.
	strangeUsed = 1500
	// oddKept is how many of these every question is compared with.
	oddKept = 512
	// notStrange is from which cosine on a strange sentence is taken for one that
	// the base does answer: some bases are about small talk.
	notStrange = 0.8
)

// An odd finds the strange sentences that are most like a text, as a model sees
// them: centred. What is nearer to one of them than to any phrasing is hardly a
// question of this base.
type odd struct {
	scan *scan
	ids  []int // which strange sentences the rows are
}

// oddOf makes it of the vectors of the strange sentences, without those that
// the base answers.
func (m *model) oddOf(vectors [][]float32) (o odd, err error) {
	dim := len(m.mean)
	var rows []float32
	starts := []int{0}
	row := make([]float32, dim)
	for id, v := range vectors[:min(len(vectors), oddKept)] {
		m.centre(row, v)
		near, err := m.scan.search(row, 1)
		if err != nil {
			return odd{}, err
		}
		if m.scale.usual(float64(near[0].cosine)) < notStrange {
			rows = append(rows, row...)
			starts = append(starts, len(starts))
			o.ids = append(o.ids, id)
		}
	}
	o.scan, err = newScan(dim, rows, starts)
	return o, err
}

// A likeness is the number of a strange sentence and its cosine to a text.
type likeness struct {
	id     int
	cosine float64
}

// alike gives the two strange sentences that are most like a centred vector: one
// more than is asked for, as the text may be one of them itself.
func (o odd) alike(vector []float32) ([]likeness, error) {
	found, err := o.scan.search(vector, 2)
	list := make([]likeness, len(found))
	for i, f := range found {
		list[i] = likeness{o.ids[f.entry], float64(f.cosine)}
	}
	return list, err
}

// likest is the highest cosine but for that of the given sentence, and -1 where
// there is none.
func likest(list []likeness, except int) float64 {
	for _, l := range list {
		if l.id != except {
			return l.cosine
		}
	}
	return -1
}

// none is the number of no strange sentence.
const none = -1
