//go:build whisper && cgo

package whisper

import (
	"context"
	"slices"
	"sync"
	"time"

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
	trie  *trie
	notes *notes
}

// guided makes ready for what is expected in a clip that comes to be heard freely; nil
// where nothing is.
func (r *run) guided(expected *asr.Expected, sound time.Duration, n *notes) (*guide, error) {
	if !r.e.c.Guided || expected == nil || sound > wholeWindow {
		return nil, nil
	}
	trie, err := r.m.tries.of(r.ctx, r.m.lib, expected)
	if err != nil || trie == nil {
		return nil, err
	}
	n.listen(trie.deepest + farther + 1)
	return &guide{trie: trie, notes: n}, nil
}

// read gives the likeliest of the expected sentences, for a clip that was heard freely
// as these tokens. It reads what the encoder made for the free reading. A text much longer
// than any sentence is something else.
func (g *guide) read(free []int32) (asr.Reading, error) {
	if len(free) > g.trie.deepest+farther || !g.notes.fits(max(len(free), g.trie.deepest)) {
		return asr.Reading{}, nil
	}
	found, err := find(g.trie, free, g.notes.r.m.lib.eot, g.notes.score)
	if err != nil || found.text == "" {
		return asr.Reading{}, err
	}
	return asr.Reading{Text: found.text, Margin: found.margin(), Measured: true}, nil
}
