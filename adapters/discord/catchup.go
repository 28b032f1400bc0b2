package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/adapters/chat"
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
// there; where nothing ever was, what was last taken in anywhere. It is "" when
// nothing is to be read: the desk is new here.
func (a *Adapter) since(cursors map[string]string, channelID string) string {
	if a.cfg.CatchUp <= 0 {
		return ""
	}
	from := cursors[channelID]
	if from == "" {
		from = a.world.lastSeen()
	}
	if from == "" {
		for _, c := range cursors {
			from = newest(from, c)
		}
	}
	if from == "" {
		return ""
	}
	return newest(idAt(timeOf(from).Add(-overlap)), idAt(a.deps.Now().Add(-a.cfg.CatchUp)))
}

// catchUp reads what was said in a guild while we were away.
func (a *Adapter) catchUp(ctx context.Context, g guild) error {
	cursors, err := a.desk.Cursors().Cursors(ctx, Name)
	if err != nil {
		return fmt.Errorf("reading how far channels were read: %w", err)
	}
	var missed []message
	for _, c := range slices.Concat(g.Channels, g.Threads) {
		at := c.ID
		if c.thread() {
			at = c.ParentID
		}
		if c.Type != typeText && c.Type != typeNews && !c.thread() || !a.speaks(at) {
			continue
		}
		from := a.since(cursors, at)
		if from == "" || !older(from, c.LastID) {
			continue
		}
		more, err := a.readBack(ctx, c.ID, from)
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

// catchUpDirect reads direct messages that came while we were away: the channels
// are those of which we know that belong to no guild.
func (a *Adapter) catchUpDirect(ctx context.Context) error {
	if !a.cfg.Direct {
		return nil
	}
	cursors, err := a.desk.Cursors().Cursors(ctx, Name)
	if err != nil {
		return fmt.Errorf("reading how far channels were read: %w", err)
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
		from := a.since(cursors, id)
		if from == "" {
			continue
		}
		c, err := a.world.channel(ctx, id)
		if err == nil && c.Type == typeDM && older(from, c.LastID) {
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
