package app

import (
	"context"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
)

// watch has a base loaded again when its files change after the call, as a
// configuration names them, until ctx ends or stop is called.
func (a *App) watch(ctx context.Context, cfg *config.Config, name string) (stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	w, err := knowledge.NewWatcher(ctx, knowledgeOptions(cfg, name))
	if err != nil {
		if ctx.Err() == nil {
			a.options.Warn(err)
		}
		return stop
	}
	a.watched.Go(func() {
		err := w.Run(ctx, func() {
			status, err := a.Reload(ctx, name)
			if ctx.Err() == nil {
				a.options.Changed(status, err)
			}
		})
		if err != nil {
			a.options.Warn(err)
		}
	})
	return stop
}
