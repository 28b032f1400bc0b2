package app

import (
	"context"

	"frontdesk/internal/config"
	"frontdesk/knowledge"
)

// watch has a base loaded again when its files change, as a configuration names
// them, until ctx ends or stop is called.
func (a *App) watch(ctx context.Context, cfg *config.Config, name string) (stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	a.watched.Go(func() {
		err := knowledge.Watch(ctx, knowledgeOptions(cfg, name), func() {
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
