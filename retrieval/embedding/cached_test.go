package embedding_test

import (
	"strings"
	"testing"

	"frontdesk/retrieval/embedding"
)

func TestCached(t *testing.T) {
	f := &fake{}
	c := embedding.NewCached(f, 2)
	ask := func(want int, texts ...string) {
		t.Helper()
		before := len(f.sizes())
		v, err := c.Embed(t.Context(), texts)
		if err != nil || len(v) != len(texts) || v[0][0] != float32(len(texts[0])) {
			t.Fatalf("%v gives %v, %v", texts, v, err)
		}
		v[0][0] = 99 // a caller that writes into its vector harms nobody
		if got := len(f.sizes()) - before; got != want {
			t.Errorf("%.20q: the embedder was asked %d times, want %d", texts, got, want)
		}
	}
	ask(1, "a")
	ask(0, "a")
	ask(0, "a")
	ask(1, "bb")
	ask(0, "a")
	ask(1, "ccc") // in place of bb, which was not asked for longest
	ask(0, "a")
	ask(1, "bb")
	ask(1, "a", "bb") // an index is being made: nobody asks these again
	long := strings.Repeat("x", 2000)
	ask(1, long)
	ask(1, long)
}

func TestCachedForgetsErrors(t *testing.T) {
	f := &fake{down: true}
	c := embedding.NewCached(f, 2)
	if _, err := c.Embed(t.Context(), []string{"a"}); err != errRefused {
		t.Errorf("the error is %v", err)
	}
	f.down, f.odd = false, true
	if v, err := c.Embed(t.Context(), []string{"a"}); err != nil || len(v) != 0 {
		t.Errorf("no vector becomes %v, %v", v, err)
	}
	f.odd = false
	if v, err := c.Embed(t.Context(), []string{"a"}); err != nil || v[0][0] != 1 {
		t.Errorf("after an error: %v, %v", v, err)
	}
}

func TestCachedOfNone(t *testing.T) {
	f := &fake{}
	c := embedding.NewCached(f, 0)
	for range 2 {
		if v, err := c.Embed(t.Context(), []string{"a"}); err != nil || v[0][0] != 1 {
			t.Fatal(v, err)
		}
	}
	if len(f.sizes()) != 2 {
		t.Error("a cache of size 0 remembers")
	}
}
