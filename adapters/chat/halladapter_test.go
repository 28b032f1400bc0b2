package chat_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// This is the adapter of the hall: what a process makes of events, and of replies.

func place(r *remark) chat.Place {
	return chat.Place{Channel: channelOf(r.Where), Thread: r.Thread, Message: r.id, Direct: r.Channel == ""}
}

func (r *remark) event(flaw, key string, m bot.Message) chat.Event {
	p := place(r)
	m.Conversation, m.Sender, m.Address = p.Conversation("hall", r.id), person(r.By), bot.Address("hall:"+p.Channel)
	if flaw == "is one conversation" {
		m.Conversation = "hall:all"
	}
	return chat.Event{Key: key, Place: p, Message: m}
}

func (p *process) said(r *remark) error {
	if r.Bot && p.hall.flaw != "talks to programs" {
		return nil
	}
	e := r.event(p.hall.flaw, r.id, bot.Message{ID: r.id, Kind: bot.Text, Text: r.Text})
	switch {
	case r.Channel == "":
		e.How = chat.Direct
	case r.Command:
		e.How, e.Place.Message = chat.Command, ""
	case !r.Unnamed:
		e.How = chat.Mention
	case r.Thread != "":
		e.How = chat.Thread
	default:
		e.How = chat.Overheard
	}
	if p.hall.flaw == "speaks unasked" && e.How == chat.Overheard {
		e.How = chat.Mention
	}
	if r.Sound != nil {
		e.Message.Kind = bot.Audio
		host := p.hall.files
		if r.Astray {
			host = p.hall.strange
		}
		e.Files = []chat.File{{Name: "sound.wav", Type: "audio/wav", URL: host.URL + "/" + r.id, Size: int64(len(r.Sound))}}
	}
	switch p.hall.flaw {
	case "escapes what is typed":
		e.Message.Text = html.EscapeString(r.Text)
	case "does not say which hand-over":
		e.Place.Thread = ""
	case "takes events twice":
		p.hall.mu.Lock()
		e.Key = p.hall.id("key")
		p.hall.mu.Unlock()
	}
	return p.desk.Receive(context.Background(), e)
}

func (p *process) edited(r *remark, n int) error {
	key := fmt.Sprintf("%s/%d", r.id, n)
	kind := bot.Edit
	if p.hall.flaw == "takes edits for questions" {
		kind = bot.Text
	}
	e := r.event(p.hall.flaw, key, bot.Message{ID: key, Kind: kind, Ref: r.id, Text: r.Text})
	e.How = chat.Mention
	return p.desk.Receive(context.Background(), e)
}

func (p *process) deleted(r *remark) error {
	return p.desk.Receive(context.Background(), r.event(p.hall.flaw, r.id+"/gone", bot.Message{ID: r.id + "/gone", Kind: bot.Delete, Ref: r.id}))
}

func (p *process) touched(channel string, on post, m bot.Message, chosen string) error {
	where := chat.Place{Channel: channel, Thread: on.Thread, Direct: strings.HasPrefix(channel, "private-")}
	m.Conversation, m.Address = where.Conversation("hall", on.Post), bot.Address("hall:"+channel)
	switch p.hall.flaw {
	case "anybody is the asker":
		m.Sender = person("ann")
	case "forgets what was chosen":
		m.Choice = ""
	case "forgets what was typed":
		m.Text = ""
	case "takes every rating for a good one":
		m.Rating = 1
	}
	return p.desk.Receive(context.Background(), chat.Event{Key: m.ID, Place: where, Message: m, Post: on.Post, Chosen: chosen})
}

func (p *process) send(ctx context.Context, to bot.Address, r bot.Reply) error {
	channel, ok := strings.CutPrefix(string(to), "hall:")
	if !ok || channel == "" {
		return fmt.Errorf("%q is no address of the hall", to)
	}
	if p.hall.flaw == "sends to one place" {
		channel = "lobby"
	}
	place := chat.Place{Channel: channel, Direct: strings.HasPrefix(channel, "private-")}
	if thread, ok := strings.CutPrefix(r.Conversation, "hall:"+channel+"/"); ok {
		place.Thread = thread
	}
	return p.desk.Tell(ctx, place, r)
}

func (p *process) fetch(ctx context.Context, _ chat.Event, f chat.File) ([]byte, error) {
	hosts := []string{p.hall.files.URL}
	if p.hall.flaw == "fetches from anywhere" {
		hosts = append(hosts, p.hall.strange.URL)
	}
	return chat.Fetch(ctx, http.DefaultClient, f, hosts, "")
}

// Show implements [chat.Platform].
func (p *process) Show(ctx context.Context, s chat.Showing) ([]string, error) {
	h := p.hall
	switch {
	case h.flaw == "settles everything":
		h.mu.Lock()
		if posts := h.posts[s.Place.Channel]; len(posts) > 0 {
			s.Settle = posts[0].Post
		}
		h.mu.Unlock()
	case h.flaw == "answers edits anew" && len(s.Old) > 0:
		if err := p.Remove(ctx, s.Place, s.Old); err != nil {
			return nil, err
		}
		s.Old, s.Again = nil, false
	}
	if s.Settle != "" && h.flaw != "forgets to settle" {
		if err := h.request(ctx, p, func() {
			for _, old := range h.posts[s.Place.Channel] {
				if old.Post == s.Settle {
					old.options, old.Options, old.Form = nil, nil, false
				}
			}
		}); err != nil {
			return nil, err
		}
	}
	text := s.Reply.Text
	if s.Reply.Heard != "" {
		text = fmt.Sprintf(bot.LabelsFor(s.Locale).Heard, s.Reply.Heard) + "\n\n" + text
	}
	if s.Reply.OptionsHead != "" {
		text += "\n\n" + s.Reply.OptionsHead
	}
	var parts []string
	if strings.TrimSpace(text) != "" || len(s.Reply.Options) > 0 {
		parts = chat.Split(harmless(text, h.flaw), postLimit, utf8.RuneCountInString)
	}
	if h.flaw == "cuts long answers" {
		parts = parts[:min(len(parts), 3)]
	}
	var ids []string
	for i, part := range parts {
		shown := post{key: fmt.Sprintf("%s#%d", s.Key, i), Shown: bottest.Shown{Text: part, Only: s.Place.User, Thread: cmpThread(s.Place)}}
		if h.flaw == "tells everybody" {
			shown.Only = ""
		}
		if h.flaw == "answers outside of threads" {
			shown.Thread = ""
		}
		if i == len(parts)-1 || h.flaw == "shows options everywhere" {
			shown.options, shown.Form = s.Reply.Options, s.Reply.Form != nil
			for _, o := range s.Reply.Options {
				shown.Options = append(shown.Options, harmless(o.Label, h.flaw))
			}
			switch {
			case h.flaw == "shows five options":
				shown.Options = shown.Options[:min(len(shown.Options), 5)]
			case h.flaw == "cuts ids":
				shown.options = slices.Clone(shown.options)
				for i, o := range shown.options {
					shown.options[i].ID = o.ID[:min(len(o.ID), 100)]
				}
			}
		}
		var id string
		if err := h.request(ctx, p, func() { id = h.put(s, shown, i) }); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(s.Old) > len(parts) {
		if err := p.Remove(ctx, s.Place, s.Old[len(parts):]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func cmpThread(p chat.Place) string {
	if p.Direct {
		return ""
	}
	if p.Thread != "" {
		return p.Thread
	}
	return p.Message
}

// put shows a part of a reply: in the place of an old one, or where it stands
// already, or as a new post. The caller holds mu.
func (h *hall) put(s chat.Showing, shown post, part int) (id string) {
	posts := h.posts[s.Place.Channel]
	for _, old := range posts {
		is := part < len(s.Old) && old.Post == s.Old[part]
		if is || s.Again && s.Key != "" && old.key == shown.key && h.flaw != "does not look for its posts" {
			shown.Post = old.Post
			*old = shown
			return shown.Post
		}
	}
	shown.Post = h.id("p")
	switch {
	case h.flaw == "loses some" && h.n%5 == 0:
		return shown.Post
	case h.flaw == "puts the newest first":
		h.posts[s.Place.Channel] = append([]*post{&shown}, posts...)
		return shown.Post
	case h.flaw == "shows twice":
		again := shown
		again.Post = h.id("p")
		posts = append(posts, &again)
	}
	h.posts[s.Place.Channel] = append(posts, &shown)
	return shown.Post
}

// Remove implements [chat.Platform].
func (p *process) Remove(ctx context.Context, at chat.Place, ids []string) error {
	if p.hall.flaw == "removes nothing" {
		return nil
	}
	return p.hall.request(ctx, p, func() {
		p.hall.posts[at.Channel] = slices.DeleteFunc(p.hall.posts[at.Channel], func(x *post) bool { return slices.Contains(ids, x.Post) })
	})
}

// Working implements [chat.Platform].
func (p *process) Working(context.Context, chat.Place) func() { return func() {} }

// harmless takes their meaning from texts that would call people.
func harmless(text, flaw string) string {
	switch flaw {
	case "calls people":
		return text
	case "leaves out what has no width":
		text = strings.ReplaceAll(text, "\u200b", "")
	case "shows its markup":
		text = strings.NewReplacer("*", `\*`, "_", `\_`, "`", "\\`").Replace(text)
	}
	return calls.ReplaceAllStringFunc(text, func(s string) string { return s[:1] + "\u200b" + s[1:] })
}
