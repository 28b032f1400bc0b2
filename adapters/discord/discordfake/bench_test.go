package discordfake_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"frontdesk/adapters/discord/discordfake"

	"github.com/bwmarrin/discordgo"
)

// BenchmarkEcho measures the way of a message to the real library and of its
// answer back, in 50 channels at once.
func BenchmarkEcho(b *testing.B) {
	var answered sync.WaitGroup
	s, err := discordfake.New(discordfake.Options{OnPost: func(discordfake.Message) { answered.Done() }})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ann := s.AddUser("ann")
	g := s.AddGuild("home", ann)
	var channels []string
	for range 50 {
		channels = append(channels, s.AddChannel(g, "c", discordfake.TextChannel))
	}
	c, err := discordgo.New("Bot " + s.Token())
	if err != nil {
		b.Fatal(err)
	}
	at, err := url.Parse(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	c.Client = &http.Client{Transport: toFake{at}, Timeout: patience}
	c.Identify.Intents, c.SyncEvents, c.LogLevel = everything, true, -1
	work := make(chan *discordgo.Message, 10_000)
	for range 50 {
		go func() {
			for m := range work {
				_, _ = c.ChannelMessageSend(m.ChannelID, m.Content)
			}
		}()
	}
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) {
		if m.Author.ID == ann.ID {
			work <- m.Message
		}
	})
	if err := c.Open(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		answered.Add(1)
		s.Say(channels[i%50], ann, "how do I reset my password?")
	}
	answered.Wait()
}
