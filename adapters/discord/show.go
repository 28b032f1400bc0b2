package discord

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

const (
	// typingFor is how often it is said that we type: it shows for ten seconds.
	typingFor = 8 * time.Second
	// archiveAfter is when Discord puts a thread away in which nothing is said, in
	// minutes.
	archiveAfter = 1440
	// wholePart is the number of the part that is all of a reply.
	wholePart = -1
)

// Show implements [chat.Platform].
func (a *Adapter) Show(ctx context.Context, s chat.Showing) ([]string, error) {
	if s.Place.Hook != "" && a.deps.Now().Before(s.Place.HookEnds) {
		return a.showByHook(ctx, s)
	}
	if s.Settle != "" {
		a.settle(ctx, s)
	}
	return a.show(ctx, s, a.draw(s))
}

// show posts a reply as an ordinary message.
func (a *Adapter) show(ctx context.Context, s chat.Showing, d drawn) ([]string, error) {
	channelID, ref, err := a.target(ctx, s.Place)
	if err != nil {
		return nil, err
	}
	if len(s.Old) > 0 {
		return a.replace(ctx, s, d, channelID)
	}
	if len(d.parts) == 0 {
		return nil, nil
	}
	var there []message
	if s.Again && s.Key != "" {
		if there, err = a.after(ctx, channelID, s.Place); err != nil {
			return nil, err
		}
	}
	if d.whole != nil && !a.plainOnly.Has(channelID) {
		m, err := a.post(ctx, channelID, *d.whole, ref, s.Key, wholePart, there)
		switch {
		case err == nil && len(m.Embeds) > 0:
			a.keep(s, channelID, m.ID)
			return []string{postID(s.Place, channelID, m.ID)}, nil
		case err != nil && !errors.Is(err, chat.ErrGone):
			return nil, err
		case err == nil: // Discord drops embeds where we may not post them
			if err := a.Remove(ctx, s.Place, []string{channelID + "/" + m.ID}); err != nil {
				return nil, err
			}
		}
		a.plainOnly.Set(channelID, struct{}{}, ttlcache.DefaultTTL)
	}
	var posts []string
	for i, p := range d.parts {
		m, err := a.post(ctx, channelID, p, ref, s.Key, i, there)
		if err != nil {
			return nil, err
		}
		a.keep(s, channelID, m.ID)
		posts = append(posts, postID(s.Place, channelID, m.ID))
		ref = nil
	}
	return posts, nil
}

// keep remembers to which conversation a post belongs.
func (a *Adapter) keep(s chat.Showing, channelID, id string) {
	if s.Conversation != "" {
		a.world.noted.Set(id, note{channel: channelID, parent: s.Place.Channel, conversation: s.Conversation}, ttlcache.DefaultTTL)
	}
}

// nonceOf names a part of a reply, so that Discord takes it once.
func nonceOf(key string, part int) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key + "/" + strconv.Itoa(part)))
	return base64.RawURLEncoding.EncodeToString(sum[:18]) // 24 characters; Discord takes 25
}

// post posts one message, unless it is there already.
func (a *Adapter) post(ctx context.Context, channelID string, p payload, ref *reference, key string, part int, there []message) (message, error) {
	p.Nonce, p.Reference = nonceOf(key, part), ref
	p.EnforceNonce = p.Nonce != ""
	me, _ := a.world.self()
	for _, m := range there {
		if m.Author != nil && m.Author.ID == me && (m.Nonce == p.Nonce || sameAs(m, p)) {
			return m, nil
		}
	}
	var m message
	err := a.client.do(ctx, "POST", "channels/"+channelID+"/messages", bucket("post", channelID), p, &m)
	return m, err
}

// sameAs says whether a message is what we would post.
func sameAs(m message, p payload) bool {
	if (m.Reference == nil) != (p.Reference == nil) || p.Reference != nil && m.Reference.MessageID != p.Reference.MessageID {
		return false
	}
	if len(m.Embeds) != len(p.Embeds) || len(p.Embeds) > 0 && m.Embeds[0].Description != p.Embeds[0].Description {
		return false
	}
	return strings.TrimSpace(m.Content) == strings.TrimSpace(p.Content)
}

// after gives what was said in a channel after a question.
func (a *Adapter) after(ctx context.Context, channelID string, p chat.Place) ([]message, error) {
	at, question, _ := strings.Cut(p.Message, "/")
	if question == "" || at != channelID && question != channelID {
		question = idAt(a.deps.Now().Add(-time.Hour))
	}
	var all []message
	path := "channels/" + channelID + "/messages?limit=100&after=" + question
	if err := a.client.do(ctx, "GET", path, bucket("history", channelID), nil, &all); err != nil {
		return nil, fmt.Errorf("looking for our own answer: %w", err)
	}
	return all, nil
}

// target gives the channel that a reply goes to, and the message that it replies to.
func (a *Adapter) target(ctx context.Context, p chat.Place) (string, *reference, error) {
	if p.User != "" && !p.Direct {
		dm, err := a.dm(ctx, p.User) // there is no other way to speak to one alone
		return dm, nil, err
	}
	at, id, ok := strings.Cut(p.Message, "/")
	switch {
	case p.Direct:
		return p.Channel, nil, nil
	case !ok:
		if c, known := a.world.known(p.Thread); known && c.thread() {
			return p.Thread, nil, nil
		}
		return p.Channel, nil, nil
	case a.cfg.Threads && at == p.Channel && p.Thread == "":
		thread, err := a.thread(ctx, at, id)
		if err == nil {
			return thread, nil, nil
		}
		if !errors.Is(err, chat.ErrGone) {
			return "", nil, err
		}
		a.log.Debug("no thread can be begun; answering in the channel", "error", err)
	}
	return at, &reference{MessageID: id, ChannelID: at}, nil
}

// thread begins a thread on a message, and gives its id, which is that of the
// message.
func (a *Adapter) thread(ctx context.Context, channelID, messageID string) (string, error) {
	if c, ok := a.world.known(messageID); ok && c.thread() {
		return c.ID, nil
	}
	name := bot.LabelsFor("").Question
	if item := a.world.noted.Get(messageID); item != nil && item.Value().text != "" {
		name = shortest(strings.Join(strings.Fields(item.Value().text), " "), maxTitleUsed)
	}
	var c channel
	err := a.client.do(ctx, "POST", "channels/"+channelID+"/messages/"+messageID+"/threads", bucket("thread", channelID),
		map[string]any{"name": name, "auto_archive_duration": archiveAfter}, &c)
	if code(err) == codeHasThread {
		return messageID, nil
	}
	if err != nil {
		return "", err
	}
	a.world.learn(c.GuildID, c)
	return c.ID, nil
}

// replace puts a reply in the place of older posts.
func (a *Adapter) replace(ctx context.Context, s chat.Showing, d drawn, channelID string) ([]string, error) {
	var posts []string
	for i, p := range d.parts {
		if i < len(s.Old) {
			at, id := whereIs(s.Place, s.Old[i])
			err := a.client.do(ctx, "PATCH", "channels/"+at+"/messages/"+id, bucket("message", at), p, nil)
			if err == nil {
				posts = append(posts, s.Old[i])
				continue
			}
			if !errors.Is(err, chat.ErrGone) {
				return nil, err
			}
		}
		m, err := a.post(ctx, channelID, p, nil, s.Key, i, nil)
		if err != nil {
			return nil, err
		}
		posts = append(posts, postID(s.Place, channelID, m.ID))
	}
	if len(s.Old) > len(d.parts) {
		if err := a.Remove(ctx, s.Place, s.Old[len(d.parts):]); err != nil && !errors.Is(err, chat.ErrGone) {
			return nil, err
		}
	}
	return posts, nil
}

// Remove implements [chat.Platform].
func (a *Adapter) Remove(ctx context.Context, p chat.Place, posts []string) error {
	var errs error
	for _, post := range posts {
		at, id := whereIs(p, post)
		err := a.client.do(ctx, "DELETE", "channels/"+at+"/messages/"+id, bucket("delete", at), nil, nil)
		if code(err) != codeNoMessage {
			errs = errors.Join(errs, err)
		}
	}
	return errs
}

// settle takes the buttons off a post whose question was decided.
func (a *Adapter) settle(ctx context.Context, s chat.Showing) {
	at, id := whereIs(s.Place, s.Settle)
	err := a.client.do(ctx, "PATCH", "channels/"+at+"/messages/"+id, bucket("message", at),
		map[string]any{"components": []component{}}, nil)
	if err != nil { // the buttons stay, and say that it is over when they are pressed
		a.log.Debug("taking buttons off", "error", err)
	}
}

// Working implements [chat.Platform]: it shows that we type. Interactions show
// that by themselves.
func (a *Adapter) Working(ctx context.Context, p chat.Place) (done func()) {
	at, _, ok := strings.Cut(p.Message, "/")
	if p.Hook != "" || !ok {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var typing sync.WaitGroup
	typing.Go(func() {
		for {
			if err := a.client.do(ctx, "POST", "channels/"+at+"/typing", bucket("typing", at), nil, nil); err != nil {
				return
			}
			if !sleep(ctx, typingFor) {
				return
			}
		}
	})
	return func() {
		stop()
		typing.Wait()
	}
}
