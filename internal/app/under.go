package app

import "frontdesk/bot/dispatch"

// ledger gives what keeps the attempts at commands: the journal, or the memory
// of this process where there is none.
func (a *App) ledger() dispatch.Ledger {
	if a.journal != nil {
		return a.journal
	}
	return dispatch.NewMemory()
}
