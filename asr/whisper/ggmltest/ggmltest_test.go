package ggmltest_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"frontdesk/asr/whisper/ggmltest"
)

// TestWrite walks over a model by the layout that is documented, to its very end.
func TestWrite(t *testing.T) {
	for _, m := range []ggmltest.Model{
		{Width: 16, AudioCtx: 50, TextCtx: 20, Vocabulary: []string{" zigbee"}},
		{Width: 16, AudioCtx: 50, TextCtx: 20, F16: true, Multilingual: true, AudioLayers: 1, TextLayers: 3},
	} {
		var out, again, other bytes.Buffer
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		if err := m.Write(&again); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Fatalf("the same model is written in two ways (%v)", err)
		}
		m.Seed++
		if err := m.Write(&other); err != nil || out.Len() != other.Len() || bytes.Equal(out.Bytes(), other.Bytes()) {
			t.Fatalf("another seed gives the same weights (%v)", err)
		}
		left := out.Bytes()
		next := func() int {
			v := binary.LittleEndian.Uint32(left)
			left = left[4:]
			return int(v)
		}
		var head [12]int
		for i := range head {
			head[i] = next()
		}
		if head[0] != 0x67676d6c || head[3] != 16 || head[2] != 50 {
			t.Fatalf("the head is %v", head)
		}
		left = left[4*next()*next():]
		tokens := map[string]int{}
		for i := range next() {
			n := next()
			tokens[string(left[:n])] = i
			left = left[n:]
		}
		if want := head[1] - 1608; len(tokens) != want { // 1501 times, and what else is no text
			t.Errorf("%d tokens of text, want %d", len(tokens), want)
		}
		if _, ok := tokens[" zigbee"]; ok != (m.Vocabulary != nil) {
			t.Error("the vocabulary is not among the tokens")
		}
		for _, must := range []string{" ", "a", " kitchen", "\xff", "21"} {
			if _, ok := tokens[must]; !ok {
				t.Errorf("%q is no token", must)
			}
		}
		tensors := map[string]bool{}
		for len(left) > 0 {
			dims, length, kind := next(), next(), next()
			size := 4
			if kind == 1 {
				size = 2
			}
			for range dims {
				size *= next()
			}
			tensors[string(left[:length])] = true
			left = left[length+size:]
		}
		if want := 4 + 3 + 1 + 3 + 15*head[5] + 24*head[9]; len(tensors) != want {
			t.Errorf("%d tensors, want %d", len(tensors), want)
		}
	}
}

func TestShapeThatCannotBe(t *testing.T) {
	if err := (ggmltest.Model{Width: 10, Heads: 3}).Write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "3 heads") {
		t.Errorf("10 values for 3 heads give %v", err)
	}
	many := make([]string, 60_000)
	for i := range many {
		many[i] = strings.Repeat("x", i%250) + string(rune('一'+i/250))
	}
	if err := (ggmltest.Model{Vocabulary: many}).Write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "room for") {
		t.Errorf("too many tokens give %v", err)
	}
}

func BenchmarkWriteBase(b *testing.B) {
	for b.Loop() {
		if err := ggmltest.Base().Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
