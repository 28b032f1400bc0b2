package discord_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// platform is the stand as the conformance suite wants it.
func (s *stand) platform() *bottest.Platform {
	message := func(m string) (channelID, id string) {
		channelID, id, _ = strings.Cut(m, "/")
		return channelID, id
	}
	must := func(err error) {
		if err != nil {
			s.t.Error(err)
		}
		s.flush()
	}
	return &bottest.Platform{
		Name: discord.Name, Whole: 20_000, Start: s.start, Stop: s.stop, Kill: s.kill, Say: s.say,
		Lacks: map[bottest.Feature]string{bottest.Private: "only who pressed or gave a command can be answered alone"},
		Edit: func(m, text string) {
			channelID, id := message(m)
			must(s.fake.Edit(channelID, id, text))
		},
		Delete: func(m string) {
			channelID, id := message(m)
			must(s.fake.Delete(channelID, id))
		},
		Again: func(m string) {
			channelID, id := message(m)
			must(s.fake.Again(channelID, id))
		},
		Press: func(by, post, label string) {
			s.press(by, post, func(c discordfake.Component) bool { return c.Label == label }, label)
		},
		Fill: s.fill,
		Rate: s.rate,
		Send: func(to bot.Address, r bot.Reply) error {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			return s.adapter.Send(ctx, to, r)
		},
		Address: func(channel string) bot.Address {
			return bot.Address(fmt.Sprint(discord.Name, ":", s.channel(channel)))
		},
		Read:   s.shown,
		Render: read,
		Fail:   s.fail,
		Drop:   s.drop,
		Astray: func() int { return int(s.astray.Load()) },
	}
}

// conforming gives a stand for the suite, with the channels that it knows.
func conforming(t testing.TB, threads bool) *bottest.Platform {
	s := newStand(t, discordfake.Options{})
	s.cfg.Threads = threads
	s.cfg.Channels = map[string]chat.Channel{
		s.channel(bottest.Helpful): {When: []chat.When{chat.OnMention, chat.InThread, chat.OnCommand, chat.WhenSure}, AtLeast: 0.9, PerHour: 3},
		s.channel(bottest.Muted):   {When: []chat.When{}},
		chat.Everywhere:            chat.DefaultChannel(),
	}
	return s.platform()
}

func TestConform(t *testing.T) {
	t.Parallel()
	bottest.Conform(t, func(t testing.TB) *bottest.Platform { return conforming(t, false) })
}

func TestConformWithThreads(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the suite is played once already")
	}
	bottest.Conform(t, func(t testing.TB) *bottest.Platform { return conforming(t, true) })
}

// TestMain lets more tests run at once than there are processors: most of their
// time they wait, for the library sleeps for a second after each connection.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("10")
	}
	os.Exit(m.Run())
}
