package discord_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/internal/secret"
)

// patience is how long the tests wait for what must come: a machine may stand still
// for seconds.
const patience = time.Minute

// stand is a Discord with one guild, and a desk that can be started there again
// and again.
type stand struct {
	t     testing.TB
	fake  *discordfake.Server
	guild string
	cfg   discord.Config
	store chat.Store

	mu       sync.Mutex
	people   map[string]*discordfake.User
	channels map[string]string
	acts     []*discordfake.Interaction
	refs     map[string]string // of replies

	proposals  chan bot.Proposal
	mayPropose func(by, channel bot.Address) bool

	adapter *discord.Adapter
	door    *discordfake.Door
	memory  *mortal
	end     context.CancelFunc
	ended   chan error
	astray  atomic.Int64
	strange *httptest.Server
}

// mortal is a store whose process can die.
type mortal struct {
	chat.Store
	dead atomic.Bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) AcceptAll(ctx context.Context, rs []bot.Receipt) ([]bool, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.AcceptAll(ctx, rs)
}

func (m *mortal) Finish(ctx context.Context, adapter, key string, posts []bot.Post) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Finish(ctx, adapter, key, posts)
}

func (m *mortal) KeepPost(ctx context.Context, p bot.Post) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.KeepPost(ctx, p)
}

func (m *mortal) ReplacePosts(ctx context.Context, adapter, conversation, question string, posts []bot.Post) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.ReplacePosts(ctx, adapter, conversation, question, posts)
}

func newStand(t testing.TB, opts discordfake.Options) *stand {
	t.Helper()
	opts.CDN = "https://cdn.discordapp.com"
	if opts.AnswerIn == 0 {
		opts.AnswerIn = patience
	}
	fake, err := discordfake.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{t: t, fake: fake, store: chat.NewMemory(), people: map[string]*discordfake.User{}, channels: map[string]string{}, refs: map[string]string{}}
	s.guild = fake.AddGuild("home")
	s.strange = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.astray.Add(1) }))
	s.cfg = discord.DefaultConfig()
	s.cfg.Token = secret.New(fake.Token())
	t.Cleanup(func() {
		s.kill()
		fake.Close()
		s.strange.Close()
	})
	return s
}

// start starts the desk anew, with an empty memory but for its store.
func (s *stand) start(r bottest.Running) {
	s.t.Helper()
	door, err := s.fake.Door()
	if err != nil {
		s.t.Fatal(err)
	}
	s.door, s.memory = door, &mortal{Store: s.store}
	cfg := s.cfg
	cfg.APIURL = door.URL
	cfg.Check(func(key, what, do string) { s.t.Errorf("%s: %s; %s", key, what, do) })
	s.adapter, err = discord.New(cfg, discord.Deps{Store: s.memory, Listens: r.Listens, Titles: titles, Propose: s.propose, MayPropose: s.mayPropose})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	s.end, s.ended = end, make(chan error, 1)
	_, before, _ := s.fake.Connected()
	adapter, ended := s.adapter, s.ended
	go func() { ended <- adapter.Run(ctx, r.Handler) }()
	if cfg.Mode == discord.HTTP {
		return
	}
	for late := time.After(patience); ; {
		now, identified, _ := s.fake.Connected()
		if now >= cfg.Shards && identified > before {
			return
		}
		select {
		case err := <-ended:
			s.t.Errorf("the adapter ended: %v", err)
			ended <- err
			return
		case <-late:
			s.t.Error("the adapter does not connect")
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func titles(string) []string {
	return []string{"How do I reset my password?", "How do I change my e-mail?", "Where is my invoice?", strings.Repeat("long ", 40) + "question"}
}

func (s *stand) propose(_ context.Context, p bot.Proposal) error {
	if s.proposals != nil {
		s.proposals <- p
	}
	return nil
}

func (s *stand) stop() error {
	s.end()
	return <-s.ended
}

func (s *stand) kill() {
	if s.memory == nil {
		return
	}
	s.memory.dead.Store(true)
	s.door.Slam()
	s.end()
}

// person gives somebody, who is in the guild.
func (s *stand) person(name string) *discordfake.User {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.people[name]
	if u == nil {
		u = s.fake.AddUser(name)
		s.fake.Join(s.guild, u)
		s.people[name] = u
	}
	return u
}

// channel gives the id of a channel of the guild.
func (s *stand) channel(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.channels[name]
	if id == "" {
		id = s.fake.AddChannel(s.guild, name, discordfake.TextChannel)
		s.channels[name] = id
	}
	return id
}

// in gives the channel in which something is said or read.
func (s *stand) in(w bottest.Where) string {
	if w.Channel == "" {
		return s.fake.DM(s.person(w.By))
	}
	return s.channel(w.Channel)
}

func name(m discordfake.Message) string { return m.ChannelID + "/" + m.ID }

func (s *stand) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = s.fake.Flush(ctx) // what is not sent by then is missed by whoever waits for it
}

// say has somebody say something.
func (s *stand) say(x bottest.Saying) string {
	at, u := s.in(x.Where), s.person(x.By)
	if x.Command {
		i, err := s.fake.Slash(at, u, "ask", discordfake.Option{Name: "question", Value: x.Text})
		if err != nil {
			s.t.Error(err)
			return ""
		}
		s.mu.Lock()
		s.acts = append(s.acts, i)
		s.mu.Unlock()
		s.flush()
		return i.ID
	}
	what := discordfake.Said{Content: x.Text}
	if x.Channel != "" && !x.Unnamed {
		what.Content = "<@" + s.fake.Bot.ID + "> " + x.Text
	}
	if x.Sound != nil {
		f := discordfake.Upload{Name: "sound.wav", ContentType: "audio/wav", Data: x.Sound}
		if x.Astray {
			f.URL = s.strange.URL + "/sound.wav"
		}
		what.Files = []discordfake.Upload{f}
	}
	if x.Bot {
		u = s.fake.AddBot(x.By)
		s.fake.Join(s.guild, u)
	}
	if x.Thread != "" {
		channelID, root, _ := strings.Cut(x.Thread, "/")
		if s.cfg.Threads {
			if _, ok := s.fake.Channel(root); !ok {
				if _, err := s.fake.Thread(channelID, root, u, "a thread"); err != nil {
					s.t.Error(err)
				}
			}
			at = root
		} else {
			what.ReplyTo = s.lastOf(channelID, root)
		}
	}
	m, err := s.fake.SayMore(at, u, what)
	if err != nil {
		s.t.Error(err)
	}
	s.flush()
	return name(m)
}

// lastOf gives the last message of the desk in the conversation that a message
// began by replies; that message itself where there is none.
func (s *stand) lastOf(channelID, root string) string {
	last := root
	for _, m := range s.fake.Answers(channelID) {
		if s.root(channelID, m.ID) == root {
			last = m.ID
		}
	}
	return last
}

// root gives the message that began the replies of which a message is one, be
// others among them deleted.
func (s *stand) root(channelID, id string) string {
	s.learn(channelID)
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.refs[id] != "" {
		id = s.refs[id]
	}
	return id
}

// learn notes which message of a channel replies to which.
func (s *stand) learn(channelID string) {
	all := s.fake.Messages(channelID)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range all {
		if m.MessageReference != nil && m.Type == 19 {
			s.refs[m.ID] = m.MessageReference.MessageID
		}
	}
}

// shown gives what the desk shows somewhere.
func (s *stand) shown(w bottest.Where) []bottest.Shown {
	at := s.in(w)
	all := s.fake.Answers(at)
	for _, c := range s.fake.Threads(at) {
		all = append(all, s.fake.Answers(c.ID)...)
	}
	s.mu.Lock()
	acts := slices.Clone(s.acts)
	s.mu.Unlock()
	for _, i := range acts {
		for _, m := range i.Messages() {
			if m.Flags&discordfake.Ephemeral != 0 && m.ChannelID == at && i.By() == w.By {
				all = append(all, m)
			}
		}
	}
	slices.SortFunc(all, func(a, b discordfake.Message) int { return strings.Compare(a.ID, b.ID) })
	var out []bottest.Shown
	for _, m := range all {
		if m.Type == 21 {
			continue // stands in a thread for the message that began it
		}
		p := bottest.Shown{Post: name(m), Text: m.Content}
		for _, e := range m.Embeds {
			p.Text = strings.TrimSpace(p.Text + "\n" + discordfake.Description(e))
		}
		switch {
		case m.ChannelID != at:
			p.Thread = at + "/" + m.ChannelID
		case m.MessageReference != nil:
			p.Thread = at + "/" + s.root(at, m.ID)
		}
		for _, c := range m.Each() {
			switch {
			case strings.HasPrefix(c.CustomID, "r:"):
			case strings.HasPrefix(c.CustomID, "f:"):
				p.Form = true
			case c.Type == 3:
				for _, o := range c.Options {
					p.Options = append(p.Options, o.Label)
				}
			default:
				p.Options = append(p.Options, c.Label)
			}
		}
		for _, u := range m.Mentions {
			p.Calls = append(p.Calls, u.Username)
		}
		if m.MentionEveryone {
			p.Calls = append(p.Calls, "everyone")
		}
		if m.Flags&discordfake.Ephemeral != 0 {
			p.Only = w.By
		}
		out = append(out, p)
	}
	return out
}

// post gives a message of the desk's by its name.
func (s *stand) post(post string) discordfake.Message {
	channelID, id, _ := strings.Cut(post, "/")
	for _, m := range s.fake.Messages(channelID) {
		if m.ID == id {
			return m
		}
	}
	s.t.Errorf("there is no post %q", post)
	return discordfake.Message{}
}

// press uses a button or a menu of a post.
func (s *stand) press(by, post string, is func(discordfake.Component) bool, label string) *discordfake.Interaction {
	m := s.post(post)
	for _, c := range m.Each() {
		for _, o := range c.Options {
			if o.Label == label {
				return s.acted(s.fake.Pick(m, s.person(by), c.CustomID, o.Value))
			}
		}
		if c.Type == 2 && is(c) {
			return s.acted(s.fake.Press(m, s.person(by), c.CustomID))
		}
	}
	s.t.Errorf("post %q has nothing like %q to press", post, label)
	return nil
}

func (s *stand) acted(i *discordfake.Interaction, err error) *discordfake.Interaction {
	if err != nil {
		s.t.Error(err)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append(s.acts, i)
	return i
}

// fill types into the form of a post.
func (s *stand) fill(by, post, text string) {
	i := s.press(by, post, func(c discordfake.Component) bool { return strings.HasPrefix(c.CustomID, "f:") }, "a form")
	if i == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := i.Response(ctx)
	if err != nil || r.Modal == nil {
		s.t.Errorf("no form is opened: %+v, %v", r, err)
		return
	}
	s.acted(s.fake.Submit(i, map[string]string{r.Modal.Inputs()[0].CustomID: text}))
}

// rate rates a post: by a reaction if it is good, by the button if not.
func (s *stand) rate(by, post string, rating int) {
	if rating > 0 {
		channelID, id, _ := strings.Cut(post, "/")
		if err := s.fake.React(channelID, id, s.person(by), "👍🏽"); err != nil {
			s.t.Error(err)
		}
		return
	}
	s.press(by, post, func(c discordfake.Component) bool { return c.CustomID == "r:-1" }, "a rating")
}

// shows says whether a route shows something.
func shows(route string) bool {
	method, path, _ := strings.Cut(route, " ")
	return (method == "POST" || method == "PATCH") && (strings.HasSuffix(path, "/messages") || strings.HasSuffix(path, "/messages/{message}"))
}

func (s *stand) fail(f bottest.Fault) <-chan struct{} {
	arrived := make(chan struct{})
	fault := discordfake.Fault{Routes: shows, Times: 1, Hit: func() { close(arrived) }}
	switch f {
	case bottest.Later:
		fault.Status, fault.RetryAfter = http.StatusTooManyRequests, 200*time.Millisecond
	case bottest.Fails:
		fault.Status = http.StatusInternalServerError
	case bottest.Lost:
		fault.After, fault.Cut = true, true
	case bottest.HeldBefore:
		fault.Hold = true
	case bottest.HeldAfter:
		fault.After, fault.Hold = true, true
	default:
		s.t.Errorf("unknown fault %q", f)
	}
	s.fake.Fail(fault)
	return arrived
}

func (s *stand) drop(during func()) {
	s.fake.Refuse(true)
	s.fake.Drop(false)
	during()
	s.fake.Refuse(false)
}
