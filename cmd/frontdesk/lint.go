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

func newLint(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Check the knowledge",
		Long: "Check the knowledge of every base, or of --base. Every fault of every file is\n" +
			"printed as file:line:col, and the exit code is 3 if there is one. What is no fault\n" +
			"but makes for worse answers is printed as a hint.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.lint(ctx, cfg)
		},
	}
}

func (c *cli) lint(ctx context.Context, cfg *config.Config) error {
	var faults fault.List
	for _, name := range c.bases(cfg) {
		base, err := app.Load(ctx, cfg, name)
		if err != nil {
			found, ok := faultsOf(err)
			if !ok {
				faults.Sort()
				return errors.Join(faults.Err(), err)
			}
			faults = append(faults, found...)
			continue
		}
		if err := writeHints(c.out, name, base); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	faults.Sort() // bases may share files
	return faults.Err()
}

// writeHints prints what would make a base answer better, and what there is.
func writeHints(w io.Writer, name string, base *knowledge.Base) error {
	for _, e := range base.Entries {
		if e.Kind == knowledge.FAQ && len(e.Alternatives) == 0 {
			hint := fault.Fault{
				File: e.Pos.File, Line: e.Pos.Line, Col: e.Pos.Col,
				What: fmt.Sprintf("hint: %q is asked in one way only", e.ID),
				Do:   "add alternatives in other words",
			}
			if _, err := fmt.Fprintln(w, hint); err != nil {
				return err
			}
		}
	}
	if len(base.Tests) == 0 {
		if _, err := fmt.Fprintf(w, "hint: the base %q has no tests; write some under tests:\n", name); err != nil {
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
