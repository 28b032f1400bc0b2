package main

import (
	"errors"
	"fmt"
	"path"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newSuggestPhrasings(c *cli) *cobra.Command {
	var accept, asJSON bool
	var only []string
	cmd := &cobra.Command{
		Use:   "suggest-phrasings",
		Short: "Find questions of the journal that would be phrasings",
		Long: "Find questions that people asked and that would be phrasings of the entry that helped\n" +
			"them: those whose answer was rated good, and those after which somebody chose the entry\n" +
			"among what was offered. Shown is how often each was asked, the probability that it is\n" +
			"given now, and the bar that an answer takes. No text is made up; what was heard, or holds\n" +
			"an address or a long number, is left out. Look at each before it is accepted: it is what somebody\n" +
			"wrote. --accept writes them into the files of their entries.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, p := range only {
				if _, err := path.Match(p, ""); err != nil {
					return usage(fmt.Errorf("--only: %q is no pattern", p))
				}
			}
			if len(only) > 0 && !accept {
				return usage(errors.New("--only says what is written; add --accept"))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			name := c.oneBase(cfg)
			list, err := app.SuggestPhrasings(ctx, cfg, name)
			if err != nil {
				return err
			}
			phrasings := map[string][]string{}
			for _, s := range list {
				if asJSON {
					err = writeJSON(c.out, suggestionRow{s.Entry.ID, s.Text, s.Times, s.Probability, s.Bar})
				} else {
					_, err = fmt.Fprintf(c.out, "%s: %q (asked %s, %.2f of %.2f)\n", shown(s.Entry.ID, 0), shown(s.Text, 0),
						count(s.Times, "time", "times"), s.Probability, s.Bar)
				}
				if err != nil {
					return fmt.Errorf("writing the result: %w", err)
				}
				if matches(only, s.Entry.ID) {
					phrasings[s.Entry.ID] = append(phrasings[s.Entry.ID], s.Text)
				}
			}
			if !accept {
				return nil
			}
			w, err := app.AddPhrasings(ctx, cfg, name, phrasings)
			if err != nil || asJSON {
				return err
			}
			return c.tellWritten(w)
		},
	}
	cmd.Flags().BoolVar(&accept, "accept", false, "write them")
	cmd.Flags().StringSliceVar(&only, "only", nil, "write those of these `entries` alone, by ids or globs")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as a JSON object on a line of its own")
	return cmd
}

type suggestionRow struct {
	Entry       string  `json:"entry"`
	Text        string  `json:"text"`
	Times       int     `json:"times"`
	Probability float64 `json:"probability"`
	Bar         float64 `json:"bar"`
}

// matches says whether one of the patterns fits an id; no patterns fit all.
func matches(patterns []string, id string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, id); err == nil && ok {
			return true
		}
	}
	return len(patterns) == 0
}
