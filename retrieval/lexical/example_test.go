package lexical_test

import (
	"fmt"

	"frontdesk/retrieval/lexical"
)

func Example() {
	index := lexical.New([]string{"How do I reset my password?", "Where is my invoice?"})
	words, changed := index.Respell(lexical.Words("pasword reset"), nil)
	for _, c := range changed {
		fmt.Println(c.From, "is read as", c.To)
	}
	for group, score := range index.BM25(words, []int{0, 1, 2}) { // each document a group
		fmt.Printf("document %d: %.2f\n", group, score)
	}
	// Output:
	// pasword is read as password
	// document 0: 1.28
	// document 1: 0.00
}
