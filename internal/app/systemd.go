package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A manager tells systemd how the service does, as sd_notify(3) describes it. It
// does nothing where the service was not started by systemd with Type=notify.
type manager struct{ log *slog.Logger }

func (m manager) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.log.Warn("telling systemd how we are", "error", err)
	}
}

// ready tells that the service has started, or that it has loaded its
// configuration again, and what it does.
func (m manager) ready(status string) { m.tell(daemon.SdNotifyReady + "\nSTATUS=" + status) }

func (m manager) reloading() {
	m.tell(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
}

func (m manager) stopping() { m.tell(daemon.SdNotifyStopping) }

// watchdog shows systemd, until ctx ends, that we are alive: that alive returns.
func (m manager) watchdog(ctx context.Context, alive func()) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.log.Warn("reading how often systemd wants to hear from us", "error", err)
	}
	if every == 0 {
		return
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			alive()
			m.tell(daemon.SdNotifyWatchdog)
		}
	}
}
