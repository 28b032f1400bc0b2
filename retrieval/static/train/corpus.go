package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"frontdesk/retrieval/static"
)

// Types of records that mean something to us.
const (
	typeText   = "sent" // a text alone
	typeNext   = "next" // a sentence and the one that follows it
	sourceText = "text" // the source of what comes from a .txt file
)

// A pair is two texts that mean nearly the same.
type pair struct {
	a, b  int32  // texts
	group uint32 // pairs of one group are no contrast to each other; 0: none
}

// A class is the pairs of one source and one type, from which batches are drawn.
type class struct {
	source, kind string
	pairs        []pair
}

// A corpus is texts, as numbers of words, and pairs of them.
type corpus struct {
	words  []string // by number
	counts []int64  // how often each word stands in the texts
	tokens []int32  // the words of all texts
	starts []int32  // where in tokens each text begins, and the end
	// classes in the order of their names.
	classes []class
}

func (c *corpus) texts() int { return len(c.starts) - 1 }

func (c *corpus) text(i int32) []int32 { return c.tokens[c.starts[i]:c.starts[i+1]] }

func (c *corpus) pairs() int {
	n := 0
	for _, cl := range c.classes {
		n += len(cl.pairs)
	}
	return n
}

// A Choice says which sources of a corpus are read.
type Choice struct {
	Only    []string // these; empty for all
	Without []string // but not these
}

func (c Choice) has(source string) bool {
	return (len(c.Only) == 0 || slices.Contains(c.Only, source)) && !slices.Contains(c.Without, source)
}

// A reading gathers a corpus.
type reading struct {
	corpus
	choice  Choice
	known   map[string]int32  // numbers of words
	seen    map[uint64]int32  // texts by hash
	classAt map[[2]string]int // places in classes
	sources map[string]bool   // that were met, chosen or not
	records int
}

// readCorpus reads the files one after the other. progress is told how many
// files are done.
func readCorpus(ctx context.Context, files []string, choice Choice, progress func(done, total int)) (*corpus, error) {
	r := reading{choice: choice, known: map[string]int32{}, seen: map[uint64]int32{},
		classAt: map[[2]string]int{}, sources: map[string]bool{}}
	r.starts = []int32{0}
	for i, file := range files {
		progress(i, len(files))
		if err := r.file(ctx, file); err != nil {
			return nil, err
		}
	}
	progress(len(files), len(files))
	for _, named := range slices.Concat(choice.Only, choice.Without) {
		if !r.sources[named] {
			return nil, fmt.Errorf("the corpus has no source %q, which was named to be read or left out", named)
		}
	}
	if r.texts() == 0 {
		return nil, errors.New("there is no text in the corpus, but for sources that are left out")
	}
	slices.SortStableFunc(r.classes, func(a, b class) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.kind, b.kind))
	})
	r.rank()
	return &r.corpus, nil
}

// file reads one file. Parsing goes on beside the counting.
func (r *reading) file(ctx context.Context, name string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parsed := make(chan []record, 8)
	failed := make(chan error, 1)
	go func() {
		defer close(parsed)
		var some []record
		send := func() error {
			select {
			case parsed <- some:
				some = nil
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := readFile(ctx, name, func(rec record) error {
			if some = append(some, rec); len(some) == 1024 {
				return send()
			}
			return nil
		})
		if err == nil {
			err = send()
		}
		failed <- err
	}()
	var err error
	for some := range parsed {
		for _, rec := range some {
			if err == nil {
				if err = r.add(rec); err != nil {
					err = fmt.Errorf("%s: %w", name, err)
					stop()
				}
			}
		}
	}
	if err != nil {
		return err
	}
	return <-failed
}

func (r *reading) add(rec record) error {
	r.sources[rec.Source] = true
	if !r.choice.has(rec.Source) {
		return nil
	}
	if r.records++; r.records > maxRecords {
		return fmt.Errorf("the corpus has more than %d records", maxRecords)
	}
	a, err := r.intern(rec.A)
	if err != nil || rec.Type == typeText {
		return err
	}
	b, err := r.intern(rec.B)
	if err != nil || a < 0 || b < 0 || a == b {
		return err
	}
	group, err := rec.group()
	if err != nil {
		return err
	}
	key := [2]string{rec.Source, rec.Type}
	at, ok := r.classAt[key]
	if !ok {
		at = len(r.classes)
		r.classAt[key] = at
		r.classes = append(r.classes, class{source: rec.Source, kind: rec.Type})
	}
	r.classes[at].pairs = append(r.classes[at].pairs, pair{a, b, group})
	return nil
}

// intern gives the number of a text; -1 for one without a word. The same words
// are the same text.
func (r *reading) intern(text string) (int32, error) {
	words := static.Words(text)
	if len(words) == 0 {
		return -1, nil
	}
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{' '})
	}
	key := h.Sum64()
	if i, ok := r.seen[key]; ok {
		return i, nil
	}
	for _, w := range words {
		id, ok := r.known[w]
		if !ok {
			id = int32(len(r.words))
			r.words = append(r.words, w)
			r.counts = append(r.counts, 0)
			r.known[w] = id
		}
		r.counts[id]++
		r.tokens = append(r.tokens, id)
	}
	if len(r.tokens) > 1<<31-1-maxLine {
		return 0, errors.New("the corpus has more than two thousand million words")
	}
	i := int32(len(r.starts) - 1)
	r.starts = append(r.starts, int32(len(r.tokens)))
	r.seen[key] = i
	return i, nil
}

// rank numbers the words anew: by falling count, ties by the word.
func (c *corpus) rank() {
	order := make([]int32, len(c.words))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.counts[b], c.counts[a]), cmp.Compare(c.words[a], c.words[b]))
	})
	words, counts, rank := make([]string, len(order)), make([]int64, len(order)), make([]int32, len(order))
	for i, old := range order {
		words[i], counts[i], rank[old] = c.words[old], c.counts[old], int32(i)
	}
	for i, t := range c.tokens {
		c.tokens[i] = rank[t]
	}
	c.words, c.counts = words, counts
}
