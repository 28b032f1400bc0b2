package discord

import (
	"context"
	"sync"
	"time"

	"github.com/jellydator/ttlcache/v3"
)

const (
	maxKnown    = 200_000 // channels and threads that are remembered
	maxNoted    = 20_000
	notedFor    = 24 * time.Hour
	maxMentions = 100
)

// world is what is known of the guilds: which thread belongs to which channel,
// and who we are. It is safe for concurrent use.
type world struct {
	client *client

	mu       sync.Mutex
	me       string // our user
	app      string // our application
	channels map[string]channel
	roles    map[string]bool // those that are ours alone

	// noted remembers of messages where they stand and what they begin with.
	noted *ttlcache.Cache[string, note]
}

// note is what is remembered of a message.
type note struct {
	channel      string // it stands there
	parent       string // the channel of that, where it is a thread; else the same
	conversation string // as the desk calls it
	text         string // what it begins with
}

func newWorld(c *client) *world {
	return &world{client: c, channels: map[string]channel{}, roles: map[string]bool{},
		noted: ttlcache.New(ttlcache.WithTTL[string, note](notedFor), ttlcache.WithCapacity[string, note](maxNoted),
			ttlcache.WithDisableTouchOnHit[string, note]())}
}

// ready takes in who we are.
func (w *world) ready(me, app string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.me, w.app = me, app
}

func (w *world) self() (me, app string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.me, w.app
}

// remembers gives the conversation of a message, of ours or of somebody else.
func (w *world) remembers(id string) (conversation string, ok bool) {
	if item := w.noted.Get(id); item != nil && item.Value().conversation != "" {
		return item.Value().conversation, true
	}
	return "", false
}

// learn takes channels in.
func (w *world) learn(guildID string, all ...channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.channels) > maxKnown {
		clear(w.channels) // they are asked for again
	}
	for _, c := range all {
		if c.GuildID == "" {
			c.GuildID = guildID
		}
		w.channels[c.ID] = c
	}
}

// learnGuild takes a guild in.
func (w *world) learnGuild(g guild) {
	w.learn(g.ID, g.Channels...)
	w.learn(g.ID, g.Threads...)
	w.mu.Lock()
	defer w.mu.Unlock()
	managed := map[string]bool{}
	for _, r := range g.Roles {
		managed[r.ID] = r.Managed
	}
	for _, m := range g.Members {
		if m.User != nil && m.User.ID == w.me {
			for _, id := range m.Roles {
				if managed[id] {
					w.roles[id] = true
				}
			}
		}
	}
}

func (w *world) known(id string) (channel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.channels[id]
	return c, ok
}

// channel gives a channel; it is asked for where it is not known.
func (w *world) channel(ctx context.Context, id string) (channel, error) {
	if c, ok := w.known(id); ok {
		return c, nil
	}
	var c channel
	if err := w.client.do(ctx, "GET", "channels/"+id, bucket("channel", id), nil, &c); err != nil {
		return channel{}, err
	}
	w.learn(c.GuildID, c)
	return c, nil
}

// names says whether a message names us: by our user, or by our own role.
func (w *world) names(m *message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range m.Mentions {
		if u.ID == w.me {
			return true
		}
	}
	for _, r := range m.Roles {
		if w.roles[r] {
			return true
		}
	}
	return false
}

// ourRole says whether a role is ours alone.
func (w *world) ourRole(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.roles[id]
}
