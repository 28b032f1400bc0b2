package retrieval

import (
	"testing"

	"golang.org/x/sys/cpu"
)

// TestKernels holds both ways of this processor to the portable one, whichever
// is chosen.
func TestKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	if err := compareProducts(sse2Products); err != nil {
		t.Errorf("SSE2: %v", err)
	}
	if err := compareMutualProducts(sse2MutualProducts); err != nil {
		t.Errorf("SSE2, blocks: %v", err)
	}
	if !cpu.X86.HasAVX2 {
		t.Skip("this processor has no AVX2")
	}
	if err := compareProducts(avx2Products); err != nil {
		t.Errorf("AVX2: %v", err)
	}
	if err := compareMutualProducts(avx2MutualProducts); err != nil {
		t.Errorf("AVX2, blocks: %v", err)
	}
}
