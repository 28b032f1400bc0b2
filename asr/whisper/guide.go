//go:build whisper && cgo

package whisper

import (
	"context"
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

// guide gives the likeliest of the expected sentences, for a clip that was heard
// freely as t. It reads what the encoder made for the free reading. Sound of more than
// one window, and a text much longer than any sentence, is something else.
func (r *run) guide(expected *asr.Expected, t asr.Transcript) (asr.Reading, error) {
	if !r.e.c.Guided || t.Text == "" || t.Sound > wholeWindow {
		return asr.Reading{}, nil
	}
	trie, err := r.m.tries.of(r.ctx, r.m.lib, expected)
	if err != nil || trie == nil {
		return asr.Reading{}, err
	}
	var free []int32
	for _, p := range r.s.pieces() {
		for _, token := range p.tokens {
			if token.id < r.m.lib.eot {
				free = append(free, token.id)
			}
		}
	}
	if len(free) > trie.deepest+farther {
		return asr.Reading{}, nil
	}
	d := decoder{r: r, prompt: r.prompt()}
	if len(d.prompt)+max(len(free), trie.deepest)+2 > r.m.lib.textContext {
		return asr.Reading{}, nil
	}
	g, err := find(trie, free, r.m.lib.eot, d.score)
	if err != nil || g.text == "" {
		return asr.Reading{}, err
	}
	return asr.Reading{Text: g.text, Margin: g.margin(), Measured: true}, nil
}

// A decoder gives logits to a search. What the tokens have in common with those
// before is not computed again.
type decoder struct {
	r      *run
	prompt []int32
	done   []int32 // what was computed, prompt and all
}

func (d *decoder) score(tokens []int32) ([]float32, error) {
	all := slices.Concat(d.prompt, tokens)
	past := 0
	for past < len(all)-1 && past < len(d.done) && all[past] == d.done[past] {
		past++
	}
	logits, err := d.r.decode(all[past:], past)
	d.done = all
	return logits, err
}
