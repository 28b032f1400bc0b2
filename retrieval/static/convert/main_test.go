package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/retrieval/static"
)

// weights are two words and one bucket of two dimensions.
func weights() []byte {
	b := []byte("FQE1")
	for _, n := range []uint32{2, 1, 2} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = append(b, "\x03two\x03one"...)
	for _, s := range []float32{1, 2, 1} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s))
	}
	return append(b, 3, 4, 0, 1, 0xff, 0) // 3 4, 0 1, -1 0
}

func TestConvert(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(from, weights(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := convert(from, to); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	m, err := static.Open(string(file))
	if err != nil {
		t.Fatal(err)
	}
	v, err := m.Embed(t.Context(), []string{"two", "one", "unheard"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v); got != "[[0.6 0.8] [0 1] [-1 0]]" {
		t.Errorf("the vectors are %s", got)
	}
}

func TestReadRefuses(t *testing.T) {
	good := weights()
	for i := range good {
		if _, err := read(good[:i]); err == nil {
			t.Errorf("the first %d bytes are read without an error", i)
		}
	}
	for name, c := range map[string]struct {
		at   int
		want string
	}{"magic": {0, "FQE1"}, "words": {7, "out of bounds"}, "dimension": {15, "out of bounds"}, "a word's length": {16, ""}} {
		bad := weights()
		bad[c.at] = 0xee
		if _, err := read(bad); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
		}
	}
}
