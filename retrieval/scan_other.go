//go:build !amd64

package retrieval

func products(products []int32, codes []int8, query []int16) {
	portableProducts(products, codes, query)
}
