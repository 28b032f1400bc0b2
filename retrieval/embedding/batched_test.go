package embedding_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/retrieval/embedding"
)

// run is how long a run of the fake takes in these tests, in the time of the
// test's own clock.
const run = 10 * time.Millisecond

type key struct{}

// A lone caller is served in its own goroutine, under its own ctx, at once.
func TestBatchedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		defer b.Close()
		ctx := context.WithValue(t.Context(), key{}, "mine")
		for range 3 {
			start := time.Now()
			v, err := b.Embed(ctx, []string{"abc"})
			if err != nil || v[0][0] != 3 {
				t.Fatal(v, err)
			}
			if took := time.Since(start); took != run {
				t.Errorf("it took %v, and the embedder %v", took, run)
			}
			if f.ctx.Value(key{}) != "mine" {
				t.Error("it was not run under the caller's ctx")
			}
		}
		if v, err := b.Embed(ctx, nil); v != nil || err != nil {
			t.Error("no texts give", v, err)
		}
	})
}

// Callers that come while the embedder is at work share the next runs.
func TestBatchedShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		defer b.Close()
		start := time.Now()
		callers(t, b, 129)
		if got, want := f.sizes(), []int{1, 64, 64}; !slices.Equal(got, want) {
			t.Errorf("the runs had %v texts, want %v", got, want)
		}
		if took := time.Since(start); took != 3*run {
			t.Errorf("it took %v, want %v", took, 3*run)
		}
	})
}

// callers lets n callers ask at the same time, each for a text of another length.
func callers(t *testing.T, b *embedding.Batched, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			text := strings.Repeat("x", i+1)
			if v, err := b.Embed(t.Context(), []string{text}); err != nil || v[0][0] != float32(i+1) {
				t.Errorf("caller %d got %v, %v", i, v, err)
			}
		})
		if i == 0 {
			synctest.Wait() // the first has found the embedder idle
		}
	}
	wg.Wait()
}

// Callers that ask again and again meet in the next run, though each comes back
// a little later than the others.
func TestBatchedGathers(t *testing.T) {
	runs := func(wait time.Duration) (n int) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{takes: run}
			b := embedding.NewBatched(f, embedding.BatchOptions{Wait: wait})
			defer b.Close()
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					for range 20 {
						if _, err := b.Embed(t.Context(), []string{"abc"}); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration(i) * 100 * time.Microsecond)
					}
				})
			}
			wg.Wait()
			n = len(f.sizes())
		})
		return n
	}
	with, without := runs(0), runs(-1)
	if with > 34 || without < 38 {
		t.Errorf("8 callers of 20 questions needed %d runs, and %d without waiting", with, without)
	}
}

// One caller with very many texts does not keep others waiting for them.
func TestBatchedFair(t *testing.T) {
	for _, runs := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{takes: run}
			b := embedding.NewBatched(f, embedding.BatchOptions{Runs: runs})
			defer b.Close()
			var wg sync.WaitGroup
			const many = 10_000
			wg.Go(func() {
				texts := make([]string, many)
				for i := range texts {
					texts[i] = fmt.Sprintf("%c%s", 'a'+i%26, strings.Repeat("x", i%50))
				}
				v, err := b.Embed(t.Context(), texts)
				if err != nil {
					t.Error(err)
				}
				for i, text := range texts {
					if !slices.Equal(v[i], vector(text, 1)) {
						t.Fatalf("text %d has the vector of another: %v", i, v[i])
					}
				}
			})
			time.Sleep(5 * run / 2)
			for i := range 100 {
				wg.Go(func() {
					time.Sleep(time.Duration(i) * run / 3)
					start := time.Now()
					if v, err := b.Embed(t.Context(), []string{"q"}); err != nil || v[0][1] != 'q' {
						t.Error(v, err)
					}
					if took := time.Since(start); took > 2*run+5*time.Millisecond {
						t.Errorf("a single question waited %v", took)
					}
				})
			}
			start := time.Now()
			wg.Wait()
			if took, most := time.Since(start), (many/64+1)*run/time.Duration(runs)+20*run; took > most {
				t.Errorf("%d texts took %v, more than %v", many, took, most)
			}
		})
	}
}

// Bytes bounds a run, and a text that has more is run too.
func TestBatchedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{Bytes: 100})
		defer b.Close()
		texts := []string{strings.Repeat("a", 500), "b", strings.Repeat("c", 50), strings.Repeat("d", 51), "e"}
		texts = append(texts, slices.Repeat([]string{"f"}, 50)...)
		v, err := b.Embed(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			if v[i][0] != float32(len(texts[i])) {
				t.Errorf("text %d: %v", i, v[i])
			}
		}
		for _, texts := range f.runs {
			if size := len(strings.Join(texts, "")); len(texts) > 1 && size > 100 {
				t.Errorf("a run had %d texts of %d bytes", len(texts), size)
			}
		}
	})
}

// Questions and passages are never in one run.
func TestBatchedRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(fakePassages{f}, embedding.BatchOptions{})
		defer b.Close()
		e := b.Embedder().(interface {
			EmbedPassages(context.Context, []string) ([][]float32, error)
		})
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				ask, sign := b.Embed, float32(1)
				if i%2 == 0 {
					ask, sign = e.EmbedPassages, -1
				}
				if v, err := ask(t.Context(), []string{"abc"}); err != nil || v[0][0] != sign*3 {
					t.Errorf("caller %d got %v, %v", i, v, err)
				}
			})
		}
		wg.Wait()
	})
}

// A caller that leaves harms nobody; when all have left the run stops.
func TestBatchedCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		defer b.Close()
		gone := errors.New("gone")
		var wg sync.WaitGroup
		ask := func(after time.Duration, want error) {
			wg.Go(func() {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(after, func() { cancel(gone) })
				if v, err := b.Embed(ctx, []string{"abc"}); err != want || err == nil && v[0][0] != 3 {
					t.Errorf("after %v: %v, %v, want %v", after, v, err, want)
				}
				cancel(nil)
			})
			synctest.Wait()
		}
		start := time.Now()
		ask(time.Hour, nil) // runs at once
		ask(run/2, gone)    // leaves while it waits
		ask(3*run/2, gone)  // leaves while it is run with the next
		ask(time.Hour, nil) // gets its vector all the same
		wg.Wait()
		if took := time.Since(start); took != 2*run {
			t.Errorf("it took %v, want %v", took, 2*run)
		}
		time.Sleep(time.Second)

		start = time.Now()
		ask(time.Hour, nil)
		ask(3*run/2, gone)
		ask(3*run/2, gone)
		ask(run/3, gone)
		wg.Wait()
		b.Close() // waits for what is run
		if took := time.Since(start); took != 3*run/2 {
			t.Errorf("a run that nobody waits for went on: %v", took)
		}
	})
}

// A caller whose ctx has ended does not run anything.
func TestBatchedEnded(t *testing.T) {
	f := &fake{}
	b := embedding.NewBatched(f, embedding.BatchOptions{})
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Embed(ctx, []string{"a"}); err != context.Canceled || len(f.sizes()) != 0 {
		t.Errorf("%v after %d runs", err, len(f.sizes()))
	}
}

// A text that is refused is the error of its caller alone.
func TestBatchedErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		defer b.Close()
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				text, want := "abc", error(nil)
				if i == 7 {
					text, want = "refuse this", errRefused
				}
				if v, err := b.Embed(t.Context(), []string{text}); err != want || err == nil && v[0][0] != 3 {
					t.Errorf("caller %d got %v, %v", i, v, err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
	})
}

// When the embedder fails for all, they are not tried one by one.
func TestBatchedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run, down: true}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		defer b.Close()
		var wg sync.WaitGroup
		for range 33 {
			wg.Go(func() {
				if _, err := b.Embed(t.Context(), []string{"abc"}); err != errRefused {
					t.Error(err)
				}
			})
		}
		wg.Go(func() { // the first slice that fails is the end of all
			if _, err := b.Embed(t.Context(), slices.Repeat([]string{"abc"}, 1000)); err != errRefused {
				t.Error(err)
			}
		})
		wg.Wait()
		if runs := len(f.sizes()); runs > 8 {
			t.Errorf("it took %d runs to see that the embedder is down: %v", runs, f.sizes())
		}
	})
}

func TestBatchedTooFewVectors(t *testing.T) {
	f := &fake{odd: true}
	b := embedding.NewBatched(f, embedding.BatchOptions{})
	defer b.Close()
	if _, err := b.Embed(t.Context(), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "1 vectors for 2 texts") {
		t.Error(err)
	}
}

func TestBatchedBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{Queue: 5})
		defer b.Close()
		var wg sync.WaitGroup
		busy := 0
		for range 10 {
			wg.Go(func() {
				if _, err := b.Embed(t.Context(), []string{"abc"}); err == embedding.ErrBusy {
					busy++
				} else if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if busy != 4 {
			t.Errorf("of 10 callers %d were refused, want 4", busy)
		}
	})
}

// Close waits for what is run, and refuses what waits and comes.
func TestBatchedClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{takes: run}
		b := embedding.NewBatched(f, embedding.BatchOptions{})
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				_, err := b.Embed(t.Context(), []string{"abc"})
				if want := map[bool]error{true: nil, false: embedding.ErrClosed}[i == 0]; err != want {
					t.Errorf("caller %d got %v", i, err)
				}
			})
			synctest.Wait()
		}
		start := time.Now()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != run {
			t.Errorf("Close took %v, and the run %v", took, run)
		}
		wg.Wait()
		if _, err := b.Embed(t.Context(), []string{"abc"}); err != embedding.ErrClosed {
			t.Error(err)
		}
		b.Close()
	})
}

// Many callers of all kinds, for the race detector.
func TestBatchedMany(t *testing.T) {
	f := &fake{}
	b := embedding.NewBatched(f, embedding.BatchOptions{Texts: 8, Runs: 2, Wait: -1})
	defer b.Close()
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for k := range 50 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(k%7)*100*time.Microsecond+time.Microsecond)
				texts := slices.Repeat([]string{strings.Repeat("x", i+1)}, 1+(i*k)%40)
				v, err := b.Embed(ctx, texts)
				if err == nil {
					for _, v := range v {
						if v[0] != float32(i+1) {
							t.Errorf("caller %d got %v", i, v)
						}
					}
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
