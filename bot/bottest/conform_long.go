package bottest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"frontdesk/bot"
)

// A long text is of words and of code whose every word is numbered, and of one
// line that has no border at all, of the letter q.
var numbered = regexp.MustCompile(`\b([wc])([0-9]+)\b`)

const unbroken = 5000

// long makes one of about that many bytes.
func long(size int) string {
	var b strings.Builder
	n := 0
	word := func(kind string) string { n++; return kind + strconv.Itoa(n) }
	for i := 0; b.Len() < size; i++ {
		switch {
		case i%5 == 3: // a block of code that is longer than a post may be
			b.WriteString("```go\n")
			for range min(120, size/100) {
				fmt.Fprintf(&b, "\tcall(%s, %s) // %s\n\n", word("c"), word("c"), word("c"))
			}
			b.WriteString("```\n\n")
		case i == 7 && size > 50_000:
			b.WriteString(strings.Repeat("q", unbroken) + "\n\n")
		default:
			for range 60 {
				b.WriteString(word("w") + " ")
			}
			b.WriteString(word("w") + ".\n\n")
		}
	}
	return b.String()
}

func longWhenAsked(whole string) func(bot.Message) (bot.Reply, error) {
	return func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		if m.Text == "long" {
			r.Text = whole
		}
		return r, nil
	}
}

// complete says what posts lack of a long text, or have twice or out of order.
func (s *scene) complete(whole string, posts []string) error {
	want, got := numbered.FindAllString(whole, -1), numbered.FindAllString(strings.Join(posts, "\n"), -1)
	for i, w := range want {
		if i >= len(got) {
			return fmt.Errorf("of a long answer, %d of %d words are shown, in %d posts", len(got), len(want), len(posts))
		}
		if got[i] != w {
			return fmt.Errorf("of a long answer, %q stands where %q is due, in %d posts", got[i], w, len(posts))
		}
	}
	if len(got) > len(want) {
		return fmt.Errorf("a long answer of %d words is shown with %d, in %d posts", len(want), len(got), len(posts))
	}
	if q := strings.Count(strings.Join(posts, ""), "q"); q != strings.Count(whole, "q") {
		return fmt.Errorf("of %d letters without a border %d are shown", strings.Count(whole, "q"), q)
	}
	return nil
}

// readable says what is wrong with the parts of a long text each by itself.
func (s *scene) readable(posts []Shown) error {
	for i, p := range posts {
		if n := strings.Count(p.Text, "```"); n%2 != 0 {
			return fmt.Errorf("part %d has %d fences", i+1, n)
		}
		if s.Fits != nil {
			if err := s.Fits(p); err != nil {
				return fmt.Errorf("part %d: %w", i+1, err)
			}
		}
		for _, piece := range s.Render(p.Text) {
			for _, w := range numbered.FindAllStringSubmatch(piece.Text, -1) {
				if code := piece.Block; code != (w[1] == "c") {
					return fmt.Errorf("in part %d, %q is shown as code: %v", i+1, w[0], code)
				}
			}
		}
	}
	return nil
}

func longAnswer(s *scene, size int) error {
	if s.Whole > 0 {
		size = min(size, s.Whole-2000) // a text ends where its last paragraph or block does
	}
	whole := long(size)
	s.answers(longWhenAsked(whole))
	s.start()
	s.say(private, "long")
	s.say(private, "next")
	if err := s.until(func() error {
		got := s.texts(private)
		if len(got) < 2 || got[len(got)-1] != answer("next") {
			return fmt.Errorf("the answer after a long one is not there, of %d posts", len(got))
		}
		return s.complete(whole, got[:len(got)-1])
	}); err != nil {
		return err
	}
	posts := s.read(private)
	return s.readable(posts[:len(posts)-1])
}

// tooLong is about an answer that is longer than what is shown whole.
func tooLong(s *scene) error {
	if s.Whole == 0 {
		return nil
	}
	whole := long(s.Whole + 50_000)
	s.answers(longWhenAsked(whole))
	s.start()
	s.say(private, "long")
	s.say(private, "next")
	if err := s.until(func() error {
		if got := s.texts(private); len(got) < 2 || got[len(got)-1] != answer("next") {
			return fmt.Errorf("the answer after one that is too long is not there, of %d posts", len(got))
		}
		return nil
	}); err != nil {
		return err
	}
	posts := s.read(private)
	posts = posts[:len(posts)-1]
	shown := 0
	for _, p := range posts {
		shown += len(p.Text)
	}
	switch last := s.plain(posts[len(posts)-1].Text); {
	case shown < s.Whole/2:
		return fmt.Errorf("of an answer that is too long %d bytes are shown, where %d could be", shown, s.Whole)
	case !strings.Contains(last, bot.LabelsFor("").OnlyPart):
		return errors.New("an answer that is too long does not say so at its end")
	}
	return s.readable(posts)
}
