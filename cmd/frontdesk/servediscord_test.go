//go:build unix

package main

import (
	"fmt"
	"testing"

	"frontdesk/adapters/discord/discordfake"
)

// servedDiscord is Discord for the tests of serve.
type servedDiscord struct {
	server *discordfake.Server
	people []*discordfake.User
	dms    []string
}

func newServedDiscord(t *testing.T, people int) servedPlatform {
	t.Helper()
	server, err := discordfake.New(discordfake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	s := &servedDiscord{server: server}
	for i := range people {
		u := server.AddUser(fmt.Sprint("person", i))
		s.people, s.dms = append(s.people, u), append(s.dms, server.DM(u))
	}
	server.AddChannel(server.AddGuild("house", s.people...), "general", discordfake.TextChannel)
	return s
}

func (s *servedDiscord) section() string {
	return fmt.Sprintf("discord: {token: \"${env:TEST_DISCORD}\", api_url: %q}\n", s.server.URL)
}

func (s *servedDiscord) environment() []string { return []string{"TEST_DISCORD=" + s.server.Token()} }

func (s *servedDiscord) wrong() []string { return []string{"TEST_DISCORD=wrong"} }

func (s *servedDiscord) say(_ *testing.T, person int, text string) {
	s.server.Say(s.dms[person], s.people[person], text)
}

func (s *servedDiscord) said(person int) (texts []string) {
	for _, m := range s.server.Answers(s.dms[person]) {
		texts = append(texts, m.Content)
	}
	return texts
}

// acknowledges is false: Discord's gateway is told nothing, and what was not kept
// is read back at the next start.
func (s *servedDiscord) acknowledges() bool { return false }

func (s *servedDiscord) settled() bool { return false }

func (s *servedDiscord) connected() bool {
	now, _, _ := s.server.Connected()
	return now > 0
}
