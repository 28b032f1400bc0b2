package retrieval

import "golang.org/x/sys/cpu"

// mutualProducts is [portableMutualProducts] with the instructions of the
// processor: AVX2 where it has them, else SSE2, which every amd64 processor has.
func mutualProducts(products []int32, a, b []int16, width int) {
	if len(products) != mutualBlock*mutualBlock || len(a) != mutualBlock*width || len(b) != len(a) || width < codeBlock || width%codeBlock != 0 {
		panic("retrieval: the codes are not those of two blocks")
	}
	if cpu.X86.HasAVX2 {
		avx2MutualProducts(products, a, b, width)
		return
	}
	sse2MutualProducts(products, a, b, width)
}

//go:noescape
func avx2MutualProducts(products []int32, a, b []int16, width int)

//go:noescape
func sse2MutualProducts(products []int32, a, b []int16, width int)
