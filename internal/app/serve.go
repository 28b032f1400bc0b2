package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/internal/logctx"

	"github.com/gofrs/flock"
)

// ServeOptions say how a desk serves.
type ServeOptions struct {
	Version string // of the program
	// Load reads the configuration again, when its file has changed or Reload
	// brings something. Nil where it cannot be read again.
	Load   func() (*config.Config, error)
	Reload <-chan os.Signal
	// Applied is told of a configuration that is in force now; nil for nobody.
	Applied func(*config.Config)
	// Up is told once, in one line, what is served.
	Up func(text string)

	recipes func(*service, *config.Config) []recipe // of a test; nil for the program's own
	pauses  *pauses
}

// A service is a desk that is open to the world.
type service struct {
	app      *App
	log      *slog.Logger
	options  ServeOptions
	metrics  *metrics
	web      *web // nil where there is none
	adapters *supervisor
	systemd  manager
	handle   bot.Handler // [App.Handle]

	mu       sync.Mutex
	opened   *App   // the app, once it is there
	stopping bool   // nothing more is taken in
	faulty   string // why the file of the configuration is not what is in force
}

// Serve brings up a desk with the adapters that the configuration enables, and
// keeps it up until ctx ends; then nothing more is taken in, what was
// acknowledged is finished within a bounded time, and it returns nil. A
// configuration that enables no adapter gives a [fault.Fault].
func Serve(ctx context.Context, cfg *config.Config, o Options, so ServeOptions) (err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &service{log: o.Log, options: so, metrics: newMetrics(cmp.Or(so.Version, "unknown")), systemd: manager{o.Log}}
	if so.recipes == nil {
		d.options.recipes = recipes
	}
	if len(d.options.recipes(d, cfg)) == 0 {
		return noAdapter(cfg)
	}
	d.adapters = &supervisor{log: o.Log, metrics: d.metrics, pauses: usualPauses, register: d.register, unregister: d.unregister, handler: d.handler}
	if so.pauses != nil {
		d.adapters.pauses = *so.pauses
	}
	if d.web, err = openWeb(ctx, cfg.HTTP, o.Log, d.metrics.registry, d.parts); err != nil {
		return err
	}
	if d.web != nil {
		defer func() { err = errors.Join(err, d.web.close()) }()
	}
	o.Clock, o.Watch, o.Hear, o.meter = true, true, true, d.metrics
	o.Changed = d.changed(o.Changed)
	if d.app, err = New(ctx, cfg, o); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.app.Close()) }()
	d.handle = d.app.Handle
	leave, err := d.alone()
	if err != nil {
		return err
	}
	defer leave()
	d.metrics.registry.MustRegister(collected{d.app, d.adapters})
	d.mu.Lock()
	d.opened = d.app
	d.mu.Unlock()
	return d.run(ctx, cfg)
}

// alone makes sure that no other process serves with this data_dir: each would
// work on what the other one has received.
func (d *service) alone() (leave func(), err error) {
	if d.app.dir == "" {
		return func() {}, nil
	}
	lock := flock.New(filepath.Join(d.app.dir, lockFile), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("finding out whether another frontdesk serves with this data_dir: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("another frontdesk serves with the data_dir %s; end that one, or choose another with --data-dir", d.app.dir)
	}
	return func() { _ = lock.Unlock() }, nil // it ends with the process anyway
}

// noAdapter says what to do where no adapter is enabled.
func noAdapter(cfg *config.Config) error {
	do := `write bot_token: under slack:, or token: under discord:, or talk to the desk in this terminal with "frontdesk chat"`
	if cfg.FS != nil {
		do = `make a config.yaml with bot_token: under slack:, or token: under discord:, or talk to the desk in this terminal with "frontdesk chat"`
	}
	return fault.Fault{File: cfg.File, What: "no adapter is enabled, so there is nothing to serve", Do: do}
}

// run serves until ctx ends.
func (d *service) run(ctx context.Context, cfg *config.Config) error {
	// What is acknowledged is finished after ctx has ended.
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	d.adapters.apply(working, d.options.recipes(d, cfg))
	edited, unwatch := d.watchConfig(working, cfg)
	defer unwatch()
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { d.systemd.watchdog(ctx, func() { d.app.Bases() }) })
	d.up(cfg)
	var broken <-chan error
	if d.web != nil {
		broken = d.web.ended
	}
	for {
		select {
		case <-ctx.Done():
			return d.down()
		case err := <-broken:
			return errors.Join(err, d.down())
		case <-d.options.Reload:
			d.reload(ctx, working, cfg)
		case <-edited:
			d.reload(ctx, working, cfg)
		}
	}
}

// up tells that all is up.
func (d *service) up(cfg *config.Config) {
	text := d.describe(cfg)
	d.log.Info("serving", "what", text)
	d.systemd.ready(text)
	if d.options.Up != nil {
		d.options.Up(text)
	}
}

// describe says in one line what is served.
func (d *service) describe(cfg *config.Config) string {
	var words []string
	for _, s := range d.app.statuses() {
		words = append(words, fmt.Sprintf("base %s (%s)", s.Base, entries(s.Entries)))
	}
	for _, r := range d.options.recipes(d, cfg) {
		words = append(words, r.name)
	}
	if d.web != nil {
		words = append(words, d.web.url())
	}
	return strings.Join(words, ", ")
}

// down takes nothing more in, and finishes what was acknowledged.
func (d *service) down() error {
	d.systemd.stopping()
	d.mu.Lock()
	d.stopping = true
	d.mu.Unlock()
	d.log.Info("stopping")
	if late := d.adapters.stop(func(*supervised) bool { return true }); len(late) > 0 {
		return fmt.Errorf("%s did not finish in time; what was left is worked on at the next start", strings.Join(late, ", "))
	}
	return nil
}

// register makes an adapter known that runs from now on.
func (d *service) register(r recipe, a adapter) {
	d.app.Register(r.name, a)
	if r.routes != nil && d.web != nil {
		d.web.routes.set(r.routes(a))
	}
}

func (d *service) unregister(r recipe, a adapter) {
	d.app.outboxes.register(r.name, nil)
	if r.routes != nil && d.web != nil {
		path, _ := r.routes(a)
		d.web.routes.set(path, nil)
	}
}

// handler gives what an adapter's messages are handled with.
func (d *service) handler(name string) bot.Handler {
	return func(ctx context.Context, m bot.Message) (reply bot.Reply, err error) {
		ctx = logctx.With(ctx, slog.String("adapter", name))
		if !logctx.Has(ctx, logctx.Message) { // an adapter may know it by the name of its event
			ctx = logctx.With(ctx, slog.String(logctx.Message, m.ID))
		}
		start := time.Now()
		d.metrics.inFlight.Inc()
		defer func() {
			if p := recover(); p != nil {
				d.log.ErrorContext(ctx, "handling a message panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				reply, err = broken(m), nil // trying again is no use
				d.metrics.failed.WithLabelValues(name).Inc()
			}
			took := time.Since(start)
			d.metrics.inFlight.Dec()
			if err != nil {
				d.metrics.failed.WithLabelValues(name).Inc()
			} else {
				d.log.InfoContext(ctx, "handled", "kind", m.Kind, "decision", reply.Decision, "entry", reply.Entry, "took", took)
			}
		}()
		return d.handle(ctx, m)
	}
}

// broken tells whoever sent a message that something is wrong with us.
func broken(m bot.Message) bot.Reply {
	reply := bot.Reply{To: m.Address, InReplyTo: m.ID, Decision: bot.Nothing, Failed: true}
	if m.Unasked == 0 && m.Overheard == 0 && m.Kind != bot.Rating && m.Kind != bot.Delete {
		reply.Decision, reply.Text = bot.Abstain, bot.LabelsFor(m.Locale).Broken
	}
	return reply
}

// changed counts what became of knowledge that was loaded again, and tells it.
func (d *service) changed(tell func(Status, error)) func(Status, error) {
	return func(s Status, err error) {
		ok := 1.0
		if err != nil {
			ok = 0
			d.log.Error("the knowledge has changed and is at fault; what was loaded before goes on answering", "base", s.Base, "error", err)
		}
		d.metrics.knowledge.WithLabelValues(s.Base).Set(ok)
		if tell != nil {
			tell(s, err)
		}
	}
}

// parts says of every part whether it can do its work.
func (d *service) parts(ctx context.Context) []part {
	d.mu.Lock()
	a, stopping, faulty := d.opened, d.stopping, d.faulty
	d.mu.Unlock()
	switch {
	case a == nil:
		return []part{{"bases", false, "loading"}}
	case stopping:
		return []part{{"desk", false, "stopping"}}
	}
	parts := append(a.health(ctx), d.adapters.parts()...)
	// The desk works all the same, so this is no reason to take it away.
	if faulty == "" {
		faulty = "it is what the file says"
	}
	return append(parts, part{"configuration", true, faulty})
}

// sortedValues gives the values of a map by the order of the keys.
func sortedValues[V any](m map[string]V) []V {
	var values []V
	for _, k := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[k])
	}
	return values
}
