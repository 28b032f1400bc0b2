// Package capture records from a microphone, by github.com/gen2brain/malgo, which
// is miniaudio: ALSA, PulseAudio (and PipeWire, which speaks its protocol),
// CoreAudio and WASAPI. A microphone that vanishes is waited for.
//
// It needs cgo. Without it everything compiles, and [Devices] and the log of a
// [Microphone] say what is missing.
package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// ErrGap says that sound is missing before what comes next: the microphone was
// away.
var ErrGap = errors.New("the microphone was away")

// errNone says that there is no device to record from.
var errNone = errors.New("there is no microphone")

// Config says what is recorded from.
type Config struct {
	// Device is the name or the id of a device, as [Devices] gives them, or a part of
	// one that no other has. Empty for the system's default.
	Device string
	Log    *slog.Logger // nil for nowhere
}

// A Device is something that can be recorded from.
type Device struct {
	Backend  string // the sound system: "PulseAudio", "ALSA", "CoreAudio", "WASAPI", …
	Name     string // for people
	ID       string // what the sound system calls it; empty where that is no text
	Default  bool   // of its sound system
	Rates    []int  // that it has by itself, in Hz; empty for any
	Channels []int  // likewise

	handle any // what the driver knows it by
}

// A driver is what records on this machine. Its calls may hang for as long as the
// sound system does.
type driver struct {
	// backends are the sound systems in the order in which they are tried.
	backends []string
	list     func(backend string, rates bool) ([]Device, error)
	// open records from a device until the closing of what it gives.
	open func(d Device, into *line) (closing func(), err error)
}

// Devices lists what can be recorded from, in the order in which it is looked at: in
// the first sound system that has a device, or in all of them, which may know the same
// microphone by several names. It is an error where no sound system answers.
func Devices(ctx context.Context, all bool) ([]Device, error) { return devices(ctx, system(), all) }

func devices(ctx context.Context, d driver, every bool) ([]Device, error) {
	var all []Device
	var faults []error
	var calls caller
	for _, backend := range d.backends {
		found, err := call(ctx, &calls, func() ([]Device, error) { return d.list(backend, true) }, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", backend, err))
			continue
		}
		if all = append(all, found...); len(all) > 0 && !every {
			break
		}
	}
	if len(faults) == len(d.backends) {
		return nil, fmt.Errorf("no sound system answers: %w", errors.Join(faults...))
	}
	return all, nil
}

// pick chooses among the devices of one sound system: by the whole name or id, else
// by a part of them, whatever the case. No name chooses the default.
func pick(devices []Device, name string) (Device, error) {
	if len(devices) == 0 {
		return Device{}, errNone
	}
	if name == "" {
		if i := slices.IndexFunc(devices, func(d Device) bool { return d.Default }); i >= 0 {
			return devices[i], nil
		}
		return devices[0], nil
	}
	lower := strings.ToLower(name)
	for _, fits := range []func(d Device) bool{
		func(d Device) bool { return d.ID == name },
		func(d Device) bool { return d.Name == name },
		func(d Device) bool { return strings.ToLower(d.Name) == lower || strings.ToLower(d.ID) == lower },
		func(d Device) bool {
			return strings.Contains(strings.ToLower(d.Name), lower) || strings.Contains(strings.ToLower(d.ID), lower)
		},
	} {
		var found []Device
		for _, d := range devices {
			if fits(d) {
				found = append(found, d)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return Device{}, fmt.Errorf("%q may be %s; write more of its name, or its id", name, named(found))
		}
	}
	return Device{}, fmt.Errorf("there is no microphone %q; there is %s", name, named(devices))
}

// named lists devices in words.
func named(devices []Device) string {
	var words []string
	for _, d := range devices {
		word := fmt.Sprintf("%q", d.Name)
		if d.ID != "" && d.ID != d.Name {
			word += fmt.Sprintf(" (%q)", d.ID)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
