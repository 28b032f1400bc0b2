package app

import (
	"context"

	"frontdesk/knowledge"
)

// watch has every base loaded again when its files change, until ctx ends or
// a.stop is called.
func (a *App) watch(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	a.stop = stop
	for _, name := range a.options.Bases {
		a.watching.Go(func() {
			err := knowledge.Watch(ctx, knowledgeOptions(a.cfg, name), func() {
				status, err := a.Reload(ctx, name)
				if ctx.Err() == nil {
					a.options.Changed(status, err)
				}
			})
			if err != nil {
				a.options.Warn(err)
			}
		})
	}
}
