package discord_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"frontdesk/adapters/discord"
	"frontdesk/adapters/discord/discordfake"
	"frontdesk/bot"
	"frontdesk/internal/secret"
)

// TestMarkdown holds what Discord is given for what the conformance suite, which
// looks at what people see, does not say.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	for markdown, want := range map[string]string{
		"###### Deep":                                                         "### Deep",
		"![a diagram](https://example.com/d)":                                 "[a diagram](https://example.com/d)",
		"[x](javascript:alert(1))":                                            "x",
		"[https://a.example](https://b.example)":                              "https://b.example",
		"| a | b |\n|---|---|\n| 1 | 22 |":                                    "```\na  b\n─  ──\n1  22\n```",
		"| " + strings.Repeat("wide ", 20) + " | b |\n|---|---|\n| 1 | *2* |": "- **" + strings.TrimSpace(strings.Repeat("wide ", 20)) + "** 1 · **b** 2",
		"````\n```\n````":                                                     "```\n`\u200b`\u200b`\n```",
		"by discord:123456789012345678":                                       "by <@123456789012345678>",
		"@everyone":                                                           "@\u200beveryone",
		`\# none`:                                                             `\# none`,
		"a  \nb":                                                              "a\nb",
		"x&lt;@123&gt;":                                                       "x<\u200b@123>",
	} {
		if got := discord.ToDiscord(markdown); got != want {
			t.Errorf("%q became %q, want %q", markdown, got, want)
		}
	}
}

// FuzzMarkdown holds that no text calls anybody or is too long for Discord.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"@everyone", "<@1>", "`<@1>` <@&2> <#3> </ask:4> <t:5>", "**@here**", "&lt;@1&gt;", "```\n@everyone\n```", "``` @everyone",
		"[@everyone](https://example.com/<@1>)", "\\<@1>", "|a|\n|-|\n|<@1>|", "> - 1. ```\n", "`` ` `` ``` `", strings.Repeat("q", 5000), "<@\u200b1>", "https://a.example/@everyone"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		got := discord.ToDiscord(markdown)
		if utf8.ValidString(markdown) && !utf8.ValidString(got) {
			t.Errorf("%q became %q", markdown, got)
		}
		for _, p := range read(got) {
			if !p.Code && (strings.Contains(p.Text, "@everyone") || strings.Contains(p.Text, "@here") || strings.Contains(p.Text, calls) && !strings.Contains(markdown, calls) && !strings.Contains(markdown, "discord:")) {
				t.Errorf("%q became %q, which calls somebody in %q", markdown, got, p.Text)
			}
		}
		for _, part := range discord.Split(markdown, 2000, "more") {
			if discord.Units(part) > 2000 {
				t.Errorf("a part has %d units", discord.Units(part))
			}
		}
	})
}

// FuzzEvents gives anything to the translation of events and interactions.
func FuzzEvents(f *testing.F) {
	for kind, data := range map[string]string{
		"MESSAGE_CREATE":       `{"id":"5","channel_id":"2","guild_id":"1","content":"<@100000000000000001> hi","author":{"id":"6"},"mentions":[{"id":"100000000000000001"}],"message_reference":{"message_id":"4"},"type":19}`,
		"MESSAGE_UPDATE":       `{"id":"5","channel_id":"4","guild_id":"1","content":"x","edited_timestamp":"2026-01-02T03:04:05+00:00","author":{"id":"6"}}`,
		"MESSAGE_DELETE_BULK":  `{"ids":["5",""],"channel_id":"2","guild_id":"1"}`,
		"MESSAGE_REACTION_ADD": `{"user_id":"6","message_id":"5","channel_id":"2","guild_id":"1","emoji":{"name":"👍"}}`,
		"THREAD_LIST_SYNC":     `{"guild_id":"1","threads":[{"id":"7","type":11,"parent_id":"2"}]}`,
		"THREAD_CREATE":        `{"id":"8","type":11,"parent_id":"2","guild_id":"1"}`,
		"INTERACTION_CREATE":   `{"id":"9","type":3,"token":"t","channel_id":"2","guild_id":"1","member":{"user":{"id":"6"}},"message":{"id":"5","components":[{"components":[{"custom_id":"o:x","label":"X"}]}]},"data":{"custom_id":"o:x"}}`,
	} {
		f.Add(kind, []byte(data))
	}
	f.Add("MESSAGE_CREATE", []byte(`{"id":5}`))
	f.Add("MESSAGE_CREATE", []byte(`null`))
	cfg := discord.DefaultConfig()
	cfg.Token, cfg.APIURL = secret.New("x"), "http://127.0.0.1:1"
	a, err := discord.New(cfg, discord.Deps{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if json.Valid(data) { // the library lets nothing else through
			_ = a.Take(t.Context(), kind, data) // an event that cannot be read is left out
		}
	})
}

// TestHostile sends what nobody should, and holds that the desk still answers.
func TestHostile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a megabyte is much for the race detector")
	}
	s, e := desk(t, discordfake.Options{}, nil)
	e.reply = func(m bot.Message) bot.Reply {
		r := bot.Reply{Decision: bot.Answer, Text: "You said: " + m.Text}
		if m.Text == "long" {
			r.Text = strings.Repeat("<@1> @everyone ``` | ", 50_000) // a megabyte
		}
		return r
	}
	ann := s.person("ann")
	dm := s.fake.DM(ann)
	s.fake.Say(dm, ann, strings.Repeat("<@1> x ", 150_000)) // Discord would not let it through
	s.fake.Say(dm, ann, strings.Repeat("\u202e<:a:1>", 300)+"\x00\x1b[2J")
	s.fake.Say(dm, ann, "long")
	s.fake.Say(dm, ann, "still there?")
	if err := s.fake.Wait(soon(t), func() bool {
		all := s.fake.Answers(dm)
		return len(all) > 0 && all[len(all)-1].Content == "You said: still there?"
	}); err != nil {
		t.Fatalf("%v, after %d answers", err, len(s.fake.Answers(dm)))
	}
	for _, m := range s.fake.Answers(dm) {
		if m.MentionEveryone || len(m.Mentions) > 0 {
			t.Errorf("somebody is called by %.80q", m.Content)
		}
	}
}
