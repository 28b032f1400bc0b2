package mic

import (
	"context"
	"errors"
	"slices"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
)

// How much what was said is meant for the desk.
const (
	notMeant  meant = iota
	overheard       // perhaps: what it is sure of is done, and the rest passed over
	addressed       // surely: it is answered in any case
)

type meant int

// A worker recognises what was said, has it handled, and speaks: one thing after
// the other.
type worker struct {
	m      *Mic
	l      *listener
	handle bot.Handler
	heard  []span // when the recogniser worked last
	last   string // ID of the message that was handled last
}

// A span is a time from when to when.
type span struct{ from, to time.Time }

// run works until there are no more jobs. Once ctx has ended nothing is begun any
// more; what was begun ends with working.
func (w *worker) run(ctx, working context.Context) {
	for {
		select {
		case j, ok := <-w.l.jobs:
			if !ok {
				return
			}
			if ctx.Err() == nil {
				w.do(ctx, working, j)
			}
			if j.done != nil {
				close(j.done)
			}
		case s := <-w.m.saying:
			w.m.show(Event{Kind: Replied, At: duration(w.l.pos.Load()), Reply: &s.reply})
			woken := w.l.wakes()
			s.said <- w.speak(ctx, s.reply)
			w.after(s.reply, false, woken)
		}
	}
}

func (w *worker) do(ctx, working context.Context, j job) {
	if j.peek != nil {
		w.peek(ctx, j)
		return
	}
	t := j.talk
	switch {
	case t.verdict.Load() == notOurs:
		w.ignored(t, "it does not begin with a wake phrase")
		return
	case !w.m.deps.Patient && w.l.pos.Load()-t.end > samplesOf(late):
		w.l.missed(t, "it is too late to answer")
		return
	}
	w.l.thinks(true)
	reply, ok := w.answer(ctx, working, t)
	w.l.thinks(false)
	if !ok {
		return
	}
	woken := w.l.wakes()
	if err := w.speak(ctx, reply); err != nil {
		w.m.log.WarnContext(ctx, "saying a reply", "error", err)
	}
	w.after(reply, true, woken)
}

// peek looks whether a talk that goes on begins with a wake phrase.
func (w *worker) peek(ctx context.Context, j job) {
	t, err := w.hear(ctx, *j.peek, 0)
	if err != nil {
		return // the whole will tell
	}
	_, ok := w.woken(t)
	if !ok {
		if ok, err = w.spotted(ctx, *j.peek); err != nil {
			return
		}
	}
	verdict := notOurs
	if ok {
		verdict = ours
		w.m.cue(ctx, CueHeard)
	}
	j.talk.verdict.Store(verdict)
}

// hear recognises speech, and notes how long that took.
func (w *worker) hear(ctx context.Context, c asr.Clip, spoken time.Duration) (asr.Transcript, error) {
	from := w.m.deps.Now()
	t, err := w.m.deps.Hear(ctx, c, spoken)
	w.worked(from)
	return t, err
}

// worked notes that a recogniser worked from a time until now.
func (w *worker) worked(from time.Time) {
	w.heard = append(w.heard[max(0, len(w.heard)-3):], span{from, w.m.deps.Now()})
}

// answer works on an utterance. There is no reply to show where it was not meant
// for the desk or came to nothing.
func (w *worker) answer(ctx, working context.Context, t *talk) (bot.Reply, bool) {
	whole, err := w.hear(ctx, t.clip, t.spoken)
	if err != nil {
		if ctx.Err() == nil {
			w.l.missed(t, "it could not be recognised: "+err.Error())
			w.m.cue(ctx, CueUnclear)
		}
		return bot.Reply{}, false
	}
	how, phrase, transcript := w.meant(ctx, t, whole)
	switch {
	case how == notMeant:
		w.ignored(t, "it does not begin with a wake phrase")
		return bot.Reply{}, false
	case transcript.Text == "" && transcript.Expected.Text == "":
		if how == addressed && phrase {
			w.l.wake(ctx, "phrase") // nothing but the phrase: what is wanted comes next
		} else {
			w.ignored(t, "no words were heard")
		}
		return bot.Reply{}, false
	}
	if how == addressed {
		w.keep(ctx, t.clip, whole)
		w.m.show(Event{Kind: Heard, At: duration(t.end), Text: transcript.Text, Transcript: &transcript})
		w.m.cue(ctx, CueThink)
	}
	message := w.m.message(transcript)
	if how == overheard {
		message.Overheard = w.m.cfg.AtLeast
		if w.l.within(t.start) {
			message.Ref = w.last
		}
	}
	reply, err := w.handle(working, message)
	decided := w.m.deps.Now()
	switch {
	case err != nil && ctx.Err() != nil:
		return bot.Reply{}, false
	case err != nil:
		w.m.log.ErrorContext(ctx, "what was said could not be handled", "error", err)
		w.l.missed(t, err.Error())
		w.m.cue(ctx, CueUnclear)
		return bot.Reply{}, false
	case reply.Decision == bot.Nothing && how == overheard:
		w.ignored(t, "the desk is not sure of it")
		return bot.Reply{}, false
	}
	if how == overheard {
		w.keep(ctx, t.clip, whole)
		w.m.show(Event{Kind: Heard, At: duration(t.end), Text: transcript.Text, Transcript: &transcript})
	}
	w.last = message.ID
	w.m.show(Event{Kind: Replied, At: duration(t.end), Reply: &reply, Overhead: w.overhead(t.known, decided)})
	if reply.Decision == bot.Abstain || reply.Failed {
		w.m.cue(ctx, CueUnclear)
	} else {
		w.m.cue(ctx, CueDone)
	}
	return reply, true
}

// keep keeps a recording that was meant for the desk, where any is kept.
func (w *worker) keep(ctx context.Context, c asr.Clip, t asr.Transcript) {
	if w.m.deps.Keep != nil {
		w.m.deps.Keep(ctx, c, t)
	}
}

// overhead gives how long it took from one time to another, without what the
// recogniser took of it.
func (w *worker) overhead(from, to time.Time) time.Duration {
	all := to.Sub(from)
	for _, s := range w.heard {
		if s.from.Before(from) {
			s.from = from
		}
		if s.to.After(s.from) {
			all -= s.to.Sub(s.from)
		}
	}
	return max(0, all)
}

// ignored tells that a talk was not meant for the desk. What was said is nobody's
// business, and not told.
func (w *worker) ignored(t *talk, why string) {
	w.m.log.Debug("something was said that is passed over", "why", why, "length", t.clip.Duration())
	w.m.show(Event{Kind: Ignored, At: duration(t.end), Why: why})
}

// meant says how much an utterance is meant for the desk, and whether because it
// begins with a wake phrase, and gives it without.
func (w *worker) meant(ctx context.Context, t *talk, transcript asr.Transcript) (how meant, phrase bool, rest asr.Transcript) {
	transcript, phrase = w.woken(transcript)
	in, asked := w.l.at(t.start)
	switch {
	case phrase:
		return addressed, true, transcript
	case t.woken, in && asked:
		return addressed, false, transcript
	case t.verdict.Load() == ours:
		return addressed, false, w.m.deps.Wake.Without(transcript)
	}
	switch spotted, err := w.spotted(ctx, asr.Clip{Samples: t.clip.Samples[:min(len(t.clip.Samples), peek)]}); {
	case spotted:
		return addressed, true, w.m.deps.Wake.Without(transcript)
	case err != nil && ctx.Err() == nil:
		w.m.log.WarnContext(ctx, "looking for the wake phrase failed", "error", err)
	}
	if in || w.m.cfg.Listen == Always {
		return overheard, false, transcript
	}
	return notMeant, false, transcript
}

// spotted says whether what hears wake phrases alone hears one.
func (w *worker) spotted(ctx context.Context, c asr.Clip) (bool, error) {
	if w.m.deps.HearWake == nil || w.m.deps.Wake == nil {
		return false, nil
	}
	from := w.m.deps.Now()
	text, err := w.m.deps.HearWake(ctx, c)
	w.worked(from)
	if err != nil {
		return false, err
	}
	_, ok := w.m.deps.Wake.Cut(text)
	return ok, nil
}

// woken says whether what was heard begins with a wake phrase, and gives it without.
func (w *worker) woken(t asr.Transcript) (asr.Transcript, bool) {
	p := w.m.deps.Wake
	if p == nil {
		return t, false
	}
	return p.Woken(t)
}

// speak says a reply aloud.
func (w *worker) speak(ctx context.Context, r bot.Reply) error {
	if w.m.deps.Speak == nil || ctx.Err() != nil {
		return nil
	}
	speaking, stop := context.WithCancel(ctx)
	defer stop()
	defer w.l.speaks(stop)()
	err := w.m.deps.Speak(speaking, r)
	if speaking.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // somebody else speaks now
	}
	return err
}

// after opens the window for what may be said after a reply, or closes it. Whoever woke
// the desk while it spoke, which it had been so often before, has a window already.
func (w *worker) after(r bot.Reply, answered bool, woken int) {
	followUp := w.m.cfg.FollowUp
	switch {
	case w.l.wakes() != woken:
	case asks(r):
		w.l.wait(max(waiting, followUp), true)
	case !answered:
	case followUp > 0 && w.m.cfg.Listen != OnPush:
		w.l.wait(followUp, false)
	default:
		w.l.shut()
	}
}

// asks says whether a reply waits for something to be said.
func asks(r bot.Reply) bool {
	return slices.Contains([]bot.Decision{bot.Confirm, bot.Ask, bot.Prove, bot.Suggest}, r.Decision) || r.Form != nil
}
