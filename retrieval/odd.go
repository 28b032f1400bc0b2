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

// An odd holds the vectors of strange sentences as a model sees them: centred.
// What is nearer to one of them than to any phrasing is hardly a question of
// this base.
type odd struct {
	dim  int
	rows []float32
	ids  []int // which strange sentences they are
}

// oddOf makes it of the vectors of the strange sentences, without those that
// the base answers.
func (m *model) oddOf(vectors [][]float32) (odd, error) {
	o := odd{dim: len(m.mean)}
	row := make([]float32, o.dim)
	for id, v := range vectors[:min(len(vectors), oddKept)] {
		m.centre(row, v)
		near, err := m.scan.search(row, 1)
		if err != nil {
			return odd{}, err
		}
		if near[0].cosine < notStrange {
			o.rows = append(o.rows, row...)
			o.ids = append(o.ids, id)
		}
	}
	return o, nil
}

// likeness is the highest cosine of a centred vector to a strange sentence other
// than the given one, and -1 where there is none.
func (o odd) likeness(vector []float32, except int) float64 {
	best := float32(-1)
	for i, id := range o.ids {
		if id != except {
			best = max(best, dot(vector, o.rows[i*o.dim:(i+1)*o.dim]))
		}
	}
	return float64(best)
}

// none is the number of no strange sentence.
const none = -1
