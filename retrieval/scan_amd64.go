package retrieval

import "golang.org/x/sys/cpu"

// products is [portableProducts] with the instructions of the processor: AVX2
// where it has them, else SSE2, which every amd64 processor has.
func products(products []int32, codes []int8, query []int16) {
	if len(codes) < len(products)*len(query) || len(query)%codeBlock != 0 {
		panic("retrieval: the codes do not fit the query")
	}
	if cpu.X86.HasAVX2 {
		avx2Products(products, codes, query)
		return
	}
	sse2Products(products, codes, query)
}

//go:noescape
func avx2Products(products []int32, codes []int8, query []int16)

//go:noescape
func sse2Products(products []int32, codes []int8, query []int16)
