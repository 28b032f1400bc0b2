//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/asr"
	"frontdesk/asr/asrtest"
	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/ort/orttest"
)

// listenPeriod is how much sound a microphone brings at once.
const listenPeriod = 20 * time.Millisecond

// A listenClock is sound that comes as time passes.
type listenClock struct {
	from  mic.Source
	began time.Time
	given time.Duration
	piece []float32
}

func (c *listenClock) Read(ctx context.Context, into []float32) (int, error) {
	if c.began.IsZero() {
		c.began = time.Now()
	}
	if len(c.piece) == 0 {
		c.piece = make([]float32, int(listenPeriod*asr.SampleRate/time.Second))
		n, err := c.from.Read(ctx, c.piece)
		if err != nil {
			return 0, err
		}
		c.piece = c.piece[:n]
		c.given += time.Duration(n) * time.Second / asr.SampleRate
		timer := time.NewTimer(time.Until(c.began.Add(c.given)))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	n := copy(into, c.piece)
	c.piece = c.piece[n:]
	return n, nil
}

// BenchmarkListen says commands to the home, as fast as people speak, and measures
// how long it takes from when it is known that somebody has spoken until it is decided
// what is done. A server on this machine recognises them in no time, so that all is
// counted but the wait for silence: what is done before and after the recogniser, and
// the way to it and back. "own-ms" leaves that call out. One takes three seconds:
//
//	go test -run '^$' -bench Listen -benchtime 200x ./cmd/frontdesk
func BenchmarkListen(b *testing.B) {
	texts := []string{"hey desk turn on the kitchen light", "hey desk turn off the bedroom lights", "hey desk set the bathroom to 21 degrees",
		"hey desk switch the hall light on", "hey desk what can you do"}
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // whoever asks notices
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"text":%q}`, texts[int(asked.Add(1))%len(texts)])
	}))
	defer server.Close()
	a, cfg := listenApp(b, filepath.FromSlash("../../examples/home/config.yaml"), func(cfg *config.Config) {
		cfg.ONNXRuntime = orttest.Config(b)
		cfg.Speech.Engine, cfg.Speech.OpenAI.URL, cfg.Speech.OpenAI.Model = config.SpeechOpenAI, server.URL+"/v1", "none"
		cfg.Mic.Enabled, cfg.Mic.Room, cfg.Mic.Person, cfg.Mic.Speak.Tones = true, "kitchen", "terminal:local", false
	})
	command := asrtest.Say(b, "flite:slt", listenCommand)
	pieces := []asr.Clip{command, {Samples: make([]float32, asr.SampleRate*3/2)}}
	left := 0
	for _, c := range pieces {
		left += b.N * len(c.Samples)
	}
	var took time.Duration // by the recogniser, of what was heard last
	var all, own []time.Duration
	ran := 0
	m, err := a.Microphone(cfg, app.ListenOptions{Show: func(e mic.Event) {
		switch e.Kind {
		case mic.Heard:
			took = e.Transcript.Took
		case mic.Replied:
			all, own = append(all, e.Overhead+took), append(own, e.Overhead)
			if e.Reply.Decision == bot.Run {
				ran++
			}
		}
	}, Source: func(context.Context) (mic.Source, error) {
		return &listenClock{from: &listenDay{pieces: pieces, left: left}}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := m.Run(b.Context(), a.Handle); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if len(all) < b.N {
		b.Errorf("of %d commands %d were answered", b.N, len(all))
	}
	for _, of := range []struct {
		name string
		took []time.Duration
	}{{"", all}, {"own-", own}} {
		slices.Sort(of.took)
		for _, p := range []int{50, 95, 99} {
			if n := len(of.took); n > 0 {
				b.ReportMetric(float64(of.took[min(n-1, n*p/100)].Microseconds())/1000, fmt.Sprintf("%sp%d-ms", of.name, p))
			}
		}
	}
	b.ReportMetric(float64(ran), "run")
}
