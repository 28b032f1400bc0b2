package bottest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/bot"

	"github.com/google/go-cmp/cmp"
)

// errHandler is what a handler fails with.
var errHandler = errors.New("the handler fails")

// A scene is one check being played: a platform, and the handler behind its adapter.
type scene struct {
	*Platform
	over chan struct{} // closed at the end

	mu      sync.Mutex
	heard   []bot.Message
	reply   func(m bot.Message) (bot.Reply, error) // nil: say
	gates   map[string]*gate
	busy    map[string]int // handlers at work, by conversation
	beside  error          // two were at work in one conversation
	running bool
	due     map[Where][]string // what was expected last
	plains  map[string]string  // texts as people see them
}

// A gate holds the handler of a text back.
type gate struct {
	arrived chan struct{}
	opened  chan struct{}
	open    func()
}

func newScene(p *Platform) *scene {
	return &scene{Platform: p, over: make(chan struct{}), gates: map[string]*gate{}, busy: map[string]int{}, due: map[Where][]string{}, plains: map[string]string{}}
}

// close lets every handler go and kills what still runs.
func (s *scene) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.over)
	if s.running && s.Kill != nil {
		s.Kill()
	}
}

// start starts the adapter with the scene's handler.
func (s *scene) start() { s.startWith(false) }

func (s *scene) startWith(listens bool) {
	s.mu.Lock()
	s.running = true
	s.busy = map[string]int{}
	busy := s.busy
	s.mu.Unlock()
	s.Start(Running{Listens: listens, Handler: func(_ context.Context, m bot.Message) (bot.Reply, error) {
		if s.Spoken && m.Kind == bot.Audio && m.Transcript != nil && m.Text == "" {
			m.Text = m.Transcript.Text // which is what the checks know it by
		}
		s.mu.Lock()
		s.heard = append(s.heard, m)
		if busy[m.Conversation]++; busy[m.Conversation] > 1 {
			s.beside = fmt.Errorf("two messages of the conversation %s were handled at the same time", m.Conversation)
		}
		reply, g := s.reply, s.gates[m.Text]
		delete(s.gates, m.Text)
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			busy[m.Conversation]--
		}()
		if g != nil {
			close(g.arrived)
			select {
			case <-g.opened:
			case <-s.over:
			}
		}
		if reply == nil {
			return said(m), nil
		}
		r, err := reply(m)
		r.To, r.InReplyTo = m.Address, m.ID
		return r, err
	}})
}

// said answers with what was said.
func said(m bot.Message) bot.Reply {
	r := bot.Reply{To: m.Address, InReplyTo: m.ID, Decision: bot.Answer, Probability: 0.95, Entry: "entry", Text: answer(m.Text)}
	if m.Kind == bot.Rating || m.Kind == bot.Delete {
		r.Decision, r.Text = bot.Nothing, ""
	}
	return r
}

func answer(text string) string { return "You said: " + text }

// hold has the handler of the next message of that text wait at a gate.
func (s *scene) hold(text string) *gate {
	g := &gate{arrived: make(chan struct{}), opened: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gates[text] = g
	return g
}

// answers sets how messages are answered.
func (s *scene) answers(reply func(m bot.Message) (bot.Reply, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = reply
}

// say says a text that names the desk.
func (s *scene) say(w Where, text string) string { return s.Say(Saying{Where: w, Text: text}) }

// messages gives what the handler has heard of a text so far.
func (s *scene) messages(is func(bot.Message) bool) []bot.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []bot.Message
	for _, m := range s.heard {
		if is(m) {
			out = append(out, m)
		}
	}
	return out
}

func ofText(text string) func(bot.Message) bool {
	return func(m bot.Message) bool { return m.Text == text }
}

func ofKind(k bot.Kind) func(bot.Message) bool {
	return func(m bot.Message) bool { return m.Kind == k }
}

// hears waits until the handler has heard such a message.
func (s *scene) hears(what string, is func(bot.Message) bool) (m bot.Message, err error) {
	err = s.until(func() error {
		all := s.messages(is)
		if len(all) == 0 {
			return fmt.Errorf("the handler has not heard %s", what)
		}
		m = all[len(all)-1]
		return nil
	})
	return m, err
}

func (s *scene) patience() time.Duration {
	if s.Patience > 0 {
		return s.Patience
	}
	return 30 * time.Second
}

// until waits until f finds nothing wrong, and gives what was wrong at last.
func (s *scene) until(f func() error) error {
	end := time.Now().Add(s.patience())
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		err := f()
		if err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(pause)
	}
}

// within waits for a channel.
func (s *scene) within(c <-chan struct{}, what string) error {
	select {
	case <-c:
		return nil
	case <-time.After(s.patience()):
		return fmt.Errorf("%s: nothing came of it in %v", what, s.patience())
	}
}

// read gives what stands somewhere, within its thread where it names one.
func (s *scene) read(w Where) []Shown {
	in := w
	in.Thread = ""
	all := s.Read(in)
	if w.Thread == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(p Shown) bool { return p.Thread != w.Thread })
}

// texts gives what people read somewhere, a text for each post.
func (s *scene) texts(w Where) []string {
	var out []string
	for _, p := range s.read(w) {
		out = append(out, s.plain(p.Text))
	}
	return out
}

// plain gives a text as people see it, with single spaces. It remembers what it has
// read: texts are looked at again and again until the right ones are there.
func (s *scene) plain(text string) string {
	s.mu.Lock()
	seen, ok := s.plains[text]
	s.mu.Unlock()
	if ok {
		return seen
	}
	var b strings.Builder
	for _, p := range s.Render(text) {
		b.WriteString(p.Text)
	}
	seen = strings.Join(strings.Fields(b.String()), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plains[text] = seen
	return seen
}

// shows waits until exactly these texts stand somewhere, in this order; they must
// still do so at the end.
func (s *scene) shows(w Where, want ...string) error {
	s.due[w] = want
	return s.until(func() error { return s.differ(w, want) })
}

func (s *scene) differ(w Where, want []string) error {
	got := s.texts(w)
	if slices.Equal(got, want) {
		return nil
	}
	if len(strings.Join(got, "")) > 4000 {
		return fmt.Errorf("in %s stand %d posts, want %d", w, len(got), len(want))
	}
	return fmt.Errorf("in %s stands (-want +got):\n%s", w, cmp.Diff(want, got))
}

func (w Where) String() string {
	name := w.Channel
	if name == "" {
		name = "the private conversation of " + w.By
	}
	if w.Thread != "" {
		name += ", thread " + w.Thread
	}
	return name
}

// post waits for the only post, or the last of n, that stands somewhere.
func (s *scene) post(w Where, n int) (p Shown, err error) {
	err = s.until(func() error {
		all := s.read(w)
		if len(all) != n {
			return fmt.Errorf("in %s stand %d posts, want %d: %q", w, len(all), n, s.texts(w))
		}
		p = all[n-1]
		return nil
	})
	return p, err
}

// stop ends the adapter as a signal does.
func (s *scene) stop() error {
	done := make(chan error, 1)
	go func() { done <- s.Stop() }()
	select {
	case err := <-done:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running = false
		if err != nil {
			return fmt.Errorf("running the adapter: %w", err)
		}
		return nil
	case <-time.After(s.patience() + 15*time.Second):
		return errors.New("the adapter does not end")
	}
}

// kill ends it as kill -9 does.
func (s *scene) kill() {
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	s.Kill()
}

// rest ends the adapter, which finishes what it has received, and looks whether
// what was expected still stands.
func (s *scene) rest() error {
	s.mu.Lock()
	running := s.running
	s.mu.Unlock()
	if running {
		if err := s.stop(); err != nil {
			return err
		}
	}
	for _, w := range slices.SortedFunc(maps.Keys(s.due), func(a, b Where) int { return strings.Compare(a.String(), b.String()) }) {
		if err := s.differ(w, s.due[w]); err != nil {
			return fmt.Errorf("when the adapter had ended, %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.beside
}
