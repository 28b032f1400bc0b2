package slack

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"
	"frontdesk/bot/journal"
)

// loaded says whether the long tests of load are run: they take minutes.
func loaded() bool { return os.Getenv("FRONTDESK_TEST_LOAD") == "1" }

// crowd is many conversations with the desk, half of them private, half in threads
// of channels.
type crowd struct {
	*stand
	talks []talk

	mu    sync.Mutex
	shown map[string][]string  // by channel and thread, what was answered, in order
	at    map[string]time.Time // when
	sent  []saidAt             // what may not have been acknowledged yet
	took  []time.Duration      // from the sending of an event to our post
	said  map[string][]string  // by channel and thread
}

type talk struct{ user, channel, thread string }

type saidAt struct {
	text string
	d    *slackfake.Delivery
}

func newCrowd(t *testing.T, fake slackfake.Config, n int) *crowd {
	c := &crowd{stand: newStand(t, fake, slackfake.Setup{}), shown: map[string][]string{}, at: map[string]time.Time{}, said: map[string][]string{}}
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), journal.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	c.deps.Store = j
	for i := range n {
		user := c.ws.AddUser(slackfake.User{Name: fmt.Sprint("person", i)})
		if i%2 == 0 {
			c.talks = append(c.talks, talk{user, c.ws.DM(user), ""})
			continue
		}
		channel := c.ws.AddChannel(fmt.Sprint("channel", i), slackfake.Public, user, c.ws.BotUser)
		root := c.ws.Say(user, channel, "a thread begins", "") // to nobody
		c.talks = append(c.talks, talk{user, channel, root.TS})
	}
	c.fake.OnPost(func(m slackfake.Message) {
		c.mu.Lock()
		defer c.mu.Unlock()
		key := m.Channel + "/" + m.ThreadTS
		text := strings.TrimPrefix(m.Text, "You said: ")
		c.shown[key] = append(c.shown[key], text)
		c.at[text] = m.Received
	})
	return c
}

// say has the next one say something.
func (c *crowd) say(i int) {
	k := c.talks[i%len(c.talks)]
	text := fmt.Sprintf("question %d of %d", i/len(c.talks), i%len(c.talks))
	c.mu.Lock()
	key := k.channel + "/" + k.thread
	c.said[key] = append(c.said[key], text)
	c.mu.Unlock()
	words := text
	if k.thread != "" {
		words = c.ws.Mention() + " " + text
	}
	s := c.ws.Say(k.user, k.channel, words, k.thread)
	c.sent = append(c.sent, saidAt{text, s.Event})
	if len(c.sent) >= 2000 {
		c.sweep()
	}
}

// sweep takes the times of what was acknowledged and answered, and forgets it.
func (c *crowd) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = slices.DeleteFunc(c.sent, func(s saidAt) bool {
		ack, ok := s.d.Result()
		at, shown := c.at[s.text]
		if !ok || !shown {
			return false
		}
		if ack.Attempts == 1 && !ack.Lost {
			c.took = append(c.took, at.Sub(ack.At.Add(-ack.After)))
		}
		delete(c.at, s.text)
		return true
	})
}

// answered waits until all was answered, and holds it against what was said.
func (c *crowd) answered(n int, within time.Duration) {
	c.t.Helper()
	count := func() (n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, s := range c.shown {
			n += len(s)
		}
		return n
	}
	for end := time.Now().Add(within); count() < n && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	for end := time.Now().Add(time.Minute); c.ws.Waiting() > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // what comes twice comes now
	}
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, want := range c.said {
		if got := c.shown[key]; !slices.Equal(got, want) {
			c.t.Errorf("%s: %d answers to %d questions, or out of order:\n%q", key, len(got), len(want), got)
			return
		}
	}
}

// latencies gives how long it took from the sending of an event to our post, of
// those that arrived at the first attempt, sorted.
func (c *crowd) latencies() []time.Duration {
	c.sweep()
	return slices.Sorted(slices.Values(c.took))
}

func quantiles(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	at := func(p float64) time.Duration {
		return d[min(int(p*float64(len(d))), len(d)-1)].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v, most %v of %d", at(0.5), at(0.99), d[len(d)-1].Round(10*time.Microsecond), len(d))
}

// TestLoad has every question answered once and in order while connections drop,
// and events come twice and again.
func TestLoad(t *testing.T) {
	messages, talks, drop, every := 400, 40, 120*time.Millisecond, 2*time.Millisecond
	switch {
	case loaded():
		messages, talks, drop, every = 10_000, 200, 5*time.Second, 2*time.Millisecond
	case testing.Short():
		messages, talks, drop = 120, 10, 40*time.Millisecond
	}
	c := newCrowd(t, slackfake.Config{DropEvery: drop, DuplicateEvery: 37}, talks)
	c.run(echo)
	start := time.Now()
	for i := range messages {
		c.say(i)
		time.Sleep(time.Until(start.Add(time.Duration(i) * every)))
	}
	c.answered(messages, 2*time.Minute)
	stats := c.fake.Stats()
	if stats.Lost > 0 || stats.Dropped < 2 {
		t.Errorf("what was delivered: %+v", stats)
	}
	t.Logf("%d messages in %d conversations in %v; %+v", messages, talks, time.Since(start).Round(time.Millisecond), stats)
	t.Logf("acknowledged: %s", quantiles(c.fake.Acks()))
	t.Logf("from an event to our post: %s", quantiles(c.latencies()))
}

// TestKills has every question answered once and in order while the process dies
// and another one takes over.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("the conformance suite kills the process, too")
	}
	kills, between, talks := 3, 100, 20
	if loaded() {
		kills, between, talks = 20, 500, 200
	}
	c := newCrowd(t, slackfake.Config{DuplicateEvery: 37}, talks)
	store := c.deps.Store
	start := func() {
		c.life = newLife()
		c.deps.Store = mortalStore{store, c.life}
		c.run(echo)
	}
	start()
	for i := range (kills + 1) * between {
		if i > 0 && i%between == 0 {
			c.life.end()
			go func(stop func() error) { _ = stop() }(c.stop)
			c.fake.DropConnections()
			c.await("the connection to end", func() bool { return c.ws.Connections() == 0 })
			time.Sleep(50 * time.Millisecond) // what was under way is over, as it is when a process has started
			start()
		}
		c.say(i)
		time.Sleep(time.Millisecond)
	}
	c.answered((kills+1)*between, time.Minute)
	t.Logf("%d messages, %d kills: %+v", (kills+1)*between, kills, c.fake.Stats())
}

// TestMinute holds a thousand messages a second for a minute.
func TestMinute(t *testing.T) {
	if !loaded() {
		t.Skip("a minute of load is run with FRONTDESK_TEST_LOAD=1")
	}
	const perSecond, seconds = 1000, 60
	c := newCrowd(t, slackfake.Config{Keep: 100}, 200)
	c.run(echo)
	start := time.Now()
	for i := range perSecond * seconds {
		c.say(i)
		if due := start.Add(time.Duration(i) * time.Second / perSecond); i%10 == 0 {
			time.Sleep(time.Until(due))
		}
		if i%(10*perSecond) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			t.Logf("after %v: heap in use %d MiB, %d to deliver", time.Since(start).Round(time.Second), m.HeapInuse>>20, c.ws.Waiting())
		}
	}
	sent := time.Since(start)
	c.answered(perSecond*seconds, time.Minute)
	t.Logf("%d messages in %v; %+v", perSecond*seconds, sent.Round(time.Millisecond), c.fake.Stats())
	t.Logf("acknowledged: %s", quantiles(c.fake.Acks()))
	t.Logf("from an event to our post: %s", quantiles(c.latencies()))
}
