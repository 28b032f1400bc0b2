package ask_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/ask"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
)

// An outbox reaches the terminal; slack is slow, and nobody else is there.
type outbox struct{ sent []bot.Reply }

func (o *outbox) Send(ctx context.Context, to bot.Address, r bot.Reply) error {
	switch to.Adapter() {
	case "terminal":
		o.sent = append(o.sent, r)
		return nil
	case "slack":
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Minute):
		}
	}
	return errors.New("it is not running")
}

// hook is a kind that answers with its settings.
type hook struct{ text string }

func webhook(a knowledge.Action) (dispatch.Runner, fault.List) {
	if a.Node.Kind == 0 || a.Node.Value == "" {
		return nil, fault.List{strictyaml.Fault(a.Pos.File, a.Node, "no address", "write one")}
	}
	return hook{a.Node.Value}, nil
}

func (h hook) Slots() []string         { return []string{"where"} }
func (h hook) Preview(bot.Call) string { return "call " + h.text }
func (h hook) Run(context.Context, bot.Call) (bot.Result, error) {
	if h.text == "fail" {
		return bot.Result{Failed: true, Problem: "404"}, nil
	}
	return bot.Result{Output: h.text}, nil
}

func kind(t testing.TB, o bot.Outbox, k dispatch.Kind, text string) (dispatch.Runner, fault.List) {
	t.Helper()
	node, faults := strictyaml.Parse("k.yaml", []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return ask.New(o, k)(knowledge.Action{Kind: "ask", Node: node, Pos: knowledge.Pos{File: "k.yaml", Line: 1, Col: 1}})
}

func call(what string) bot.Call {
	return bot.Call{
		Slots:  map[string]template.Value{"what": {Said: what, Canonical: "not this"}},
		Said:   "ask about " + what,
		Caller: bot.Caller{Sender: "slack:U1", Channel: "slack:C9", Context: map[string]string{"room": "hall"}},
	}
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, settings, sent, problem, output string
	}{
		{"a text", `{to: terminal:local, text: "**Help**: {what}"}`,
			"**Help**: a \\*lamp\\*\n\nAsked by slack:U1 in slack:C9, room hall.", "", ""},
		{"what was said, from nobody", `{to: [terminal:local], from: false}`, "ask about a \\*lamp\\*", "", ""},
		{"nobody is there", `{to: [discord:1], text: x}`, "", "discord:1 could not be asked: it is not running", ""},
		{"some are there", `{to: [discord:1, terminal:local], text: x, from: false}`, "x", "discord:1 could not be asked: it is not running; others were asked", ""},
		{"too slow", `{to: [slack:C1], text: x}`, "", "slack:C1 could not be asked: context deadline exceeded", ""},
		{"a webhook", `{webhook: there}`, "", "", "there"},
		{"both", `{to: terminal:local, text: x, from: false, webhook: there}`, "x", "", "there"},
		{"a webhook that fails", `{to: terminal:local, text: x, from: false, webhook: fail}`, "x", "the webhook: 404; others were asked", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var o outbox
				r, faults := kind(t, &o, webhook, c.settings)
				if len(faults) > 0 {
					t.Fatal(faults)
				}
				result, err := r.Run(t.Context(), call("a *lamp*"))
				if err != nil {
					t.Fatal(err)
				}
				var sent []string
				for _, m := range o.sent {
					if m.To != "terminal:local" || m.Decision != bot.Notice {
						t.Errorf("sent %+v", m)
					}
					sent = append(sent, m.Text)
				}
				if diff := cmp.Diff(c.sent, strings.Join(sent, "\n")); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(bot.Result{Output: c.output, Failed: c.problem != "", Problem: c.problem}, result); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestPreviewAndSlots(t *testing.T) {
	r, faults := kind(t, nil, webhook, `{to: [terminal:local, slack:C1], text: "{what}", from: false, webhook: there}`)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got, want := r.Preview(call("help")), "send to terminal:local, slack:C1: help\ncall there"; got != want {
		t.Errorf("the preview is %q", got)
	}
	if diff := cmp.Diff([]string{"what", "where"}, r.Slots()); diff != "" {
		t.Error(diff)
	}
	if result, err := r.Run(t.Context(), call("help")); err != nil || !result.Failed {
		t.Errorf("without an outbox: %+v, %v", result, err)
	}
}

// Nothing that somebody says calls people, or is more than letters in Markdown.
func TestHostile(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"@everyone", "\\@\u200beveryone"},
		{"@@here", "\\@\u200b\\@\u200bhere"},
		{"a@everyone", "a\\@\u200beveryone"},
		{"write to ann@example.org", "write to ann\\@example.org"},
		{"<!channel> <@U1> <#C1>", "\\<\u200b\\!channel\\> \\<\u200b\\@\u200bU1\\> \\<\u200b\\#C1\\>"},
		{"[x](https://e.example)", "\\[x\\]\\(https\\://e.example\\)"},
		{"a\n\n# b", "a \\# b"},
		{strings.Repeat("é", 2000), strings.Repeat("é", 1500) + "…"},
	} {
		var o outbox
		r, faults := kind(t, &o, nil, `{to: terminal:local, text: "{what}", from: false}`)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if _, err := r.Run(t.Context(), call(c.said)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, o.sent[0].Text); diff != "" {
			t.Errorf("%q: %s", c.said, diff)
		}
	}
}

func FuzzHostile(f *testing.F) {
	for _, s := range []string{"@everyone", "<!channel>", "x@here", "＠everyone", "@\u200beveryone", "\\@everyone", "@ everyone", "@@@", "<<@>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		var o outbox
		r, _ := kind(t, &o, nil, `{to: terminal:local, text: "{what}", from: false}`)
		if _, err := r.Run(t.Context(), call(said)); err != nil {
			t.Fatal(err)
		}
		got := o.sent[0].Text
		for _, bad := range []string{"@everyone", "@here", "@channel", "<!", "<@", "<#"} {
			// Also as an adapter may show it, without the backslashes.
			if strings.Contains(strings.ToLower(got), bad) || strings.Contains(strings.ToLower(strings.ReplaceAll(got, "\\", "")), bad) {
				t.Errorf("%q is sent as %q", said, got)
			}
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r == '\n' || r != '\t' && unicode.IsSpace(r) && unicode.IsControl(r) }) {
			t.Errorf("%q is sent in lines: %q", said, got)
		}
	})
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nobody", "{text: x}", "1:1: nobody is asked; write to: with an address such as slack:C123\nk.yaml:1:8: text: is sent to nobody without to:; write to:, or remove it; the webhook has settings of its own"},
		{"no address", "{to: [slack, 'slack:', ':C1', 'Slack:C1', 'slack:a b', 'slack:{what}', slack:C1, slack:C1]}",
			"1:7: \"slack\" is no address; write adapter:id, such as slack:C123 or terminal:local\n" +
				"k.yaml:1:14: \"slack:\" is no address; write adapter:id, such as slack:C123 or terminal:local\n" +
				"k.yaml:1:24: \":C1\" is no address; write adapter:id, such as slack:C123 or terminal:local\n" +
				"k.yaml:1:31: \"Slack:C1\" is no address; write adapter:id, such as slack:C123 or terminal:local\n" +
				"k.yaml:1:43: \"slack:a b\" is no address; write adapter:id, such as slack:C123 or terminal:local\n" +
				"k.yaml:1:56: an address cannot hold a slot; write it out, so that nobody can choose it\n" +
				"k.yaml:1:82: \"slack:C1\" is asked twice; remove one of them"},
		{"no webhook here", "{webhook: x}", "1:11: this version cannot ask through a webhook; remove webhook:, and name who is asked under to:"},
		{"many at once", "{to: a:b, form: true, text: '{', timeout: 11m}", "1:11: unknown key \"form\"; did you mean \"from\"?\n" +
			"k.yaml:1:29: { is never closed; close it with }, or write \\{ for the character itself\nk.yaml:1:43: nobody can be asked within 11m0s; write a time above 0s and up to 10m"},
		{"a secret", "{to: a:b, text: 'it is ${env:KEY}'}", `1:17: a secret would be said; remove it; write $\{ for the characters themselves`},
		{"an empty text", "{to: a:b, text: ' '}", "1:17: the text is empty; write what is sent, or remove the key to send what was said"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := kind(t, nil, nil, c.text)
			if diff := cmp.Diff("k.yaml:"+c.want, faults.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, faults := kind(t, nil, webhook, "{webhook: ''}"); faults.Error() != "k.yaml:1:11: no address; write one" {
		t.Error(faults)
	}
	var many []string
	for i := range 21 {
		many = append(many, "a:"+string(rune('a'+i)))
	}
	if _, faults := kind(t, nil, nil, "{to: ["+strings.Join(many, ", ")+"]}"); len(faults) != 1 || !strings.Contains(faults.Error(), "21 addresses are asked; at most 20 can be") {
		t.Error(faults)
	}
}
