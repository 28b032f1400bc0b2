package bot_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"
)

// TestTimed: whoever measures is told of every stage that a message goes through.
func TestTimed(t *testing.T) {
	d := newDesk(t)
	var mu sync.Mutex
	var stages []string
	d.search.Wait = func(context.Context, string) { d.now = d.now.Add(time.Second) }
	d.bot = bot.New(bot.DefaultConfig(), bot.Deps{
		Journal: d.journal, Recognizer: hears{text: "open?"}, Now: func() time.Time { return d.now },
		Timed: func(stage string, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			if took != 0 {
				stage += " " + took.String()
			}
			stages = append(stages, stage)
		}})
	d.bot.SetBase("desk", bot.Base{Knowledge: d.search.Base, Index: d.search, Dispatcher: d.runs})
	m := d.message("")
	m.Kind = bot.Audio
	d.handle(m)
	if want := []string{"wait", "hear", "search 1s", "act", "record"}; !slices.Equal(stages, want) {
		t.Errorf("stages %q, want %q", stages, want)
	}
}
