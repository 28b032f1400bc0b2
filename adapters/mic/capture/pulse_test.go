//go:build cgo && linux

package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"frontdesk/adapters/mic/pulsetest"
)

// patience is how long the real thing may take.
const patience = 30 * time.Second

// A microphone of a real PulseAudio is heard. With FRONTDESK_TEST_LOAD=1 it also comes
// back whatever happens to it: until one that brings nothing is given up takes seconds.
func TestPulseAudio(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds under the race detector")
	}
	hearsRoom(t, pulsetest.Start(t), pulsetest.Name, "desk mic", true)
}

// So is one of PipeWire, which speaks the protocol of PulseAudio.
func TestPipeWire(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds under the race detector")
	}
	hearsRoom(t, pulsetest.StartPipeWire(t), strings.ReplaceAll(pulsetest.Name, " ", ""), "deskmic", false)
}

// hearsRoom records from the microphone of a room, by a part of its name. pulse says that
// it is PulseAudio itself: PipeWire does not suspend who records.
func hearsRoom(t *testing.T, server *pulsetest.Server, name, device string, pulse bool) {
	t.Helper()
	server.Use(t)
	all, err := Devices(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d Device) bool { return d.ID == pulsetest.Source })
	if i < 0 || all[i].Backend != "PulseAudio" || all[i].Name != name || !all[i].Default || !slices.Equal(all[i].Rates, []int{48000}) {
		t.Fatalf("%+v", all)
	}
	tone := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(tone, wavOf(t, 880, 60), 0o600); err != nil {
		t.Fatal(err)
	}
	var log logged
	p := pauses{look: 20 * time.Millisecond, stalled: 500 * time.Millisecond, first: 50 * time.Millisecond, longest: time.Second, steady: time.Second}
	m := open(Config{Device: device, Log: slog.New(&log)}, system(), p)
	defer m.Close()
	var playing sync.WaitGroup
	defer playing.Wait()

	hears := func(what string) {
		t.Helper()
		playing.Go(func() { server.Control("play-sample", "tone", pulsetest.Sink) })
		into, end := make([]float32, 1600), time.Now().Add(patience)
		var heard []float32
		for time.Now().Before(end) {
			n, err := m.Read(t.Context(), into)
			if err != nil && !errors.Is(err, ErrGap) {
				t.Fatal(err)
			}
			heard = append(heard, into[:n]...)
			if len(heard) >= 8000 {
				if strength(heard[len(heard)-8000:], 880) > 0.3 {
					return
				}
				heard = heard[len(heard)-8000:]
			}
		}
		t.Fatalf("%s: nothing is heard; the log has %q", what, log.lines)
	}
	upload := func() { server.Control("upload-sample", tone, "tone") }
	upload()
	hears("at first")
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		return
	}
	for _, c := range []struct {
		what       string
		away, back func()
	}{
		{"unplugged", server.Unplug, server.Plug},
		{"suspended", func() { server.Suspend(true) }, func() { server.Suspend(false) }},
		{"killed", server.Kill, func() { server.Restart(); upload() }},
	} {
		if c.what != "killed" && !pulse {
			continue
		}
		before := log.count("is away")
		c.away()
		for end := time.Now().Add(patience); log.count("is away") == before; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: that the microphone is away is not told", c.what)
			}
		}
		c.back()
		hears(c.what)
		if n := log.count("is away"); n != before+1 {
			t.Errorf("%s: told %d times", c.what, n-before)
		}
	}
}

// A sound system that dies again and again leaves no descriptors behind.
func TestPulseAudioLeavesNothing(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("takes a minute; FRONTDESK_TEST_LOAD=1 runs it")
	}
	server := pulsetest.Start(t)
	server.Use(t)
	p := pauses{look: 20 * time.Millisecond, stalled: 500 * time.Millisecond, first: 50 * time.Millisecond, longest: time.Second, steady: time.Second}
	m := open(Config{}, system(), p)
	defer m.Close()
	into := make([]float32, 1600)
	var open []int
	for i := range 8 {
		for fresh := i == 0; ; {
			n, err := m.Read(t.Context(), into)
			if fresh = fresh || errors.Is(err, ErrGap); fresh && n > 0 {
				break
			}
		}
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, len(files))
		server.Kill()
		server.Restart()
	}
	t.Logf("descriptors: %d", open)
	if open[7] > open[2]+2 {
		t.Errorf("descriptors: %d", open)
	}
}

// wavOf makes a WAV file of a tone.
func wavOf(t *testing.T, hertz, seconds int) []byte {
	t.Helper()
	samples := make([]int16, 16000*seconds)
	for i := range samples {
		samples[i] = int16(16000 * math.Sin(2*math.Pi*float64(hertz)*float64(i)/16000))
	}
	var b bytes.Buffer
	b.WriteString("RIFF")
	for _, v := range []any{uint32(36 + 2*len(samples)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(16000), uint32(32000), uint16(2), uint16(16),
		[]byte("data"), uint32(2 * len(samples)), samples} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// strength gives the amplitude of a tone in samples.
func strength(samples []float32, hertz float64) float64 {
	var re, im float64
	for i, s := range samples {
		at := 2 * math.Pi * hertz * float64(i) / 16000
		re += float64(s) * math.Cos(at)
		im += float64(s) * math.Sin(at)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples))
}

// What the sound system calls allocates nothing, from its bytes on.
func TestCallbackAllocatesNothing(t *testing.T) {
	l := &line{ring: newRing(64_000)}
	recorded := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(make([]float32, 960)))), 4*960)
	into := make([]float32, 960)
	if n := testing.AllocsPerRun(1000, func() {
		l.fill(floats(recorded))
		l.ring.take(into)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
