package discordfake_test

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"

	"github.com/bwmarrin/discordgo"
)

// patience is how long the tests wait for what must come: a machine may stand still
// for seconds.
const patience = time.Minute

// toFake sends what is meant for Discord to the fake.
type toFake struct{ url *url.URL }

func (t toFake) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = t.url.Scheme, t.url.Host, t.url.Host
	return pool.RoundTrip(r)
}

// pool keeps connections: the default keeps two for each host.
var pool = &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: time.Minute}

// client gives the real library, pointed to the fake.
func client(t *testing.T, s *discordfake.Server, intents discordgo.Intent) *discordgo.Session {
	t.Helper()
	c, err := discordgo.New("Bot " + s.Token())
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.Client = &http.Client{Transport: toFake{at}, Timeout: patience}
	c.Identify.Intents = intents
	c.SyncEvents = true
	c.LogLevel = -1
	return c
}

func open(t *testing.T, c *discordgo.Session) {
	t.Helper()
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	// Closing it takes the library a second of sleep; it is left to find nobody.
}

func serve(t *testing.T, opts discordfake.Options) *discordfake.Server {
	t.Helper()
	s, err := discordfake.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// next takes the next value of a channel.
func next[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// code gives Discord's code of an error of the REST API.
func code(t *testing.T, err error) int {
	t.Helper()
	var rest *discordgo.RESTError
	if !errors.As(err, &rest) || rest.Message == nil {
		t.Fatalf("no error of the API: %v", err)
	}
	return rest.Message.Code
}

const everything = discordgo.IntentsAllWithoutPrivileged | discordgo.IntentMessageContent

func TestMessages(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	g := s.AddGuild("home", ann)
	ch := s.AddChannel(g, "general", discordfake.TextChannel)
	c := client(t, s, everything)
	created := make(chan *discordgo.Message, 10)
	updated := make(chan *discordgo.Message, 10)
	deleted := make(chan *discordgo.Message, 10)
	guilds := make(chan *discordgo.Guild, 10)
	reactions := make(chan *discordgo.MessageReactionAdd, 10)
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { created <- m.Message })
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageUpdate) { updated <- m.Message })
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageDelete) { deleted <- m.Message })
	c.AddHandler(func(_ *discordgo.Session, g *discordgo.GuildCreate) { guilds <- g.Guild })
	c.AddHandler(func(_ *discordgo.Session, r *discordgo.MessageReactionAdd) { reactions <- r })
	open(t, c)
	if got := next(t, guilds); got.ID != g || len(got.Channels) != 1 || got.Channels[0].ID != ch {
		t.Errorf("the guild came as %+v", got)
	}
	if c.State.User.ID != s.Bot.ID {
		t.Errorf("READY tells of user %q", c.State.User.ID)
	}

	said := s.Say(ch, ann, "hello <@"+s.Bot.ID+">")
	m := next(t, created)
	if m.ID != said.ID || m.GuildID != g || m.Author.ID != ann.ID || m.Member == nil || len(m.Mentions) != 1 {
		t.Errorf("said came as %+v", m)
	}
	if err := s.Edit(ch, said.ID, "hello again"); err != nil {
		t.Fatal(err)
	}
	if m := next(t, updated); m.Content != "hello again" || m.EditedTimestamp == nil {
		t.Errorf("the edit came as %+v", m)
	}
	if err := s.React(ch, said.ID, ann, "👍"); err != nil {
		t.Fatal(err)
	}
	if r := next(t, reactions); r.Emoji.Name != "👍" || r.UserID != ann.ID || r.Member == nil {
		t.Errorf("the reaction came as %+v", r)
	}

	answer, err := c.ChannelMessageSendComplex(ch, &discordgo.MessageSend{
		Content: "hi <@" + ann.ID + "> @everyone", Reference: said1(said),
		AllowedMentions: &discordgo.MessageAllowedMentions{},
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.Button{Label: "Yes", CustomID: "y"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Type != discordgo.MessageTypeReply || len(answer.Mentions) != 0 || answer.MentionEveryone {
		t.Errorf("the answer came back as %+v", answer)
	}
	if m := next(t, created); m.ID != answer.ID || m.ReferencedMessage == nil {
		t.Errorf("the answer came as %+v", m)
	}
	text := "changed"
	if _, err := c.ChannelMessageEditComplex(&discordgo.MessageEdit{Channel: ch, ID: answer.ID, Content: &text}); err != nil {
		t.Fatal(err)
	}
	if all := s.Answers(ch); len(all) != 1 || all[0].Content != "changed" || all[0].Edits != 1 {
		t.Errorf("the answers are %+v", all)
	}
	if err := c.MessageReactionAdd(ch, said.ID, "👀"); err != nil {
		t.Error(err)
	}
	if err := c.ChannelTyping(ch); err != nil || s.Typing(ch) != 1 {
		t.Error("no typing", err)
	}
	if err := s.Delete(ch, said.ID); err != nil {
		t.Fatal(err)
	}
	if m := next(t, deleted); m.ID != said.ID {
		t.Errorf("the deletion came as %+v", m)
	}
	if err := c.ChannelMessageDelete(ch, answer.ID); err != nil || len(s.Messages(ch)) != 0 {
		t.Errorf("%v; left: %+v", err, s.Messages(ch))
	}
	if _, err := c.ChannelMessage(ch, said.ID); code(t, err) != 10008 {
		t.Error(err)
	}
	if _, err := c.Channel("1"); code(t, err) != 10003 {
		t.Error(err)
	}
}

func said1(m discordfake.Message) *discordgo.MessageReference {
	return &discordgo.MessageReference{MessageID: m.ID, ChannelID: m.ChannelID}
}

// TestHistory reads what was said in steps, as a client does that was away.
func TestHistory(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	var ids []string
	for range 120 {
		ids = append(ids, s.Say(ch, ann, "x").ID)
	}
	c := client(t, s, everything)
	for _, x := range []struct {
		before, after string
		want          []string
	}{
		{"", ids[0], ids[1:101]},
		{"", ids[100], ids[101:]},
		{ids[5], "", ids[:5]},
		{"", "", ids[20:]},
	} {
		got, err := c.ChannelMessages(ch, 100, x.before, x.after, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range got { // the newest comes first
			if want := x.want[len(x.want)-1-i]; len(got) != len(x.want) || m.ID != want {
				t.Fatalf("before %q after %q: %d messages, at %d %s instead of %s", x.before, x.after, len(got), i, m.ID, want)
			}
		}
	}
	if _, err := c.ChannelMessages(ch, 101, "", "", ""); code(t, err) != 50035 {
		t.Error(err)
	}
}

// TestContent holds when the content of messages is shown.
func TestContent(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{Flags: discordfake.NoFlags})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	dm := s.DM(ann)
	c := client(t, s, discordgo.IntentGuildMessages|discordgo.IntentDirectMessages)
	created := make(chan *discordgo.Message, 10)
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { created <- m.Message })
	open(t, c)
	s.Say(ch, ann, "secret")
	s.Say(ch, ann, "for you <@"+s.Bot.ID+">")
	s.Say(dm, ann, "direct")
	for _, want := range []string{"", "for you <@" + s.Bot.ID + ">", "direct"} {
		if m := next(t, created); m.Content != want {
			t.Errorf("got %q instead of %q", m.Content, want)
		}
	}
	all, err := c.ChannelMessages(ch, 100, "", "", "")
	if err != nil || all[1].Content != "" || all[0].Content == "" {
		t.Errorf("%v: %q, %q", err, all[1].Content, all[0].Content)
	}
	greedy := client(t, s, everything)
	if err := greedy.Open(); err == nil || !strings.Contains(err.Error(), "4014") {
		t.Errorf("an intent that is not granted gives %v", err)
	}
	wrong := client(t, s, discordgo.IntentGuilds)
	wrong.Token, wrong.Identify.Token = "Bot nonsense", "Bot nonsense"
	if err := wrong.Open(); err == nil || !strings.Contains(err.Error(), "4004") {
		t.Errorf("a wrong token gives %v", err)
	}
	if _, err := wrong.User("@me"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong token gives %v", err)
	}
}

// TestMain lets more tests run at once than there are processors: most of their
// time they wait for the library.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("10")
	}
	os.Exit(m.Run())
}
