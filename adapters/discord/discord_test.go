package discord_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/bot/bottest"
)

// ears notes what a handler hears, and answers with what was said.
type ears struct {
	mu    sync.Mutex
	heard []bot.Message
	reply func(m bot.Message) bot.Reply
}

func (e *ears) handle(_ context.Context, m bot.Message) (bot.Reply, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, m)
	r := bot.Reply{Decision: bot.Answer, Text: "You said: " + m.Text}
	if e.reply != nil {
		r = e.reply(m)
	}
	r.To, r.InReplyTo = m.Address, m.ID
	return r, nil
}

// wait waits until a message was heard that fits.
func (e *ears) wait(t *testing.T, fits func(bot.Message) bool) bot.Message {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		e.mu.Lock()
		for _, m := range e.heard {
			if fits(m) {
				e.mu.Unlock()
				return m
			}
		}
		e.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nothing of the kind was heard, but %+v", e.heard)
	return bot.Message{}
}

func (e *ears) count(fits func(bot.Message) bool) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range e.heard {
		if fits(m) {
			n++
		}
	}
	return n
}

func says(text string) func(bot.Message) bool {
	return func(m bot.Message) bool { return m.Text == text }
}

// desk starts a desk on a stand of its own.
func desk(t *testing.T, opts discordfake.Options, change func(*stand)) (*stand, *ears) {
	t.Helper()
	s := newStand(t, opts)
	if change != nil {
		change(s)
	}
	e := &ears{}
	s.start(bottest.Running{Handler: e.handle})
	return s, e
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// answer waits for the n messages of the desk in a channel.
func (s *stand) answer(t *testing.T, channelID string, n int) []discordfake.Message {
	t.Helper()
	if err := s.fake.Wait(soon(t), func() bool { return len(s.fake.Answers(channelID)) >= n }); err != nil {
		t.Fatalf("%d of %d answers came", len(s.fake.Answers(channelID)), n)
	}
	return s.fake.Answers(channelID)
}

func TestCommand(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	general, ann := s.channel("general"), s.person("ann")
	ann.Locale = "de"
	asked, err := s.fake.Slash(general, ann, "ask", discordfake.Option{Name: "question", Value: "why?"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := asked.Response(soon(t))
	if err != nil || r.Type != 4 || r.Message.Content != "You said: why?" || r.Message.Flags&discordfake.Ephemeral != 0 {
		t.Errorf("%v: %+v", err, r)
	}
	if m := e.wait(t, says("why?")); m.Locale != "de" || m.Sender != bot.Address("discord:"+ann.ID) || m.Address != bot.Address("discord:"+general) {
		t.Errorf("it came as %+v", m)
	}
	private, err := s.fake.Slash(general, ann, "ask", discordfake.Option{Name: "question", Value: "secret?"}, discordfake.Option{Name: "private", Value: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := private.Response(soon(t)); err != nil || r.Message.Flags&discordfake.Ephemeral == 0 {
		t.Errorf("%v: %+v", err, r)
	}
	s.fake.Repeat(asked) // Discord may deliver it again
	said := s.fake.Say(general, ann, "what does this mean?")
	menu, err := s.fake.Menu(general, said.ID, s.person("bob"), "Ask the desk about this")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := menu.Response(soon(t)); err != nil || r.Message.Flags&discordfake.Ephemeral == 0 || r.Message.Content != "You said: what does this mean?" {
		t.Errorf("%v: %+v", err, r)
	}
	if n := e.count(says("why?")); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	if m := e.wait(t, says("what does this mean?")); !strings.HasSuffix(m.Link, general+"/"+said.ID) {
		t.Errorf("the link is %q", m.Link)
	}
}

// TestSlowCommand holds that Discord is told in time that an answer comes later,
// and that the answer then takes its place.
func TestSlowCommand(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	if discord.LaterAfter > 2*time.Second {
		t.Errorf("Discord waits for 3 s, and is told after %v", discord.LaterAfter)
	}
	told := make(chan struct{}, 2)
	defer close(told) // before the desk is killed, which waits for its handler
	e.reply = func(m bot.Message) bot.Reply {
		<-told
		return bot.Reply{Decision: bot.Answer, Text: strings.Repeat("so it is. ", 600), Quiet: m.Text == "quiet"}
	}
	general := s.channel("general")
	for text, by := range map[string]string{"loud": "ann", "quiet": "bob"} {
		asked, err := s.fake.Slash(general, s.person(by), "ask", discordfake.Option{Name: "question", Value: text})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := asked.Response(soon(t)); err != nil || r.Type != 5 {
			t.Errorf("%v: %+v", err, r)
		}
		told <- struct{}{}
		all, err := asked.Said(soon(t), 3)
		if err != nil || len(all) != 4 && len(all) != 3 {
			t.Errorf("%v: %d messages", err, len(all))
		}
		for _, m := range all {
			if !strings.Contains(m.Content, "so it is.") || (m.Flags&discordfake.Ephemeral != 0) != (text == "quiet") {
				t.Errorf("%s: %d %.50s", text, m.Flags, m.Content)
			}
		}
	}
}

func TestNotHere(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, func(s *stand) {
		s.cfg.Channels = map[string]chat.Channel{s.channel("quiet"): {When: []chat.When{}}}
	})
	asked, err := s.fake.Slash(s.channel("quiet"), s.person("ann"), "ask", discordfake.Option{Name: "question", Value: "why?"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := asked.Response(soon(t))
	if err != nil || r.Message.Flags&discordfake.Ephemeral == 0 || r.Message.Content != bot.LabelsFor("").NotHere {
		t.Errorf("%v: %+v", err, r)
	}
	if n := e.count(says("why?")); n != 0 {
		t.Error("it was asked")
	}
}

func TestOffers(t *testing.T) {
	t.Parallel()
	s, _ := desk(t, discordfake.Options{}, nil)
	for typed, want := range map[string]string{
		"how do i":     "How do I change my e-mail?,How do I reset my password?",
		"pass":         "How do I reset my password?",
		"my inv":       "Where is my invoice?",
		"voice":        "Where is my invoice?",
		"nothing such": "",
	} {
		i, err := s.fake.Complete(s.channel("general"), s.person("ann"), "ask", "question", typed)
		if err != nil {
			t.Fatal(err)
		}
		r, err := i.Response(soon(t))
		var got []string
		for _, c := range r.Choices {
			got = append(got, c.Name)
		}
		if err != nil || !sameSet(got, strings.FieldsFunc(want, func(r rune) bool { return r == ',' })) {
			t.Errorf("%q: %v: %q", typed, err, got)
		}
	}
	i, err := s.fake.Complete(s.channel("general"), s.person("ann"), "ask", "question", "")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := i.Response(soon(t)); err != nil || len(r.Choices) != 4 {
		t.Errorf("%v: %+v", err, r.Choices) // a long one among them, that was cut
	}
}

func sameSet(a, b []string) bool {
	n := map[string]int{}
	for _, x := range a {
		n[x]++
	}
	for _, x := range b {
		n[x]--
	}
	for _, v := range n {
		if v != 0 {
			return false
		}
	}
	return true
}

// TestPresses holds what becomes of the message whose button was pressed, and who
// sees what comes of it.
func TestPresses(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	e.reply = func(m bot.Message) bot.Reply {
		switch {
		case m.Kind == bot.Choice && m.Sender != m.Asker:
			return bot.Reply{Decision: bot.Refuse, Text: "not yours", Quiet: true}
		case m.Kind == bot.Choice:
			return bot.Reply{Decision: bot.Run, Text: "done"}
		}
		return bot.Reply{Decision: bot.Confirm, Text: "shall I?", Options: []bot.Option{{ID: "yes", Label: "Yes"}, {ID: "no", Label: "No"}},
			Confirm: &bot.Confirmation{Expires: time.Now().Add(time.Minute)}}
	}
	general, ann := s.channel("general"), s.person("ann")
	s.fake.Say(general, ann, "<@"+s.fake.Bot.ID+"> open the door")
	m := s.answer(t, general, 1)[0]
	if m.MessageReference == nil || len(m.Mentions) != 0 {
		t.Errorf("the question is no quiet reply: %+v", m)
	}
	yes, _ := m.Button("Yes")
	wrong, err := s.fake.Press(m, s.person("bob"), yes.CustomID)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := wrong.Said(soon(t), 1); err != nil || all[0].Content != "not yours" || all[0].Flags&discordfake.Ephemeral == 0 {
		t.Errorf("%v: somebody else sees %+v", err, all)
	}
	right, err := s.fake.Press(m, ann, yes.CustomID)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := right.Response(soon(t)); err != nil || r.Type != 7 || len(r.Message.Components) != 0 || r.Message.Content != "shall I?\n-# Chosen: Yes" {
		t.Errorf("%v: the question became %+v", err, r)
	}
	if all := s.answer(t, general, 2); all[1].Content != "done" {
		t.Errorf("%+v", all)
	}
}

// TestForum holds that the first post of a thread in a forum is answered, what
// others say there is not, and what is said to the desk is.
func TestForum(t *testing.T) {
	t.Parallel()
	var forum string
	s, e := desk(t, discordfake.Options{}, func(s *stand) {
		forum = s.fake.AddChannel(s.guild, "help", discordfake.ForumChannel)
		s.cfg.Forums = []string{forum}
		s.cfg.Channels = map[string]chat.Channel{forum: {When: []chat.When{chat.OnMention}}}
	})
	thread, first := s.fake.ForumPost(forum, s.person("ann"), "Printer", "It does not print.")
	m := e.wait(t, says("Printer\nIt does not print."))
	if m.ID != first.ID || m.Address != bot.Address("discord:"+forum) || m.Conversation != "discord:"+forum+"/"+thread.ID {
		t.Errorf("it came as %+v", m)
	}
	s.answer(t, thread.ID, 1)
	s.fake.Say(thread.ID, s.person("bob"), "mine neither")
	s.fake.Say(thread.ID, s.person("bob"), "and now, <@"+s.fake.Bot.ID+">?")
	all := s.answer(t, thread.ID, 2)
	if len(all) != 2 || e.count(says("mine neither")) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestProposals lets a permitted person mark an answer among people as right.
func TestProposals(t *testing.T) {
	t.Parallel()
	got := make(chan bot.Proposal, 10)
	s := newStand(t, discordfake.Options{})
	s.proposals = got
	s.mayPropose = func(by, _ bot.Address) bool { return by == bot.Address("discord:"+s.person("eve").ID) }
	s.start(bottest.Running{Handler: (&ears{}).handle})
	general := s.channel("general")
	question := s.fake.Say(general, s.person("ann"), "How late is it?")
	answer, err := s.fake.SayMore(general, s.person("bob"), discordfake.Said{Content: "Ten o'clock.", ReplyTo: question.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"ann", "eve"} { // the first may not
		if err := s.fake.React(general, answer.ID, s.person(by), "✅"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case p := <-got:
		if p.Question != "How late is it?" || p.Answer != "Ten o'clock." || p.By != bot.Address("discord:"+s.person("eve").ID) || p.Link == "" {
			t.Errorf("proposed: %+v", p)
		}
	case <-time.After(patience):
		t.Fatal("nothing was proposed")
	}
	dm := s.fake.DM(s.person("eve"))
	if all := s.answer(t, dm, 1); all[0].Content != bot.LabelsFor("").Proposed {
		t.Errorf("whoever proposed it reads %+v", all)
	}
	if len(got) > 0 {
		t.Errorf("proposed as well: %+v", <-got)
	}
}

// TestWordsOfOthers holds how a message reads: with names instead of ids.
func TestWordsOfOthers(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	general, bob := s.channel("general"), s.person("bob")
	s.fake.Say(general, s.person("ann"), fmt.Sprintf("<@!%s> ask <@%s> in <#%s> about <:smile:123456789012345678> <@99> </ask:123> &amp; <t:1700000000:R>",
		s.fake.Bot.ID, bob.ID, general))
	e.wait(t, says("ask @bob in #general about :smile: @somebody /ask &amp; <t:1700000000:R>"))
}

// TestNoEmbeds holds that a long answer is shown where embeds are not allowed.
func TestNoEmbeds(t *testing.T) {
	t.Parallel()
	s, e := desk(t, discordfake.Options{}, nil)
	e.reply = func(bot.Message) bot.Reply {
		return bot.Reply{Decision: bot.Answer, Text: strings.TrimSpace(strings.Repeat("word ", 500))}
	}
	general, ann := s.channel("general"), s.person("ann")
	s.fake.Say(general, ann, "<@"+s.fake.Bot.ID+"> long")
	if all := s.answer(t, general, 1); len(all[0].Embeds) != 1 || all[0].Content != "" {
		t.Errorf("%d embeds and %q", len(all[0].Embeds), all[0].Content)
	}
	s.fake.Deny(general, discordfake.PermEmbedLinks)
	s.fake.Say(general, ann, "<@"+s.fake.Bot.ID+"> long")
	all := s.answer(t, general, 3)
	if n := strings.Count(all[1].Content+" "+all[2].Content, "word"); n != 500 {
		t.Errorf("%d words", n)
	}
}
