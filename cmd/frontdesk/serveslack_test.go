//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
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

// newServedSlack is one that does not wait long for what it sends again.
func newServedSlack(t *testing.T, people int) servedPlatform {
	retries := make([]time.Duration, 100)
	for i := range retries {
		retries[i] = 50 * time.Millisecond
	}
	return newServedSlackAs(t, people, slackfake.Config{Retries: retries, AckWithin: time.Second})
}

func newServedSlackAs(t *testing.T, people int, cfg slackfake.Config) *servedSlack {
	t.Helper()
	server, err := slackfake.New(cfg)
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

func (s *servedSlack) wrong() []string {
	return []string{"TEST_SLACK_BOT=xoxb-wrong", "TEST_SLACK_APP=xapp-wrong"}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.deliveries {
		if d == nil {
			return false
		}
		if _, settled := d.Result(); !settled {
			return false
		}
	}
	return true
}

// connected is always true: what is said waits for a connection.
func (s *servedSlack) connected() bool { return true }

// Slack calls the desk, by HTTP; who does not sign is not let in.
func TestServeSlackHTTP(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	s := newServedSlack(t, 0).(*servedSlack)
	address := housePort(t)
	w := s.server.AddWorkspace(slackfake.Setup{RequestURL: "http://" + address + "/slack/events"})
	ann := w.AddUser(slackfake.User{Name: "ann"})
	dir := t.TempDir()
	serveWrite(t, dir, "desk.yaml", serveKnowledge())
	serveWrite(t, dir, "config.yaml", fmt.Sprintf("format: 1\ndata_dir: data\nbases:\n  desk: {knowledge: [desk.yaml]}\nhttp: {address: %q}\n"+
		"slack: {mode: http, bot_token: \"${env:TEST_SLACK_BOT}\", signing_secret: \"${env:TEST_SLACK_SECRET}\", api_url: %q}\n", address, s.server.APIURL()))
	desk := startServeWith(t, dir, []string{"TEST_SLACK_BOT=" + w.Setup.BotToken, "TEST_SLACK_SECRET=" + w.Setup.SigningSecret})
	serveUntil(t, "readiness", func() bool { return strings.HasPrefix(desk.get("/readyz"), `{"ready":true`) })
	w.Say(ann, w.DM(ann), "when are you open?", "")
	serveUntil(t, "the answer", func() bool {
		for _, m := range w.Posts(w.DM(ann), "*") {
			if strings.Contains(m.Text, "From nine to five.") {
				return true
			}
		}
		return false
	})
	r, err := http.Post("http://"+address+"/slack/events", "application/json", strings.NewReader(`{"type":"event_callback"}`))
	if err != nil {
		t.Fatal(err)
	}
	if r.Body.Close(); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a signature: %s", r.Status)
	}
	desk.signal(syscall.SIGTERM)
	if code := desk.end(); code != codeDone {
		t.Errorf("it ended with %d", code)
	}
}

// A second signal ends at once what the first one let finish.
func TestServeEndsAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	s := newServedSlack(t, 1)
	dir := serveFolder(t, s)
	serveWrite(t, dir, "desk.yaml", serveKnowledge()+"commands:\n  - id: wait\n    say: [wait a while]\n    allow: everybody\n    run: {exec: {command: [sh, -c, 'touch begun; exec sleep 20']}}\n    reply: Done.\n")
	desk := startServe(t, dir, s)
	s.say(t, 0, "wait a while")
	serveUntil(t, "the command", func() bool { _, err := os.Stat(filepath.Join(dir, "begun")); return err == nil })
	desk.signal(syscall.SIGTERM)
	serveUntil(t, "that it stops", func() bool { return strings.Contains(desk.get("/readyz"), "stopping") })
	desk.signal(os.Interrupt)
	if code := desk.end(); code != codeFailure || !strings.Contains(desk.stderr.String(), "ended at once") {
		t.Errorf("it ended with %d", code)
	}
}
