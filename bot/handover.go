package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jellydator/ttlcache/v3"
)

// handoverID is the option that hands a question on to experts.
const handoverID = "handover"

// A reacher is an [Outbox] that knows whom it can reach.
type reacher interface{ Reaches(to Address) bool }

// handsOn says whether questions can be handed on from here.
func (x *exchange) handsOn() bool {
	if x.base.Experts == "" || x.bot.deps.Handovers == nil || x.bot.deps.Outbox == nil {
		return false
	}
	if r, ok := x.bot.deps.Outbox.(reacher); ok && !r.Reaches(x.base.Experts) {
		return false
	}
	// The experts are not to ask themselves, in none of their threads.
	return x.m.Address != x.base.Experts && !strings.HasPrefix(string(x.m.Address), string(x.base.Experts)+"/")
}

// offerPerson offers to hand on a question that was not answered; "" for none.
func (x *exchange) offerPerson(question string) {
	if question == "" || x.m.ID == "" || x.secret || !x.handsOn() {
		return
	}
	x.reply.Options = append(x.reply.Options, Option{ID: handoverID, Label: x.words.askPerson})
	x.wait(pending{decision: Abstain, text: question, link: x.m.Link, options: x.reply.Options})
}

// unhelpful offers whoever was not helped by an answer to ask a person.
func (x *exchange) unhelpful(ctx context.Context) (Reply, error) {
	p, err := x.handOver(ctx)
	known := false
	if err == nil && p.handover != nil {
		_, known, err = x.bot.deps.Handovers.Handover(ctx, p.handover.ID)
	}
	if err != nil {
		return Reply{}, fmt.Errorf("offering to ask a person: %w", err)
	}
	x.reply = Reply{To: x.m.Address, InReplyTo: x.m.ID}
	if p.handover == nil || known {
		return x.nothing(), nil
	}
	// A press of the option is about the question, not about its rating.
	return Reply{To: x.m.Address, InReplyTo: x.m.Ref, Decision: Notice, Quiet: true, Text: x.words.unhelpful,
		Options: []Option{{ID: handoverID, Label: x.words.askPerson}}}, nil
}

// handOver plans to hand on the question that the message is about, as it is on
// record.
func (x *exchange) handOver(ctx context.Context) (plan, error) {
	if !x.handsOn() || x.bot.deps.Journal == nil || x.m.Ref == "" {
		return x.gone(), nil
	}
	was, ok, err := x.bot.deps.Journal.Exchange(ctx, x.m.Conversation, x.m.Ref)
	if err != nil {
		return plan{}, fmt.Errorf("looking for the question to hand on: %w", err)
	}
	question := x.questionOf(was)
	switch {
	case !ok || was.Base != x.baseName || question == "":
		return x.gone(), nil
	case was.Sender != x.m.Sender:
		return x.notYours(escape(string(was.Sender))), nil
	}
	return x.handing(x.m.Ref, question, "", was.Channel), nil
}

// questionOf gives what was asked in an exchange, in words that somebody else
// understands; "" where there are none.
func (x *exchange) questionOf(was Exchange) string {
	switch {
	case was.Question == redacted || x.words.means(x.words.no, was.Question):
		return ""
	case was.Kind == Choice:
		if e, ok := x.base.Knowledge.Entry(was.Entry); ok {
			return label(e)
		}
		return ""
	}
	return was.Question
}

// handing plans to hand on the question of a message. Its ID is always the same,
// so that it is handed on once.
func (x *exchange) handing(message, question, link string, channel Address) plan {
	sum := sha256.Sum256([]byte(strings.Join([]string{x.baseName, x.m.Conversation, message}, "\x00")))
	return plan{decision: Notice, handover: &Handover{
		ID: hex.EncodeToString(sum[:8]), Base: x.baseName, Conversation: x.m.Conversation, MessageID: message,
		Question: clip(question, maxRecorded), Asker: x.m.Sender, Channel: cmp.Or(channel, x.m.Address), Experts: x.base.Experts,
		Locale: x.m.Locale, Link: cmp.Or(link, x.m.Link), Asked: x.start,
	}}
}

// fromExpert plans for what an expert says to a question that was handed on. To
// mend what was said is to say it again.
func (x *exchange) fromExpert() plan {
	if x.m.Kind == Edit || x.anew || strings.TrimSpace(x.text) == "" {
		return plan{decision: Nothing}
	}
	return plan{decision: Notice}
}

// handOn brings a question to the experts, and says so to whoever asked.
func (x *exchange) handOn(ctx context.Context, h Handover) error {
	was, known, err := x.bot.deps.Handovers.Handover(ctx, h.ID)
	if err != nil {
		return fmt.Errorf("looking for a hand-over: %w", err)
	}
	x.reply.Text = x.words.handedOn
	if known {
		// It is brought again only where it may never have arrived: whoever kept
		// it could not send it, or died.
		if !x.m.Again && !x.bot.unsent.Has(h.ID) {
			return nil
		}
		h = was
	} else if err := x.bot.deps.Handovers.HandOver(ctx, h); err != nil {
		return fmt.Errorf("keeping a hand-over: %w", err)
	}
	x.bot.unsent.Set(h.ID, struct{}{}, ttlcache.DefaultTTL)
	r := Reply{To: h.Experts, Decision: Notice, Handover: h.ID,
		Text: paragraphs(fmt.Sprintf(x.words.asks, x.sender()), quote(h.Question), link(x.words.showQuestion, h.Link))}
	if err := x.bot.deps.Outbox.Send(ctx, r.To, r); err != nil {
		return fmt.Errorf("handing a question on to %s: %w", h.Experts, err)
	}
	x.bot.unsent.Delete(h.ID)
	return nil
}

// bringBack takes an expert's answer to whoever asked.
func (x *exchange) bringBack(ctx context.Context) error {
	var h Handover
	known := false
	if x.bot.deps.Handovers != nil && x.bot.deps.Outbox != nil {
		var err error
		if h, known, err = x.bot.deps.Handovers.Handover(ctx, x.m.Handover); err != nil {
			return fmt.Errorf("looking for a hand-over: %w", err)
		}
	}
	if !known {
		x.reply.Decision, x.reply.Text = Cancel, x.words.gone
		return nil
	}
	words := sentencesFor(h.Locale)
	r := Reply{To: h.Channel, InReplyTo: h.MessageID, Conversation: h.Conversation, Decision: Notice,
		Text: paragraphs(fmt.Sprintf(words.answersYours, x.sender()), quote(h.Question), x.text)}
	if err := x.bot.deps.Outbox.Send(ctx, r.To, r); err != nil {
		return fmt.Errorf("bringing an expert's answer to %s: %w", h.Channel, err)
	}
	if err := x.bot.deps.Handovers.Answered(ctx, h.ID, x.m.Sender, x.start); err != nil {
		// The answer has arrived; it must not be brought a second time.
		x.bot.deps.Log.Error("noting that a hand-over was answered", "error", err)
		x.reply.Warning = fmt.Sprintf(x.words.unrecorded, err)
	}
	x.reply.Text = x.words.broughtBack
	return nil
}

// quote shows as a quotation what somebody typed.
func quote(text string) string { return "> " + escape(text) }

// link shows where something can be read; "" where that is nowhere on the web.
func link(label, url string) string {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") || strings.ContainsAny(url, " <>\n\r\t\\") {
		return ""
	}
	return "[" + label + "](<" + url + ">)"
}

// newUnsent makes the place for the hand-overs that are kept and not sent yet.
func newUnsent() *ttlcache.Cache[string, struct{}] {
	return ttlcache.New(ttlcache.WithTTL[string, struct{}](redelivery), ttlcache.WithCapacity[string, struct{}](maxRecent))
}
