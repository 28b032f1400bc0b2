package bottest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"frontdesk/bot"
)

// textChecks are about how texts come in and are shown.
var textChecks = []check{
	{"a long answer", nil, func(s *scene) error { return longAnswer(s, 12_000) }},
	{"a very long answer", nil, func(s *scene) error { return longAnswer(s, 100_000) }},
	{"an answer longer than can be shown", nil, tooLong},
	{"what is typed arrives as it was typed", nil, typedArrives},
	{"a question that is far too long", nil, questionTooLong},
	{"unicode there and back", nil, unicodeThereAndBack},
	{"nothing to say", nil, nothingToSay},
	{"Markdown", nil, markdownShown},
	{"mentions in answers call nobody", []Feature{Mentions}, mentionsCallNobody},
	{"mentions in an edited answer call nobody", []Feature{Mentions, Edits}, mentionsInEdit},
}

// peculiar are texts that have to survive the way in and out. None means anything
// in Markdown.
var peculiar = []struct{ what, text string }{
	{"emoji", "a smile 😀, a family 👩\u200d👩\u200d👧\u200d👦, a flag 🇩🇪, a tone 👍🏽, a heart ❤\ufe0f"},
	{"right to left", "שלום עולם and مرحبا بالعالم in one line"},
	{"marks of direction", "a\u200fb\u200ec \u2067abc\u2069 d"},
	{"combining", "e\u0301 is not é, n\u0303 is not ñ, Z\u0351\u036b\u0343a\u0334l\u0336go"},
	{"zero width", "zero\u200bwidth, non\u200cjoiner, word\u2060joiner"},
	{"CJK", "日本語のテキスト、中文文本，한국어 텍스트"},
	{"beyond the basic plane", "𝒜𝒷𝒸 𠮷野家 🜁"},
	{"other digits and letters", "١٢٣ Ⅳ ½ ﬁ İstanbul ß ẞ ſ"},
}

func unicodeThereAndBack(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		r.Text = m.Text
		return r, nil
	})
	s.start()
	var want []string
	for _, c := range peculiar {
		s.say(private, c.text)
		want = append(want, c.text)
	}
	if err := s.shows(private, want...); err != nil {
		return err
	}
	for _, c := range peculiar {
		if err := s.asked(c.text, 1); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	return nil
}

func typedArrives(s *scene) error {
	s.start()
	for _, text := range []string{
		"is a < b && c > d?", "*stars* and _lines_ and ~waves~", "a `tick` and ```three```", "&amp; stays &amp;, &lt;b&gt; too",
		"<b>bold</b>", "https://example.com/a_b?c=d&e=f", "100% of $5 \\ 7 | 8 # 9", "(round) [square] {curly}", "mail me@example.com", "10:30 to 11:30 :)",
	} {
		s.say(private, text)
		if _, err := s.hears(fmt.Sprintf("%q", text), ofText(text)); err != nil {
			all := s.messages(func(bot.Message) bool { return true })
			if len(all) > 0 {
				return fmt.Errorf("%w, but %q", err, all[len(all)-1].Text)
			}
			return err
		}
	}
	return nil
}

// questionTooLong is about a text of which the platform, or the adapter, may take a
// part; the bot refuses what is longer than a few pages.
func questionTooLong(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		if len(m.Text) > 1000 {
			r.Decision, r.Text = bot.Abstain, "That is too long."
		}
		return r, nil
	})
	s.start()
	s.say(private, strings.Repeat("größer <&> ", 25_000))
	s.say(private, "next")
	return s.until(func() error {
		got := s.texts(private)
		if len(got) == 0 || len(got) > 2 || got[len(got)-1] != answer("next") {
			return fmt.Errorf("after a question that is far too long, %q stands there", got)
		}
		return nil
	})
}

func nothingToSay(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		if m.Text == "silence" {
			return bot.Reply{Decision: bot.Nothing}, nil
		}
		return said(m), nil
	})
	s.start()
	s.say(private, "silence")
	s.say(private, "next")
	return s.until(func() error {
		got := slices.DeleteFunc(s.texts(private), func(t string) bool { return t == "" })
		if !slices.Equal(got, []string{answer("next")}) {
			return fmt.Errorf("where there is nothing to say, %q is shown", got)
		}
		return nil
	})
}

// callers are texts that would call people on some platform.
const callers = "@everyone @here <!channel> <!here> <!everyone> <@U1> <@!1> <@&1> <!subteam^S1> @channel and **@everyone** and [@here](https://example.com)"

func mentionsCallNobody(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		r.Text = callers
		r.OptionsHead = "@everyone choose"
		r.Options = []bot.Option{{ID: "a", Label: "@everyone <!channel> <@U1>"}, {ID: "b", Label: "b"}}
		return r, nil
	})
	s.start()
	s.say(private, "call")
	one := s.say(general, "call")
	for _, w := range []Where{private, thread(general, one)} {
		p, err := s.post(w, 1)
		if err != nil {
			return err
		}
		if err := s.callsNobody(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) callsNobody(p Shown) error {
	if len(p.Calls) > 0 {
		return fmt.Errorf("an answer calls %q: %q", p.Calls, p.Text)
	}
	text := visible(s.plain(p.Text))
	for _, word := range []string{"everyone", "here", "channel"} {
		if !strings.Contains(text, word) {
			return fmt.Errorf("the word %q is lost from %q", word, text)
		}
	}
	return nil
}

func mentionsInEdit(s *scene) error {
	s.answers(func(m bot.Message) (bot.Reply, error) {
		r := said(m)
		if m.Kind == bot.Edit {
			r.Text = callers
		}
		return r, nil
	})
	s.start()
	one := s.say(general, "harmless")
	if err := s.shows(thread(general, one), answer("harmless")); err != nil {
		return err
	}
	s.Edit(one, "call")
	delete(s.due, thread(general, one))
	if err := s.until(func() error {
		if p, err := s.post(thread(general, one), 1); err != nil || s.plain(p.Text) == answer("harmless") {
			return errors.Join(errors.New("the edit is not shown"), err)
		}
		return nil
	}); err != nil {
		return err
	}
	p, err := s.post(thread(general, one), 1)
	if err != nil {
		return err
	}
	return s.callsNobody(p)
}

// visible leaves out what has no width, by which some adapters take the meaning
// from a sign.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, text)
}
