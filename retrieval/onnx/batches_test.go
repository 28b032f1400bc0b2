package onnx

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBatches(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		lengths := make([]int, random.IntN(200))
		longest := []int{2, 40, 600}[random.IntN(3)]
		for i := range lengths {
			lengths[i] = 1 + random.IntN(longest)
		}
		most := []int{1, 7, maxRows}[random.IntN(3)]
		var all []int
		last := 1 << 30
		err := batches(lengths, most, func(places []int) error {
			width, used := lengths[places[0]], 0
			for _, at := range places {
				if lengths[at] > width || lengths[at] > last {
					t.Fatalf("not from long to short: %v", lengths)
				}
				last = lengths[at]
				used += lengths[at]
			}
			size := width * len(places)
			if len(places) > most || len(places) > 1 && (size > batchTokens || size > fewTokens && size-used > size/8) {
				t.Fatalf("%d texts of %d tokens, padded to %d", len(places), used, size)
			}
			all = append(all, places...)
			return nil
		})
		slices.Sort(all)
		if err != nil || len(all) != len(lengths) || len(slices.Compact(all)) != len(lengths) {
			t.Fatalf("%d of %d texts, %v", len(all), len(lengths), err)
		}
	}
}

func TestBatchesStop(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := batches([]int{600, 500, 400}, 1, func([]int) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func BenchmarkBatches(b *testing.B) {
	lengths := make([]int, 256)
	for i := range lengths {
		lengths[i] = 5 + i%30
	}
	for b.Loop() {
		if err := batches(lengths, maxRows, func([]int) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// Batches cuts texts into batches, for the comparison with the bare runtime.
func Batches(lengths []int, do func(places []int) error) error { return batches(lengths, maxRows, do) }
