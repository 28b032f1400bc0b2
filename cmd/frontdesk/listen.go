package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"frontdesk/adapters/mic"
	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/spf13/cobra"
)

// maxSoundFile bounds a file that is played in the place of the microphone, in bytes.
const maxSoundFile = 1 << 30

// listening says how "frontdesk listen" listens.
type listening struct {
	device, room       string
	push, wake, always bool
	files              []string
	asJSON             bool
}

func newListen(c *cli) *cobra.Command {
	var o listening
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Answer what is said into the microphone",
		Long: "Answer what is said into the microphone, until Ctrl-C. How it is recognised stands\n" +
			"under speech: in the configuration, and the rest under mic:. Enter or the space bar\n" +
			"has the desk listen without a wake phrase.",
		Example: "  frontdesk listen --device jabra\n  frontdesk listen --file turn-on-the-light.wav --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listen(cmd.Context(), o, cmd.Flags().Changed) },
	}
	f := cmd.Flags()
	f.StringVar(&o.device, "device", "", `the `+"`name`"+` of the microphone, or a part of it; see "frontdesk devices"`)
	f.StringVar(&o.room, "room", "", "the `name` of the room in which it stands")
	f.BoolVar(&o.push, "push", false, "listen after a key alone")
	f.BoolVar(&o.wake, "wake", false, "listen after a wake phrase")
	f.BoolVar(&o.always, "always", false, "always listen, and pass over what the desk is not sure of")
	f.StringArrayVar(&o.files, "file", nil, "play a sound `file` in the place of the microphone, as fast as it can be worked on; may be given several times")
	f.BoolVar(&o.asJSON, "json", false, "print what happens as JSON, one object a line")
	must(cmd.MarkFlagFilename("file"))
	return cmd
}

// apply puts what the flags say over the configuration.
func (o listening) apply(cfg *config.Config, given func(flag string) bool) error {
	switch {
	case o.push && o.wake || o.push && o.always || o.wake && o.always:
		return usage(errors.New("choose one of --push, --wake and --always"))
	case given("device") && given("file"):
		return usage(errors.New("choose one of --device and --file"))
	}
	c := &cfg.Mic
	c.Enabled = true
	if given("device") {
		c.Device = o.device
	}
	if given("room") {
		c.Room = o.room
	}
	switch {
	case o.push:
		c.Listen = mic.OnPush
	case o.wake:
		c.Listen = mic.OnWake
	case o.always:
		c.Listen = mic.Always
	}
	var fault error
	c.Check(func(key, what, do string) { fault = errors.Join(fault, fmt.Errorf("mic.%s: %s; %s", key, what, do)) })
	return usage(fault)
}

func (c *cli) listen(ctx context.Context, o listening, given func(flag string) bool) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := &aside{out: c.err}
	c.logTo = log
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if err := o.apply(cfg, given); err != nil {
		return err
	}
	cfg.Mic.Base = c.oneBase(cfg)
	lo := app.ListenOptions{}
	if len(o.files) > 0 {
		clips, err := c.sounds(ctx, o.files)
		if err != nil {
			return err
		}
		lo.Patient = true
		cfg.Mic.Speak.Tones, cfg.Mic.Speak.Command = false, nil // nobody is there to hear it
		lo.Source = func(context.Context) (mic.Source, error) { return mic.Files(clips...), nil }
	}
	a, err := c.open(ctx, cfg, app.Options{Bases: []string{cfg.Mic.Base}, Watch: true, Clock: true, Hear: true})
	if err != nil {
		return err
	}
	defer c.close(a)
	s := newStage(c, cfg, o.asJSON)
	s.files, s.pushed = len(o.files) > 0, cfg.Mic.Listen == mic.OnPush
	log.by(s)
	lo.Show = s.show
	m, err := a.Microphone(cfg, lo)
	if err != nil {
		return err
	}
	a.Register(mic.Name, m)
	defer s.close()
	if len(o.files) == 0 {
		defer s.keys(ctx, stop, m.Push)()
	}
	if err := m.Run(ctx, a.Handle); err != nil || ctx.Err() != nil {
		return err
	}
	return s.silent()
}

// sounds reads the files that are played in the place of the microphone.
func (c *cli) sounds(ctx context.Context, files []string) (clips []asr.Clip, err error) {
	for _, name := range files {
		clip, err := c.recording(ctx, name, audio.Options{MaxBytes: maxSoundFile, MaxLength: maxListened})
		if err != nil {
			return nil, fmt.Errorf("reading the sound of %s: %w", name, err)
		}
		clips = append(clips, clip)
	}
	return clips, nil
}
