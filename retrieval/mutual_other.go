//go:build !amd64

package retrieval

func mutualProducts(products []int32, a, b []int16, width int) {
	portableMutualProducts(products, a, b, width)
}
