package discord_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/journal"
	"frontdesk/internal/secret"
)

// load is what a desk is put under.
type load struct {
	people, messages int
	rate             int // messages a second
	drop             time.Duration
	duplicate        int
}

// figures are what came of it.
type figures struct {
	took         time.Duration
	p50, p99     time.Duration // from the receipt of a question to the request that answers it
	steady       time.Duration // p99 of those that were not asked around a reconnection
	worst        time.Duration
	reconnects   int
	early, later uint64 // heap in use at a third of the time, and at the end
}

// aroundDrop is how long after a drop the desk is connected again, and has worked
// on what came meanwhile.
const aroundDrop = 3 * time.Second

// timed is a store that notes when events were received.
type timed struct {
	chat.Store
	mu       sync.Mutex
	received map[string]time.Time // by the key of the event
}

func (s *timed) AcceptAll(ctx context.Context, rs []bot.Receipt) ([]bool, error) {
	fresh, err := s.Store.AcceptAll(ctx, rs)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range rs {
		if err == nil && fresh[i] {
			s.received[r.Key] = r.Received
		}
	}
	return fresh, err
}

// run has people ask in direct messages, each one question after the other, and
// holds that every one of them is answered once and in order.
func (l load) run(t *testing.T) figures {
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), journal.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	store := &timed{Store: j, received: map[string]time.Time{}}

	var mu sync.Mutex
	next := map[string]int{} // by channel: which answer is due
	asked := map[string]string{}
	var took, steady []time.Duration
	var dropped []time.Time
	var faults []string
	answered := 0
	all := make(chan struct{})
	fake, err := discordfake.New(discordfake.Options{KeepMessages: 50, OnPost: func(m discordfake.Message) {
		mu.Lock()
		defer mu.Unlock()
		var n int
		if _, err := fmt.Sscanf(m.Content, "answer %d", &n); err != nil || m.Edits > 0 {
			faults = append(faults, fmt.Sprintf("posted: %q", m.Content))
			return
		}
		if n != next[m.ChannelID] {
			faults = append(faults, fmt.Sprintf("in %s came %d where %d was due", m.ChannelID, n, next[m.ChannelID]))
		}
		next[m.ChannelID] = n + 1
		key := asked[fmt.Sprint(m.ChannelID, " ", n)]
		delete(asked, fmt.Sprint(m.ChannelID, " ", n))
		store.mu.Lock()
		at, ok := store.received[key]
		delete(store.received, key)
		store.mu.Unlock()
		if ok {
			took = append(took, m.Arrived.Sub(at))
			if !slices.ContainsFunc(dropped, func(d time.Time) bool { return !at.Before(d) && at.Sub(d) < aroundDrop }) {
				steady = append(steady, m.Arrived.Sub(at))
			}
		}
		if answered++; answered == l.messages {
			close(all)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	fake.AddGuild("home")
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL, cfg.Working = secret.New(fake.Token()), fake.URL, false
	a, err := discord.New(cfg, discord.Deps{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- a.Run(ctx, func(_ context.Context, m bot.Message) (bot.Reply, error) {
			return bot.Reply{Decision: bot.Answer, Text: strings.Replace(m.Text, "question", "answer", 1)}, nil
		})
	}()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if now, _, _ := fake.Connected(); now == 1 {
			break
		}
	}
	var users []*discordfake.User
	var dms []string
	for i := range l.people {
		u := fake.AddUser(fmt.Sprint("u", i))
		users, dms = append(users, u), append(dms, fake.DM(u))
	}
	fake.DuplicateEvery(l.duplicate)
	var f figures
	began := time.Now()
	drops := began.Add(l.drop)
	for i := range l.messages {
		at := began.Add(time.Duration(i) * time.Second / time.Duration(l.rate))
		if wait := time.Until(at); wait > 0 {
			time.Sleep(wait)
		}
		if l.drop > 0 && time.Now().After(drops) {
			mu.Lock()
			dropped = append(dropped, time.Now())
			mu.Unlock()
			drops = drops.Add(l.drop)
			fake.Drop(len(dropped)%2 == 0) // each second time in the middle of a message
		}
		p, n := i%l.people, i/l.people
		mu.Lock() // the answer may be there before it is noted what was asked
		m := fake.Say(dms[p], users[p], fmt.Sprintf("question %d", n))
		asked[fmt.Sprint(dms[p], " ", n)] = m.ID
		mu.Unlock()
		if i == l.messages/3 {
			f.early = heap()
		}
	}
	select {
	case <-all:
	case <-time.After(60 * time.Second):
		mu.Lock()
		t.Errorf("%d of %d are answered", answered, l.messages)
		mu.Unlock()
	}
	f.took, f.later = time.Since(began), heap()
	_, identified, resumed := fake.Connected()
	f.reconnects = identified + resumed - 1
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if answered > l.messages || len(faults) > 0 {
		t.Errorf("%d answers to %d questions; %d faults, the first %q", answered, l.messages, len(faults), faults[:min(len(faults), 5)])
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		f.p50, f.p99, f.worst = took[n/2], took[n*99/100], took[n-1]
	}
	slices.Sort(steady)
	if n := len(steady); n > 0 {
		f.steady = steady[n*99/100]
	}
	return f
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// TestLoad holds that nothing is lost, repeated or disordered when the connection
// drops again and again and events come twice. With FRONTDESK_TEST_LOAD=1 it is
// the whole load, with its figures.
func TestLoad(t *testing.T) {
	l := load{people: 20, messages: 400, rate: 200, drop: 700 * time.Millisecond, duplicate: 7}
	if os.Getenv("FRONTDESK_TEST_LOAD") != "" {
		l = load{people: 200, messages: 10_000, rate: 400, drop: 5 * time.Second, duplicate: 7}
	} else if testing.Short() {
		t.Skip("a load is for a test that is not short")
	}
	f := l.run(t)
	t.Logf("%d messages in %d conversations, %d reconnections, in %v: p50 %v, p99 %v, apart from reconnections %v, at most %v",
		l.messages, l.people, f.reconnects, f.took, f.p50, f.p99, f.steady, f.worst)
}

// TestThousandASecond needs FRONTDESK_TEST_LOAD=1 and a minute.
func TestThousandASecond(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("set FRONTDESK_TEST_LOAD=1 for a minute of load")
	}
	l := load{people: 200, messages: 60_000, rate: 1000}
	f := l.run(t)
	t.Logf("%d messages in %v: p50 %v, p99 %v, at most %v; heap in use %d MiB at a third, %d MiB at the end",
		l.messages, f.took, f.p50, f.p99, f.worst, f.early>>20, f.later>>20)
}
