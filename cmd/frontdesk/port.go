package main

import (
	"fmt"
	"io"
	"os"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/spf13/cobra"
)

func newExport(c *cli) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Turn a base into JSON Lines",
		Long: "Turn all entries of a base into JSON Lines, one entry a line. What a command runs\n" +
			"has no place in that form and is left out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			base, err := app.Load(ctx, cfg, c.oneBase(cfg))
			if err != nil {
				return err
			}
			return writeTo(out, c.out, append(base.Files, cfg.File), func(w io.Writer) error {
				return importer.WriteJSONL(w, base.Entries)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` (default: the standard output)")
	must(cmd.MarkFlagFilename("output", "jsonl"))
	cmd.AddCommand(newExportJSGF(c))
	return cmd
}

// readEntries reads JSON Lines from a file, or from the standard input for "-".
func (c *cli) readEntries(file string) ([]*knowledge.Entry, error) {
	if file == "-" {
		return importer.ReadJSONL(c.in, "standard input")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	defer f.Close()
	return importer.ReadJSONL(f, file)
}
