//go:build !amd64

package retrieval

// kernels are the ways in which this machine can do what portableProducts does.
var kernels = map[string]func(products []int32, codes []int8, query []int16){"chosen": products}
