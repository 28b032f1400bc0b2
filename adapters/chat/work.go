package chat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/logctx"

	"github.com/cenkalti/backoff/v5"
)

const (
	// tryFor bounds how long one event is tried again and again; its conversation
	// waits meanwhile.
	tryFor = 10 * time.Minute
	// handleTries is how often the handler is asked before the asker is told that
	// something is wrong.
	handleTries = 3
	// tooOld is how long after its receipt an event is still worked on by a later
	// process: nobody waits for an answer of yesterday.
	tooOld = 24 * time.Hour
)

// do works on one event and finishes it. What cannot be finished now stays in
// the inbox for the next process.
func (d *Desk) do(ctx context.Context, handler bot.Handler, it item) {
	e := it.event
	ctx = logctx.With(ctx, slog.String("adapter", d.deps.Adapter), slog.String(logctx.Message, it.key))
	d.deps.Metrics.stage(d.deps.Adapter, "queue", d.deps.Now().Sub(it.since))
	var posts []bot.Post
	var err error
	if it.again && d.deps.Now().Sub(e.Received) > tooOld {
		d.log.WarnContext(ctx, "an event is too old to be worked on", "received", e.Received)
	} else if posts, err = d.workSafely(ctx, handler, e, it.again, it.key); err != nil && (ctx.Err() != nil || errors.Is(err, bot.ErrClosed)) {
		return
	}
	if err != nil {
		d.deps.Metrics.failed(d.deps.Adapter)
		d.log.ErrorContext(ctx, "an event could not be worked on", "kind", e.Message.Kind, "error", err)
	}
	for _, p := range posts {
		d.joined.add(p.Conversation)
	}
	// What was shown must be on record even when we are told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.deps.Store.Finish(ctx, d.deps.Adapter, it.key, posts); err != nil {
		d.log.ErrorContext(ctx, "finishing an event", "error", err)
	}
	d.deps.Metrics.stage(d.deps.Adapter, "total", d.deps.Now().Sub(e.Received))
}

// workSafely works on an event; one that makes us panic is given up, or it would
// do so at every start again.
func (d *Desk) workSafely(ctx context.Context, handler bot.Handler, e Event, again bool, key string) (posts []bot.Post, err error) {
	defer func() {
		if p := recover(); p != nil {
			posts, err = nil, fmt.Errorf("it made us panic: %v\n%s", p, debug.Stack())
		}
	}()
	return d.work(ctx, handler, e, again, key)
}

// work has one event answered, and gives what was posted for it.
func (d *Desk) work(ctx context.Context, handler bot.Handler, e Event, again bool, key string) ([]bot.Post, error) {
	// The inbox remembers for an hour at least what it has taken in.
	e.Message.Again, e.Message.Fresh = again, !again && d.lasting && !e.Message.Time.IsZero() && d.deps.Now().Sub(e.Message.Time) < rememberFor
	about, ok, err := d.lookUp(ctx, &e)
	if err != nil || !ok {
		return nil, err
	}
	if e.Propose != nil {
		return nil, d.propose(ctx, e, key, again)
	}
	giveBack, ok := d.allowed(e)
	if !ok {
		return nil, nil
	}
	done := d.working(ctx, e)
	reply, err := d.answer(ctx, handler, &e)
	done()
	switch {
	case err != nil:
		return nil, err
	case e.Message.Unasked > 0 && reply.Decision != bot.Answer:
		giveBack()
		return nil, nil
	case e.Message.Kind == bot.Delete:
		return nil, d.remove(ctx, e, about)
	case e.Message.Kind == bot.Edit && reply.Decision == bot.Nothing && reply.Text == "":
		return nil, nil // of a command that ran, for one: what was said of it stands
	}
	shown, err := d.show(ctx, d.showing(e, reply, about, key))
	if err != nil {
		return nil, err
	}
	return d.posted(ctx, e, reply, shown)
}

// allowed says whether an event may be answered now: what nobody asked is
// answered seldom. What was not answered after all is given back.
func (d *Desk) allowed(e Event) (giveBack func(), ok bool) {
	if e.Message.Unasked == 0 {
		return func() {}, true
	}
	ch, _ := d.cfg.channel(e.Place.Channel)
	return d.helpful.take(e.Place.channel(), ch.PerHour)
}

// showing says how the reply to an event is shown; about are the posts of ours
// that the event is about.
func (d *Desk) showing(e Event, reply bot.Reply, about []bot.Post, key string) Showing {
	s := Showing{Place: e.Place, Reply: reply, Key: key, Again: e.Message.Again, Asker: e.Message.Sender,
		Conversation: e.Message.Conversation, Locale: e.Message.Locale,
		Rate: d.cfg.Rating == Buttons && reply.Decision == bot.Answer}
	if reply.Quiet || e.Message.Kind == bot.Rating {
		s.Place.User = id(e.Message.Sender)
	}
	switch e.Message.Kind {
	case bot.Edit:
		for _, p := range about {
			s.Old = append(s.Old, p.ID)
		}
	case bot.Choice:
		if len(about) == 1 && settles(about[0]) && !reply.Quiet && reply.Decision != bot.Refuse && reply.Decision != bot.Nothing {
			s.Settle, s.Chosen = about[0].ID, e.Chosen
		}
	}
	return s
}

// posted gives what is remembered of the posts that a reply has become. Those of
// an edited message take the place of the earlier ones at once.
func (d *Desk) posted(ctx context.Context, e Event, reply bot.Reply, shown []string) ([]bot.Post, error) {
	question := e.Message.ID
	if e.Message.Kind == bot.Edit || e.Message.Kind == bot.Rating {
		question = e.Message.Ref
	}
	posts := make([]bot.Post, len(shown))
	for i, id := range shown {
		posts[i] = bot.Post{Adapter: d.deps.Adapter, Channel: e.Place.channel(), ID: id, Conversation: e.Message.Conversation,
			Question: question, Asker: e.Message.Sender, Body: kept{Decision: reply.Decision}.json(), Time: d.deps.Now()}
	}
	if e.Message.Kind != bot.Edit {
		return posts, nil
	}
	if err := d.deps.Store.ReplacePosts(ctx, d.deps.Adapter, e.Message.Conversation, question, posts); err != nil {
		return nil, fmt.Errorf("keeping the answer to an edited message: %w", err)
	}
	return nil, nil
}

// lookUp looks up what an event refers to, trying again where that fails.
func (d *Desk) lookUp(ctx context.Context, e *Event) (about []bot.Post, ok bool, err error) {
	err = d.again(ctx, handleTries, func() (err error) {
		about, ok, err = d.complete(ctx, e)
		return err
	})
	return about, ok, err
}

// complete looks up what an event refers to: the posts of ours that it is about,
// and the hand-over that it answers. False says that there is nothing to do.
func (d *Desk) complete(ctx context.Context, e *Event) (posts []bot.Post, ok bool, err error) {
	m, store := &e.Message, d.deps.Store
	switch {
	case e.Propose != nil:
		return nil, d.deps.Propose != nil, nil
	case m.Kind == bot.Edit || m.Kind == bot.Delete:
		posts, err = store.PostsOf(ctx, d.deps.Adapter, m.Conversation, m.Ref)
		return posts, err == nil && len(posts) > 0, err // what was never answered stays so
	case e.Post != "":
		p, found, err := store.Post(ctx, d.deps.Adapter, e.Place.channel(), e.Post)
		if err != nil {
			return nil, false, err
		}
		if found {
			m.Ref, m.Asker, m.Conversation = p.Question, p.Asker, p.Conversation
			return []bot.Post{p}, m.Kind != bot.Rating || p.Question != "", nil
		}
		return nil, m.Kind != bot.Rating || m.Ref != "", nil // a rating of what is not ours
	case e.Place.Thread != "":
		p, found, err := store.Post(ctx, d.deps.Adapter, e.Place.channel(), e.Place.Thread)
		if err != nil {
			return nil, false, err
		}
		if found && p.Handover != "" {
			m.Handover = p.Handover
		}
	}
	return nil, true, nil
}

// answer asks the handler, with what was said in a file in place of words.
func (d *Desk) answer(ctx context.Context, handler bot.Handler, e *Event) (bot.Reply, error) {
	start := d.deps.Now()
	if e.Message.Kind == bot.Audio {
		problem, err := d.listen(ctx, e)
		if err != nil {
			return bot.Reply{}, err
		}
		if problem != "" {
			return bot.Reply{InReplyTo: e.Message.ID, Decision: bot.Abstain, Text: problem}, nil
		}
		d.deps.Metrics.stage(d.deps.Adapter, "fetch", d.deps.Now().Sub(start))
	}
	start = d.deps.Now()
	var reply bot.Reply
	err := d.again(ctx, handleTries, func() (err error) {
		reply, err = handler(ctx, e.Message)
		if errors.Is(err, bot.ErrClosed) {
			return backoff.Permanent(err)
		}
		return err
	})
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, bot.ErrClosed) || e.Message.Unasked > 0 {
			return bot.Reply{}, err
		}
		d.log.ErrorContext(ctx, "handling a message", "error", err)
		reply = bot.Reply{InReplyTo: e.Message.ID, Decision: bot.Abstain, Failed: true, Text: bot.LabelsFor(e.Message.Locale).Broken}
	}
	if reply.Warning != "" {
		d.log.WarnContext(ctx, "a message was answered, but "+reply.Warning)
	}
	d.deps.Metrics.handled(d.deps.Adapter, reply.Decision, d.deps.Now().Sub(start))
	return reply, nil
}

// show shows a reply, trying again until it is shown or never will be.
func (d *Desk) show(ctx context.Context, s Showing) (posts []string, err error) {
	if s.Reply.Text == "" && len(s.Reply.Options) == 0 && len(s.Old) == 0 && s.Settle == "" {
		return nil, nil
	}
	start := d.deps.Now()
	err = d.again(ctx, 0, func() (err error) {
		posts, err = d.platform.Show(ctx, s)
		if errors.Is(err, ErrGone) {
			return backoff.Permanent(err)
		}
		if err != nil {
			d.deps.Metrics.retried(d.deps.Adapter)
			d.log.WarnContext(ctx, "showing a reply; trying again", "error", err)
		}
		s.Again = true // it may have been shown all the same
		return err
	})
	d.deps.Metrics.stage(d.deps.Adapter, "show", d.deps.Now().Sub(start))
	if err != nil {
		return nil, fmt.Errorf("showing a reply: %w", err)
	}
	return posts, nil
}

// remove takes the answer of a message away that was deleted.
func (d *Desk) remove(ctx context.Context, e Event, posts []bot.Post) error {
	var ids []string
	for _, p := range posts {
		ids = append(ids, p.ID)
	}
	err := d.again(ctx, 0, func() error {
		err := d.platform.Remove(ctx, e.Place, ids)
		if errors.Is(err, ErrGone) {
			return nil // that is what was wanted
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("removing the answer of a message that was deleted: %w", err)
	}
	return d.deps.Store.ReplacePosts(ctx, d.deps.Adapter, e.Message.Conversation, e.Message.Ref, nil)
}

// propose hands a pair of question and answer on, and tells whoever proposed it.
func (d *Desk) propose(ctx context.Context, e Event, key string, again bool) error {
	words := bot.LabelsFor(e.Message.Locale)
	text := words.Proposed
	pair := *e.Propose
	pair.Base = cmp.Or(pair.Base, e.Message.Base) // of the channel
	if err := d.deps.Propose(ctx, pair); err != nil {
		if ctx.Err() != nil {
			return err
		}
		text = fmt.Sprintf(words.NotProposed, err)
	}
	s := Showing{Place: e.Place, Reply: bot.Reply{Decision: bot.Notice, Text: text, Quiet: true}, Key: key, Again: again, Locale: e.Message.Locale}
	s.Place.User = id(e.Propose.By)
	_, err := d.show(ctx, s)
	return err
}

// working shows that an answer is being made, once that takes a while.
func (d *Desk) working(ctx context.Context, e Event) (done func()) {
	if k := e.Message.Kind; !d.cfg.Working || e.Message.Unasked > 0 || k != bot.Text && k != bot.Audio && k != bot.Choice {
		return func() {}
	}
	over := make(chan struct{})
	ended := make(chan struct{})
	timer := time.AfterFunc(workingAfter, func() {
		defer close(ended)
		done := d.platform.Working(ctx, e.Place)
		<-over
		done()
	})
	return func() {
		close(over)
		if !timer.Stop() {
			<-ended
		}
	}
}

// again tries something until it succeeds, at most tries times (0: for ten
// minutes), with growing pauses.
func (d *Desk) again(ctx context.Context, tries uint, f func() error) error {
	o := []backoff.RetryOption{backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.3, Multiplier: 2, MaxInterval: 30 * time.Second}),
		backoff.WithMaxElapsedTime(tryFor)}
	if tries > 0 {
		o = append(o, backoff.WithMaxTries(tries))
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, f() }, o...)
	return err
}

// id gives what an address names within its adapter.
func id(a bot.Address) string {
	if adapter := a.Adapter(); adapter != "" {
		return string(a)[len(adapter)+1:]
	}
	return string(a)
}
