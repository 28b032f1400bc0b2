package static_test

import (
	"context"
	"fmt"

	"frontdesk/retrieval/static"
)

func Example() {
	vectors, err := static.Default().Embed(context.Background(), []string{
		"I forgot my password", "cannot remember my pasword", "where is my parcel"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the same with a typo: %.1f\n", cosine(vectors[0], vectors[1]))
	fmt.Printf("something else: %.1f\n", cosine(vectors[0], vectors[2]))
	// Output:
	// the same with a typo: 0.8
	// something else: 0.1
}

func cosine(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
