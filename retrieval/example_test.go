package retrieval_test

import (
	"context"
	"fmt"
	"log"

	"frontdesk/knowledge"
	"frontdesk/retrieval"
	"frontdesk/retrieval/static"
)

func Example() {
	ctx := context.Background()
	base, err := knowledge.New([]*knowledge.Entry{
		{ID: "opening-hours", Kind: knowledge.FAQ, Question: "When are you open?", Alternatives: []string{"How late does the shop close?"}, Answer: "From 9 to 6."},
		{ID: "password", Kind: knowledge.FAQ, Question: "How do I reset my password?", Alternatives: []string{"I forgot my password"}, Answer: "Press *Forgotten*."},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	index, err := retrieval.Build(ctx, base, static.Default(), retrieval.DefaultConfig(), retrieval.BuildOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"i forgot my pasword", "lorem ipsum dolor"} {
		result, err := index.Search(ctx, retrieval.Question{Text: text}, 1)
		if err != nil {
			log.Fatal(err)
		}
		if hit := result.Hits[0]; hit.Probability >= index.OperatingPoint().Answer {
			fmt.Printf("%s: %s\n", text, hit.Entry.Answer)
		} else {
			fmt.Printf("%s: not known\n", text)
		}
	}
	// Output:
	// i forgot my pasword: Press *Forgotten*.
	// lorem ipsum dolor: not known
}
