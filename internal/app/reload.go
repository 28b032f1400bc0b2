package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// watchConfig tells of changes of the configuration's file since it was read.
// The caller must call stop.
func (d *service) watchConfig(ctx context.Context, cfg *config.Config) (edited <-chan struct{}, stop func()) {
	changes := make(chan struct{}, 1)
	if cfg.FS != nil || d.options.Load == nil {
		return changes, func() {} // what is built in does not change
	}
	changed := func() {
		select {
		case changes <- struct{}{}:
		default: // it is to be read anyway
		}
	}
	unwatched := func(err error) {
		d.log.Warn("the configuration is not watched; SIGHUP has it read again", "error", err)
	}
	// It is watched as the files of knowledge are: in its folder, for editors
	// replace a file, and from time to time where nothing tells of changes.
	w, err := knowledge.NewWatcher(ctx, knowledge.Options{Dir: cfg.Dir, Paths: []string{filepath.Base(cfg.File)}})
	if err != nil {
		unwatched(err)
		return changes, func() {}
	}
	if cfg.Edited() { // while the desk was opened
		changed()
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx, changed); err != nil {
			unwatched(err)
		}
	}()
	return changes, func() {
		cancel()
		<-ended
	}
}

// reload reads the configuration again. One at fault changes nothing. Adapters
// that it starts work until working ends.
func (d *service) reload(ctx, working context.Context, first *config.Config) {
	if d.options.Load == nil {
		return
	}
	d.systemd.reloading()
	cfg, err := d.options.Load()
	if err == nil && len(d.options.recipes(d, cfg)) == 0 {
		err = noAdapter(cfg)
	}
	var later []string
	if err == nil && d.web != nil {
		err = d.web.certs.load(first.HTTP.TLS)
	}
	if err == nil {
		later, err = d.app.Apply(ctx, cfg)
	}
	d.metrics.configured(err)
	d.mu.Lock()
	d.faulty = ""
	if err != nil {
		d.faulty = "its file is at fault since " + time.Now().UTC().Format(time.RFC3339) + ", so an older state is in force; the log says what is wrong"
	}
	d.mu.Unlock()
	if err != nil {
		d.refused(err)
		d.systemd.ready("the configuration is at fault, an older state is in force")
		return
	}
	if len(later) > 0 {
		d.log.Warn("a part of the new configuration waits for a restart", "sections", strings.Join(later, ", "))
	}
	if d.options.Applied != nil {
		d.options.Applied(cfg)
	}
	d.adapters.apply(working, d.options.recipes(d, cfg))
	text := d.describe(cfg)
	d.log.Info("the configuration was loaded again", "what", text)
	d.systemd.ready(text)
}

// refused logs every fault of a configuration.
func (d *service) refused(err error) {
	const what = "the configuration is at fault; an older state stays in force"
	list, ok := faultsIn(err)
	if !ok {
		d.log.Error(what, "error", err)
		return
	}
	for i, f := range list {
		if i == maxLogged {
			d.log.Error("the configuration has more faults", "more", len(list)-i)
			return
		}
		d.log.Error(what, "fault", f.Error())
	}
}

// maxLogged bounds how many faults are logged of one reload.
const maxLogged = 20

// faultsIn gives the faults of files that an error is made of.
func faultsIn(err error) (fault.List, bool) {
	if list, ok := errors.AsType[fault.List](err); ok {
		return list, true
	}
	if f, ok := errors.AsType[fault.Fault](err); ok {
		return fault.List{f}, true
	}
	return nil, false
}
