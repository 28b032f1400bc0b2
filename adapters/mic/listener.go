package mic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/adapters/mic/capture"
	"frontdesk/asr"
	"frontdesk/asr/vad"
)

const (
	// atOnce is how many samples are worked on at once: as many as speech is looked for
	// in, so that its end does not wait for more.
	atOnce = vad.Frame
	// An utterance that still goes on after peekAfter is recognised for as long as
	// peek, to see whether it begins with a wake phrase: where it does not, the rest is
	// not worked on.
	peekAfter = asr.SampleRate * 32 / 10
	peek      = asr.SampleRate * 23 / 10
	// tail is how long after the desk has spoken nothing is heard: the room echoes.
	tail = asr.SampleRate * 3 / 10
	// waiting is for how long the desk waits for what it has asked for, at least.
	waiting = 8 * time.Second
	// silentFor is how long a source may give nothing until it is away.
	silentFor = 2 * time.Second
)

// A listener is the ear: it finds the utterances, and says of each whether it may be
// meant for the desk. All times are positions in the stream, in samples, so that what
// it does depends on the sound alone.
//
//	           woken: phrase, key, call
//	asleep ───────────────────────────────▶ listening ◀─────────┐
//	  ▲  ▲                                     │                │
//	  │  └── the window has closed ────────────┤                │
//	  │                                        ▼                │
//	  └──── not meant for the desk ◀──────── hearing            │
//	                                           │                │
//	                                           ▼                │
//	                                 worker: thinking ─▶ speaking
//
// An utterance is meant for the desk if it begins with a wake phrase, or while the
// window is open: after the desk was woken, has answered, or has asked something.
type listener struct {
	m    *Mic
	jobs chan job // to the worker; closed when there are no more

	// Of the goroutine that reads.
	segmenter *vad.Segmenter
	origin    int64 // where the segmenter's stream begins
	deaf      bool  // what came last was not listened to
	tape      tape
	talk      *talk // that goes on
	meter     meter
	epoch     epoch

	pos atomic.Int64 // how much was heard

	mu     sync.Mutex // guards what follows
	window window
	woken  int    // how often the desk was woken
	open   bool   // the window, as it was told
	stop   func() // ends the speaking; nil while the desk is silent
	mute   int64  // before this position nothing is heard
	busy   bool   // the worker thinks
	away   bool
	voice  bool // somebody speaks
	told   State
}

// A talk is one utterance.
type talk struct {
	start, end int64
	clip       asr.Clip
	spoken     time.Duration // how much of it somebody speaks
	woken      bool          // it was meant for the desk, whatever it begins with
	peeked     bool          // its beginning was handed on
	over       bool          // it was handed on; what is left of it is too much
	verdict    atomic.Int32
	known      time.Time // when its end was known
}

// What was found at the beginning of a talk.
const (
	unknown int32 = iota
	ours
	notOurs
)

// A job is something for the worker.
type job struct {
	talk *talk
	peek *asr.Clip     // the beginning of a talk that goes on; nil for a whole one
	done chan struct{} // closed when it is done; nil where nobody waits
}

func newListener(m *Mic, stream vad.Stream) *listener {
	l := &listener{m: m, jobs: make(chan job, queued), segmenter: vad.NewSegmenter(stream, m.deps.VAD), deaf: true}
	return l
}

// run reads the source until it or ctx ends.
func (l *listener) run(ctx context.Context, source Source) error {
	into := make([]float32, atOnce)
	l.update()
	for {
		n, err := l.read(ctx, source, into)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, capture.ErrGap):
			l.forget()
			continue
		case errors.Is(err, io.EOF):
			return l.flush(ctx)
		case err != nil:
			return fmt.Errorf("reading the microphone: %w", err)
		}
		if n == 0 {
			continue
		}
		if err := l.hear(ctx, into[:n]); err != nil {
			return err
		}
	}
}

// read reads, and notes whether there is sound at all.
func (l *listener) read(ctx context.Context, source Source, into []float32) (int, error) {
	if l.m.deps.Patient {
		return source.Read(ctx, into)
	}
	soon, cancel := context.WithTimeout(ctx, silentFor)
	defer cancel()
	n, err := source.Read(soon, into)
	away := soon.Err() != nil && ctx.Err() == nil && n == 0
	l.set(func() { l.away = away })
	if away {
		return 0, nil
	}
	return n, err
}

// hear listens to samples.
func (l *listener) hear(ctx context.Context, samples []float32) error {
	select {
	case <-l.m.pushed:
		l.wake(ctx, "push")
	default:
	}
	pos := l.pos.Add(int64(len(samples)))
	l.epoch.note(l.m.deps.Now(), pos)
	if level, ok := l.meter.add(samples); ok {
		l.m.show(Event{Kind: Metered, At: duration(pos), Level: level})
	}
	l.expire(ctx)
	if !l.listens() {
		if !l.deaf {
			l.forget()
		}
		l.origin = pos
		return nil
	}
	l.deaf = false
	l.tape.add(samples)
	if err := l.spot(ctx, samples); err != nil {
		return err
	}
	events, err := l.segmenter.Write(samples)
	if err != nil {
		return fmt.Errorf("finding speech: %w", err)
	}
	l.found(ctx, events)
	return nil
}

// listens says whether what comes now is listened to at all.
func (l *listener) listens() bool {
	pos := l.pos.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.m.cfg.BargeIn && (l.stop != nil || pos <= l.mute) {
		return false
	}
	return l.m.cfg.Listen != OnPush || l.window.until >= pos || l.talk != nil || l.stop != nil
}

// spot looks for a wake phrase in the sound itself.
func (l *listener) spot(ctx context.Context, samples []float32) error {
	s := l.m.deps.Spotter
	if s == nil || l.m.cfg.Listen != OnWake {
		return nil
	}
	_, heard, err := s.Write(samples)
	if err != nil {
		return fmt.Errorf("looking for the wake phrase: %w", err)
	}
	if heard {
		if l.talk != nil {
			l.talk.woken = true // a command may follow in the same breath
		}
		l.wake(ctx, "model")
	}
	return nil
}

// found takes in what the segmenter has found.
func (l *listener) found(ctx context.Context, events []vad.Event) {
	for _, e := range events {
		switch e.Kind {
		case vad.Began:
			l.talk = &talk{start: l.origin + e.Segment.Start, woken: l.bargeIn()}
		case vad.Ended:
			if l.talk == nil {
				continue
			}
			t := l.talk
			if !e.Segment.Cut {
				l.talk = nil
			}
			if t.over {
				continue // it went on for longer than anybody commands
			}
			t.over, t.clip, t.spoken, t.end = true, e.Segment.Clip, e.Segment.Speech, l.origin+e.Segment.End()
			t.known = l.epoch.when(l.m.deps.Now(), l.origin+e.At, l.m.deps.Patient)
			l.mu.Lock()
			l.voice = false // told with what the worker does
			l.mu.Unlock()
			l.hand(ctx, job{talk: t})
		}
	}
	if t := l.talk; t != nil && !t.peeked && !t.over && !t.woken && l.m.cfg.Listen == OnWake && l.m.deps.Wake != nil &&
		l.pos.Load() >= t.start+peekAfter && !l.within(t.start) {
		t.peeked = true
		clip := asr.Clip{Samples: l.tape.from(t.start, l.pos.Load(), peek)}
		l.hand(ctx, job{talk: t, peek: &clip})
	}
	l.set(func() { l.voice = l.segmenter.Speaking() })
}

// hand gives the worker something to do. It never waits for it, unless the source
// waits for us.
func (l *listener) hand(ctx context.Context, j job) {
	if l.m.deps.Patient {
		j.done = make(chan struct{})
		select {
		case l.jobs <- j:
			select {
			case <-j.done:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		return
	}
	if j.peek != nil && len(l.jobs) > 0 {
		return // the worker has enough to do; the whole will be recognised
	}
	select {
	case l.jobs <- j:
	default:
		l.missed(j.talk, "too much was said at once")
	}
}

// missed tells of a talk that is not worked on.
func (l *listener) missed(t *talk, why string) {
	l.m.log.Warn("something that was said is not worked on", "why", why, "length", t.clip.Duration())
	l.m.show(Event{Kind: Missed, At: duration(t.end), Why: why})
}

// flush works on what the source has ended in.
func (l *listener) flush(ctx context.Context) error {
	events, err := l.segmenter.Flush()
	if err != nil {
		return fmt.Errorf("finding speech: %w", err)
	}
	l.found(ctx, events)
	l.m.show(Event{Kind: Ended, At: duration(l.pos.Load())})
	return nil
}

// forget gives up what was heard last: it has no end.
func (l *listener) forget() {
	l.segmenter.Reset()
	if s := l.m.deps.Spotter; s != nil {
		s.Reset()
	}
	l.tape.forget()
	l.epoch = epoch{}
	l.talk, l.deaf, l.origin = nil, true, l.pos.Load()
	l.set(func() { l.voice = false })
}

func duration(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / asr.SampleRate
}

func samplesOf(d time.Duration) int64 { return int64(d * asr.SampleRate / time.Second) }
