//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/mic/pulsetest"
	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/asr/asrtest/noise"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/ort/orttest"
)

// listenHours is how many hours TestListenHours simulates.
const listenHours = 8

// A listenDay is sound without end: somebody says a command, it is silent, somebody
// cooks, people talk.
type listenDay struct {
	pieces []asr.Clip
	i      int
	at     []float32
	left   int // samples
}

func (d *listenDay) Read(ctx context.Context, into []float32) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if d.left <= 0 {
		return 0, io.EOF
	}
	for len(d.at) == 0 {
		d.at = d.pieces[d.i%len(d.pieces)].Samples
		d.i++
	}
	n := copy(into, d.at)
	d.at = d.at[n:]
	d.left -= n
	return n, nil
}

// TestListenHours has the desk listen for hours: memory and descriptors stay what they
// are, and whatever happens to the sound system in between, it hears again.
func TestListenHours(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("takes many minutes; FRONTDESK_TEST_LOAD=1 runs it")
	}
	dir := listenFolder(t)
	t.Chdir(dir) // where its programs leave their marks
	server := pulsetest.Start(t)
	server.Use(t)
	a, cfg := listenApp(t, filepath.Join(dir, "config.yaml"))
	command, talk := asrtest.Say(t, "flite:slt", listenCommand), asrtest.Say(t, "flite:awb", listenTalk)
	quiet := func(seconds int) asr.Clip { return asr.Clip{Samples: make([]float32, seconds*asr.SampleRate)} }
	kitchen := asr.Clip{Samples: noise.Of(noise.NewKitchen(1), 60)}
	pieces := []asr.Clip{command, quiet(40), kitchen, talk, quiet(30), talk, quiet(90), command, quiet(60)}

	hours := listenHours
	if n, err := strconv.Atoi(os.Getenv("FRONTDESK_TEST_HOURS")); err == nil {
		hours = n
	}
	var memory []int64
	var files []int
	for hour := range hours {
		var replies atomic.Int64
		m := listenMicrophone(t, a, cfg, app.ListenOptions{Patient: true, Show: func(e mic.Event) {
			if e.Kind == mic.Replied {
				replies.Add(1)
			}
		}, Source: func(context.Context) (mic.Source, error) {
			return &listenDay{pieces: pieces, left: 3600 * asr.SampleRate}, nil
		}})
		if err := m.Run(t.Context(), a.Handle); err != nil {
			t.Fatal(err)
		}
		if replies.Load() < 10 {
			t.Errorf("hour %d: only %d commands were heard", hour, replies.Load())
		}
		listenThrough(t, a, cfg, server, filepath.Join(dir, "command.wav"), hour)
		debug.FreeOSMemory()
		memory, files = append(memory, listenMemory(t)), append(files, listenDescriptors(t))
		var of runtime.MemStats
		runtime.ReadMemStats(&of)
		t.Logf("hour %d: %d replies, %d MB, of which Go has %d, %d of it in use; %d descriptors, %d goroutines", hour+1, replies.Load(),
			memory[hour]>>20, (of.Sys-of.HeapReleased)>>20, of.HeapAlloc>>20, files[hour], runtime.NumGoroutine())
	}
	first, last := min(1, hours-1), hours-1 // in the first one things are loaded
	if memory[last]-memory[first] > 20<<20 || files[last] > files[first]+2 {
		t.Errorf("memory %d, descriptors %d", memory, files)
	}
}

// listenThrough has something happen to the sound system while the desk listens to a
// real microphone.
func listenThrough(t *testing.T, a *app.App, cfg *config.Config, server *pulsetest.Server, command string, hour int) {
	t.Helper()
	replied, hears := make(chan struct{}, 99), make(chan struct{}, 1)
	m := listenMicrophone(t, a, cfg, app.ListenOptions{Show: func(e mic.Event) {
		switch e.Kind {
		case mic.Replied:
			replied <- struct{}{}
		case mic.Metered:
			select {
			case hears <- struct{}{}:
			default:
			}
		}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx, a.Handle) }()
	await := func(what string, c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(time.Minute):
			t.Fatalf("hour %d: %s", hour, what)
		}
	}
	await("no sound at first", hears)
	server.Play(command)
	await("no reply at first", replied)
	gone := func() {
		for end := time.Now().Add(time.Minute); m.Connected(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it is not noticed")
			}
		}
	}
	switch hour % 3 {
	case 0:
		server.Unplug()
		gone()
		server.Plug()
	case 1:
		server.Suspend(true)
		gone()
		server.Suspend(false)
	case 2:
		server.Kill()
		gone()
		server.Restart()
	}
	for len(hears) > 0 {
		<-hears
	}
	await("no sound after it was away", hears)
	server.Play(command)
	await("no reply after it was away", replied)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestListenToOthers plays silence, music and talk in other languages to a home that
// always listens, with pocketsphinx: nothing may be done.
func TestListenToOthers(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("takes many minutes; FRONTDESK_TEST_LOAD=1 runs it")
	}
	sphinx := asrtest.Program(t, "pocketsphinx_continuous")
	a, cfg := listenApp(t, filepath.FromSlash("../../examples/home/config.yaml"), func(cfg *config.Config) {
		cfg.ONNXRuntime = orttest.Config(t)
		cfg.Speech.Engine = config.SpeechExec
		cfg.Speech.Exec.Command = []string{sphinx, "-logfn", "/dev/null", "-infile", "{wav}"}
		cfg.Speech.Exec.Guided = []string{sphinx, "-logfn", "/dev/null", "-jsgf", "{jsgf}", "-infile", "{wav}"}
		cfg.Speech.Exec.Timeout = 5 * time.Minute
		cfg.Mic.Enabled, cfg.Mic.Room, cfg.Mic.Listen = true, "kitchen", mic.Always
	})
	minutes := 30
	if n, err := strconv.Atoi(os.Getenv("FRONTDESK_TEST_MINUTES")); err == nil {
		minutes = n
	}
	day := &listenDay{pieces: listenOthers(t), left: minutes * 60 * asr.SampleRate}
	talks, ran := 0, 0
	m := listenMicrophone(t, a, cfg, app.ListenOptions{Patient: true, Source: func(context.Context) (mic.Source, error) { return day, nil }, Show: func(e mic.Event) {
		switch e.Kind {
		case mic.Ignored, mic.Heard, mic.Missed:
			talks++
		}
		if e.Kind == mic.Heard {
			t.Logf("%v: %q, expected %q", e.At, e.Text, e.Transcript.Expected.Text)
		}
		if e.Kind == mic.Replied {
			t.Logf("%v: %s %s %.3f", e.At, e.Reply.Decision, e.Reply.Entry, e.Reply.Probability)
			if e.Reply.Decision == bot.Run {
				ran++
			}
		}
	}})
	if err := m.Run(t.Context(), a.Handle); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d minutes: %d utterances, %d commands were run", minutes, talks, ran)
	if ran > 0 || talks == 0 {
		t.Errorf("%d commands were run, of %d utterances", ran, talks)
	}
}

// listenOthers gives what is heard in a home and is not for the desk.
func listenOthers(t *testing.T) (pieces []asr.Clip) {
	t.Helper()
	quiet := asr.Clip{Samples: make([]float32, 3*asr.SampleRate)}
	for i, s := range []struct{ voice, text string }{
		{"espeak-ng:de", "Hast du schon gehört, dass der Zug morgen wieder ausfällt? Ich nehme dann doch lieber das Fahrrad."},
		{"espeak-ng:fr", "Demain nous irons au marché acheter des tomates et du pain pour toute la semaine."},
		{"espeak-ng:es", "El perro del vecino ladra todas las noches y nadie puede dormir en esta calle."},
		{"espeak-ng:it", "Mia nonna prepara la pasta ogni domenica mattina e poi ci chiama tutti a tavola."},
		{"espeak-ng:pl", "Wczoraj padał deszcz, więc zostaliśmy w domu i graliśmy w karty do późna."},
		{"espeak-ng:sv", "Vi ska åka till sjön i helgen om vädret blir bättre än det var i dag."},
		{"espeak-ng:pt", "O trem chegou atrasado e perdemos o começo do filme que queríamos ver."},
		{"espeak-ng:nl", "Morgen komt mijn broer langs met de kinderen en dan bakken we pannenkoeken."},
		{"festival:kal", "I told her that the train to the coast was late again, and she laughed about it for an hour."},
		{"festival:ked", "The people next door have bought a boat, although none of them can swim."},
	} {
		pieces = append(pieces, asrtest.Say(t, s.voice, s.text), quiet)
		if i%2 == 0 {
			pieces = append(pieces, asr.Clip{Samples: noise.Of(noise.NewMusic(uint64(i)), 10)}, quiet)
		}
	}
	return pieces
}

// listenApp opens a desk that listens.
func listenApp(t testing.TB, file string, change ...func(*config.Config)) (*app.App, *config.Config) {
	t.Helper()
	cfg, err := app.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(cfg)
	}
	cfg.DataDir = t.TempDir()
	a, err := app.New(t.Context(), cfg, app.Options{Bases: []string{"home"}, Hear: true, Pretend: len(change) > 0})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, cfg
}

func listenMicrophone(t *testing.T, a *app.App, cfg *config.Config, o app.ListenOptions) *app.Microphone {
	t.Helper()
	m, err := a.Microphone(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// listenMemory gives how much memory this process holds, in bytes.
func listenMemory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("memory can be measured on Linux alone")
	}
	for line := range strings.Lines(string(status)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

func listenDescriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
