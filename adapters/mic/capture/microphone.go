package capture

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"frontdesk/asr/audio"

	"github.com/cenkalti/backoff/v5"
)

const (
	// Rates that a device may have, in Hz.
	leastRate, mostRate = 4000, 192_000
	// buffered is how much sound waits for whoever reads, at least.
	buffered = 4 * time.Second
	// poll is how often it is looked whether there is sound: the thread that brings
	// it must wake nobody, which would take a lock.
	poll = 10 * time.Millisecond
	// look is how often it is looked whether the device is still there. One that
	// brings nothing for stalled is not.
	look    = 250 * time.Millisecond
	stalled = 2 * time.Second
	// A device that is away is looked for again after firstPause, then after ever
	// longer pauses up to longestPause.
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
	// steady is how long a device must have worked for the pauses to be short again.
	steady = 10 * time.Second
)

// A Microphone is sound as it is recorded. A device that vanishes is waited for,
// and another one takes its place only where none was named; either is told to the
// log once. Read is for one goroutine at a time.
type Microphone struct {
	cfg    Config
	log    *slog.Logger
	driver driver
	pauses pauses

	stop  context.CancelFunc
	ended chan struct{}
	now   atomic.Pointer[line]  // that is or was recorded last; nil before the first
	state atomic.Pointer[state] // never nil

	from     *line // of Read: where it reads
	resample *audio.Resampler
	scratch  []float32 // as it was recorded
	ready    []float32 // and resampled, from next on
	next     int
	lost     uint64 // of from
	total    uint64 // samples that were dropped, of lines before from
}

// pauses are how long a Microphone waits; a test has no time.
type pauses struct{ look, stalled, first, longest, steady time.Duration }

// A state is what a Microphone is at.
type state struct {
	connected bool
	what      string
}

// A line is one device while it is recorded from.
type line struct {
	device  Device
	ring    *ring
	rate    int         // of the samples, in Hz
	stopped atomic.Bool // the sound system says that it has ended
}

// fill takes what was recorded. The sound system calls it, from a thread of its
// own that must never wait: it takes no lock and allocates nothing.
func (l *line) fill(samples []float32) { l.ring.write(samples) }

// Open begins to record. It does not wait for the device: a microphone that is not
// there yet is waited for. The caller must Close it.
func Open(cfg Config) *Microphone {
	return open(cfg, system(), pauses{look, stalled, firstPause, longestPause, steady})
}

func open(cfg Config, d driver, p pauses) *Microphone {
	m := &Microphone{cfg: cfg, log: cfg.Log, driver: d, pauses: p, ended: make(chan struct{}), scratch: make([]float32, 4096)}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	m.state.Store(&state{what: "looking for the microphone"})
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	go func() {
		defer close(m.ended)
		m.keep(ctx)
	}()
	return m
}

// Close ends the recording. It returns within a few seconds, even where the sound
// system hangs.
func (m *Microphone) Close() error {
	m.stop()
	<-m.ended
	return nil
}

// Status says whether sound comes in, and from where, or why it does not.
func (m *Microphone) Status() (connected bool, what string) {
	s := m.state.Load()
	return s.connected, s.what
}

// Read waits for sound and gives as much as there is and fits into the slice: mono,
// at [asr.SampleRate], in [-1, 1]. It gives [ErrGap], once, where sound is missing
// before what comes next, and an error when ctx ends.
func (m *Microphone) Read(ctx context.Context, into []float32) (int, error) {
	for {
		if now := m.now.Load(); now != m.from {
			first := m.from == nil
			m.from, m.total, m.lost = now, m.total+m.lost, 0
			m.resample, m.ready, m.next = audio.NewResampler(now.rate), m.ready[:0], 0
			if !first {
				return 0, ErrGap
			}
		}
		if m.from != nil {
			if n := m.take(into); n > 0 {
				return n, nil
			}
		}
		timer := time.NewTimer(poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return 0, ctx.Err()
		case <-timer.C:
		}
	}
}

// take gives what the line has recorded.
func (m *Microphone) take(into []float32) int {
	if lost := m.from.ring.lost.Load(); lost != m.lost {
		m.log.Warn("sound came faster than it was worked on, and some was dropped", "samples", lost-m.lost, "in_all", m.total+lost)
		m.lost = lost
	}
	if m.next == len(m.ready) {
		n := m.from.ring.take(m.scratch)
		for i, x := range m.scratch[:n] {
			if x != x { // not a number
				m.scratch[i] = 0
			}
		}
		m.ready, m.next = m.resample.Write(m.ready[:0], m.scratch[:n]), 0
	}
	n := copy(into, m.ready[m.next:])
	m.next += n
	for i, x := range into[:n] {
		into[i] = min(max(x, -1), 1)
	}
	return n
}

// Lost is how many samples were dropped because nobody read them in time. It is
// for the goroutine that reads.
func (m *Microphone) Lost() uint64 { return m.total + m.lost }

// keep records from the device again and again until ctx ends.
func (m *Microphone) keep(ctx context.Context) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.RandomizationFactor = m.pauses.first, m.pauses.longest, 0
	var calls caller
	backend := "" // that has worked
	told := false // that the device is away
	for {
		began := time.Now()
		err := m.once(ctx, &calls, &backend, func(d Device) {
			if told {
				m.log.Warn("the microphone is back", "device", d.Name, "sound_system", d.Backend)
			} else {
				m.log.Info("recording", "device", d.Name, "sound_system", d.Backend)
			}
			told = false
		})
		if ctx.Err() != nil {
			m.state.Store(&state{what: "closed"})
			return
		}
		if !told {
			m.log.Warn("the microphone is away; it is waited for", "error", err)
			told = true
		}
		m.state.Store(&state{what: err.Error()})
		if time.Since(began) >= m.pauses.steady {
			pause.Reset()
		}
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// once looks for the device and records from it until it is gone. It tells when
// sound comes in.
func (m *Microphone) once(ctx context.Context, calls *caller, backend *string, works func(Device)) error {
	d, err := m.find(ctx, calls, *backend)
	if err != nil {
		return err
	}
	if m.cfg.Device == "" {
		d.handle = nil // the sound system goes along when its default becomes another
	}
	l := &line{device: d}
	closing, err := call(ctx, calls, func() (func(), error) { return m.driver.open(d, l) }, func(closing func()) { closing() })
	if err != nil {
		return fmt.Errorf("recording from %s: %w", d.Name, err)
	}
	defer func() {
		// It is closed even when ctx has ended.
		_, _ = call(context.WithoutCancel(ctx), calls, func() (struct{}, error) { closing(); return struct{}{}, nil }, nil)
	}()
	return m.watch(ctx, l, func() {
		*backend = d.Backend
		m.now.Store(l)
		m.state.Store(&state{connected: true, what: d.Name})
		works(d)
	})
}

// watch waits until a line brings nothing any more.
func (m *Microphone) watch(ctx context.Context, l *line, works func()) error {
	ticker := time.NewTicker(m.pauses.look)
	defer ticker.Stop()
	var seen uint64
	last := time.Now()
	for {
		if n := l.ring.written.Load() + l.ring.lost.Load(); n != seen {
			if seen == 0 {
				works()
			}
			seen, last = n, time.Now()
		}
		switch {
		case l.stopped.Load():
			return fmt.Errorf("%s has ended", l.device.Name)
		case time.Since(last) >= m.pauses.stalled:
			return fmt.Errorf("%s brings no sound", l.device.Name)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// find chooses the device, in the sound system that has worked before or else in
// the first that has it.
func (m *Microphone) find(ctx context.Context, calls *caller, backend string) (Device, error) {
	backends := m.driver.backends
	if backend != "" {
		backends = []string{backend}
	}
	var fault error
	for _, b := range backends {
		found, err := call(ctx, calls, func() ([]Device, error) { return m.driver.list(b, false) }, nil)
		if ctx.Err() != nil {
			return Device{}, ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", b, err)
		} else {
			var d Device
			if d, err = pick(found, m.cfg.Device); err == nil {
				return d, nil
			}
		}
		if fault == nil { // that of the first is the most telling
			fault = err
		}
	}
	return Device{}, fault
}

// ringFor gives a ring for sound of a rate.
func ringFor(rate int) *ring {
	return newRing(int(math.Ceil(buffered.Seconds() * float64(rate))))
}
