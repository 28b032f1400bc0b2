package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestPick(t *testing.T) {
	all := []Device{
		{Name: "Built-in Audio Analog Stereo", ID: "alsa_input.pci"},
		{Name: "Jabra Speak 410", ID: "alsa_input.usb-jabra", Default: true},
		{Name: "Monitor of Built-in Audio", ID: "alsa_output.pci.monitor"},
		{Name: "Webcam", ID: "usb-1"}, {Name: "Webcam", ID: "usb-2"},
	}
	for name, want := range map[string]string{
		"":                             "alsa_input.usb-jabra",
		"Jabra Speak 410":              "alsa_input.usb-jabra",
		"jabra":                        "alsa_input.usb-jabra",
		"monitor of":                   "alsa_output.pci.monitor",
		"alsa_input.pci":               "alsa_input.pci",
		"usb-2":                        "usb-2",
		"Webcam":                       `"Webcam" may be "Webcam" ("usb-1"), "Webcam" ("usb-2"); write more of its name, or its id`,
		"built-in":                     `"built-in" may be "Built-in Audio Analog Stereo" ("alsa_input.pci"), "Monitor of Built-in Audio" ("alsa_output.pci.monitor"); write more of its name, or its id`,
		"built-in audio analog stereo": "alsa_input.pci",
	} {
		d, err := pick(all, name)
		got := d.ID
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if _, err := pick(all, "gramophone"); err == nil || !strings.Contains(err.Error(), `there is no microphone "gramophone"; there is "Built-in Audio`) {
		t.Error(err)
	}
	if _, err := pick(nil, ""); !errors.Is(err, errNone) {
		t.Error(err)
	}
}

// A ring gives all that was written in order, from another goroutine, and counts
// what found no room.
func TestRing(t *testing.T) {
	r := newRing(1000)
	if len(r.samples) != 1024 {
		t.Fatalf("it holds %d", len(r.samples))
	}
	const total = 60_000
	var writing sync.WaitGroup
	writing.Go(func() {
		next := float32(0)
		for n := 1; next < total; n = n%701 + 1 {
			piece := make([]float32, 0, n)
			for range n {
				piece = append(piece, next+float32(len(piece)))
			}
			for len(r.samples)-int(r.written.Load()-r.read.Load()) < n {
				time.Sleep(time.Microsecond)
			}
			r.write(piece)
			next += float32(n)
		}
	})
	into := make([]float32, 333)
	for next := float32(0); next < total; {
		n := r.take(into)
		for _, s := range into[:n] {
			if s != next {
				t.Fatalf("got %g, want %g", s, next)
			}
			next++
		}
	}
	writing.Wait()
	for r.take(into) > 0 {
	}
	r.write(make([]float32, 3000))
	if lost := r.lost.Load(); lost != 3000-1024 {
		t.Errorf("%d were lost", lost)
	}
	if n := r.take(make([]float32, 5000)); n != 1024 {
		t.Errorf("%d are there", n)
	}
}

// The thread that records must not be held up.
func TestFillAllocatesNothing(t *testing.T) {
	l := &line{ring: newRing(64_000)}
	piece := make([]float32, 320)
	into := make([]float32, 320)
	if n := testing.AllocsPerRun(1000, func() {
		l.fill(piece)
		l.ring.take(into)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(1000, func() { l.fill(piece) }); n != 0 { // the ring is full in the end
		t.Errorf("%v allocations", n)
	}
	if l.ring.lost.Load() == 0 {
		t.Error("the ring was never full")
	}
}

func TestLevel(t *testing.T) {
	sine := make([]float32, 1600)
	for i := range sine {
		sine[i] = float32(0.5 * math.Sin(2*math.Pi*float64(i)/16))
	}
	for _, c := range []struct {
		samples []float32
		want    Level
	}{
		{sine, Level{-6.0, -9.0}}, {nil, Level{Silence, Silence}}, {make([]float32, 5), Level{Silence, Silence}}, {[]float32{1, -1}, Level{0, 0}},
	} {
		if got := LevelOf(c.samples); math.Abs(got.Peak-c.want.Peak) > 0.1 || math.Abs(got.RMS-c.want.RMS) > 0.1 {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
}

// A desktop is the sound system of a test, whose devices come and go.
type desktop struct {
	mu      sync.Mutex
	devices []Device
	fault   error
	opened  []string
	open    map[*line]chan struct{} // closed when the line ends
	mute    bool                    // lines bring nothing
	hang    chan struct{}           // the listing hangs until it is closed
}

func (s *desktop) driver() driver {
	return driver{
		backends: []string{"Test"},
		list: func(string, bool) ([]Device, error) {
			s.mu.Lock()
			hang := s.hang
			s.mu.Unlock()
			if hang != nil {
				<-hang
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return slices.Clone(s.devices), s.fault
		},
		open: func(d Device, into *line) (func(), error) {
			into.ring, into.rate = ringFor(16000), 16000
			ended, out := make(chan struct{}), make(chan struct{})
			s.mu.Lock()
			defer s.mu.Unlock()
			s.opened = append(s.opened, d.Name)
			s.open[into] = ended
			go func() {
				defer close(out)
				for piece := []float32{0.5, 2, float32(math.NaN())}; ; time.Sleep(time.Millisecond) {
					select {
					case <-ended:
						return
					default:
					}
					s.mu.Lock()
					mute := s.mute
					s.mu.Unlock()
					if !mute {
						into.fill(piece)
					}
				}
			}()
			return func() {
				s.mu.Lock()
				if _, ok := s.open[into]; ok {
					close(ended)
					delete(s.open, into)
				}
				s.mu.Unlock()
				<-out
			}, nil
		},
	}
}

// unplug takes all devices away, and tells the lines if the system does so.
func (s *desktop) unplug(tells bool, left ...Device) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices = left
	for l, ended := range s.open {
		close(ended)
		delete(s.open, l)
		l.stopped.Store(tells)
	}
}

func (s *desktop) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// quick waits briefly, but not so briefly that a busy machine looks like a broken one.
var quick = pauses{look: time.Millisecond, stalled: 400 * time.Millisecond, first: time.Millisecond, longest: 5 * time.Millisecond, steady: time.Hour}

// A microphone that goes is waited for, however it goes, and told of once.
func TestComesBack(t *testing.T) {
	defer goleak.VerifyNone(t)
	jabra, webcam := Device{Name: "Jabra", Default: true}, Device{Name: "Webcam"}
	s := &desktop{open: map[*line]chan struct{}{}}
	var log logged
	m := open(Config{Device: "jabra", Log: slog.New(&log)}, s.driver(), quick)
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	into := make([]float32, 64)
	hear := func(gap bool) {
		t.Helper()
		n, err := m.Read(t.Context(), into)
		for !gap && err == nil && n == 0 {
			n, err = m.Read(t.Context(), into)
		}
		for gap && err == nil { // what was recorded before
			n, err = m.Read(t.Context(), into)
		}
		if gap && errors.Is(err, ErrGap) {
			n, err = m.Read(t.Context(), into)
		}
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	s.set(func() { s.devices = []Device{webcam, jabra} })
	hear(false)
	if into[0] != 0.5 || into[1] != 1 || into[2] != 0 {
		t.Errorf("got %v", into[:3])
	}
	for i, away := range []func(){
		func() { s.unplug(true, webcam) },
		func() { s.unplug(false, webcam) }, // it only brings nothing any more
		func() { s.set(func() { s.mute = true }) },
		func() { s.set(func() { s.fault = errors.New("the server is gone") }); s.unplug(true) },
	} {
		away()
		for log.count("is away") < i+1 {
			time.Sleep(time.Millisecond)
		}
		if ok, what := m.Status(); ok && what != "" {
			for ok { // it is told before
				ok, _ = m.Status()
			}
		}
		time.Sleep(20 * time.Millisecond) // several attempts
		s.set(func() { s.devices, s.fault, s.mute = []Device{webcam, jabra}, nil, false })
		hear(true)
		if ok, what := m.Status(); !ok || what != "Jabra" {
			t.Errorf("%v %s", ok, what)
		}
		if away, back := log.count("is away"), log.count("is back"); away != i+1 || back > away {
			t.Errorf("told %d times that it is away, %d that it is back", away, back)
		}
	}
	s.set(func() {
		if slices.Contains(s.opened, "Webcam") {
			t.Error("another device took its place")
		}
	})
}

// Where none was named, another device takes the place of the default.
func TestFallsToDefault(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := &desktop{open: map[*line]chan struct{}{}, devices: []Device{{Name: "A"}, {Name: "B", Default: true}}}
	m := open(Config{}, s.driver(), quick)
	defer m.Close()
	into := make([]float32, 64)
	if n, err := m.Read(t.Context(), into); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	s.unplug(true, Device{Name: "A"})
	for {
		if _, err := m.Read(t.Context(), into); errors.Is(err, ErrGap) {
			break
		}
	}
	if _, what := m.Status(); what != "A" {
		t.Errorf("it records from %s", what)
	}
}

// A sound system that hangs keeps nobody.
func TestHangs(t *testing.T) {
	hang := make(chan struct{})
	s := &desktop{open: map[*line]chan struct{}{}, hang: hang}
	m := open(Config{}, s.driver(), quick)
	time.Sleep(10 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := m.Read(ctx, make([]float32, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	close(hang)
	goleak.VerifyNone(t)
}

func TestListing(t *testing.T) {
	s := &desktop{fault: fmt.Errorf("not installed")}
	if _, err := devices(t.Context(), s.driver(), false); err == nil || err.Error() != "no sound system answers: Test: not installed" {
		t.Error(err)
	}
	s.set(func() { s.fault, s.devices = nil, []Device{{Name: "A"}} })
	if all, err := devices(t.Context(), s.driver(), false); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}

// logged keeps the messages of a log.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logged) WithGroup(string) slog.Handler            { return l }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message)
	return nil
}

func (l *logged) count(part string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// What ALSA lists beside microphones is none.
func TestRecords(t *testing.T) {
	for _, c := range []struct {
		backend, id string
		want        bool
	}{
		{"ALSA", "null", false}, {"ALSA", "jack", false}, {"ALSA", "lavrate", false}, {"ALSA", ":0,0", true}, {"ALSA", "default", true}, {"ALSA", "", true},
		{"PulseAudio", "null", true},
	} {
		if got := records(c.backend, c.id); got != c.want {
			t.Errorf("%s %q: %v", c.backend, c.id, got)
		}
	}
}
