package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newTrain(c *cli) *cobra.Command {
	o := app.TrainOptions{Runs: 9, Seed: 1}
	var out string
	cmd := &cobra.Command{
		Use:   "train --corpus DIR|FILE... -o MODEL",
		Short: "Make weights of the embedding, anew or from documents of yours",
		Long: "Make a file of weights for the embedding, which embedding.model of the configuration\n" +
			"then names.\n\n" +
			"With --from builtin the weights that are built in are taken up: they learn the words and\n" +
			"the ways of speaking of your documents, and keep what they know. Without --from they are\n" +
			"made from nothing, which takes a corpus of a million pairs of texts.\n\n" +
			"A corpus is files, or folders of them, that end in .txt (one sentence a line; sentences\n" +
			"that follow each other are about the same, and an empty line parts) or in .jsonl or\n" +
			".jsonl.gz, one record a line:\n" +
			`  {"t": "qa", "s": "handbook", "a": "a text", "b": "one that means the same", "g": "0000002a"}` + "\n" +
			"t is the type, and \"sent\" is for a text without b; s is the source; records with one g, up\n" +
			"to 8 hexadecimal digits, are about one thing, and g may be left out.\n\n" +
			"The same corpus, flags and processor architecture give the same file.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(o.Corpus) == 0 {
				return usage(errors.New("name the files or folders with --corpus"))
			}
			if out == "" {
				return usage(errors.New("name the file to write with --output"))
			}
			if o.Runs < 1 || o.Runs > app.MaxTrainRuns {
				return usage(fmt.Errorf("--runs is to be from 1 to %d", app.MaxTrainRuns))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.train(ctx, o, out)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Corpus, "corpus", nil, "the `files` and folders of texts, separated by commas")
	flags.StringVar(&o.From, "from", "", "take up the weights of this `file`, or those that are built in: builtin")
	flags.StringSliceVar(&o.Only, "only", nil, "read these `sources` of the corpus alone")
	flags.StringSliceVar(&o.Without, "without", nil, "leave these `sources` of the corpus out")
	flags.IntVar(&o.Runs, "runs", o.Runs, "how many runs to take the mean of; fewer take less time")
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "the seed of all random numbers")
	flags.StringVarP(&out, "output", "o", "", "write the weights to this `file`")
	must(cmd.MarkFlagFilename("corpus", "jsonl", "gz", "txt"))
	must(cmd.MarkFlagFilename("from", "bin"))
	must(cmd.MarkFlagFilename("output", "bin"))
	return cmd
}

func (c *cli) train(ctx context.Context, o app.TrainOptions, out string) error {
	if err := notRead(out, append([]string{o.From}, o.Corpus...)); err != nil {
		return err
	}
	bar := bars{c: c}
	o.Progress = bar.stages()
	model, read, err := app.Train(ctx, o)
	bar.finish()
	if err != nil {
		return err
	}
	if o.From != "" {
		read = append(read, o.From)
	}
	return writeTo(out, c.out, read, func(w io.Writer) error {
		_, err := w.Write(model)
		return err
	})
}
