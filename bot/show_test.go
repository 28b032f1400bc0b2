package bot_test

import (
	"testing"
	"time"

	"frontdesk/bot"
)

func TestShow(t *testing.T) {
	for _, c := range []struct {
		result bot.Result
		want   string
	}{
		{bot.Result{}, ""},
		{bot.Result{Text: "It is **done**.", Output: "a*b"}, "It is **done**.\n\n```\na*b\n```"},
		{bot.Result{Failed: true, Refused: bot.Paused, Problem: "a*b"}, "Everything is paused, so I did nothing: a\\*b"},
		{bot.Result{Text: "never", Output: "out", Failed: true, Problem: "a*b"}, "That did not work: a\\*b\n\n```\nout\n```"},
	} {
		if got := c.result.Show(time.Now()); got != c.want {
			t.Errorf("%+v is shown as %q, want %q", c.result, got, c.want)
		}
	}
}

// What a command says for itself stands between the reply and the output.
func TestTextOfResult(t *testing.T) {
	d := newDesk(t)
	d.runs.Result = bot.Result{Text: "It is *due* tomorrow.", Output: "ok"}
	reply, err := d.bot.Handle(t.Context(), d.message("turn on the kitchen lights"))
	if want := "The kitchen lights are on.\n\nIt is *due* tomorrow.\n\n```\nok\n```"; err != nil || reply.Text != want {
		t.Errorf("%q, %v", reply.Text, err)
	}
}

func TestAdapter(t *testing.T) {
	for a, want := range map[bot.Address]string{"slack:U123": "slack", "a:b:c": "a", ":x": "", "slack": "", "": ""} {
		if got := a.Adapter(); got != want {
			t.Errorf("the adapter of %q is %q", a, got)
		}
	}
}

func TestBaseByName(t *testing.T) {
	d := newDesk(t)
	if b, ok := d.bot.Base("desk"); !ok || b.Handover != "Ask *us*." {
		t.Errorf("%+v, %v", b, ok)
	}
	if _, ok := d.bot.Base("attic"); ok {
		t.Error("there is an attic")
	}
}
