package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newIndex(c *cli) *cobra.Command {
	var rebuild bool
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Build the index of the knowledge and save it",
		Long: "Build the index of every base, or of --base, and save it in data_dir. Whatever has\n" +
			"not changed since it was saved is taken over. The other verbs do so by themselves;\n" +
			"this one is for doing it beforehand.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.index(ctx, rebuild)
		},
	}
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "build it from nothing, whatever is saved")
	return cmd
}

func (c *cli) index(ctx context.Context, rebuild bool) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	names := c.bases(cfg)
	a, err := c.open(ctx, cfg, app.Options{Bases: names, Pretend: true, Configured: true, Rebuild: rebuild})
	if err != nil {
		return err
	}
	defer c.close(a)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "base\tentries\tphrasings\tseconds\tbytes\tfile\n")
	saved := true
	for _, name := range names {
		s := a.Status(name)
		file := s.IndexFile
		switch {
		case file == "":
			file, saved = "(not saved)", false
		case !s.Built:
			file += " (was up to date)"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.2f\t%d\t%s\n", name, s.Entries, s.Phrasings, s.Took.Seconds(), s.IndexSize, file)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if !saved {
		return errors.New("an index could not be saved, and is built again at every start")
	}
	return nil
}
