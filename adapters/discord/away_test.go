package discord_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot/bottest"
	"frontdesk/internal/secret"
)

// TestMissed holds what is read back in channels and threads after the desk was
// away, and after it lost its session.
func TestMissed(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	general, random, ann := s.channel("general"), s.channel("random"), s.person("ann")
	call := "<@" + s.fake.Bot.ID + "> "
	one := s.fake.Say(general, ann, call+"one")
	s.answer(t, general, 1)
	thread, err := s.fake.Thread(general, one.ID, ann, "more")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.fake.Say(general, ann, call+"two")
	s.fake.Say(thread.ID, ann, "in the thread")
	s.fake.Say(random, ann, call+"where nothing was said before")
	s.fake.Say(random, ann, "to nobody")
	s.start(bottest.Running{Handler: e.handle})
	for _, text := range []string{"two", "in the thread", "where nothing was said before"} {
		e.wait(t, says(text))
	}
	s.answer(t, thread.ID, 1)
	s.fake.Forget() // the session, so that Discord repeats nothing
	s.fake.Refuse(true)
	s.fake.Drop(false)
	s.fake.Say(random, ann, call+"while the session was lost")
	s.fake.Refuse(false)
	e.wait(t, says("while the session was lost"))
	s.answer(t, random, 2)
	for _, text := range []string{"one", "two", "in the thread", "where nothing was said before", "while the session was lost"} {
		if n := e.count(says(text)); n != 1 {
			t.Errorf("%q was heard %d times", text, n)
		}
	}
	if n := e.count(says("to nobody")); n != 0 {
		t.Error("what was said to nobody was heard")
	}
}

func TestShards(t *testing.T) {
	t.Parallel()
	s := newStand(t, discordfake.Options{})
	s.cfg.Shards = 2
	var channels []string
	for i := range 4 {
		time.Sleep(time.Millisecond) // guilds get to shards by the time of their making
		channels = append(channels, s.fake.AddChannel(s.fake.AddGuild(fmt.Sprint(i), s.person("ann")), "general", discordfake.TextChannel))
	}
	s.start(bottest.Running{Handler: (&ears{}).handle})
	for _, c := range channels {
		s.fake.Say(c, s.person("ann"), "<@"+s.fake.Bot.ID+"> hello")
	}
	for _, c := range channels {
		s.answer(t, c, 1)
	}
}

// TestIntents holds that the desk asks for no more than it needs, and that it goes
// on with less where Discord does not grant it.
func TestIntents(t *testing.T) {
	t.Parallel()
	const content = 1 << 15
	for _, x := range []struct {
		name   string
		flags  int
		change func(*stand)
		want   int
	}{
		{"all", 0, nil, 1 | 1<<9 | 1<<10 | 1<<12 | 1<<13 | content},
		{"not granted", discordfake.NoFlags, nil, 1 | 1<<9 | 1<<10 | 1<<12 | 1<<13},
		{"not wanted", 0, func(s *stand) { s.cfg.Content = false }, 1 | 1<<9 | 1<<10 | 1<<12 | 1<<13},
		{"not needed", 0, func(s *stand) {
			s.cfg.Direct = false
			s.cfg.Channels = map[string]chat.Channel{chat.Everywhere: {When: []chat.When{chat.OnMention}}}
		}, 1 | 1<<9 | 1<<10},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s, _ := desk(t, discordfake.Options{Flags: x.flags}, x.change)
			if got := s.fake.Intents(); len(got) != 1 || got[0] != x.want {
				t.Errorf("intents %b instead of %b", got, x.want)
			}
			general := s.channel("general")
			s.fake.Say(general, s.person("ann"), "hello <@"+s.fake.Bot.ID+">")
			if all := s.answer(t, general, 1); all[0].Content != "You said: hello" {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestRefused holds that what only an owner can mend ends Run with what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	fake, err := discordfake.New(discordfake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL = secret.New("wrong"), fake.URL
	a, err := discord.New(cfg, discord.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context(), (&ears{}).handle); !errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), "Reset Token") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong token gives %v", err)
	}
}

// TestRateLimits holds that the desk keeps to Discord's limits, of a channel and of
// all requests, and that nothing is lost or disordered by them.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	s, _ := desk(t, discordfake.Options{PerRoute: 5, RouteWindow: 250 * time.Millisecond, Global: 30}, nil)
	const people, each = 4, 12
	for n := range each {
		for p := range people {
			u := s.person(fmt.Sprint("u", p))
			s.fake.Say(s.fake.DM(u), u, fmt.Sprint("number ", n))
		}
	}
	for p := range people {
		all := s.answer(t, s.fake.DM(s.person(fmt.Sprint("u", p))), each)
		for n, m := range all {
			if want := fmt.Sprint("You said: number ", n); m.Content != want {
				t.Errorf("%q stands where %q is due", m.Content, want)
			}
		}
	}
	if refused := s.fake.Refused(); refused > people*each/2 {
		t.Errorf("%d requests came too early", refused)
	}
}
