package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"

	"github.com/spf13/cobra"
)

// mostHints is how many hints of a kind are printed unless all are wanted.
const mostHints = 5

// linting says what a lint is to look for.
type linting struct {
	hints, strict, all bool
}

func newLint(c *cli) *cobra.Command {
	var l linting
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Check the knowledge",
		Long: "Check the knowledge of every base, or of --base. Every fault of every file is\n" +
			"printed as file:line:col, and the exit code is 3 if there is one.\n\n" +
			"What is no fault but makes for worse answers is printed as a hint: entries that are\n" +
			"too alike, that lose most of their own phrasings, or that have too few, each with\n" +
			"what to write. For this the base is asked its own phrasings, every one of a model that\n" +
			"was fitted without it, which takes about as long as the building of its index;\n" +
			"--hints=false checks the files alone. With --strict a hint has the exit code 3 too.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !l.hints && (l.strict || l.all) {
				return usage(errors.New("--strict and --all are about the hints, which --hints=false switches off"))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.lint(ctx, cfg, l)
		},
	}
	cmd.Flags().BoolVar(&l.hints, "hints", true, "print what would make for better answers")
	cmd.Flags().BoolVar(&l.all, "all", false, fmt.Sprintf("print all hints, not only %d of a kind", mostHints))
	cmd.Flags().BoolVar(&l.strict, "strict", false, "a hint has the exit code 3, as a fault has")
	return cmd
}

func (c *cli) lint(ctx context.Context, cfg *config.Config, l linting) error {
	var faults fault.List
	hinted := false
	for _, name := range c.bases(cfg) {
		base, d, err := app.Commands(ctx, cfg, name)
		if err != nil {
			found, ok := faultsOf(err)
			if !ok {
				faults.Sort()
				return errors.Join(faults.Err(), err)
			}
			faults = append(faults, found...)
			continue
		}
		var hints fault.List
		if l.hints {
			if hints, err = c.hints(ctx, cfg, name, base, l); err != nil {
				return err
			}
			most := mostHints
			if l.all {
				most = 0
			}
			hints = append(app.RightsHints(base, d, most), hints...)
		}
		hinted = hinted || len(hints) > 0
		if err := writeLint(c.out, name, base, hints); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	faults.Sort() // bases may share files
	if len(faults) == 0 && hinted && l.strict {
		return silently(codeFaults)
	}
	return faults.Err()
}

// hints finds what would make a base answer better, with a bar where somebody
// watches.
func (c *cli) hints(ctx context.Context, cfg *config.Config, name string, base *knowledge.Base, l linting) (fault.List, error) {
	b := bars{c: c}
	defer b.finish()
	o := app.HintOptions{Most: mostHints}
	if l.all {
		o.Most = 0
	}
	if p := b.progress(); p != nil {
		o.Progress = func(done, total int) { p(name, done, total) }
	}
	return app.Hints(ctx, cfg, name, base, o)
}

// writeLint prints the hints of a base without faults, and what there is.
func writeLint(w io.Writer, name string, base *knowledge.Base, hints fault.List) error {
	for _, h := range hints {
		if _, err := fmt.Fprintln(w, h); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, no faults\n", name,
		count(len(base.Entries), "entry", "entries"), count(len(base.Tests), "test", "tests"))
	return err
}

// count gives a number of things in words.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
