package main

import (
	"fmt"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newHealth(c *cli) *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask the desk that serves on this machine how it is",
		Long: "Ask the desk that serves this configuration on this machine whether it lives, by\n" +
			"HTTP. The exit code is 1 where it does not. It needs no curl, for a container.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			if err := app.Health(ctx, cfg, ready); err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, "ok")
			return err
		},
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "also ask whether every part of it can do its work")
	return cmd
}
