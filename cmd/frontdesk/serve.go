package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/spf13/cobra"
)

func newServe(c *cli) *cobra.Command {
	var pprof bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer in Slack and Discord, as the configuration says",
		Long: "Answer wherever the configuration enables it, under slack: and discord:, until\n" +
			"SIGTERM or Ctrl-C. What was acknowledged by then is finished first; a second\n" +
			"signal ends at once. SIGHUP has the configuration read again, and so has a change\n" +
			"of its file; where it is at fault, what is in force stays.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context(), pprof) },
	}
	cmd.Flags().BoolVar(&pprof, "pprof", false, "offer profiles of the running program by HTTP, at /debug/pprof/")
	return cmd
}

func (c *cli) serve(ctx context.Context, pprof bool) error {
	// SIGHUP ends other verbs, and so it has ended their context.
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ends, again := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(ends, os.Interrupt, syscall.SIGTERM)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(ends)
	defer signal.Stop(again)

	cfg, err := c.load()
	if err != nil {
		return err
	}
	cfg.HTTP.Pprof = cfg.HTTP.Pprof || pprof
	if cfg.FS == nil {
		c.configFile = cfg.File // read again from there, even where another is found first by then
	}
	so := app.ServeOptions{
		Version: thisBuild().Version,
		Load: func() (*config.Config, error) {
			next, err := c.read()
			if err == nil {
				next.HTTP.Pprof = next.HTTP.Pprof || pprof
			}
			return next, err
		},
		Reload:  again,
		Applied: func(now *config.Config) { c.level.Set(now.Log.Level) },
		Up:      func(text string) { fmt.Fprintf(c.out, "frontdesk serves %s\n", text) },
	}
	var bases []string
	if c.base != "" {
		bases = []string{c.base}
	}
	served := make(chan error, 1)
	go func() {
		b := bars{c: c}
		defer b.finish()
		served <- app.Serve(ctx, cfg, app.Options{Bases: bases, Log: c.log, Progress: b.progress()}, so)
	}()
	for signals := 0; ; signals++ {
		select {
		case err := <-served:
			if signals > 0 && errors.Is(err, context.Canceled) {
				return nil // it was stopped while it still loaded
			}
			return err
		case <-ends:
			if signals > 0 {
				return errors.New("ended at once; what was left is worked on at the next start")
			}
			stop()
		}
	}
}
