package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/mic"
	"frontdesk/adapters/terminal"
	"frontdesk/asr"
	"frontdesk/asr/vad"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// TestListenConforms holds the microphone, with what shows it on a screen, to what every
// adapter promises, as far as one room goes. Whoever speaks presses a key first.
func TestListenConforms(t *testing.T) {
	const room = "who speaks in a room, and to whom beside the desk, cannot be told from the sound"
	const spoken = "what was spoken cannot be taken back"
	const picked = "what there is to choose from is read out, and picked by saying it, which the bot hears"
	const gone = "what nobody heard is gone"
	lacks := map[bottest.Feature]string{
		bottest.Channels: room, bottest.Threads: room, bottest.Overhears: room, bottest.Parallel: room, bottest.Private: room,
		bottest.OtherBots: room, bottest.Mentions: room,
		bottest.Edits: spoken, bottest.Deletions: spoken, bottest.Redelivery: spoken,
		bottest.Crashes: gone, bottest.CatchesUp: gone,
		bottest.Reconnects: "what is said while the microphone is away reaches nobody; that it comes back is tested in adapters/mic/capture",
		bottest.Busy:       "there is no server",
		bottest.Failures:   "a screen that cannot be written to is gone, and what the loudspeaker does not say stands on the screen",
		bottest.Options:    picked, bottest.Forms: picked, bottest.Commands: picked, bottest.Ratings: picked,
		bottest.Sounds: "what is spoken is the sound, and no file is sent",
	}
	bottest.Conform(t, func(t testing.TB) *bottest.Platform {
		r := newConformRoom()
		cfg := mic.DefaultConfig()
		cfg.Listen, cfg.Room = mic.OnPush, "kitchen"
		screen := &conformScreen{}
		shown := &stage{out: screen, colour: terminal.Always}
		m, err := mic.New(cfg, mic.Deps{
			Detector: conformDetector{}, VAD: vad.DefaultConfig(), Hear: r.hear, Patient: true, Show: shown.show,
			Source: func(context.Context) (mic.Source, error) { return r, nil },
			Speak:  func(_ context.Context, reply bot.Reply) error { r.spoke(reply); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		r.push = m.Push
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		ended := make(chan error, 1)
		return &bottest.Platform{
			Name: mic.Name, Lacks: lacks, Spoken: true,
			Start: func(run bottest.Running) { go func() { ended <- m.Run(ctx, run.Handler) }() },
			Stop: func() error {
				cancel()
				return errors.Join(<-ended, r.unspoken(screen.read()))
			},
			Say: func(said bottest.Saying) string {
				r.say(said.Text)
				return ""
			},
			Send:    func(to bot.Address, reply bot.Reply) error { return m.Send(ctx, to, reply) },
			Address: func(string) bot.Address { return cfg.Address() },
			Read:    func(bottest.Where) []bottest.Shown { return screen.read() },
			Render:  bottest.ReadScreen,
		}
	})
}

// A conformRoom is where people speak, each when the one before was answered. What they
// say is a sound whose loudness is its number in the list of all that was said.
type conformRoom struct {
	push func()

	mu    sync.Mutex
	said  []string
	next  chan struct{} // has a place for one: there is more
	at    int
	left  []float32
	aloud int // replies that the desk has spoken
}

func newConformRoom() *conformRoom { return &conformRoom{next: make(chan struct{}, 1)} }

func (r *conformRoom) say(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, text)
	select {
	case r.next <- struct{}{}:
	default:
	}
}

func (r *conformRoom) spoke(bot.Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aloud++
}

// unspoken says what was shown and not spoken: nothing but what was being worked on when
// the desk was stopped.
func (r *conformRoom) unspoken(shown []bottest.Shown) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	replies := 0
	for _, s := range shown {
		if !strings.HasPrefix(s.Text, "Not worked on") {
			replies++
		}
	}
	if r.aloud < replies-1 {
		return fmt.Errorf("of %d replies %d were spoken", replies, r.aloud)
	}
	return nil
}

const (
	conformBase = 0.1 // the loudness of the first saying
	conformStep = 1e-3
)

// Read implements mic.Source.
func (r *conformRoom) Read(ctx context.Context, into []float32) (int, error) {
	for {
		if n := r.read(into); n > 0 {
			return n, nil
		}
		select {
		case <-r.next:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (r *conformRoom) read(into []float32) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.left) == 0 && r.at < len(r.said) {
		const before, word, after = asr.SampleRate / 2, asr.SampleRate / 2, 3 * asr.SampleRate / 2
		r.left = make([]float32, before+word+after)
		for i := range word {
			r.left[before+i] = float32(conformBase + conformStep*float64(r.at))
		}
		r.at++
		r.push()
	}
	n := copy(into, r.left)
	r.left = r.left[n:]
	return n
}

// hear is what recognises it.
func (r *conformRoom) hear(_ context.Context, c asr.Clip, _ time.Duration) (asr.Transcript, error) {
	loud := float32(0)
	for _, s := range c.Samples {
		loud = max(loud, s)
	}
	i := int(math.Round((float64(loud) - conformBase) / conformStep))
	r.mu.Lock()
	defer r.mu.Unlock()
	if i < 0 || i >= len(r.said) {
		return asr.Transcript{}, fmt.Errorf("nothing that was said is as loud as %v", loud)
	}
	return asr.Transcript{Text: r.said[i], Confidence: 1, Engine: "test"}, nil
}

// A conformDetector takes for speech what is no silence.
type conformDetector struct{}

func (conformDetector) Stream() (vad.Stream, error) { return conformDetector{}, nil }
func (conformDetector) Reset()                      {}
func (conformDetector) Close() error                { return nil }
func (conformDetector) Probability(frame []float32) (float32, error) {
	if frame[len(frame)/2] > conformBase/2 {
		return 1, nil
	}
	return 0, nil
}

// A conformScreen keeps the replies that are printed, each by itself, without what was
// heard.
type conformScreen struct {
	mu      sync.Mutex
	printed []bottest.Shown
}

func (s *conformScreen) Write(b []byte) (int, error) { return s.WriteString(string(b)) }

// WriteString is what io.WriteString uses.
func (s *conformScreen) WriteString(text string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, _, _ := strings.Cut(bot.LabelsFor("").Heard, "%")
	if strings.TrimSpace(text) != "" && !strings.HasPrefix(text, before) {
		s.printed = append(s.printed, bottest.Shown{Text: text})
	}
	return len(text), nil
}

func (s *conformScreen) read() []bottest.Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bottest.Shown(nil), s.printed...)
}
