package app

import (
	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/ask"
	"frontdesk/bot/dispatch/chain"
	"frontdesk/bot/dispatch/exec"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/bot/dispatch/reply"
	"frontdesk/bot/dispatch/schedule"
	"frontdesk/bot/dispatch/webhook"
	"frontdesk/internal/config"
)

// parts are what kinds of command need of an open desk. All but the
// connections may be zero where commands are only checked.
type parts struct {
	broker *mqtt.Broker
	house  *homeassistant.Client
	outbox bot.Outbox
	store  schedule.Store
	added  func() // something was scheduled
}

// kinds gives the kinds of command that this build carries out.
func kinds(cfg *config.Config, p parts) map[string]dispatch.Kind {
	all := map[string]dispatch.Kind{
		"exec":          exec.New,
		"homeassistant": p.house.Kind,
		"mqtt":          p.broker.Kind,
		"reply":         reply.New,
		"webhook":       webhook.New,
	}
	all["ask"] = ask.New(p.outbox, all["webhook"])
	// These are made of the others, and of each other.
	all["chain"] = chain.New(all)
	deps := schedule.Deps{Store: p.store, Added: p.added}
	if !cfg.Journal.Enabled {
		deps.Off = "the journal, in which it would be kept, is switched off"
	}
	all["schedule"] = schedule.New(all, deps)
	return all
}
