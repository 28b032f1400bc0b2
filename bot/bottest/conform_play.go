package bottest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"frontdesk/bot"
)

// plays gives checks that let everything happen at once, in an order that is drawn:
// a few, or two hundred where the environment has FRONTDESK_TEST_LOAD=1.
func plays() []check {
	n := 3
	switch {
	case os.Getenv("FRONTDESK_TEST_LOAD") == "1":
		n = 200
	case testing.Short():
		n = 1
	}
	var all []check
	for seed := range n {
		all = append(all, check{fmt.Sprint("everything at once, play ", seed+1), nil, func(s *scene) error { return play(s, uint64(seed+1)) }})
	}
	return all
}

// A line of a play is a question as it should stand in the end.
type line struct {
	message string
	text    string
	gone    bool
}

// play has questions asked in several conversations, delivered again, edited and
// deleted, while requests fail, the connection drops and the process dies. In the
// end every question that is left has its answer, once, in its place.
func play(s *scene, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, seed))
	s.start()
	places := []Where{private}
	if s.Lacks[Parallel] == "" {
		places = append(places, Where{By: "bob"})
	}
	lines := map[Where][]*line{}
	ask := func(w Where) *line {
		l := &line{text: fmt.Sprintf("question %d in the place of %s", len(lines[w]), w.By)}
		l.message = s.say(w, l.text)
		lines[w] = append(lines[w], l)
		return l
	}
	if s.Lacks[Channels] == "" && s.Lacks[Threads] == "" {
		for _, by := range []string{"cid", "dot"} {
			w := Where{By: by, Channel: "general"}
			l := ask(w)
			lines[thread(w, l.message)] = lines[w]
			delete(lines, w)
			places = append(places, thread(w, l.message))
		}
	}
	able := func(features ...Feature) bool {
		for _, f := range features {
			if s.Lacks[f] != "" {
				return false
			}
		}
		return true
	}
	// left draws one of the questions that still stand, beside the first: a thread
	// goes with it on some platforms.
	left := func(w Where) *line {
		if len(lines[w]) < 2 {
			return nil
		}
		if l := lines[w][1+rng.IntN(len(lines[w])-1)]; !l.gone {
			return l
		}
		return nil
	}
	version := 0
	for range 60 {
		w := places[rng.IntN(len(places))]
		l := left(w)
		switch n := rng.IntN(20); {
		case n == 0 && able(Crashes, CatchesUp, Redelivery):
			s.kill()
			if rng.IntN(2) == 0 {
				ask(w)
			}
			s.start()
		case n == 1 && able(CatchesUp):
			if err := s.stop(); err != nil {
				return err
			}
			ask(w)
			s.start()
		case n == 2 && able(Reconnects):
			s.Drop(func() { ask(w) })
		case n == 3 && able(Failures):
			s.Fail([]Fault{Fails, Lost}[rng.IntN(2)])
		case n <= 5 && l != nil && able(Redelivery):
			s.Again(l.message)
		case n <= 8 && l != nil && able(Edits):
			version++
			l.text = fmt.Sprintf("edit %d in the place of %s", version, w.By)
			s.Edit(l.message, l.text)
			// Some platforms tell of an edit only once: it has to be received.
			if _, err := s.hears("an edit", ofText(l.text)); err != nil {
				return err
			}
		case n == 9 && l != nil && able(Deletions):
			l.gone = true
			before := len(s.messages(ofKind(bot.Delete)))
			s.Delete(l.message)
			if err := s.until(func() error {
				if len(s.messages(ofKind(bot.Delete))) == before {
					return fmt.Errorf("the deletion of %q was not heard", l.text)
				}
				return nil
			}); err != nil {
				return err
			}
		default:
			ask(w)
		}
	}
	for _, w := range places {
		var want []string
		for _, l := range lines[w] {
			if !l.gone {
				want = append(want, answer(l.text))
			}
		}
		if err := s.shows(w, want...); err != nil {
			return err
		}
	}
	return nil
}
