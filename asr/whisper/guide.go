//go:build whisper && cgo

package whisper

import (
	"context"
	"math"
	"slices"
	"sync"

	"frontdesk/asr"
)

const (
	maxTries = 8 // of bases that are kept
	// farther is how many tokens longer than any expected sentence a free reading
	// may be for one of these to be looked for: what is said is something else.
	farther = 12
)

// tries are those of a model, by the id of what is expected; the one used last comes
// last.
type tries struct {
	mu  sync.Mutex
	all []namedTrie
}

type namedTrie struct {
	id   string
	trie *trie
}

// of gives the trie of what is expected; nil where nothing of it can be heard.
func (t *tries) of(ctx context.Context, l *library, expected *asr.Expected) (*trie, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.all, func(n namedTrie) bool { return n.id == expected.ID() })
	if at >= 0 {
		n := t.all[at]
		t.all = append(slices.Delete(t.all, at, at+1), n)
		return n.trie, nil
	}
	made, err := newTrie(ctx, expected, l.eot, l.text)
	if err != nil {
		return nil, err
	}
	if len(t.all) == maxTries {
		t.all = slices.Delete(t.all, 0, 1)
	}
	t.all = append(t.all, namedTrie{expected.ID(), made})
	return made, nil
}

// A guide looks for the likeliest of the expected sentences in a clip, beside the free
// reading.
//
// It does what a filter of logits does that leaves the tokens of a trie alone, and
// that would be decoding the clip a second time: the same trie says what may follow,
// and all else has no probability. But a filter goes one way, the likeliest token each
// time, or a beam of them: where sentences begin alike it may leave the right one before
// that shows ("turn on the kitchen …" and "turn off the …"), and it ends with one however
// little the sound fits. The search comes back to another beginning as long as that
// may become likelier, counts what a sentence loses against all tokens, not only against
// those of the trie, and ends where none can come near the free reading any more. It
// runs the decoder for nothing that the free reading has computed.
type guide struct {
	r    *run
	trie *trie
	// What the library computed for the free reading, if it did it in one go: tokens are
	// those that it was given last, and rows the logits behind each beginning of them.
	mu     sync.Mutex // the library's threads take notes
	tokens []int32
	rows   [][]float32
	messy  bool // it did not
	single bool // the library keeps the logits behind the last token alone

	prompt []int32
	done   []int32 // what the decoder has computed and remembers, prompt and all
}

// guided makes ready for what is expected in a clip that comes to be heard freely; nil
// where nothing is.
func (r *run) guided(expected *asr.Expected, t asr.Transcript) (*guide, error) {
	if !r.e.c.Guided || expected == nil || t.Sound > wholeWindow {
		return nil, nil
	}
	trie, err := r.m.tries.of(r.ctx, r.m.lib, expected)
	if err != nil || trie == nil {
		return nil, err
	}
	g := &guide{r: r, trie: trie, messy: r.how.times || r.how.beam > 1, prompt: r.prompt()}
	if !g.messy {
		r.how.filter = g.note
	}
	return g, nil
}

// note keeps the logits that the library comes by, and changes nothing.
func (g *guide) note(tokens []int32, logits []float32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(tokens) != len(g.rows) { // it began anew
		g.messy = true
	}
	if g.messy || len(tokens) > g.trie.deepest+farther+1 {
		return
	}
	g.tokens = append(g.tokens[:0], tokens...)
	g.rows = append(g.rows, slices.Clone(g.choices(logits)))
}

// choices are the logits of what a text goes on with: its tokens, and the end.
func (g *guide) choices(logits []float32) []float32 { return logits[:g.r.m.lib.eot+1] }

// read gives the likeliest of the expected sentences, for a clip that was heard freely
// as t. It reads what the encoder made for the free reading. A text much longer than any
// sentence is something else.
func (g *guide) read(t asr.Transcript) (asr.Reading, error) {
	if g == nil || t.Text == "" {
		return asr.Reading{}, nil
	}
	r, l := g.r, g.r.m.lib
	var free []int32
	for _, p := range r.s.pieces() {
		for _, token := range p.tokens {
			if token.id < l.eot {
				free = append(free, token.id)
			}
		}
	}
	if len(free) > g.trie.deepest+farther || len(g.prompt)+max(len(free), g.trie.deepest)+2 > l.textContext {
		return asr.Reading{}, nil
	}
	if g.messy || r.s.passes() != 1 {
		g.tokens, g.rows = nil, nil
	} else {
		g.done = slices.Concat(g.prompt, g.tokens)
	}
	found, err := find(g.trie, free, l.eot, g.score)
	if err != nil || found.text == "" {
		return asr.Reading{}, err
	}
	return asr.Reading{Text: found.text, Margin: found.margin(), Measured: true}, nil
}

// score is a [scorer]. What the tokens have in common with those before is not computed
// again.
func (g *guide) score(tokens []int32, from int) (rows [][]float32, err error) {
	for from < len(g.rows) && from <= min(len(tokens), len(g.tokens)) && slices.Equal(tokens[:from], g.tokens[:from]) {
		rows = append(rows, g.rows[from])
		from++
	}
	all := slices.Concat(g.prompt, tokens)
	for from <= len(tokens) {
		first := len(g.prompt) + from - 1 // the token whose row comes next
		end := len(all)
		if g.single {
			end = first + 1
		}
		past := 0
		for past < min(first, len(g.done)) && all[past] == g.done[past] {
			past++
		}
		g.done = all[:end]
		more, err := g.r.decode(all[past:end], past)
		if err != nil {
			return nil, err
		}
		if len(more) < end-first { // the library keeps the last one alone
			g.single = true
			continue
		}
		for _, row := range more[len(more)-(end-first):] {
			row = g.choices(row)
			if from == 0 { // as the library has it: a text does not begin with its end, or a blank
				row[g.r.m.lib.eot] = float32(math.Inf(-1))
				if blank := g.r.m.lib.blank; blank >= 0 {
					row[blank] = float32(math.Inf(-1))
				}
			}
			if g.single { // the next one takes its place
				row = slices.Clone(row)
			}
			rows = append(rows, row)
			from++
		}
	}
	return rows, nil
}
