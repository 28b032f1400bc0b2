//go:build ignore

// sentences writes what is said to the home of the examples and to that of the tests, for
// texts.py: a line for each sentence, its kind, a tab and the text. Run it at the top of
// the repository:
//
//	go run asr/whisper/fortests/sentences.go > sentences.tsv
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"frontdesk/knowledge"
)

const (
	mostSpoken = 20_000 // sentences of a base
	mostSample = 300    // of a command, in which its values and wordings are spread
)

var bases = []knowledge.Options{
	{Dir: "examples/home", Paths: []string{"commands.yaml", "house.yaml", "rooms.yaml"}},
	{Dir: "cmd/frontdesk/testdata/voice", Paths: []string{"home.yaml"}},
}

func main() {
	if err := write(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(ctx context.Context) error {
	out := bufio.NewWriter(os.Stdout)
	for _, o := range bases {
		base, err := knowledge.Load(ctx, o)
		if err != nil {
			return err
		}
		put := func(kind string, texts []string) {
			for _, text := range texts {
				fmt.Fprintf(out, "%s\t%s\n", kind, text)
			}
		}
		spoken, _ := base.Spoken(mostSpoken)
		put("spoken", spoken)
		for _, e := range base.Entries {
			if e.Command == nil {
				put("question", e.Phrasings())
				continue
			}
			put("sample", base.Grammar.Sample(e.ID, mostSample))
			put("alternative", e.Alternatives)
		}
	}
	return out.Flush()
}
