package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot"
)

const (
	// maxPages of a hundred messages are read back of a channel.
	maxPages = 5
	// maxDirect is how many direct conversations are read back.
	maxDirect = 200
	// overlap is read again: events of one moment may come in another order than
	// that of their ids. What came before is dropped by the desk.
	overlap = 10 * time.Second
)

// since gives the id after which a channel is read back: what was last taken in
// there; where nothing ever was, floor. It is "" when nothing is to be read: the
// desk is new here.
func (a *Adapter) since(cursors map[string]string, channelID, floor string) string {
	from := cursors[channelID]
	if from == "" {
		from = floor
	}
	if from == "" || a.cfg.CatchUp <= 0 {
		return ""
	}
	return newest(idAt(timeOf(from).Add(-overlap)), idAt(a.deps.Now().Add(-a.cfg.CatchUp)))
}

// ready begins a session: it notes which guilds are to come, and up to where
// everything was received before.
func (c *shard) ready(ctx context.Context, data json.RawMessage) error {
	var r struct {
		Guilds []guild `json:"guilds"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	cursors, err := c.a.cursors(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.starts = append(c.starts, time.Now())
	c.mu.Unlock()
	c.floor, c.direct, c.since = c.seen, map[string]bool{}, c.a.deps.Now()
	if c.floor == "" {
		for _, id := range cursors {
			c.floor = newest(c.floor, id)
		}
	}
	c.left = map[string]bool{}
	for _, g := range r.Guilds {
		c.left[g.ID] = true
	}
	if len(c.left) == 0 && c.number == 0 {
		return c.catchUpDirect(ctx)
	}
	return nil
}

// mark notes that a new desk listens from now on, so that what is said is not lost
// should it end before it has taken anything in.
func (a *Adapter) mark(ctx context.Context) error {
	if a.deps.Store == nil {
		return nil
	}
	cursors, err := a.cursors(ctx)
	if err != nil || len(cursors) > 0 {
		return err
	}
	// It is no event: should we end between the two, it is left out of the inbox.
	now := a.deps.Now()
	_, err = a.deps.Store.AcceptAll(ctx, []bot.Receipt{{Adapter: Name, Key: "begin", Conversation: "begin", Received: now,
		Body: []byte("begin"), Channel: "begin", Sequence: idAt(now)}})
	if err == nil {
		err = a.deps.Store.Finish(ctx, Name, "begin", nil)
	}
	if err != nil {
		return fmt.Errorf("noting that the desk listens: %w", err)
	}
	return nil
}

// guild takes a guild in, and reads what was said there while we were away.
func (c *shard) guild(ctx context.Context, data json.RawMessage) error {
	var g guild
	if err := json.Unmarshal(data, &g); err != nil {
		return err
	}
	c.a.world.learnGuild(g)
	if err := c.catchUp(ctx, g); err != nil {
		return err
	}
	if c.left[g.ID] {
		delete(c.left, g.ID)
		if len(c.left) == 0 && c.number == 0 {
			return c.catchUpDirect(ctx)
		}
	}
	return nil
}

// cursors says how far channels were read.
func (a *Adapter) cursors(ctx context.Context) (map[string]string, error) {
	cursors, err := a.desk.Cursors().Cursors(ctx, Name)
	if err != nil {
		return nil, fmt.Errorf("reading how far channels were read: %w", err)
	}
	return cursors, nil
}

// catchUp reads what was said in a guild while we were away.
func (c *shard) catchUp(ctx context.Context, g guild) error {
	a := c.a
	cursors, err := a.cursors(ctx)
	if err != nil {
		return err
	}
	var missed []message
	for _, ch := range slices.Concat(g.Channels, g.Threads) {
		at := ch.ID
		if ch.thread() {
			at = ch.ParentID
		}
		if ch.Type != typeText && ch.Type != typeNews && !ch.thread() || !a.speaks(at) {
			continue
		}
		from := a.since(cursors, at, c.floor)
		if from == "" || !older(from, ch.LastID) {
			continue
		}
		more, err := a.readBack(ctx, ch.ID, from)
		if err != nil {
			return err
		}
		for i := range more {
			more[i].GuildID = g.ID
		}
		missed = append(missed, more...)
	}
	return a.takeMissed(ctx, missed)
}

// speaks says whether the desk may have something to say in a channel.
func (a *Adapter) speaks(channelID string) bool {
	return slices.ContainsFunc([]chat.When{chat.OnMention, chat.InThread, chat.WhenSure}, func(w chat.When) bool {
		return a.cfg.Speaks(channelID, w)
	})
}

// catchUpDirect reads direct messages that came while we were away. Discord does
// not say which conversations there are: of those that are known, that is, of
// which something was taken in, those are read that belong to no guild. The others
// are read when something comes from them; see met.
func (c *shard) catchUpDirect(ctx context.Context) error {
	a := c.a
	if !a.cfg.Direct {
		return nil
	}
	cursors, err := a.cursors(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for id := range cursors {
		if _, ok := a.world.known(id); !ok && snowflake.MatchString(id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y string) int {
		if older(cursors[x], cursors[y]) {
			return 1
		}
		return -1
	})
	var missed []message
	for _, id := range ids[:min(len(ids), maxDirect)] {
		from := a.since(cursors, id, c.floor)
		if from == "" {
			continue
		}
		c.direct[id] = true
		ch, err := a.world.channel(ctx, id)
		if err == nil && ch.Type == typeDM && older(from, ch.LastID) {
			var more []message
			more, err = a.readBack(ctx, id, from)
			missed = append(missed, more...)
		}
		if err != nil && !errors.Is(err, chat.ErrGone) {
			return err
		}
	}
	return a.takeMissed(ctx, missed)
}

// met reads a direct conversation back when something comes from it for the first
// time in a session: what began it may have been said while we were away.
func (c *shard) met(ctx context.Context, m *message) error {
	switch {
	case c.floor == "" || m.GuildID != "" || m.ChannelID == "" || c.direct[m.ChannelID]:
		return nil
	case len(c.direct) > maxKnown || c.a.deps.Now().Sub(c.since) > c.a.cfg.CatchUp:
		return nil // nobody waits for so long
	}
	c.direct[m.ChannelID] = true
	from := c.a.since(nil, "", c.floor)
	if from == "" {
		return nil
	}
	missed, err := c.a.readBack(ctx, m.ChannelID, from)
	if err != nil {
		return err
	}
	return c.a.takeMissed(ctx, missed)
}

// readBack reads the messages of a channel after an id, the oldest first.
func (a *Adapter) readBack(ctx context.Context, channelID, after string) ([]message, error) {
	var all []message
	for range maxPages {
		var page []message
		path := "channels/" + channelID + "/messages?limit=100&after=" + after
		err := a.client.do(ctx, "GET", path, bucket("history", channelID), nil, &page)
		if errors.Is(err, chat.ErrGone) {
			return all, nil // we may not read there
		}
		if err != nil {
			return nil, fmt.Errorf("reading back: %w", err)
		}
		slices.SortFunc(page, byID)
		all = append(all, page...)
		if len(page) < 100 {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
	a.log.Warn("more was said than is read back", "channel", channelID, "read", len(all))
	return all, nil
}

func byID(x, y message) int {
	switch {
	case x.ID == y.ID:
		return 0
	case older(x.ID, y.ID):
		return -1
	}
	return 1
}

// takeMissed takes messages in, in the order in which they were said: how far a
// channel was read holds for its threads as well.
func (a *Adapter) takeMissed(ctx context.Context, missed []message) error {
	slices.SortFunc(missed, byID)
	for i := range missed {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.said(ctx, &missed[i]); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		a.log.Info("read back what was said meanwhile", "messages", len(missed))
	}
	return nil
}
