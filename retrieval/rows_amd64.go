package retrieval

import "golang.org/x/sys/cpu"

// sum is [portableSum], with AVX2 where the processor has it. Products are rounded
// before they are added, as there: the result is the same to the last bit.
func sum(out, factors, rows []float32) {
	if len(rows) < len(factors)*len(out) {
		panic("retrieval: there are fewer rows than factors")
	}
	if cpu.X86.HasAVX2 {
		avx2Sum(out, factors, rows)
		return
	}
	portableSum(out, factors, rows)
}

// spread is [portableSpread], with AVX2 where the processor has it, and the same
// to the last bit.
func spread(rows, factors, x []float32) {
	if len(rows) < len(factors)*len(x) {
		panic("retrieval: there are fewer rows than factors")
	}
	if cpu.X86.HasAVX2 {
		avx2Spread(rows, factors, x)
		return
	}
	portableSpread(rows, factors, x)
}

//go:noescape
func avx2Sum(out, factors, rows []float32)

//go:noescape
func avx2Spread(rows, factors, x []float32)
