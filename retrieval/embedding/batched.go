package embedding

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"frontdesk/retrieval"
)

// BatchOptions say how callers share an embedder. What is 0 gets its default.
//
// The defaults were measured with the shape of all-MiniLM-L6-v2 on two
// processors and 64 callers of single sentences (BenchmarkCallers): runs of 64
// texts had 1.8 times the throughput of one caller after the other, runs of 32
// 1.6 times, of 8 1.3 times. Two runs at once were no faster than one with both
// processors.
type BatchOptions struct {
	// Texts is how many one run of the embedder is given at most. Default: 64.
	Texts int
	// Bytes is how many bytes the texts of one run have at most, so that nobody
	// waits long for the long texts of others; a single one may have more.
	// Default: 8 KB.
	Bytes int
	// Runs is how many there may be at the same time. Default: 1.
	Runs int
	// Wait is how long a run that follows another one waits for its callers to
	// ask again, so that they meet in a batch. It is never waited where the last
	// run had a single caller. Default: 2 ms; below 0: never.
	Wait time.Duration
	// Queue is how many callers may wait; for one more, [ErrBusy]. Default: 1024.
	Queue int
}

func (o BatchOptions) withDefaults() BatchOptions {
	set := func(v *int, standard int) {
		if *v <= 0 {
			*v = standard
		}
	}
	set(&o.Texts, 64)
	set(&o.Bytes, 8<<10)
	set(&o.Runs, 1)
	set(&o.Queue, 1024)
	if o.Wait == 0 {
		o.Wait = 2 * time.Millisecond
	}
	return o
}

// The errors of [Batched] itself.
var (
	ErrBusy   = errors.New("too many callers wait for the embedding model")
	ErrClosed = errors.New("the embedding model is closed")
)

// Batched lets concurrent callers share the runs of an embedder. A caller that
// finds it idle runs it at once, in its own goroutine; one that finds it at work
// waits, and the texts of all who wait are the next run. The first to come are
// the first to be served, but one with many texts is served in slices between
// the others. A caller whose ctx ends leaves alone. It is safe for concurrent
// use.
type Batched struct {
	inner retrieval.Embedder
	o     BatchOptions

	mu      sync.Mutex
	queue   []*call
	runs    int // at work or waiting for callers
	closed  bool
	arrived chan struct{} // a caller has come, or b is closed; holds one
	workers sync.WaitGroup
}

// NewBatched makes the callers of an embedder share its runs. It must be closed.
func NewBatched(e retrieval.Embedder, o BatchOptions) *Batched {
	return &Batched{inner: e, o: o.withDefaults(), arrived: make(chan struct{}, 1)}
}

// Embedder is b with what the inner embedder has besides.
func (b *Batched) Embedder() retrieval.Embedder { return dress(batchedPassages{b}, b.inner) }

// Fingerprint is that of the inner embedder.
func (b *Batched) Fingerprint() string { return b.inner.Fingerprint() }

// Dim is that of the inner embedder.
func (b *Batched) Dim() int { return b.inner.Dim() }

// Embed gives the vectors of texts. The error is that of the inner embedder,
// [ErrBusy], [ErrClosed], or that of a ctx that has ended.
func (b *Batched) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return b.embed(ctx, texts, false)
}

// batchedPassages embeds passages; they and questions are never in one run.
type batchedPassages struct{ *Batched }

func (b batchedPassages) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	return b.embed(ctx, texts, true)
}

// Close ends the service: who waits gets [ErrClosed]; what is being run is
// finished first. It does not close the inner embedder.
func (b *Batched) Close() error {
	b.mu.Lock()
	b.closed = true
	waiting := b.queue
	b.queue = nil
	b.signal()
	for _, c := range waiting {
		c.end(ErrClosed)
	}
	b.mu.Unlock()
	b.workers.Wait()
	return nil
}

func (b *Batched) signal() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

func (b *Batched) embed(ctx context.Context, texts []string, passages bool) ([][]float32, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return nil, nil
	}
	b.mu.Lock()
	switch {
	case b.closed:
		b.mu.Unlock()
		return nil, ErrClosed
	case b.runs < b.o.Runs && len(b.queue) == 0 && b.oneRun(texts):
		b.runs++
		b.workers.Add(1)
		b.mu.Unlock()
		defer b.hand()
		return b.run(ctx, texts, passages)
	case len(b.queue) >= b.o.Queue:
		b.mu.Unlock()
		return nil, ErrBusy
	}
	c := newCall(texts, passages)
	b.queue = append(b.queue, c)
	if b.runs < b.o.Runs {
		b.start()
	} else {
		b.signal()
	}
	b.mu.Unlock()

	select {
	case <-c.done:
		if c.err != nil {
			return nil, c.err
		}
		return c.vectors, nil
	case <-ctx.Done():
		b.mu.Lock()
		defer b.mu.Unlock()
		c.end(context.Cause(ctx)) // which does nothing where the vectors have just come
		b.drop(c)
		if c.err != nil {
			return nil, c.err
		}
		return c.vectors, nil
	}
}

// oneRun says whether texts are few enough for a run of their own.
func (b *Batched) oneRun(texts []string) bool {
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	return len(texts) == 1 || len(texts) <= b.o.Texts && size <= b.o.Bytes
}

// run asks the embedder and counts what it gives.
func (b *Batched) run(ctx context.Context, texts []string, ofPassages bool) ([][]float32, error) {
	ask := b.inner.Embed
	if ofPassages {
		ask = b.inner.(passages).EmbedPassages
	}
	vectors, err := ask(ctx, texts)
	if err == nil && len(vectors) != len(texts) {
		err = fmt.Errorf("the embedder gave %d vectors for %d texts", len(vectors), len(texts))
	}
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// hand ends the run of a caller's own; who has come meanwhile is served by a
// goroutine, which ends when nobody waits.
func (b *Batched) hand() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) > 0 {
		go b.work()
		return
	}
	b.runs--
	b.workers.Done()
}

// start lets one more goroutine serve those who wait; b is locked.
func (b *Batched) start() {
	b.runs++
	b.workers.Add(1)
	go b.work()
}

// work serves those who wait until there are none.
func (b *Batched) work() {
	defer b.workers.Done()
	for served := 0; ; {
		b.mu.Lock()
		b.gather(served)
		t := b.take()
		if t == nil {
			b.runs--
			b.mu.Unlock()
			return
		}
		if len(b.queue) > 0 && b.runs < b.o.Runs { // somebody has many texts
			b.start()
		}
		b.mu.Unlock()
		served = len(t.calls)
		b.serve(t)
	}
}

// gather waits for the callers of the last run to ask again, when there were
// several; b is locked.
func (b *Batched) gather(served int) {
	if served < 2 || b.o.Wait < 0 {
		return
	}
	timer := time.NewTimer(b.o.Wait)
	defer timer.Stop()
	for late := false; !late && !b.closed && len(b.queue) < min(served, b.o.Texts); {
		b.mu.Unlock()
		select {
		case <-b.arrived:
		case <-timer.C:
			late = true
		}
		b.mu.Lock()
	}
}
