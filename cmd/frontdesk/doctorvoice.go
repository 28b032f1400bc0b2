package main

import (
	"fmt"
	"time"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

// maxVoice bounds how long the doctor listens.
const maxVoice = 60

func newDoctorVoice(c *cli) *cobra.Command {
	var asJSON bool
	var o app.VoiceOptions
	length := 5
	cmd := &cobra.Command{
		Use:   "voice",
		Short: "Listen to you, and show what becomes of it step by step",
		Long: "Listen to you for some seconds, or to a recording, and show step by step what becomes\n" +
			"of it: how loud it is, where somebody speaks, what is heard and how long that takes,\n" +
			"and what the desk would do. Nothing is done, recorded or kept. The exit code is 1\n" +
			"where something is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if length < 1 || length > maxVoice {
				return usage(fmt.Errorf("the doctor listens for 1 to %d seconds, not for %d", maxVoice, length))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			o.Base, o.Length = c.base, time.Duration(length)*time.Second
			o.Recording = func(device string) {
				fmt.Fprintf(c.err, "Speak now, for %s (%s).\n", count(length, "second", "seconds"), device)
			}
			found, err := app.DoctorVoice(ctx, cfg, o, app.Options{Log: c.log, Warn: func(error) {}}) // what is missing is found
			if err != nil {
				return err
			}
			return c.showFindings(found, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	cmd.Flags().StringVar(&o.File, "file", "", "listen to the recording in this `file`")
	cmd.Flags().StringVar(&o.Device, "device", "", "the `name` of the microphone, as \"frontdesk devices\" lists them")
	cmd.Flags().IntVar(&length, "seconds", length, "how long to listen")
	return cmd
}
