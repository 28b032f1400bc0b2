package retrieval

// products is [portableProducts] with the SSE2 instructions that every amd64
// processor has.
func products(products []int32, codes []int8, query []int16) {
	if len(codes) < len(products)*len(query) || len(query)%codeBlock != 0 {
		panic("retrieval: the codes do not fit the query")
	}
	sse2Products(products, codes, query)
}

//go:noescape
func sse2Products(products []int32, codes []int8, query []int16)
