package chat

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/bot"

	"github.com/jellydator/ttlcache/v3"
)

const (
	rememberFor   = time.Hour // the keys of events that were finished
	maxRemembered = 100_000
	maxPosts      = 20_000
)

// Memory is a Store that forgets with the process, for a desk without a journal.
type Memory struct {
	mu      sync.Mutex
	open    map[string]bot.Receipt
	order   []string // keys of open, oldest first; some may be finished
	known   *ttlcache.Cache[string, struct{}]
	posts   []bot.Post
	cursors map[string]string
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty one.
func NewMemory() *Memory {
	return &Memory{open: map[string]bot.Receipt{}, cursors: map[string]string{},
		known: ttlcache.New(ttlcache.WithTTL[string, struct{}](rememberFor), ttlcache.WithCapacity[string, struct{}](maxRemembered),
			ttlcache.WithDisableTouchOnHit[string, struct{}]())}
}

// AcceptAll implements [Inbox].
func (m *Memory) AcceptAll(_ context.Context, rs []bot.Receipt) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := make([]bool, len(rs))
	for i, r := range rs {
		key := r.Adapter + "\x00" + r.Key
		if _, ok := m.open[key]; ok || m.known.Has(key) {
			continue
		}
		fresh[i] = true
		m.open[key] = r
		m.order = append(m.order, key)
		m.known.Set(key, struct{}{}, ttlcache.DefaultTTL)
		if r.Channel != "" && r.Sequence != "" {
			m.cursors[r.Adapter+"\x00"+r.Channel] = r.Sequence
		}
	}
	return fresh, nil
}

// Finish implements [Inbox].
func (m *Memory) Finish(_ context.Context, adapter, key string, posts []bot.Post) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, adapter+"\x00"+key)
	if len(m.order) > 2*len(m.open)+100 {
		m.order = slices.DeleteFunc(m.order, func(k string) bool { _, ok := m.open[k]; return !ok })
	}
	m.keep(posts...)
	return nil
}

// keep adds posts and forgets the oldest ones beyond the bound. The caller holds mu.
func (m *Memory) keep(posts ...bot.Post) {
	m.posts = append(m.posts, posts...)
	if len(m.posts) > maxPosts {
		m.posts = slices.Clone(m.posts[len(m.posts)-maxPosts/2:])
	}
}

// Unfinished implements [Inbox].
func (m *Memory) Unfinished(_ context.Context, adapter string, f func(bot.Receipt) error) error {
	m.mu.Lock()
	var open []bot.Receipt
	for _, k := range m.order {
		if r, ok := m.open[k]; ok && r.Adapter == adapter {
			open = append(open, r)
		}
	}
	m.mu.Unlock()
	for _, r := range open {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// KeepPost implements [Posts].
func (m *Memory) KeepPost(_ context.Context, p bot.Post) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(p)
	return nil
}

// Post implements [Posts].
func (m *Memory) Post(_ context.Context, adapter, channel, id string) (bot.Post, bool, error) {
	posts := m.find(func(p bot.Post) bool { return p.Adapter == adapter && p.Channel == channel && p.ID == id })
	if len(posts) == 0 {
		return bot.Post{}, false, nil
	}
	return posts[0], true, nil
}

// PostsOf implements [Posts].
func (m *Memory) PostsOf(_ context.Context, adapter, conversation, question string) ([]bot.Post, error) {
	return m.find(func(p bot.Post) bool {
		return p.Adapter == adapter && p.Conversation == conversation && p.Question == question
	}), nil
}

// ReplacePosts implements [Posts].
func (m *Memory) ReplacePosts(_ context.Context, adapter, conversation, question string, posts []bot.Post) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.posts = slices.DeleteFunc(m.posts, func(p bot.Post) bool {
		return p.Adapter == adapter && p.Conversation == conversation && p.Question == question
	})
	m.keep(posts...)
	return nil
}

// Joined implements [Posts].
func (m *Memory) Joined(_ context.Context, adapter, conversation string) (bool, error) {
	return len(m.find(func(p bot.Post) bool { return p.Adapter == adapter && p.Conversation == conversation })) > 0, nil
}

// Cursors implements [Cursors].
func (m *Memory) Cursors(_ context.Context, adapter string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for k, v := range m.cursors {
		if a, channel, _ := strings.Cut(k, "\x00"); a == adapter {
			out[channel] = v
		}
	}
	return out, nil
}

func (m *Memory) find(is func(bot.Post) bool) []bot.Post {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []bot.Post
	for _, p := range m.posts {
		if is(p) {
			out = append(out, p)
		}
	}
	return out
}
