//go:build unix

package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"
)

// servedSlack is Slack for the tests of serve.
type servedSlack struct {
	server    *slackfake.Server
	workspace *slackfake.Workspace
	people    []string
	dms       []string

	mu         sync.Mutex
	deliveries []*slackfake.Delivery
}

func newServedSlack(t *testing.T, people int) servedPlatform {
	t.Helper()
	retries := make([]time.Duration, 100)
	for i := range retries {
		retries[i] = 50 * time.Millisecond
	}
	server, err := slackfake.New(slackfake.Config{Retries: retries, AckWithin: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &servedSlack{server: server, workspace: server.AddWorkspace(slackfake.Setup{})}
	for i := range people {
		id := s.workspace.AddUser(slackfake.User{Name: fmt.Sprint("person", i)})
		s.people, s.dms = append(s.people, id), append(s.dms, s.workspace.DM(id))
	}
	return s
}

func (s *servedSlack) section() string {
	return fmt.Sprintf("slack: {bot_token: \"${env:TEST_SLACK_BOT}\", app_token: \"${env:TEST_SLACK_APP}\", api_url: %q, pace: 0}\n", s.server.APIURL())
}

func (s *servedSlack) environment() []string {
	return []string{"TEST_SLACK_BOT=" + s.workspace.Setup.BotToken, "TEST_SLACK_APP=" + s.workspace.Setup.AppToken}
}

func (s *servedSlack) say(_ *testing.T, person int, text string) {
	said := s.workspace.Say(s.people[person], s.dms[person], text, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = append(s.deliveries, said.Event)
}

func (s *servedSlack) said(person int) (texts []string) {
	for _, m := range s.workspace.Posts(s.dms[person], "*") {
		texts = append(texts, m.Text)
	}
	return texts
}

func (s *servedSlack) acknowledges() bool { return true }

func (s *servedSlack) settled() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.deliveries {
		if _, err := d.Wait(ctx); err != nil {
			return false
		}
	}
	return true
}

// connected is always true: what is said waits for a connection.
func (s *servedSlack) connected() bool { return true }
