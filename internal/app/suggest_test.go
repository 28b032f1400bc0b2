package app_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/bot"
	"frontdesk/internal/app"
	"frontdesk/internal/config"

	gocmp "github.com/google/go-cmp/cmp"
)

const suggestBase = `format: 1
faq:
  # A comment that stays.
  - id: reset-password
    question: How do I reset my password?
    alternatives: [I forgot my password, I cannot log in any more, set a new password]
    answer: In the settings.
    followups: [opening-hours]
  - id: billing-address
    question: How do I change my billing address?
    alternatives: [where do I change the billing address, my billing address is wrong]
    answer: Under billing.
  - id: delivery-address
    question: How do I change my delivery address?
    alternatives: [where do I change the delivery address, my delivery address is wrong]
    answer: Under delivery.
  - id: opening-hours
    question: When are you open?
    alternatives: [what are your opening hours, when do you close]   # said at the door too
    answer: From nine to five.
  - id: refund
    question: How do I get my money back?
    alternatives: [I want a refund, return an order and get the money]
    answer: Send it back.
`

// A suggestTalk is somebody who talks to the desk.
type suggestTalk struct {
	t    *testing.T
	app  *app.App
	who  string
	last bot.Reply
	n    int
}

func (s *suggestTalk) handle(m bot.Message) bot.Reply {
	s.t.Helper()
	s.n++
	m.ID, m.Conversation, m.Sender, m.Base = fmt.Sprintf("%s-%d", s.who, s.n), "test:"+s.who, bot.Address("test:"+s.who), "desk"
	m.Address = m.Sender
	r, err := s.app.Handle(s.t.Context(), m)
	if err != nil {
		s.t.Fatal(err)
	}
	s.last = r
	return r
}

// offered asks what the desk answers with a choice, in which the entry is.
func (s *suggestTalk) offered(text, entry string) string {
	s.t.Helper()
	r := s.handle(bot.Message{Kind: bot.Text, Text: text})
	for i, o := range r.Options {
		if r.Decision == bot.Suggest && o.ID == entry {
			return fmt.Sprint(i + 1)
		}
	}
	s.t.Fatalf("%q: got %s with %v, and %s is not offered", text, r.Decision, r.Options, entry)
	return ""
}

func (s *suggestTalk) press(entry string) bot.Reply {
	s.t.Helper()
	return s.handle(bot.Message{Kind: bot.Choice, Choice: entry, Ref: s.last.InReplyTo, Asker: bot.Address("test:" + s.who)})
}

func (s *suggestTalk) rate(ref string, rating int) {
	s.t.Helper()
	s.handle(bot.Message{Kind: bot.Rating, Ref: ref, Rating: rating})
}

func suggestOpen(t *testing.T, cfg *config.Config) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), cfg, app.Options{Bases: []string{"desk"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func suggested(t *testing.T, cfg *config.Config) []string {
	t.Helper()
	list, err := app.SuggestPhrasings(t.Context(), cfg, "desk")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range list {
		if !(s.Probability < s.Bar) {
			t.Errorf("%q is found anyway: %v of %v", s.Text, s.Probability, s.Bar)
		}
		out = append(out, fmt.Sprintf("%s: %s ×%d", s.Entry.ID, s.Text, s.Times))
	}
	return out
}

// Questions that led to an entry are suggested for it, as they were typed, and
// nothing else that was said on the way.
func TestSuggestPhrasings(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens a desk a case, one after the other")
	}
	cfg, _ := importDesk(t, suggestBase)
	const moved = "I moved house,  new address please"
	for _, c := range []struct {
		name string
		talk func(s *suggestTalk)
		want []string
	}{
		{"picked by its number", func(s *suggestTalk) {
			s.handle(bot.Message{Kind: bot.Text, Text: s.offered(moved, "delivery-address")})
		}, []string{"delivery-address: I moved house, new address please ×1"}},
		{"picked by words, and rated good", func(s *suggestTalk) {
			s.offered(moved, "billing-address")
			r := s.handle(bot.Message{Kind: bot.Text, Text: "change billing"})
			s.rate(r.InReplyTo, 1)
		}, []string{"billing-address: I moved house, new address please ×1"}},
		{"pressed", func(s *suggestTalk) {
			s.offered(moved, "delivery-address")
			s.press("delivery-address")
		}, []string{"delivery-address: I moved house, new address please ×1"}},
		{"asked twice", func(s *suggestTalk) {
			for range 2 {
				s.offered(moved, "delivery-address")
				s.press("delivery-address")
			}
		}, []string{"delivery-address: I moved house, new address please ×2"}},
		{"pressed, and rated bad", func(s *suggestTalk) {
			s.offered(moved, "delivery-address")
			s.rate(s.press("delivery-address").InReplyTo, -1)
		}, nil},
		{"led to two entries", func(s *suggestTalk) {
			for _, id := range []string{"delivery-address", "billing-address", "delivery-address"} {
				s.offered(moved, id)
				s.press(id)
			}
		}, nil},
		{"not chosen", func(s *suggestTalk) {
			s.offered(moved, "delivery-address")
			s.handle(bot.Message{Kind: bot.Text, Text: "no"})
		}, nil},
		{"something new instead, and one of its follow-ups", func(s *suggestTalk) {
			s.offered(moved, "delivery-address")
			s.handle(bot.Message{Kind: bot.Text, Text: "I forgot my password"})
			s.press("opening-hours")
		}, nil},
		{"an option of an older question", func(s *suggestTalk) {
			s.offered("are you there on sunday", "opening-hours")
			first := s.last
			s.offered(moved, "delivery-address")
			s.last = first
			s.press("opening-hours")
		}, nil},
		{"found anyway", func(s *suggestTalk) {
			s.rate(s.handle(bot.Message{Kind: bot.Text, Text: "i forgot my pasword"}).InReplyTo, 1)
		}, nil},
		{"with an address", func(s *suggestTalk) {
			s.offered("I moved house, new address please: ada@example.com", "delivery-address")
			s.press("delivery-address")
		}, nil},
		{"with a number", func(s *suggestTalk) {
			s.offered("I moved house, new address please 0171 555", "delivery-address")
			s.press("delivery-address")
		}, nil},
		{"with what steers a terminal", func(s *suggestTalk) {
			s.offered("I moved house, new \x1b[31maddress please", "delivery-address")
			s.press("delivery-address")
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := *cfg
			cfg.DataDir = t.TempDir()
			a := suggestOpen(t, &cfg)
			c.talk(&suggestTalk{t: t, app: a, who: "ada"})
			if diff := gocmp.Diff(c.want, suggested(t, &cfg)); diff != "" {
				t.Errorf("other suggestions than wanted (-want +got):\n%s", diff)
			}
		})
	}
}

// What is accepted stands in the file of its entry, and is not suggested again.
func TestSuggestedIsWritten(t *testing.T) {
	cfg, dir := importDesk(t, suggestBase)
	a := suggestOpen(t, cfg)
	s := &suggestTalk{t: t, app: a, who: "ada"}
	s.offered("are you there on sunday", "opening-hours")
	s.press("opening-hours")
	add := map[string][]string{"opening-hours": {"are you there on sunday"}}
	w, err := app.AddPhrasings(t.Context(), cfg, "desk", add)
	if err != nil || w.Merged != 1 || len(w.Files) != 1 {
		t.Fatalf("got %+v, %v", w, err)
	}
	file := filepath.Join(dir, "knowledge", "desk.yaml")
	once, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"# A comment that stays.", "# said at the door too", "are you there on sunday"} {
		if !strings.Contains(string(once), part) {
			t.Errorf("%q is not in\n%s", part, once)
		}
	}
	if got := suggested(t, cfg); got != nil {
		t.Errorf("it is suggested again: %q", got)
	}
	w, err = app.AddPhrasings(t.Context(), cfg, "desk", add)
	twice, readErr := os.ReadFile(file)
	if err = cmp.Or(err, readErr); err != nil || len(w.Files) != 0 || string(once) != string(twice) {
		t.Errorf("the second time: %+v, %v", w, err)
	}
}
