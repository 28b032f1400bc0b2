package app

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/bot"
)

// TestPropose has somebody propose who may, and others who may not.
func TestPropose(t *testing.T) {
	_, dir := twoBases(t, "")
	write(t, filepath.Join(dir, "config.yaml"), "format: 1\ndata_dir: data\ndefault_base: house\njournal: {retention_days: 30}\n"+
		"people:\n  ann: {is: [slack:U1], roles: [staff]}\n  bob: {is: [slack:U2]}\n"+
		"bases:\n  house: {knowledge: [house.yaml], propose: {roles: [staff], channels: [\"slack:C1\"]}}\n  attic: {knowledge: [attic.yaml]}\n")
	changed, err := LoadConfig(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, changed, Options{})
	pair := bot.Proposal{Question: "Who waters the plants?", Answer: "Ann does.", Link: "https://chat.example/1",
		By: "slack:U1", Channel: "slack:C1", Time: time.Now()}
	for name, c := range map[string]struct {
		change func(*bot.Proposal)
		want   string
	}{
		"no role":       {func(p *bot.Proposal) { p.By = "slack:U2" }, "you may not propose entries"},
		"a stranger":    {func(p *bot.Proposal) { p.By = "slack:U9" }, "you may not propose entries"},
		"elsewhere":     {func(p *bot.Proposal) { p.Channel = "slack:C2" }, "you may not propose entries"},
		"another base":  {func(p *bot.Proposal) { p.Base = "attic" }, "you may not propose entries"},
		"no such base":  {func(p *bot.Proposal) { p.Base = "cellar" }, "there is no such base"},
		"no answer":     {func(p *bot.Proposal) { p.Answer = " " }, "the answer is empty"},
		"a long answer": {func(p *bot.Proposal) { p.Answer = strings.Repeat("x", 1<<20) }, "the answer is too long: it has 1048576 bytes, and at most 32768 can be kept"},
	} {
		p := pair
		c.change(&p)
		if err := a.Propose(t.Context(), p); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for who, may := range map[[2]bot.Address]bool{{"slack:U1", "slack:C1"}: true, {"slack:U1", "slack:C2"}: false, {"slack:U9", "slack:C1"}: false} {
		if a.MayPropose(who[0], who[1]) != may {
			t.Errorf("%s in %s may propose: %t", who[0], who[1], !may)
		}
	}
	old := pair
	old.Question, old.Time = "Who fed the cat?", time.Now().AddDate(0, 0, -31)
	for _, p := range []bot.Proposal{old, pair, pair} {
		if err := a.Propose(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	all, err := Proposals(changed).List()
	if err != nil || len(all) != 1 || all[0].Base != "house" || all[0].Question != pair.Question || all[0].By != "slack:U1" {
		t.Errorf("%+v, %v", all, err)
	}
	// Nothing answers from it.
	if r := say(t, a, "", pair.Question); r.Decision == bot.Answer {
		t.Errorf("it answers %+v", r)
	}
	if n, err := ForgetProposals(t.Context(), changed, []bot.Address{"slack:U2"}); n != 0 || err != nil {
		t.Errorf("of somebody else %d are forgotten: %v", n, err)
	}
	if n, err := ForgetProposals(t.Context(), changed, []bot.Address{"slack:U1"}); n != 1 || err != nil {
		t.Errorf("%d are forgotten: %v", n, err)
	}
}

// TestProposeNobody is what holds where a configuration does not say who may.
func TestProposeNobody(t *testing.T) {
	cfg, _ := twoBases(t, "")
	a := open(t, cfg, Options{})
	err := a.Propose(t.Context(), bot.Proposal{Question: "Who?", Answer: "Ann.", By: "terminal:local", Time: time.Now()})
	if err == nil || err.Error() != "you may not propose entries" {
		t.Errorf("error: %v", err)
	}
}
