package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"

	"frontdesk/adapters/terminal"
	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newChat(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "chat",
		Short: "Talk to the desk in this terminal (the default verb)",
		Long: "Talk to the desk in this terminal. Where the input is no terminal, every line\n" +
			"is a question and its answer is printed.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.chat(cmd.Context()) },
	}
}

func (c *cli) chat(ctx context.Context) error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)

	cfg, err := c.load()
	if err != nil {
		return err
	}
	base := c.oneBase(cfg)
	var shown atomic.Pointer[terminal.Terminal] // set once the chat can show things
	// Until the chat listens to Ctrl-C itself, it stops the loading.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	loaded := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-interrupts:
			cancel()
		case <-loaded:
		}
	})
	a, err := c.open(ctx, cfg, app.Options{
		Bases: []string{base}, Watch: true, Clock: true,
		Changed: func(s app.Status, err error) { c.changed(shown.Load(), s, err) },
	})
	close(loaded)
	listening.Wait()
	if err != nil {
		return err
	}
	defer c.close(a)
	history := ""
	if dir := a.DataDir(); dir != "" {
		history = filepath.Join(dir, "history")
	}
	t := terminal.New(cfg.Terminal, terminal.Deps{
		In: c.in, Out: c.out, Base: base, About: a.Status(base).String() + ".",
		HistoryFile: history,
		Reload: func(ctx context.Context) (string, error) {
			s, err := a.Reload(ctx, base)
			return s.String() + ".", err
		},
		Interrupts: interrupts, Warn: c.warn,
	})
	shown.Store(t)
	a.Register(terminal.Local.Adapter(), t)
	return t.Run(ctx, a.Handle)
}

// changed tells that the files of the base have changed.
func (c *cli) changed(t *terminal.Terminal, s app.Status, err error) {
	text := s.String() + " now."
	if err != nil {
		text = fmt.Sprintf("The knowledge has changed and is at fault; what was loaded before goes on answering.\n%v", err)
	}
	if t == nil || !t.Interactive() {
		if err != nil {
			fmt.Fprintln(c.err, text)
		}
		return
	}
	if err := t.Notify(text); err != nil {
		c.log.Debug("telling of changed knowledge", "error", err)
	}
}
