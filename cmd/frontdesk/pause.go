package main

import (
	"errors"
	"fmt"
	"os/user"
	"time"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

// maxPauseFor is a year; who means longer says until when it is resumed.
const maxPauseFor = 366 * 24 * time.Hour

func newPause(c *cli) *cobra.Command {
	var length time.Duration
	var because string
	var status bool
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Stop all commands, in every process",
		Long: "Stop all commands of every frontdesk with the same data_dir, at once and until\n" +
			`"frontdesk resume" or, with --for, for so long. Questions are answered meanwhile.` + "\n" +
			"What is being carried out is not cut short.",
		Example: "  frontdesk pause --because \"the electrician is here\"\n  frontdesk pause --for 2h\n  frontdesk pause --status",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			set := cmd.Flags().Changed
			switch {
			case status && (set("for") || set("because")):
				return usage(errors.New("--status only asks; leave --for and --because away"))
			case set("for") && (length <= 0 || length > maxPauseFor):
				return usage(fmt.Errorf("--for: a pause of %v cannot be made; write something like 30m, at most 8784h", length))
			}
			cfg, err := c.load()
			if err != nil {
				return err
			}
			now := time.Now()
			if !status {
				until := time.Time{}
				if length > 0 {
					until = now.Add(length)
				}
				if err := app.PauseCommands(ctx, cfg, now, until, because, whoIsHere()); err != nil {
					return err
				}
			}
			text := "Commands are not paused."
			if reason, until, paused := app.CommandPause(cfg).Paused(now); paused {
				text = `Commands are paused until "frontdesk resume"`
				if !until.IsZero() {
					text = "Commands are paused until " + until.UTC().Format("2006-01-02 15:04:05Z")
				}
				if reason != "" {
					text += ": " + quoted(reason)
				}
				text += "."
			}
			if _, err := fmt.Fprintln(c.out, text); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "resume by itself after this `duration`, 30m for example")
	cmd.Flags().StringVar(&because, "because", "", "why, as a `text` for those whose commands are refused")
	cmd.Flags().BoolVar(&status, "status", false, "only say whether they are paused")
	return cmd
}

func newResume(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "End the pause of all commands",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			was, err := app.ResumeCommands(ctx, cfg, time.Now(), whoIsHere())
			if err != nil {
				return err
			}
			text := "Commands are carried out again."
			if !was {
				text = "Commands were not paused."
			}
			if _, err := fmt.Fprintln(c.out, text); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
			return nil
		},
	}
}

// whoIsHere names the user of this machine who runs us, for the audit.
func whoIsHere() string {
	u, err := user.Current()
	if err != nil {
		return "user:unknown" // a container may have no list of users
	}
	return "user:" + u.Username
}
