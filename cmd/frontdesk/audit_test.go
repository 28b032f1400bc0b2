package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/journal"

	"github.com/rogpeppe/go-internal/testscript"
)

// auditAttempt is "attempt FOLDER SENDER KEY SAID VERDICT [REASON]": it notes an
// attempt in the journal of a data_dir, as a desk does: with the verdict begun
// only its beginning, with done or failed its end as well.
func auditAttempt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 || len(args) > 6 {
		ts.Fatalf("usage: attempt FOLDER SENDER KEY SAID VERDICT [REASON]")
	}
	reason := ""
	if len(args) == 6 {
		reason = args[5]
	}
	said, err := strconv.Unquote(`"` + args[3] + `"`)
	ts.Check(err)
	ts.Check(auditNote(ts.MkAbs(args[0]), args[1], args[2], said, bot.Verdict(args[4]), reason))
}

func auditNote(dir, sender, key, said string, verdict bot.Verdict, reason string) error {
	ctx := context.Background()
	j, err := journal.Open(ctx, filepath.Join(dir, "journal.sqlite"), journal.DefaultConfig())
	if err != nil {
		return err
	}
	defer j.Close()
	a := bot.Attempt{
		Time: time.Now(), Key: key, Base: "desk", Conversation: "slack:C1", Entry: "lights-on", Sender: bot.Address(sender), Channel: "slack:C1",
		Who: sender, Room: "kitchen", Said: said, Slots: map[string]string{"area": "living_room"}, Probability: 0.971, Assent: "yes",
	}
	if verdict == bot.Refused {
		return j.Refuse(ctx, a, reason)
	}
	if s, err := j.Begin(ctx, a, nil); err != nil || !s.Begun {
		return fmt.Errorf("%+v: %w", s, err)
	}
	if verdict != "begun" {
		return j.End(ctx, a, bot.Outcome{Verdict: verdict, Reason: reason, Took: 12 * time.Millisecond})
	}
	return nil
}
