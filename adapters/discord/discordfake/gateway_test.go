package discordfake_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// heard collects what a client was told, without repetitions.
type heard struct {
	mu   sync.Mutex
	all  []string
	seen map[string]int
}

func (h *heard) listen(c *discordgo.Session) {
	h.seen = map[string]int{}
	c.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.seen[m.ID]++; h.seen[m.ID] == 1 {
			h.all = append(h.all, m.Content)
		}
	})
}

func (h *heard) wait(t *testing.T, want int) []string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		h.mu.Lock()
		if len(h.all) >= want {
			defer h.mu.Unlock()
			return h.all
		}
		h.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("heard %d instead of %d", len(h.all), want)
	return nil
}

// TestResume breaks the connection in all ways after which a client goes on
// where it was: nothing is lost, and nothing comes out of order.
func TestResume(t *testing.T) {
	for name, brk := range map[string]func(*discordfake.Server){
		"dropped":              func(s *discordfake.Server) { s.Drop(false) },
		"dropped in a message": func(s *discordfake.Server) { s.Drop(true) },
		"asked to reconnect":   func(s *discordfake.Server) { s.AskToReconnect() },
		"closed with 4000":     func(s *discordfake.Server) { s.CloseWith(4000) },
		"refused for a while": func(s *discordfake.Server) {
			s.Refuse(true)
			s.Drop(false)
			time.AfterFunc(1500*time.Millisecond, func() { s.Refuse(false) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, discordfake.Options{})
			ann := s.AddUser("ann")
			ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
			c := client(t, s, everything)
			var h heard
			h.listen(c)
			open(t, c)
			// The library beats at once in a goroutine of its own: should that find
			// the connection gone, it would close the one that came after it.
			for s.Beats() == 0 {
				time.Sleep(time.Millisecond)
			}
			for i := range 100 {
				s.Say(ch, ann, strconv.Itoa(i))
				if i == 50 {
					h.wait(t, 30)
					brk(s)
				}
			}
			for i, got := range h.wait(t, 100) {
				if got != strconv.Itoa(i) {
					t.Fatalf("at %d came %s", i, got)
				}
			}
			if _, identified, resumed := s.Connected(); identified != 1 || resumed < 1 {
				t.Errorf("%d times identified, %d times resumed", identified, resumed)
			}
		})
	}
}

// TestLostSession ends the session: the client starts another one, and has lost
// what happened in between.
func TestLostSession(t *testing.T) {
	for name, end := range map[string]func(*discordfake.Server){
		"invalidated":           func(s *discordfake.Server) { s.Invalidate(false) },
		"forgotten and dropped": func(s *discordfake.Server) { s.Forget(); s.Drop(false) },
		// discordgo says farewell with code 1000, which ends the session.
		"without heartbeats": func(s *discordfake.Server) { s.StopAcks(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts discordfake.Options
			silent := name == "without heartbeats" // discordgo waits for five of them
			if silent {
				opts.Heartbeat = 300 * time.Millisecond
			}
			s := serve(t, opts)
			ann := s.AddUser("ann")
			ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
			c := client(t, s, everything)
			var h heard
			h.listen(c)
			open(t, c)
			s.Say(ch, ann, "before")
			h.wait(t, 1)
			end(s)
			for end := time.Now().Add(patience); time.Now().Before(end); {
				if now, identified, _ := s.Connected(); now == 1 && identified >= 2 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			s.StopAcks(false)
			s.Say(ch, ann, "after")
			if all := h.wait(t, 2); all[1] != "after" {
				t.Errorf("heard %q", all)
			}
			// A machine that stands still keeps the heartbeats back, too.
			if _, identified, _ := s.Connected(); identified != 2 && !(silent && identified > 2) {
				t.Errorf("identified %d times", identified)
			}
		})
	}
}

func TestDuplicatesAndDisorder(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	c := client(t, s, everything)
	var h heard
	h.listen(c)
	open(t, c)
	s.DuplicateEvery(3)
	s.ReorderEvery(4)
	for i := range 41 {
		s.Say(ch, ann, strconv.Itoa(i))
	}
	all := h.wait(t, 41)
	disorder := 0
	for i, got := range all {
		if got != strconv.Itoa(i) {
			disorder++
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	twice := 0
	for _, n := range h.seen {
		twice += n - 1
	}
	if disorder == 0 || twice == 0 {
		t.Errorf("%d out of order, %d twice", disorder, twice)
	}
}

// TestShards holds that each guild comes to its shard, and direct messages to
// the first.
func TestShards(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	var channels []string
	var of [2]int // guilds a shard
	for i := 0; i < 200 && (len(channels) < 6 || of[0] == 0 || of[1] == 0); i++ {
		time.Sleep(time.Millisecond) // guilds get to shards by the time of their making
		guild := s.AddGuild(fmt.Sprint(i), ann)
		id, err := strconv.ParseUint(guild, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		of[(id>>22)%2]++
		channels = append(channels, s.AddChannel(guild, "general", discordfake.TextChannel))
	}
	var h [2]heard
	for i := range h {
		c := client(t, s, everything)
		c.ShardID, c.ShardCount = i, 2
		h[i].listen(c)
		open(t, c)
	}
	for _, ch := range channels {
		s.Say(ch, ann, ch)
	}
	s.Say(s.DM(ann), ann, "direct")
	for end := time.Now().Add(patience); time.Now().Before(end); {
		h[0].mu.Lock()
		h[1].mu.Lock()
		n := len(h[0].all) + len(h[1].all)
		h[1].mu.Unlock()
		h[0].mu.Unlock()
		if n == len(channels)+1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if a, b := len(h[0].all), len(h[1].all); a != of[0]+1 || b != of[1] || h[0].all[a-1] != "direct" {
		t.Errorf("the first shard heard %q, the second %q", h[0].all, h[1].all)
	}
}

// TestCloseCodes speaks to the gateway without a library.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	identify := `{"op":2,"d":{"token":"%s","intents":%s,"properties":{}%s}}`
	for _, x := range []struct {
		query, send string
		want        int
	}{
		{"?v=5&encoding=json", "", 4012},
		{"?v=9", `{"op":99}`, 4001},
		{"?v=9", `nonsense`, 4002},
		{"?v=9", `{"op":1,"d":"` + strings.Repeat("x", 5000) + `"}`, 4002},
		{"?v=9", `{"op":3,"d":{}}`, 4003},
		{"?v=9", fmt.Sprintf(identify, "wrong", "1", ""), 4004},
		{"?v=9", fmt.Sprintf(identify, s.Token(), "1", `,"shard":[2,2]`), 4010},
		{"?v=9", fmt.Sprintf(identify, s.Token(), "-1", ""), 4013},
		{"?v=9", `{"op":6,"d":{"token":"wrong","session_id":"s","seq":1}}`, 4004},
	} {
		ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/gateway/"+x.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if x.send != "" {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(x.send)); err != nil {
				t.Fatal(err)
			}
		}
		for err == nil {
			_ = ws.SetReadDeadline(time.Now().Add(patience))
			_, _, err = ws.ReadMessage()
		}
		if !websocket.IsCloseError(err, x.want) {
			t.Errorf("%s %.40s: %v instead of %d", x.query, x.send, err, x.want)
		}
		_ = ws.Close()
	}
}
