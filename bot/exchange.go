package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"frontdesk/asr"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
	"frontdesk/retrieval"

	"github.com/jellydator/ttlcache/v3"
)

const (
	// redelivery is how long a message may be brought again; Slack tries for
	// five minutes, and an hour leaves room for a desk that was down.
	redelivery = time.Hour
	// maxRecent bounds the message IDs remembered for that long.
	maxRecent = 100_000
	// doubtBelow is the confidence below which a recogniser doubts what it heard.
	doubtBelow = 0.5
	// unsureBelow is that below which a command is not run where the recogniser tells the
	// probability of each word, and its confidence is that in the least sure one: a small
	// model that hears other talk makes a command of it, and is unsure of the words that
	// were not said. Of 109 commands and sentences of other talk of our own that the model of
	// asr/whisper/fortests heard, what was heard wrongly has 0.68 at most, and 34 of 38
	// commands that ran rightly have more than this.
	unsureBelow = 0.75
	// recordWithin bounds the writing of one exchange.
	recordWithin = 5 * time.Second
	// maxRecorded bounds the question kept in the journal, in bytes.
	maxRecorded = 4096
	// late is the age from which on a message runs nothing by itself: it waited in
	// an inbox, and whoever wrote it has long done it themselves.
	late = 10 * time.Minute
	// maxName bounds the name of a person where it is shown, in bytes.
	maxName = 100
	// depth is how many hits are looked at.
	depth = 5
)

// exchange is one message on its way through the bot.
type exchange struct {
	bot      *Bot
	m        Message
	baseName string
	base     Base
	// recognizer is the one that was there when the message came; nil for none.
	recognizer asr.Recognizer
	words      *sentences
	start      time.Time
	text       string             // what was typed or heard
	expected   retrieval.Expected // what was heard by who expects the base's own sentences
	heard      bool               // it was heard
	doubted    bool               // and it is unsure what was said
	unsure     []string           // words of it that were not heard surely
	secret     bool               // the text may be a PIN, and is kept out of the record
	read       string             // the text as the search read it
	was        *pending           // what the conversation waited for when the message came
	asked      *pending           // the slot's value that this message should have been
	aside      bool               // it is about something else than what the conversation waits for
	reply      Reply
	seen       bool      // it was handled before
	earlier    *Exchange // what is on record of it; nil for nothing
	anew       bool      // it was handled before, without effect, and is worked out once more
	release    func()
}

// begin chooses the base and waits for the conversation's turn.
func (b *Bot) begin(ctx context.Context, m Message) (*exchange, error) {
	name, base, err := b.base(m.Base)
	if err != nil {
		return nil, err
	}
	came := b.deps.Now()
	release, err := b.turns.take(ctx, m.Conversation)
	b.took(StageWait, came)
	if err != nil {
		b.inFlight.Done()
		return nil, fmt.Errorf("waiting for the conversation's turn: %w", err)
	}
	x := &exchange{
		bot: b, m: m, baseName: name, base: base, recognizer: b.listener(),
		words: sentencesFor(m.Locale),
		start: b.deps.Now(),
		text:  m.Text,
		heard: m.Heard, doubted: m.Heard && m.Doubted,
		reply: Reply{To: m.Address, InReplyTo: m.ID},
		release: func() {
			release()
			b.inFlight.Done()
		},
	}
	if err := x.lookBack(ctx); err != nil {
		// Not to know is no reason to keep silent: the worst is a second answer.
		b.deps.Log.WarnContext(ctx, "asking the journal for a repeated message", "error", err)
	}
	return x, nil
}

func (x *exchange) end() { x.release() }

// key identifies the message among those of all conversations.
func (x *exchange) key() string { return x.m.Conversation + "\x00" + x.m.ID }

// sender names who sent the message to somebody else, as Markdown.
func (x *exchange) sender() string { return nameOrAddress(x.m.Name, x.m.Sender) }

func nameOrAddress(name string, a Address) string {
	if name = escape(clip(name, maxName)); name != "" {
		return name
	}
	return escape(string(a))
}

// place is where the bot remembers what it asked, and what was done last: of
// several people in one conversation everybody is asked for themselves.
func (x *exchange) place() string { return x.placeOf(x.m.Sender) }

func (x *exchange) placeOf(who Address) string { return x.m.Conversation + "\x00" + string(who) }

// nothing is the reply that an adapter does not show.
func (x *exchange) nothing() Reply {
	x.reply.Decision = Nothing
	return x.reply
}

// failed forgets the message, so that it may be brought again, and has the
// conversation wait for what it waited for before.
func (x *exchange) failed(err error) error {
	x.bot.recent.Delete(x.key())
	if x.was != nil {
		x.bot.conversations.Set(x.place(), *x.was, ttlcache.DefaultTTL)
	}
	return err
}

// note takes in what asks for no answer: a rating, a deletion.
func (x *exchange) note(ctx context.Context) (Reply, error) {
	if x.m.Kind == Delete {
		x.forget()
		return x.nothing(), nil
	}
	if x.m.Rating != 1 && x.m.Rating != -1 {
		return Reply{}, fmt.Errorf("a rating is 1 or -1, not %d", x.m.Rating)
	}
	if x.bot.deps.Journal == nil {
		return x.nothing(), nil
	}
	if err := x.bot.deps.Journal.Rate(ctx, x.m.Conversation, x.m.Ref, x.m.Sender, x.m.Rating); err != nil {
		return Reply{}, fmt.Errorf("keeping a rating: %w", err)
	}
	if x.m.Rating < 0 {
		return x.unhelpful(ctx)
	}
	return x.nothing(), nil
}

// hear turns sound into text.
func (x *exchange) hear(ctx context.Context) error {
	if x.m.Kind != Audio || x.deaf() {
		return nil
	}
	defer x.bot.took(StageHear, x.bot.deps.Now())
	t, err := x.transcript(ctx)
	if err != nil {
		return fmt.Errorf("recognising speech: %w", err)
	}
	x.text, x.heard, x.doubted = t.Text, true, t.Confidence < doubtBelow
	x.unsure = unsureWords(t)
	x.expected = retrieval.Expected{Text: t.Expected.Text, Margin: t.Expected.Margin, Measured: t.Expected.Measured}
	x.reply.Heard = t.Text
	return nil
}

// deaf says whether there is nobody to listen to the message.
func (x *exchange) deaf() bool { return x.m.Transcript == nil && x.recognizer == nil }

// transcript gives what was heard: by whoever brings the message, or by the
// recogniser.
func (x *exchange) transcript(ctx context.Context) (asr.Transcript, error) {
	if x.m.Transcript != nil {
		return *x.m.Transcript, nil
	}
	return x.recognizer.Transcribe(ctx, x.m.Clip, x.base.Hints)
}

// unheard gives the plan for a message in which there are no words to work with:
// sound that is not or cannot be recognised, or far too much text.
func (x *exchange) unheard() (plan, bool) {
	switch {
	case x.passable() && (x.text == "" || len(x.text) > maxText):
		return plan{decision: Nothing}, true
	case x.m.Kind == Audio && x.deaf():
		return x.say(Abstain, x.words.deaf), true
	case x.m.Kind == Audio && x.text == "":
		return x.say(Nothing, x.words.silence), true
	case len(x.text) > maxText:
		return x.say(Abstain, x.words.tooLong), true
	}
	return plan{}, false
}

// search looks for what the text means and decides what to do.
func (x *exchange) search(ctx context.Context) (plan, error) {
	defer x.bot.took(StageSearch, x.bot.deps.Now())
	switch {
	case x.pressed() && x.m.Choice == handoverID:
		return x.handOver(ctx)
	case x.pressed():
		return x.offered(), nil
	}
	if p, ok := x.answered(); ok {
		return p, nil
	}
	result, err := x.base.Index.Search(ctx, retrieval.Question{Text: x.text, Heard: x.heard, Expected: x.expected}, depth)
	if err != nil {
		return plan{}, fmt.Errorf("searching: %w", err)
	}
	x.taken(result)
	if x.m.Unasked > 0 {
		return x.unasked(result), nil
	}
	p, err := x.decide(ctx, result)
	if err != nil {
		return plan{}, err
	}
	if x.m.Overheard > 0 {
		p = x.overheard(p, x.policyFor(result))
	}
	return x.harmless(ctx, p)
}

// taken notes as what the text was taken to say: what was heard, with words in it read
// as others, or the sentence that was expected, where something may come of that.
func (x *exchange) taken(result retrieval.Result) {
	x.read = cmp.Or(result.Read, x.text)
	if result.Expected && result.Hits[0].Probability >= result.Point.Suggest {
		x.text = result.Read
		x.reply.Heard = x.text
	}
}

// decide says what to do about a text for which something was found.
func (x *exchange) decide(ctx context.Context, result retrieval.Result) (plan, error) {
	policy := x.policyFor(result)
	p := plan{decision: policy.Decide(result.Hits), result: &result}
	if len(result.Hits) > 0 {
		p.entry, p.probability = result.Hits[0].Entry, result.Hits[0].Probability
	}
	if p.decision != Answer {
		tasks, err := x.several(ctx, policy, result)
		if err != nil {
			return plan{}, err
		}
		if len(tasks) > 0 {
			p := x.complete(tasks, consent{})
			p.result = &result
			return x.askAgain(p), nil
		}
	}
	if p.decision != Abstain && p.probability >= policy.Point.Answer && !x.may(p.entry) {
		p.decision, p.refusal = Refuse, NoRight
		p.tasks = []task{{entry: p.entry, probability: p.probability, said: x.text}}
		return p, nil
	}
	// What the caller may not run is not for them to see.
	p.hits = slices.DeleteFunc(slices.Clone(result.Hits), func(h retrieval.Hit) bool { return !x.may(h.Entry) })
	if len(p.hits) < len(result.Hits) {
		policy.Expected = policy.Expected && len(p.hits) > 0 && p.hits[0].Entry == p.entry
		p.decision, p.entry, p.probability = policy.Decide(p.hits), nil, 0
		if len(p.hits) > 0 {
			p.entry, p.probability = p.hits[0].Entry, p.hits[0].Probability
		}
	}
	if p.decision == Run || p.decision == Confirm {
		p = x.fill(p, p.hits[0], policy)
	}
	return x.askAgain(p), nil
}

// late says whether the message was sent so long ago that what it asks for is only
// offered.
func (x *exchange) late() bool { return !x.m.Time.IsZero() && x.start.Sub(x.m.Time) > late }

// may says whether whoever sent the message may be given an entry.
func (x *exchange) may(e *knowledge.Entry) bool {
	return e.Command == nil || x.base.Rights == nil || x.base.Rights.May(e, x.caller())
}

// fill reads the slots of a command that was found, and completes it. What is
// missing is asked for when the command may be run; below that bar the command
// itself is in doubt, and is only offered.
func (x *exchange) fill(p plan, hit retrieval.Hit, policy Policy) plan {
	full := x.complete([]task{{
		entry: hit.Entry, probability: hit.Probability, slots: x.slotsOf(hit, x.read), said: x.text,
		unsure: !hit.Exact, likely: p.decision == Confirm,
	}}, consent{})
	if full.decision == Ask && hit.Probability < policy.bar() {
		full.decision = Suggest
	}
	full.hits, full.result = p.hits, p.result
	return full
}

// slotsOf reads the slots of a command that was found: from its template where
// that was said, else from wherever their values stand in the text, and then
// from what the text refers to.
func (x *exchange) slotsOf(hit retrieval.Hit, text string) map[string]template.Value {
	slots := hit.Slots
	if slots == nil { // nor has a phrasing that was said just so any to give
		slots = x.base.Knowledge.Grammar.Extract(hit.Entry.ID, text, x.start)
	}
	return x.refer(hit.Entry, slots)
}

// record writes the exchange into the journal. That it could not be written
// is told with the reply: what was asked is answered all the same.
func (x *exchange) record(ctx context.Context) {
	defer x.bot.took(StageRecord, x.bot.deps.Now())
	x.reply.Latency = x.bot.deps.Now().Sub(x.start)
	if x.bot.deps.Journal == nil || x.anew || x.passable() && x.reply.Decision == Nothing {
		return
	}
	question := x.text
	if x.pressed() {
		question = x.m.Choice
	}
	if x.secret {
		question = redacted
	}
	// What has been done must be on record even when the asker has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	err := x.bot.deps.Journal.Record(ctx, Exchange{
		Time: x.start, Base: x.baseName,
		Conversation: x.m.Conversation, MessageID: x.m.ID,
		Sender: x.m.Sender, Channel: x.m.Address, Kind: x.m.Kind, Locale: x.m.Locale,
		Question: clip(question, maxRecorded), Decision: x.reply.Decision, Entry: x.reply.Entry,
		Probability: x.reply.Probability, Slots: x.reply.Slots,
		Answer: x.reply.Text, Failed: x.reply.Failed, Latency: x.reply.Latency,
	})
	if err != nil {
		x.bot.deps.Log.ErrorContext(ctx, "recording an exchange", "error", err)
		x.reply.Warning = fmt.Sprintf(x.words.unrecorded, err)
	}
}

// clip cuts a text after at most n bytes, at a character's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
