package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/internal/config"
	"frontdesk/knowledge"
	"frontdesk/retrieval"
)

// A Status says what is loaded for a base.
type Status struct {
	Base      string
	Entries   int
	Phrasings int
	IndexFile string        // where the index is saved; empty for nowhere
	IndexSize int64         // of that file, in bytes
	Built     bool          // the index was built, and not loaded as it was saved
	Took      time.Duration // for loading the knowledge and its index
	Loaded    time.Time     // when that was done
}

// String says it in a few words.
func (s Status) String() string {
	return fmt.Sprintf("frontdesk knows %s of the base %q", entries(s.Entries), s.Base)
}

// entries counts entries in words.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// loaded is a base that is served.
type loaded struct {
	status    Status
	knowledge *knowledge.Base
	base      bot.Base
	indexed
	titles []string // the questions that it answers, in the order of the files
}

// Load loads the knowledge of a base and checks its commands, without an index.
// All that is at fault comes as one [fault.List].
func Load(ctx context.Context, cfg *config.Config, name string) (*knowledge.Base, error) {
	base, _, err := Commands(ctx, cfg, name)
	return base, err
}

// Commands loads the knowledge of a base, and what its commands would run on,
// for those who ask who may run them. Nothing of it runs.
func Commands(ctx context.Context, cfg *config.Config, name string) (*knowledge.Base, *dispatch.Dispatcher, error) {
	broker, err := mqtt.New(cfg.MQTT, nil) // It does not connect, so there is nothing to close.
	if err != nil {
		return nil, nil, err
	}
	house, err := homeassistant.New(cfg.HomeAssistant) // nor does this
	if err != nil {
		return nil, nil, err
	}
	return load(ctx, cfg, name, kinds(cfg, parts{broker: broker, house: house}), dispatch.Options{Recorded: cfg.Journal.Enabled, DryRun: true})
}

// load loads the knowledge of a base, and checks its commands, which run under
// the options.
func load(ctx context.Context, cfg *config.Config, name string, kinds map[string]dispatch.Kind, o dispatch.Options) (*knowledge.Base, *dispatch.Dispatcher, error) {
	if _, ok := cfg.Bases[name]; !ok {
		return nil, nil, fmt.Errorf("there is no base %q in the configuration", name)
	}
	base, err := knowledge.Load(ctx, knowledgeOptions(cfg, name))
	if err != nil {
		return nil, nil, err
	}
	o.Allow = cfg.Bases[name].Allow
	if o.People == nil {
		o.People = dispatch.NewPeople(cfg.People)
	}
	d, err := dispatch.New(base, kinds, o)
	if err != nil {
		return nil, nil, err
	}
	return base, d, nil
}

// Reload loads a base from its files and puts it in the place of the one that
// answers. When the files are at fault, that one goes on answering.
func (a *App) Reload(ctx context.Context, name string) (Status, error) {
	a.loading.Lock()
	defer a.loading.Unlock()
	l, err := a.prepare(ctx, a.cfg, name, a.under, a.engine)
	if err != nil {
		return a.loaded[name].status, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(name, l)
	return l.status, nil
}

// prepare loads a base as a configuration has it, and changes nothing of what
// answers. The caller holds a.loading.
func (a *App) prepare(ctx context.Context, cfg *config.Config, name string, under dispatch.Options, e *engine) (loaded, error) {
	start := time.Now()
	base, d, err := load(ctx, cfg, name, kinds(cfg, a.parts()), under)
	if err != nil {
		return loaded{}, err
	}
	hints, err := a.speechHintsOf(cfg, base)
	if err != nil {
		return loaded{}, err
	}
	x, err := a.index(ctx, cfg, name, base, e)
	if err != nil {
		return loaded{}, fmt.Errorf("indexing the base %q: %w", name, err)
	}
	s := Status{Base: name, Entries: len(base.Entries), Built: x.built, IndexFile: a.indexFile(name)}
	for _, e := range base.Entries {
		s.Phrasings += 1 + len(e.Alternatives)
	}
	if s.IndexSize = sizeOf(s.IndexFile); s.IndexSize == 0 {
		s.IndexFile = ""
	}
	var dispatcher bot.Dispatcher = d
	var rights bot.Rights = d
	if a.options.Pretend {
		dispatcher, rights = pretend{}, nil
	}
	s.Took = time.Since(start)
	s.Loaded = start.Add(s.Took)
	return loaded{status: s, knowledge: base, indexed: x, titles: titlesOf(base), base: bot.Base{
		Knowledge: base, Index: x.searcher(), Dispatcher: dispatcher, Rights: rights,
		Handover: cfg.Bases[name].Handover, Experts: cfg.Bases[name].Experts,
		Hints: hints,
	}}, nil
}

// titlesOf gives the questions that a base answers: what people may be shown that
// runs nothing.
func titlesOf(base *knowledge.Base) (titles []string) {
	for _, e := range base.Entries {
		if e.Command == nil && e.Question != "" && len(titles) < maxTitles {
			titles = append(titles, e.Question)
		}
	}
	return titles
}

// put has a base answer. The caller holds a.loading and a.mu.
func (a *App) put(name string, l loaded) {
	a.bot.SetBase(name, l.base)
	a.loaded[name] = l
	s := l.status
	a.log.Info("loaded", "base", name, "entries", s.Entries, "phrasings", s.Phrasings, "built", s.Built, "took", s.Took)
}

// A source is what an index is made with.
type source struct {
	embedder retrieval.Embedder
	reranker retrieval.Reranker // nil for none
	file     string             // where it is saved; empty for nowhere
	previous *retrieval.Index   // that is already loaded; may be nil
	// same says whether an index is of the model that is there now.
	same func(context.Context, *retrieval.Index) (bool, error)
	told bool // whether Options.Progress is told
}

// openIndex gives the index of a base: the saved one where it is of just this
// knowledge, else a new one that takes over the phrasings which have not
// changed. What is built is saved.
func (a *App) openIndex(ctx context.Context, c *config.Config, name string, base *knowledge.Base, s source) (index *retrieval.Index, built bool, err error) {
	cfg, previous := c.Bases[name].Retrieval, s.previous
	o := retrieval.BuildOptions{Words: Words(), Reranker: s.reranker}
	if previous == nil && s.file != "" && !a.options.Rebuild {
		saved, err := retrieval.Load(ctx, s.file, base, s.embedder, cfg, o)
		switch {
		case err == nil:
			index, previous = saved, saved
		case ctx.Err() != nil:
			return nil, false, err
		case errors.Is(err, fs.ErrNotExist):
		default:
			// Stale, damaged, or not to be read: it is built again all the same.
			a.log.Info("the saved index is not used", "base", name, "reason", err)
			previous = saved
		}
	}
	if previous != nil {
		same, err := s.same(ctx, previous)
		if err != nil {
			return nil, false, err
		}
		if !same {
			a.anotherModel(name)
			index, previous = nil, nil
		}
	}
	if index != nil {
		return index, false, nil
	}
	o.Previous = previous
	if a.options.Progress != nil && s.told {
		o.Progress = func(done, total int) { a.options.Progress(name, done, total) }
	}
	if index, err = retrieval.Build(ctx, base, s.embedder, cfg, o); err != nil {
		return nil, false, err
	}
	if s.file != "" {
		if err := a.saveIndex(index, s.file); err != nil {
			a.options.Warn(err)
		}
	}
	return index, true, nil
}

// indexFile gives where the index of a base is saved, or "".
func (a *App) indexFile(name string) string {
	if a.dir == "" {
		return ""
	}
	return filepath.Join(a.dir, "index", name+".index")
}

// standbyFile gives where the index of the model is saved that stands by for a
// remote one, or "". No base has a name with a dot.
func (a *App) standbyFile(name string) string {
	if a.dir == "" {
		return ""
	}
	return filepath.Join(a.dir, "index", name+".standby.index")
}

// sizeOf gives the size of a file; 0 where there is none.
func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (a *App) saveIndex(index *retrieval.Index, path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = index.Save(path)
	}
	if err != nil {
		return fmt.Errorf("the index cannot be saved, so it is built at every start: %w; "+
			"make room there and make it writable, or choose another data_dir", err)
	}
	return nil
}

// pretend counts every command as done.
type pretend struct{}

func (pretend) Dispatch(context.Context, bot.Call) (bot.Result, error) {
	return bot.Result{}, nil
}

func (pretend) Refuse(_ context.Context, _ bot.Call, why bot.Refusal) bot.Result {
	return bot.Result{Refused: why, Failed: true}
}

// knowledgeOptions says where the knowledge of a base is.
func knowledgeOptions(cfg *config.Config, name string) knowledge.Options {
	return knowledge.Options{FS: cfg.FS, Dir: cfg.Dir, Paths: cfg.Bases[name].Knowledge}
}
