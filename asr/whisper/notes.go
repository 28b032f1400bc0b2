//go:build whisper && cgo

package whisper

import (
	"math"
	"slices"
	"sync"
)

// Notes are what the decoder computed for the free reading of a clip, in which other
// readings are looked for: nothing is computed twice that a beginning has in common with
// what was computed before. Only one goroutine uses them, but while the library runs.
type notes struct {
	r *run
	// What the library computed for the free reading, if it did it in one go and was
	// listened to: tokens are those that it was given last, and rows the logits behind each
	// beginning of them. Only of the first most tokens.
	mu     sync.Mutex // the library's threads take notes
	tokens []int32
	rows   [][]float32
	most   int
	messy  bool // it did not
	single bool // the library keeps the logits behind the last token alone

	prompt []int32
	done   []int32 // what the decoder has computed and remembers, prompt and all
	effort int     // that it took since, in halves of what a single token takes
}

// newNotes are for a clip that comes to be heard freely.
func (r *run) newNotes() *notes {
	return &notes{r: r, messy: r.how.times || r.how.beam > 1, prompt: r.prompt()}
}

// listen has what the library computes noted, of that many tokens.
func (n *notes) listen(most int) {
	if n.most = most; !n.messy {
		n.r.how.filter = n.note
	}
}

// note keeps the logits that the library comes by, and changes nothing.
func (n *notes) note(tokens []int32, logits []float32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(tokens) != len(n.rows) { // it began anew
		n.messy = true
	}
	if n.messy || len(tokens) > n.most {
		return
	}
	n.tokens = append(n.tokens[:0], tokens...)
	n.rows = append(n.rows, slices.Clone(n.choices(logits)))
}

// choices are the logits of what a text goes on with: its tokens, and the end.
func (n *notes) choices(logits []float32) []float32 { return logits[:n.r.m.lib.eot+1] }

// close ends the notes of the free reading, and gives its tokens; ok is false where no
// other reading can be held against it, as the decoder has come to another window of the
// sound. It is called once, after the run.
func (n *notes) close() (free []int32, ok bool) {
	for _, p := range n.r.s.pieces() {
		for _, token := range p.tokens {
			if token.id < n.r.m.lib.eot {
				free = append(free, token.id)
			}
		}
	}
	n.r.how.filter = nil
	switch {
	case n.messy || n.r.s.passes() != 1:
		n.messy, n.tokens, n.rows = true, nil, nil
	case len(n.rows) > 0:
		n.done = slices.Concat(n.prompt, n.tokens)
	default: // nobody listened; what comes last may not have been computed
		n.done = slices.Concat(n.prompt, free[:max(0, len(free)-1)])
	}
	return free, n.r.s.windows() == 1
}

// others are other readings of the clip, of which up to that many are wanted.
func (n *notes) others(most int) *others {
	n.effort = 0
	l := n.r.m.lib
	return &others{score: n.score, text: l.text, eot: l.eot, effort: &n.effort, most: most}
}

// fits says whether the model has room for a text of so many tokens.
func (n *notes) fits(tokens int) bool { return len(n.prompt)+tokens+2 <= n.r.m.lib.textContext }

// score is a [scorer].
func (n *notes) score(tokens []int32, from int) (rows [][]float32, err error) {
	for from < len(n.rows) && from <= min(len(tokens), len(n.tokens)) && slices.Equal(tokens[:from], n.tokens[:from]) {
		rows = append(rows, n.rows[from])
		from++
	}
	all := slices.Concat(n.prompt, tokens)
	for from <= len(tokens) {
		first := len(n.prompt) + from - 1 // the token whose row comes next
		end := len(all)
		if n.single {
			end = first + 1
		}
		past := 0
		for past < min(first, len(n.done)) && all[past] == n.done[past] {
			past++
		}
		n.done = all[:end]
		n.effort += 1 + end - past
		more, err := n.r.decode(all[past:end], past)
		if err != nil {
			return nil, err
		}
		if len(more) < end-first { // the library keeps the last one alone
			n.single = true
			continue
		}
		for _, row := range more[len(more)-(end-first):] {
			row = n.choices(row)
			if from == 0 { // as the library has it: a text does not begin with its end, or a blank
				row[n.r.m.lib.eot] = float32(math.Inf(-1))
				if blank := n.r.m.lib.blank; blank >= 0 {
					row[blank] = float32(math.Inf(-1))
				}
			}
			if n.single { // the next one takes its place
				row = slices.Clone(row)
			}
			rows = append(rows, row)
			from++
		}
	}
	return rows, nil
}
