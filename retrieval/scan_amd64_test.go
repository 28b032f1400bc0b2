package retrieval

import "golang.org/x/sys/cpu"

// kernels are the ways in which this machine can do what portableProducts does.
var kernels = func() map[string]func(products []int32, codes []int8, query []int16) {
	k := map[string]func(products []int32, codes []int8, query []int16){"chosen": products, "SSE2": sse2Products}
	if cpu.X86.HasAVX2 {
		k["AVX2"] = avx2Products
	}
	return k
}()
