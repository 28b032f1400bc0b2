package mic

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/mic/capture"
	"frontdesk/asr"
	"frontdesk/asr/vad"
	"frontdesk/asr/wake"
	"frontdesk/bot"

	"go.uber.org/goleak"
)

// The sound of these tests is made of words: a second of each, whose samples say
// which it is. What detects them and what recognises them are stand-ins.
const oneWord = asr.SampleRate

// speech gives the sound of words.
func speech(text string) asr.Clip {
	var c asr.Clip
	for _, w := range strings.Fields(text) {
		level := 0.1
		for i, known := range strings.Fields(vocabulary) {
			if w == known {
				level += float64(i+1) / 100
			}
		}
		for range oneWord {
			c.Samples = append(c.Samples, float32(level))
		}
	}
	return c
}

const vocabulary = "hey desk turn on the kitchen light lights and office no one yes open door what time is it blah hush account"

// silence gives the sound of nobody.
func silence(d time.Duration) asr.Clip {
	return asr.Clip{Samples: make([]float32, int(d.Seconds()*asr.SampleRate))}
}

// loud detects what is no silence.
type loud struct{}

func (loud) Stream() (vad.Stream, error) { return loud{}, nil }
func (loud) Reset()                      {}
func (loud) Close() error                { return nil }
func (loud) Probability(frame []float32) (float32, error) {
	if frame[len(frame)/2] > 0.05 {
		return 1, nil
	}
	return 0, nil
}

// recognise reads the words off the samples.
func recognise(_ context.Context, c asr.Clip) (asr.Transcript, error) {
	words := strings.Fields(vocabulary)
	var said []string
	for i := 0; i < len(c.Samples); {
		n := 0
		for i+n < len(c.Samples) && c.Samples[i+n] == c.Samples[i] {
			n++
		}
		if at := int((c.Samples[i]-0.1)*100+0.5) - 1; c.Samples[i] > 0.05 && at >= 0 {
			for range (n + oneWord/2) / oneWord {
				said = append(said, words[at])
			}
		}
		i += n
	}
	return asr.Transcript{Text: strings.Join(said, " "), Confidence: 1, Engine: "test"}, nil
}

// A room is a Mic with a script in the place of people, and what it did.
type room struct {
	t      *testing.T
	mu     sync.Mutex
	events []string
	got    []bot.Message
	spoke  []string
	heard  int // how often something was recognised
}

// run plays sound to a Mic, which answers with what answer gives.
func (r *room) run(cfg Config, answer func(text string) bot.Reply, change func(*Deps), sound ...asr.Clip) {
	r.t.Helper()
	phrases, err := wake.NewPhrases([]string{"hey desk"})
	if err != nil {
		r.t.Fatal(err)
	}
	deps := Deps{
		Detector: loud{}, VAD: vad.DefaultConfig(), Wake: phrases, Patient: true,
		Hear: func(ctx context.Context, c asr.Clip, _ time.Duration) (asr.Transcript, error) {
			r.mu.Lock()
			r.heard++
			r.mu.Unlock()
			return recognise(ctx, c)
		},
		Source: func(context.Context) (Source, error) { return Files(sound...), nil },
		Speak: func(_ context.Context, reply bot.Reply) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.spoke = append(r.spoke, reply.Text)
			return nil
		},
		Show: r.show,
	}
	if change != nil {
		change(&deps)
	}
	m, err := New(cfg, deps)
	if err != nil {
		r.t.Fatal(err)
	}
	handle := func(_ context.Context, msg bot.Message) (bot.Reply, error) {
		r.mu.Lock()
		r.got = append(r.got, msg)
		r.mu.Unlock()
		reply := answer(msg.Transcript.Text)
		reply.To, reply.InReplyTo = msg.Address, msg.ID
		return reply, nil
	}
	if err := m.Run(r.t.Context(), handle); err != nil {
		r.t.Error(err)
	}
}

func (r *room) show(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case Metered, Ended:
		return
	case Changed:
		r.events = append(r.events, string(e.State))
	case Heard:
		r.events = append(r.events, "heard "+e.Text)
	case Replied:
		r.events = append(r.events, "reply "+e.Reply.Text)
	default:
		r.events = append(r.events, fmt.Sprint(e.Kind, ": ", e.Why))
	}
}

// says answers every text with itself, and asks back about the door.
func says(text string) bot.Reply {
	switch text {
	case "open the door":
		return bot.Reply{Decision: bot.Confirm, Text: "Shall I?"}
	case "blah", strings.TrimSpace(strings.Repeat("blah ", len(text)/5+1)):
		return bot.Reply{Decision: bot.Nothing}
	}
	return bot.Reply{Decision: bot.Run, Text: text + "!"}
}

func config(change func(*Config)) Config {
	c := DefaultConfig()
	c.Room = "kitchen"
	if change != nil {
		change(&c)
	}
	return c
}

// texts gives what was brought to the bot; what was overheard is in brackets.
func (r *room) texts() (all []string) {
	for _, m := range r.got {
		text := m.Transcript.Text
		if m.Overheard > 0 {
			text = "(" + text + ")"
		}
		all = append(all, text)
	}
	return all
}

func TestListening(t *testing.T) {
	const short, long = 2 * time.Second, 12 * time.Second
	for _, c := range []struct {
		name   string
		change func(*Config)
		sound  []asr.Clip
		want   []string // that the bot is asked
		heard  int      // how often something is recognised
	}{
		{"a command after the phrase", nil, []asr.Clip{speech("hey desk turn on the kitchen light")}, []string{"turn on the kitchen light"}, 2},
		{"the phrase alone, then the command", nil, []asr.Clip{speech("hey desk"), speech("turn on the light")}, []string{"turn on the light"}, 2},
		{"the phrase alone, and the command too late", nil, []asr.Clip{speech("hey desk"), silence(long), speech("turn on the light")}, nil, 2},
		{"no phrase", nil, []asr.Clip{speech("turn on")}, nil, 1},
		{"no phrase, and a long talk", nil, []asr.Clip{speech(strings.Repeat("blah ", 20))}, nil, 1},
		{"the phrase in the middle", nil, []asr.Clip{speech("turn hey desk on the light")}, nil, 1},
		{"one more without the phrase", nil, []asr.Clip{speech("hey desk lights"), silence(short), speech("and office")}, []string{"lights", "(and office)"}, 3},
		{"one more, too late", nil, []asr.Clip{speech("hey desk lights"), silence(long), speech("and office")}, []string{"lights"}, 3},
		{"what is passed over does not keep it awake", nil,
			[]asr.Clip{speech("hey desk lights"), speech("blah"), speech("blah"), silence(4 * time.Second), speech("account")}, []string{"lights", "(blah)", "(blah)"}, 5},
		{"no follow-up", func(c *Config) { c.FollowUp = 0 }, []asr.Clip{speech("hey desk lights"), speech("and office")}, []string{"lights"}, 3},
		{"a question is answered", func(c *Config) { c.FollowUp = 0 }, []asr.Clip{speech("hey desk open the door"), speech("yes")}, []string{"open the door", "yes"}, 3},
		{"always", func(c *Config) { c.Listen = Always }, []asr.Clip{speech("turn on the light"), silence(long), speech("blah"), silence(long), speech("hey desk account")},
			[]string{"(turn on the light)", "(blah)", "account"}, 3},
		{"nobody has pushed", func(c *Config) { c.Listen = OnPush }, []asr.Clip{speech("turn on the light")}, nil, 0},
		{"a talk without end", func(c *Config) { c.Listen = Always }, []asr.Clip{speech(strings.Repeat("blah ", 70)), silence(short), speech("yes")},
			[]string{"(" + strings.TrimSpace(strings.Repeat("blah ", 28)) + ")", "(yes)"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			r := &room{t: t}
			r.run(config(c.change), says, nil, c.sound...)
			got := r.texts()
			if len(got) == 2 && strings.Count(got[0], "blah") >= 20 { // where it is cut is not our matter
				got[0] = c.want[0]
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q; %q", got, c.want, r.events)
			}
			if r.heard != c.heard {
				t.Errorf("recognised %d times, want %d; %q", r.heard, c.heard, r.events)
			}
			for i, m := range r.got {
				// What follows an answer says so, and what is said to nobody has its bar.
				if after := strings.HasPrefix(c.name, "one more without"); m.Overheard != 0 && m.Overheard != 0.97 || after && i == 1 && m.Ref != r.got[0].ID || !after && m.Ref != "" {
					if !strings.HasPrefix(c.name, "what is passed over") {
						t.Errorf("overheard %v, after %q: %+v", m.Overheard, m.Ref, m)
					}
				}
				if m.Kind != bot.Audio || m.Sender != "mic:kitchen" || m.Address != "mic:kitchen" || m.Context["room"] != "kitchen" || len(m.Clip.Samples) > 0 {
					t.Errorf("%+v", m)
				}
			}
		})
	}
}

// What happens is told in its order.
func TestEvents(t *testing.T) {
	r := &room{t: t}
	r.run(config(nil), says, nil, speech("hey desk lights"), speech("blah"), silence(10*time.Second))
	want := []string{"asleep", "hearing", "thinking", "heard lights", "reply lights!", "asleep", "speaking", "asleep", "listening",
		"hearing", "thinking", "ignored: the desk is not sure of it", "listening", "asleep"}
	if !slices.Equal(r.events, want) {
		t.Errorf("got  %q\nwant %q", r.events, want)
	}
	if !slices.Equal(r.spoke, []string{"lights!"}) {
		t.Errorf("spoke %q", r.spoke)
	}
}

// A live is a source that a test feeds as time passes.
type live struct{ pieces chan asr.Clip }

func (l live) Read(ctx context.Context, into []float32) (int, error) {
	select {
	case c := <-l.pieces:
		if len(c.Samples) == 0 {
			return 0, capture.ErrGap
		}
		return copy(into, c.Samples), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (l live) play(clips ...asr.Clip) {
	for _, c := range clips {
		for len(c.Samples) > 0 {
			n := min(atOnce, len(c.Samples))
			l.pieces <- asr.Clip{Samples: c.Samples[:n]}
			c.Samples = c.Samples[n:]
		}
	}
}

// started runs a Mic on a live source until the test ends it.
func started(t *testing.T, r *room, cfg Config, answer func(string) bot.Reply, change func(*Deps)) (m *Mic, l live, stop func()) {
	t.Helper()
	l = live{make(chan asr.Clip)}
	phrases, err := wake.NewPhrases([]string{"hey desk"})
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Detector: loud{}, VAD: vad.DefaultConfig(), Wake: phrases, Hear: func(ctx context.Context, c asr.Clip, _ time.Duration) (asr.Transcript, error) {
		return recognise(ctx, c)
	}, Show: r.show,
		Source: func(context.Context) (Source, error) { return l, nil }}
	if change != nil {
		change(&deps)
	}
	if m, err = New(cfg, deps); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- m.Run(ctx, func(ctx context.Context, msg bot.Message) (bot.Reply, error) {
			r.mu.Lock()
			r.got = append(r.got, msg)
			r.mu.Unlock()
			return answer(msg.Transcript.Text), nil
		})
	}()
	return m, l, sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// until waits until something has happened.
func (r *room) until(what string, is func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		ok := is()
		r.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%s: %q", what, r.events)
		}
	}
}

// last says that an event was the last, but for the microphone's being away: it is so
// whenever a test is slow to play the next sound.
func (r *room) last(event string) func() bool {
	return func() bool {
		n := len(r.events)
		for n > 0 && r.events[n-1] == string(Away) {
			n--
		}
		return n > 0 && r.events[n-1] == event
	}
}

// After a push what is said is heard, and then no more.
func TestPush(t *testing.T) {
	defer goleak.VerifyNone(t)
	r := &room{t: t}
	var cued []Cue
	m, l, stop := started(t, r, config(func(c *Config) { c.Listen = OnPush }), says, func(d *Deps) {
		d.Cue = func(_ context.Context, c Cue) { r.mu.Lock(); defer r.mu.Unlock(); cued = append(cued, c) }
	})
	defer stop()
	l.play(speech("lights"), silence(2*time.Second))
	m.Push()
	l.play(silence(time.Second), speech("turn on the light"), silence(2*time.Second))
	r.until("the command", func() bool { return len(r.got) == 1 })
	r.until("sleep", r.last("asleep"))
	l.play(speech("lights"), silence(2*time.Second))
	stop()
	if got := r.texts(); !slices.Equal(got, []string{"turn on the light"}) || !slices.Equal(cued, []Cue{CueHeard, CueThink, CueDone, CueAsleep}) {
		t.Errorf("%q %q %q", got, cued, r.events)
	}
}

// While the desk speaks it does not hear itself, unless somebody may barge in.
func TestSpeaking(t *testing.T) {
	for _, bargeIn := range []bool{false, true} {
		r := &room{t: t}
		speaking, stopped, hush := make(chan string, 9), make(chan struct{}, 9), make(chan struct{})
		_, l, stop := started(t, r, config(func(c *Config) { c.BargeIn = bargeIn }), says, func(d *Deps) {
			d.Speak = func(ctx context.Context, reply bot.Reply) error {
				speaking <- reply.Text
				select {
				case <-ctx.Done():
					stopped <- struct{}{}
				case <-hush:
				}
				return ctx.Err()
			}
		})
		l.play(speech("hey desk lights"), silence(2*time.Second))
		if text := <-speaking; text != "lights!" {
			t.Errorf("it says %q", text)
		}
		l.play(speech("office"), silence(2*time.Second)) // the desk's own words, or somebody's
		if bargeIn {
			<-stopped
			r.until("what barged in", func() bool { return len(r.got) == 2 })
			if r.got[1].Overheard != 0 {
				t.Error("it is not meant for the desk")
			}
		} else {
			close(hush)
			r.until("the window", r.last("listening"))
			l.play(silence(time.Second), speech("yes"), silence(2*time.Second))
			r.until("what follows", func() bool { return len(r.got) == 2 })
			if got := r.texts(); got[1] != "(yes)" {
				t.Errorf("got %q", got)
			}
		}
		if bargeIn {
			stop()
		} else {
			<-speaking
			stop()
		}
	}
}

// What comes faster than it is worked on is dropped and told, and the sound goes on.
func TestTooMuch(t *testing.T) {
	defer goleak.VerifyNone(t)
	r := &room{t: t}
	var hold sync.Mutex
	hold.Lock()
	_, l, stop := started(t, r, config(func(c *Config) { c.Listen = Always }), says, func(d *Deps) {
		d.Hear = func(ctx context.Context, c asr.Clip, _ time.Duration) (asr.Transcript, error) {
			hold.Lock()
			defer hold.Unlock()
			return recognise(ctx, c)
		}
	})
	l.play(speech("lights"), silence(2*time.Second))
	r.until("the first is worked on", func() bool { return slices.Contains(r.events, "thinking") })
	for range queued + 2 {
		l.play(speech("lights"), silence(2*time.Second))
	}
	r.mu.Lock()
	if n := len(slices.DeleteFunc(slices.Clone(r.events), func(e string) bool { return e != "missed: too much was said at once" })); n != 2 {
		t.Errorf("%d were dropped: %q", n, r.events)
	}
	r.mu.Unlock()
	hold.Unlock()
	r.until("the late ones", func() bool { return slices.Contains(r.events, "missed: it is too late to answer") })
	l.play(speech("office"), silence(2*time.Second))
	r.until("what comes in time", func() bool { return len(r.got) > 0 && r.got[len(r.got)-1].Transcript.Text == "office" })
	stop()
}

// A microphone that was away in the middle of a command has heard half of it.
func TestGap(t *testing.T) {
	r := &room{t: t}
	_, l, stop := started(t, r, config(nil), says, nil)
	l.play(speech("hey desk turn on the"))
	l.pieces <- asr.Clip{}
	l.play(silence(2*time.Second), speech("hey desk lights"), silence(2*time.Second))
	r.until("the whole one", func() bool { return len(r.got) > 0 })
	stop()
	if got := r.texts(); !slices.Equal(got, []string{"lights"}) {
		t.Errorf("got %q", got)
	}
}

// A reply that comes by itself is said, and an answer to it is heard.
func TestSend(t *testing.T) {
	r := &room{t: t}
	m, l, stop := started(t, r, config(nil), says, func(d *Deps) {
		d.Speak = func(_ context.Context, reply bot.Reply) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.spoke = append(r.spoke, reply.Text)
			return nil
		}
	})
	defer stop()
	if err := m.Send(t.Context(), "mic:cellar", bot.Reply{}); err == nil || err.Error() != `"mic:cellar" is not the address of this microphone, which is "mic:kitchen"` {
		t.Error(err)
	}
	if err := m.Send(t.Context(), "mic:kitchen", bot.Reply{Decision: bot.Confirm, Text: "The pasta is ready. Turn off the stove?"}); err != nil || len(r.spoke) != 1 {
		t.Error(err, r.spoke)
	}
	l.play(silence(time.Second), speech("yes"), silence(2*time.Second))
	r.until("the yes", func() bool { return len(r.got) == 1 && r.got[0].Overheard == 0 })
	stop()
	if err := m.Send(t.Context(), "mic:kitchen", bot.Reply{}); err == nil {
		t.Error("it is said when nobody listens")
	}
}

// What is being handled when the desk stops is finished.
func TestStop(t *testing.T) {
	defer goleak.VerifyNone(t)
	r := &room{t: t}
	begun, go_ := make(chan struct{}), make(chan struct{})
	_, l, stop := started(t, r, config(nil), func(string) bot.Reply {
		close(begun)
		<-go_
		return bot.Reply{Decision: bot.Run, Text: "done"}
	}, nil)
	l.play(speech("hey desk lights"), silence(2*time.Second))
	<-begun
	time.AfterFunc(20*time.Millisecond, func() { close(go_) })
	stop()
	if !slices.Contains(r.events, "reply done") {
		t.Errorf("%q", r.events)
	}
}
