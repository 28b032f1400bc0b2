//go:build cgo

package capture

// #include <stdlib.h>
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/gen2brain/malgo"
)

// systems are the sound systems of each operating system in the order in which
// they are tried. What miniaudio calls the null backend, which records silence, is
// none of them.
var systems = map[string][]struct {
	name string
	id   malgo.Backend
}{
	"linux":   {{"PulseAudio", malgo.BackendPulseaudio}, {"ALSA", malgo.BackendAlsa}},
	"darwin":  {{"CoreAudio", malgo.BackendCoreaudio}},
	"windows": {{"WASAPI", malgo.BackendWasapi}, {"DirectSound", malgo.BackendDsound}},
	"freebsd": {{"PulseAudio", malgo.BackendPulseaudio}, {"OSS", malgo.BackendOss}},
	"openbsd": {{"sndio", malgo.BackendSndio}},
	"netbsd":  {{"audio(4)", malgo.BackendAudio4}},
}

// period is how much sound comes at once, in milliseconds.
const period = 20

// system gives what records on this machine.
func system() driver {
	var names []string
	for _, s := range systems[runtime.GOOS] {
		names = append(names, s.name)
	}
	return driver{backends: names, list: list, open: record}
}

// connect reaches a sound system.
func connect(name string) (*malgo.AllocatedContext, error) {
	for _, s := range systems[runtime.GOOS] {
		if s.name == name {
			if name == "ALSA" {
				quietly()
			}
			c, err := malgo.InitContext([]malgo.Backend{s.id}, malgo.ContextConfig{}, nil)
			if err != nil {
				return nil, mended(err)
			}
			return c, nil
		}
	}
	return nil, fmt.Errorf("there is no sound system %q here", name)
}

func leave(c *malgo.AllocatedContext) {
	_ = c.Uninit() // it is gone in any case
	c.Free()
}

// list gives what can be recorded from, with the rates where they are asked for.
func list(backend string, rates bool) ([]Device, error) {
	c, err := connect(backend)
	if err != nil {
		return nil, err
	}
	defer leave(c)
	infos, err := c.Devices(malgo.Capture)
	if err != nil {
		return nil, mended(err)
	}
	var all []Device
	for _, info := range infos {
		d := Device{Backend: backend, Name: info.Name(), ID: textOf(info.ID), Default: info.IsDefault != 0, handle: info.ID}
		if !records(backend, d.ID) {
			continue
		}
		if rates {
			if more, err := c.DeviceInfo(malgo.Capture, info.ID, malgo.Shared); err == nil {
				info.Formats = more.Formats
			}
			for _, f := range info.Formats {
				if f.SampleRate > 0 {
					d.Rates = append(d.Rates, int(f.SampleRate))
				}
				if f.Channels > 0 {
					d.Channels = append(d.Channels, int(f.Channels))
				}
			}
			d.Rates, d.Channels = distinct(d.Rates), distinct(d.Channels)
		}
		all = append(all, d)
	}
	return all, nil
}

func distinct(n []int) []int {
	slices.Sort(n)
	return slices.Compact(n)
}

// textOf gives the id of a device where it is a text, as PulseAudio, ALSA and
// CoreAudio have it.
func textOf(id malgo.DeviceID) string {
	text, _, _ := bytes.Cut(id[:], []byte{0})
	if !utf8.Valid(text) || slices.ContainsFunc(text, func(b byte) bool { return b < ' ' }) || len(text) < 2 {
		return ""
	}
	return string(text)
}

// record records from a device until the closing.
func record(d Device, into *line) (closing func(), err error) {
	c, err := connect(d.Backend)
	if err != nil {
		return nil, err
	}
	cfg := malgo.DefaultDeviceConfig(malgo.Capture)
	cfg.SampleRate = 0 // that of the device: our own resampling keeps more of the sound
	cfg.PeriodSizeInMilliseconds = period
	cfg.Capture.Format, cfg.Capture.Channels = malgo.FormatF32, 1
	cfg.Alsa.NoAutoResample, cfg.Wasapi.NoAutoConvertSRC = 1, 1
	cfg.Pulse.StreamNameCapture = "frontdesk"
	if id, ok := d.handle.(malgo.DeviceID); ok {
		cfg.Capture.DeviceID = id.Pointer()
		defer C.free(cfg.Capture.DeviceID)
	}
	into.ring = ringFor(48_000)
	device, err := malgo.InitDevice(c.Context, cfg, malgo.DeviceCallbacks{
		Data: func(_, recorded []byte, _ uint32) { into.fill(floats(recorded)) },
		Stop: func() { into.stopped.Store(true) },
	})
	if err != nil {
		leave(c)
		return nil, mended(err)
	}
	into.rate = int(device.SampleRate())
	closing = func() {
		_ = device.Stop() // or Uninit waits for a thread that nobody wakes
		device.Uninit()
		leave(c)
	}
	if into.rate < leastRate || into.rate > mostRate {
		closing()
		return nil, fmt.Errorf("it records %d samples a second; choose a rate between %d and %d in the system's settings", into.rate, leastRate, mostRate)
	}
	if err := device.Start(); err != nil {
		closing()
		return nil, mended(err)
	}
	return closing, nil
}

// floats gives bytes of C as the samples that they are.
func floats(b []byte) []float32 {
	if len(b) < 4 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// mended says what to do about an error where we know.
func mended(err error) error {
	switch {
	case errors.Is(err, malgo.ErrAccessDenied):
		return fmt.Errorf("%w; may this user use the microphone (group audio, or the system's settings of privacy)?", err)
	case errors.Is(err, malgo.ErrNoBackend), errors.Is(err, malgo.ErrAPINotFound):
		return fmt.Errorf("it is not installed or does not run (%w)", err)
	}
	return err
}
