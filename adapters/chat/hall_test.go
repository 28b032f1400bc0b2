package chat_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/chat/chattest"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// A hall is the smallest chat platform there is, with its adapter: people talk and
// are answered in it, in memory, and its markup is Markdown.
type hall struct {
	t     testing.TB
	store chat.Store
	flaw  string // what its adapter does wrong; empty for nothing

	line sync.Mutex // held while events are delivered, so that their order stays

	mu      sync.Mutex
	n       int
	said    map[string]*remark
	edits   map[string]int
	posts   map[string][]*post // by channel
	faults  []fault
	process *process // that is connected; nil for none
	last    *process
	down    bool
	missed  []func(*process) error // deliveries that nobody took

	files, strange *httptest.Server
	sounds         map[string][]byte
	astray         int
}

// A remark is what somebody said.
type remark struct {
	id string
	bottest.Saying
}

type post struct {
	bottest.Shown
	key     string // of what it shows
	options []bot.Option
}

type fault struct {
	kind    bottest.Fault
	arrived chan struct{}
}

// A process is one run of the adapter.
type process struct {
	*chattest.Process
	desk   *chat.Desk
	cancel context.CancelFunc
	done   chan error
	hall   *hall
}

func newHall(t testing.TB, flaw string) *hall { return hallOver(t, chat.NewMemory(), flaw) }

func hallOver(t testing.TB, store chat.Store, flaw string) *hall {
	return &hall{t: t, store: store, flaw: flaw, said: map[string]*remark{}, edits: map[string]int{},
		posts: map[string][]*post{}, sounds: map[string][]byte{}}
}

// platform gives it as the suite wants it.
func (h *hall) platform() *bottest.Platform {
	return &bottest.Platform{
		Name:  "hall",
		Start: h.start, Stop: h.stop, Kill: h.kill,
		Say: h.say, Edit: h.edit, Delete: h.delete, Again: h.again,
		Press: h.press, Fill: h.fill, Rate: h.rate,
		Send: func(to bot.Address, r bot.Reply) error {
			h.mu.Lock()
			p := h.process
			h.mu.Unlock()
			if h.flaw == "hears nothing" {
				return nil
			}
			return p.send(context.Background(), to, r)
		},
		Address: func(channel string) bot.Address { return bot.Address("hall:" + channel) },
		Read:    h.read, Render: render,
		Fits: func(s bottest.Shown) error {
			if n := utf8.RuneCountInString(s.Text); n > postLimit {
				return fmt.Errorf("a post of %d characters", n)
			}
			return nil
		},
		Fail: func(f bottest.Fault) <-chan struct{} {
			h.mu.Lock()
			defer h.mu.Unlock()
			arrived := make(chan struct{})
			h.faults = append(h.faults, fault{f, arrived})
			return arrived
		},
		Drop: func(during func()) {
			h.mu.Lock()
			h.down = true
			h.mu.Unlock()
			during()
			h.mu.Lock()
			h.down = false
			h.mu.Unlock()
			h.deliver(nil)
		},
		Astray: func() int {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.astray
		},
	}
}

func (h *hall) start(r bottest.Running) {
	p := &process{Process: chattest.NewProcess(), done: make(chan error, 1), hall: h}
	cfg := chat.DefaultConfig()
	cfg.Channels = map[string]chat.Channel{
		chat.Everywhere: chat.DefaultChannel(),
		bottest.Muted:   {When: []chat.When{}},
		bottest.Helpful: {When: []chat.When{chat.OnMention, chat.InThread, chat.WhenSure}, AtLeast: 0.9, PerHour: 3},
	}
	if h.flaw == "has no store" {
		h.store = chat.NewMemory()
	}
	p.desk = chat.New(cfg, p, chat.Deps{Adapter: "hall", Store: p.Store(h.store), Fetch: p.fetch, Listens: r.Listens && h.flaw != "listens to nobody"})
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	connected := make(chan struct{})
	go func() {
		p.done <- p.desk.Run(ctx, h.handler(r.Handler), func(ctx context.Context) error {
			h.mu.Lock()
			h.process = p
			h.last = p
			h.mu.Unlock()
			h.deliver(nil)
			close(connected)
			<-ctx.Done()
			h.mu.Lock()
			if h.process == p {
				h.process = nil
			}
			h.mu.Unlock()
			return nil
		})
	}()
	<-connected
}

// handler gives the handler, or one that cannot keep silent.
func (h *hall) handler(is bot.Handler) bot.Handler {
	if h.flaw != "always says something" {
		return is
	}
	return func(ctx context.Context, m bot.Message) (bot.Reply, error) {
		r, err := is(ctx, m)
		if r.Text == "" {
			r.Text = "Hm."
		}
		r.Decision = bot.Answer
		return r, err
	}
}

func (h *hall) stop() error {
	h.mu.Lock()
	p := h.last
	h.mu.Unlock()
	p.cancel()
	if h.flaw == "leaves at once" {
		p.Kill()
		return nil
	}
	return <-p.done
}

func (h *hall) kill() {
	h.mu.Lock()
	p := h.last
	h.process = nil
	h.mu.Unlock()
	p.Kill()
	p.cancel()
}

// deliver brings an event to the process, after those that nobody took before it.
func (h *hall) deliver(event func(*process) error) {
	if h.flaw == "hears nothing" {
		return
	}
	h.line.Lock()
	defer h.line.Unlock()
	h.mu.Lock()
	todo, p := h.missed, h.process
	if event != nil {
		todo = append(todo, event)
	}
	if p == nil || h.down {
		if h.missed = todo; h.flaw == "misses what came meanwhile" {
			h.missed = nil
		}
		h.mu.Unlock()
		return
	}
	h.missed = nil
	h.mu.Unlock()
	for i, e := range todo {
		if e(p) != nil { // it is delivered again
			h.mu.Lock()
			h.missed = append(slices.Clone(todo[i:]), h.missed...)
			h.mu.Unlock()
			return
		}
	}
}

// id makes a new name. The caller holds mu.
func (h *hall) id(kind string) string {
	h.n++
	return fmt.Sprintf("%s%04d", kind, h.n)
}

func (h *hall) say(s bottest.Saying) string {
	h.mu.Lock()
	r := &remark{h.id("m"), s}
	h.said[r.id] = r
	if s.Sound != nil {
		h.serve()
		h.sounds["/"+r.id] = s.Sound
	}
	h.mu.Unlock()
	h.deliver(func(p *process) error { return p.said(r) })
	return r.id
}

// serve starts the servers of files. The caller holds mu.
func (h *hall) serve() {
	if h.files != nil {
		return
	}
	h.files = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		_, _ = w.Write(h.sounds[r.URL.Path])
	}))
	h.strange = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.astray++
	}))
	h.t.Cleanup(h.files.Close)
	h.t.Cleanup(h.strange.Close)
}

func (h *hall) again(message string) {
	h.mu.Lock()
	r := h.said[message]
	h.mu.Unlock()
	h.deliver(func(p *process) error { return p.said(r) })
}

func (h *hall) edit(message, text string) {
	h.mu.Lock()
	r := *h.said[message]
	r.Text = text
	h.edits[message]++
	n := h.edits[message]
	h.mu.Unlock()
	h.deliver(func(p *process) error { return p.edited(&r, n) })
}

func (h *hall) delete(message string) {
	h.mu.Lock()
	r := h.said[message]
	h.mu.Unlock()
	h.deliver(func(p *process) error { return p.deleted(r) })
}

// standing finds a post and the channel in which it stands.
func (h *hall) standing(id string) (channel string, p post) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for channel, posts := range h.posts {
		for _, p := range posts {
			if p.Post == id {
				return channel, *p
			}
		}
	}
	h.t.Errorf("there is no post %s", id)
	return "", post{}
}

func (h *hall) press(by, id, label string) {
	channel, p := h.standing(id)
	i := slices.Index(p.Options, label)
	if i < 0 {
		h.t.Errorf("post %s offers no %q", id, label)
		return
	}
	h.touch(channel, p, bot.Message{Kind: bot.Choice, Choice: p.options[i].ID, Sender: person(by)}, label)
}

func (h *hall) fill(by, id, text string) {
	channel, p := h.standing(id)
	h.touch(channel, p, bot.Message{Kind: bot.Choice, Text: text, Sender: person(by)}, text)
}

func (h *hall) rate(by, id string, rating int) {
	channel, p := h.standing(id)
	h.touch(channel, p, bot.Message{Kind: bot.Rating, Rating: rating, Sender: person(by)}, "")
}

func (h *hall) touch(channel string, on post, m bot.Message, chosen string) {
	h.mu.Lock()
	m.ID = h.id("t")
	h.mu.Unlock()
	h.deliver(func(p *process) error { return p.touched(channel, on, m, chosen) })
}

func (h *hall) read(w bottest.Where) []bottest.Shown {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []bottest.Shown
	for _, p := range h.posts[channelOf(w)] {
		if p.Only == "" || p.Only == w.By {
			s := p.Shown
			s.Calls = calls.FindAllString(p.Text+" "+strings.Join(p.Options, " "), -1)
			out = append(out, s)
		}
	}
	return out
}

// calls are the texts by which people are called in the hall.
var calls = regexp.MustCompile(`@(everyone|here|channel)\b|<[!@][!&]?\w+(\^\w+)?>`)

func channelOf(w bottest.Where) string { return cmp.Or(w.Channel, "private-"+w.By) }

func person(name string) bot.Address { return bot.Address("hall:" + name) }

const postLimit = 2000

// request carries out what a process asks for, or what is to happen instead.
func (h *hall) request(ctx context.Context, p *process, do func()) error {
	for {
		h.mu.Lock()
		select {
		case <-p.Killed():
			h.mu.Unlock()
			return fmt.Errorf("%w: %w", chattest.ErrKilled, chat.ErrGone)
		default:
		}
		var f fault
		if len(h.faults) > 0 {
			f, h.faults = h.faults[0], h.faults[1:]
			close(f.arrived)
		}
		if f.kind == "" || f.kind == bottest.Lost || f.kind == bottest.HeldAfter {
			do()
		}
		h.mu.Unlock()
		switch f.kind {
		case bottest.HeldBefore, bottest.HeldAfter:
			<-p.Killed()
			return fmt.Errorf("%w: %w", chattest.ErrKilled, chat.ErrGone)
		case bottest.Later:
			if h.flaw == "gives up" {
				return chat.ErrGone
			}
			select {
			case <-time.After(20 * time.Millisecond):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		case "":
			h.deliver(func(p *process) error { // it hears itself as well
				return p.said(&remark{"echo", bottest.Saying{Where: bottest.Where{By: "desk", Channel: "general"}, Text: "an echo", Bot: true}})
			})
			return nil
		}
		if h.flaw == "gives up" {
			return chat.ErrGone
		}
		return errors.New("that request did not go well")
	}
}
