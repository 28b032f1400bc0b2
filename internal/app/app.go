// Package app is the one place where the parts of the program are wired
// together: the configuration, the knowledge, its index, the commands, the
// journal and the bot.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/bot/dispatch/schedule"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
	"frontdesk/internal/secret"
	"frontdesk/knowledge"
)

// closeWithin bounds how long Close waits for what is being done.
const closeWithin = 10 * time.Second

// Options say how much of a configuration is brought up. The zero value brings
// up all of it.
type Options struct {
	// Bases are the names of the bases to serve; empty for all. The first one
	// is the default.
	Bases []string
	// Pretend carries out no command and records nothing: a command that was
	// meant counts as done, whoever may run it.
	Pretend bool
	// DryRun has commands say what they would do, and records nothing.
	DryRun bool
	// Watch has knowledge loaded again when its files change.
	Watch bool
	// Clock carries out what was scheduled, when it is due.
	Clock bool
	// Hear opens what recognises speech, where the configuration names it.
	Hear bool
	// Log takes what happens; nil for nowhere.
	Log *slog.Logger
	// Warn takes what went wrong without stopping us: the message says what to
	// do. Nil for Log. It may be called from any goroutine.
	Warn func(error)
	// Changed is told when a watched base was loaded again, or why that could
	// not be done and the old one goes on answering. Nil for Log. It may be
	// called from any goroutine.
	Changed func(Status, error)
	// Configured has questions answered by the embedding model that is configured
	// and by no other: where a remote one cannot be asked, that is an error.
	Configured bool
	// Rebuild has the index built from nothing, whatever is saved.
	Rebuild bool
	// Progress is told how far the embedding of a base's phrasings has come.
	// Nil for nobody.
	Progress func(base string, done, total int)

	meter    *metrics      // nil where nothing is measured
	tryAgain time.Duration // of a test: the pause before a remote model is tried again
}

// warn tells what went wrong without stopping us.
func (o Options) warn(err error) {
	switch {
	case o.Warn != nil:
		o.Warn(err)
	case o.Log != nil:
		o.Log.Warn(err.Error())
	}
}

// An App is a desk that is open. It is safe for concurrent use.
type App struct {
	options Options
	dir     string // the data_dir; empty where nothing can be written
	log     *slog.Logger
	bot     *bot.Bot
	journal *journal.Journal // nil where nothing is recorded
	probe   probe            // of whether it can be written
	broker  *mqtt.Broker
	house   *homeassistant.Client

	loading  sync.Mutex // held while a base is loaded
	mu       sync.Mutex // held for a moment; to change what follows, both are
	cfg      *config.Config
	engine   *engine          // of all bases
	retired  []*engine        // that were replaced
	speech   *Speech          // nil where nothing hears
	deafened []*Speech        // that were replaced
	under    dispatch.Options // of the commands of all bases
	names    []string         // of the bases, the default first
	loaded   map[string]loaded
	watchers map[string]context.CancelFunc // by base; nil where nothing is watched

	stop     context.CancelFunc // ends the watching
	watching context.Context    // ends with it
	watched  sync.WaitGroup

	outboxes   outboxes
	clock      *schedule.Clock // nil where nothing is carried out later
	stopClock  context.CancelFunc
	clockEnded chan struct{}
}

// New brings up the bases of a configuration and opens the journal. Knowledge
// that is at fault gives a [fault.List]. A data_dir that cannot be written is no
// error: it is told to Options.Warn, and the desk works from memory.
//
// The caller must Close the App.
func New(ctx context.Context, cfg *config.Config, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Warn == nil {
		o.Warn = func(err error) { o.Log.Warn(err.Error()) }
	}
	if o.Changed == nil {
		o.Changed = func(s Status, err error) {
			if err != nil {
				o.Log.Error("loading the knowledge again", "base", s.Base, "error", err)
			}
		}
	}
	a := &App{cfg: cfg, options: o, names: baseNames(cfg, o.Bases), log: o.Log, loaded: map[string]loaded{}, dir: openDataDir(cfg.DataDir, o.Warn)}
	var err error
	if a.broker, err = mqtt.New(cfg.MQTT, o.Log); err != nil {
		return nil, err
	}
	if a.house, err = homeassistant.New(cfg.HomeAssistant); err != nil {
		return nil, err
	}
	if a.engine, err = openEngine(ctx, cfg, o); err != nil {
		return nil, err
	}
	if a.speech, err = openSpeech(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, a.engine.close())
	}
	if err := a.openJournal(ctx); err != nil {
		return nil, errors.Join(err, a.engine.close(), a.closeSpeech())
	}
	a.under = dispatch.Options{People: dispatch.NewPeople(cfg.People), Ledger: a.ledger(), Recorded: cfg.Journal.Enabled, DryRun: o.DryRun,
		Paused: a.pause().Paused}
	a.bot = bot.New(cfg.Conversations, a.deps())
	a.openClock()
	a.watching, a.stop = context.WithCancel(ctx)
	if o.Watch {
		a.watchers = map[string]context.CancelFunc{}
		for _, name := range a.names { // before loading, so that no change falls in between
			a.watchers[name] = a.watch(a.watching, cfg, name)
		}
	}
	for _, name := range a.names {
		if _, err := a.Reload(ctx, name); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	a.bot.SetDefault(a.names[0])
	a.start(a.engine)
	a.startClock(ctx)
	return a, nil
}

// deps gives the bot what it works with.
func (a *App) deps() bot.Deps {
	d := bot.Deps{Log: a.log, Outbox: &a.outboxes, Recognizer: a.speech.asRecognizer()}
	if a.journal != nil {
		d.Journal = measured{a.journal, a.options.meter} // a nil *Journal would be an interface that is not nil
		d.Handovers = a.journal
	}
	if a.options.meter != nil {
		d.Timed = a.options.meter.stage
	}
	return d
}

// openJournal opens the journal. One that cannot be written because of the disk
// does not keep the desk closed; one that is damaged or from a newer program
// does, because going on would hide that the record has a hole.
func (a *App) openJournal(ctx context.Context) error {
	if !a.cfg.Journal.Enabled || a.options.Pretend || a.options.DryRun || a.dir == "" {
		return nil
	}
	j, err := journal.Open(ctx, filepath.Join(a.dir, journalFile), a.cfg.Journal)
	if err != nil {
		if _, isPath := errors.AsType[*fs.PathError](err); isPath ||
			errors.Is(err, journal.ErrReadOnly) || errors.Is(err, journal.ErrFull) {
			a.options.Warn(fmt.Errorf("nothing is recorded: %w", err))
			return nil
		}
		return err
	}
	// A secret may be in what somebody typed.
	j.Redact(secret.NewRedactor(secretsOf(a.cfg)...).Redact)
	a.journal = j
	return nil
}

// secretsOf gives what the configuration keeps secret.
func secretsOf(cfg *config.Config) []secret.String {
	all := []secret.String{cfg.MQTT.Password, cfg.HomeAssistant.Token, cfg.Discord.Token, cfg.Embedding.Remote.APIKey, cfg.Models.Token, cfg.Speech.OpenAI.APIKey}
	for _, t := range append(sortedValues(cfg.Slack.Workspaces), cfg.Slack.Tokens) {
		all = append(all, t.BotToken, t.AppToken, t.SigningSecret)
	}
	return all
}

// Handle answers a message; see [bot.Bot.Handle].
func (a *App) Handle(ctx context.Context, m bot.Message) (bot.Reply, error) {
	return a.bot.Handle(ctx, m)
}

// Bases gives the names of the bases that are served, the default first.
func (a *App) Bases() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.names
}

// Status says what is loaded for a base.
func (a *App) Status(base string) Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.loaded[base].status
}

// Knowledge gives the knowledge that is loaded for a base.
func (a *App) Knowledge(base string) *knowledge.Base {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.loaded[base].knowledge
}

// statuses says what is loaded, sorted by base.
func (a *App) statuses() []Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Status
	for _, name := range slices.Sorted(maps.Keys(a.loaded)) {
		all = append(all, a.loaded[name].status)
	}
	return all
}

// DataDir gives the folder for what the program writes, or "" where nothing can
// be written.
func (a *App) DataDir() string { return a.dir }

// Close stops watching and begins nothing more of what is scheduled, waits for
// the messages and commands being handled, though not for ever, leaves the broker
// and closes the journal.
func (a *App) Close() error {
	a.stop()
	a.watched.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if a.stopClock != nil {
		a.stopClock()
	}
	err := a.bot.Close(ctx)
	a.waitClock(ctx)
	err = errors.Join(err, a.broker.Close())
	a.house.Close()
	for _, e := range append(a.retired, a.engine) {
		err = errors.Join(err, e.close())
	}
	err = errors.Join(err, a.closeSpeech())
	if a.journal != nil {
		err = errors.Join(err, a.journal.Close())
	}
	return err
}

// baseNames gives the names of the bases to serve, the default first: those
// that were asked for, or all.
func baseNames(cfg *config.Config, asked []string) []string {
	if len(asked) > 0 {
		return asked
	}
	names := []string{cfg.DefaultBase}
	for name := range cfg.Bases {
		if name != cfg.DefaultBase {
			names = append(names, name)
		}
	}
	slices.Sort(names[1:])
	return names
}

// openDataDir makes sure of the folder for what the program writes; it gives ""
// where there can be none.
func openDataDir(dir string, warn func(error)) string {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		warn(fmt.Errorf("the data_dir cannot be made, so nothing is recorded and the index is built at every start: %w; "+
			"make it writable, or choose another with --data-dir", err))
		return ""
	}
	return dir
}
