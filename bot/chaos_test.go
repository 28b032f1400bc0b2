package bot_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"frontdesk/bot"
)

// TestChaos brings messages of all kinds in any order, of several people in one
// conversation, about each other's, and again. Nothing may run that must not:
// each command for one message at most, none for an edit or unasked talk, and
// what is dangerous only for a yes to the last question that its asker was asked.
func TestChaos(t *testing.T) {
	texts := []string{"forgot my pasword", "account", "lights on", "it is dark", "some light", "let them in", "unlock the front door for Bob",
		"switch on the kitchen lights", "meaning of life", "yes", "no", "1", "2", "kitchen", "none", "never mind", "ask a person", ""}
	options := []string{"yes", "no", "kitchen", "email", "lights-on", "unlock", "handover", "approve:x", "nonsense", ""}
	senders := []bot.Address{ann, eve}
	seeds := uint64(300)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 5))
		h := newHelped(t)
		var past []bot.Message
		asked := map[bot.Address]string{} // the message whose reply asked for the yes to what is dangerous
		pick := func(of []string) string { return of[r.IntN(len(of))] }
		for i := range 40 {
			m := bot.Message{ID: fmt.Sprint(i), Kind: bot.Text, Conversation: "c", Sender: senders[r.IntN(2)], Address: "test:room", Text: pick(texts)}
			ref := ""
			if len(past) > 0 {
				ref = past[r.IntN(len(past))].ID
			}
			switch r.IntN(12) {
			case 0, 1, 2:
				m.Kind, m.Choice, m.Text, m.Ref = bot.Choice, pick(options), "", ref
				if r.IntN(2) == 0 {
					m.Asker = senders[r.IntN(2)]
				}
				if m.Choice == "" {
					m.Text = pick(texts)
				}
			case 3:
				m.Kind, m.Ref = bot.Edit, ref
			case 4:
				m.Kind, m.Ref, m.ID = bot.Delete, ref, ""
			case 5:
				m.Kind, m.Ref, m.ID, m.Rating = bot.Rating, ref, "", 1-2*r.IntN(2)
			case 6:
				m.Unasked = r.Float64()
			case 7:
				if len(past) > 0 {
					m = past[r.IntN(len(past))]
					m.Again = r.IntN(2) == 0
				}
			case 8:
				if all := h.handed.All(); len(all) > 0 {
					m.Handover = all[r.IntN(len(all))].ID
				}
			case 9:
				if r.IntN(4) == 0 {
					h.start()
					clear(asked)
				}
			}
			before := len(h.runs.Ran())
			reply, err := h.bot.Handle(t.Context(), m)
			if err != nil && m.Kind != bot.Rating {
				t.Fatalf("seed %d, step %d, %+v: %v", seed, i, m, err)
			}
			ran := h.runs.Ran()[before:]
			repeated := false
			for _, p := range past {
				repeated = repeated || m.ID != "" && p.ID == m.ID
			}
			yes := m.Choice == "yes" || m.Text == "yes" || m.Text == "1"
			switch {
			case len(ran) == 0:
			case len(ran) > 1, repeated, m.Kind == bot.Edit, m.Unasked > 0, m.Handover != "", m.Asker != "" && m.Asker != m.Sender:
				t.Fatalf("seed %d, step %d: %+v ran %v", seed, i, m, ran)
			case ran[0].ID == "unlock" && (!yes || asked[m.Sender] == "" || m.Ref != "" && m.Ref != asked[m.Sender]):
				t.Fatalf("seed %d, step %d: %+v ran %v; the question was that of %q", seed, i, m, ran, asked[m.Sender])
			}
			if reply.Decision == bot.Confirm {
				asked[m.Sender] = m.ID
			}
			if m.ID != "" {
				past = append(past, m)
			}
		}
		if all := h.handed.All(); len(all) > 0 {
			sent := map[string]int{}
			for _, r := range h.out.Sent() {
				sent[r.Handover]++
			}
			for _, one := range all {
				if sent[one.ID] != 1 {
					t.Fatalf("seed %d: a question was handed on %d times", seed, sent[one.ID])
				}
			}
		}
	}
}
