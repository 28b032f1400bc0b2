package discord_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
	"frontdesk/bot/journal"
)

// TestKilled kills the desk again and again while people ask, as kill -9 does, and
// holds that every question is answered once.
func TestKilled(t *testing.T) {
	t.Parallel()
	people, messages, kills, rate := 10, 200, 3, 100
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		people, messages, kills, rate = 200, 10_000, 20, 200
	} else if testing.Short() {
		t.Skip("a load is for a test that is not short")
	}
	s := newStand(t, discordfake.Options{KeepMessages: 1000})
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), journal.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	s.store = j
	r := bottest.Running{Handler: func(_ context.Context, m bot.Message) (bot.Reply, error) {
		return bot.Reply{Decision: bot.Answer, Text: strings.Replace(m.Text, "question", "answer", 1)}, nil
	}}
	s.start(r)
	began := time.Now()
	for i := range messages {
		if wait := time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))); wait > 0 {
			time.Sleep(wait)
		}
		u := s.person(fmt.Sprint("u", i%people))
		s.fake.Say(s.fake.DM(u), u, fmt.Sprintf("question %d", i/people))
		if i%(messages/(kills+1)) == messages/(kills+1)-1 && i/(messages/(kills+1)) < kills {
			s.kill()
			s.start(r)
		}
	}
	each := messages / people
	for p := range people {
		dm := s.fake.DM(s.person(fmt.Sprint("u", p)))
		_ = s.fake.Wait(soon(t), func() bool { return len(s.fake.Answers(dm)) >= each })
	}
	time.Sleep(100 * time.Millisecond) // for what should not come
	lost, twice, disorder := 0, 0, 0
	for p := range people {
		last := -1
		seen := map[string]int{}
		for _, m := range s.fake.Answers(s.fake.DM(s.person(fmt.Sprint("u", p)))) {
			seen[m.Content]++
			var n int
			if _, err := fmt.Sscanf(m.Content, "answer %d", &n); err != nil || n < last {
				disorder++
			}
			last = max(last, n)
		}
		for n := range each {
			switch k := seen[fmt.Sprintf("answer %d", n)]; {
			case k == 0:
				lost++
			case k > 1:
				twice += k - 1
			}
		}
	}
	if lost+twice+disorder > 0 {
		t.Errorf("of %d questions %d are not answered, %d answered again, %d out of order", messages, lost, twice, disorder)
	}
}
