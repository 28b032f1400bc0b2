package app

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
)

// Apply puts another configuration in the place of the one in force: bases that
// are new or changed are loaded, others are no longer served, and the people and
// their rights are the new ones. Another embedding model is opened, and every
// base indexed with it, before it takes the place of the former; so is what recognises
// speech. A model is another one, too, where other files stand at its path than when it
// was opened. Conversations, the journal and what is scheduled go on. It is all or nothing: where the knowledge of one base is at fault,
// nothing changes and the error names every fault.
//
// What is settled when a desk opens stays as it is; later gives the keys of the
// sections in which something else is asked for, which takes a restart. Calls
// must not overlap.
func (a *App) Apply(ctx context.Context, cfg *config.Config) (later []string, err error) {
	a.loading.Lock()
	defer a.loading.Unlock()
	next := *cfg
	later = settle(a.cfg, &next)
	under := a.under
	if !reflect.DeepEqual(a.cfg.People, next.People) {
		under.People = dispatch.NewPeople(next.People)
	}
	e := a.engine
	if !reflect.DeepEqual(a.cfg.Embedding, next.Embedding) || e.replaced() {
		if e, err = openEngine(ctx, &next, a.options); err != nil {
			return later, err
		}
		defer func() {
			if e != a.engine {
				err = errors.Join(err, e.close()) // it came to nothing
			}
		}()
	}
	speech := a.speech
	if a.heardWith(&next) || speech.replaced() {
		if speech, err = openSpeech(ctx, &next, a.options); err != nil {
			return later, err
		}
		defer func() {
			if speech != nil && speech != a.speech {
				err = errors.Join(err, speech.Close()) // it came to nothing
			}
		}()
	}
	names := baseNames(&next, a.options.Bases)
	ready, watchers := map[string]loaded{}, map[string]context.CancelFunc{}
	defer func() {
		for _, stop := range watchers { // of a change that came to nothing
			stop()
		}
	}()
	var faults fault.List
	var others []error
	for _, name := range names {
		if under.People == a.under.People && e == a.engine && speech == a.speech && a.isServedAs(&next, name) {
			continue
		}
		if a.watchers != nil {
			watchers[name] = a.watch(a.watching, &next, name)
		}
		l, err := a.prepare(ctx, &next, name, under, e)
		switch list, is := errors.AsType[fault.List](err); {
		case is:
			faults = append(faults, list...)
		case err != nil:
			others = append(others, err)
		default:
			ready[name] = l
		}
	}
	faults.Sort()
	if err := errors.Join(append(others, faults.Err())...); err != nil {
		return later, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range names {
		if l, ok := ready[name]; ok {
			a.put(name, l)
		}
	}
	a.bot.SetDefault(names[0])
	for _, name := range a.names {
		if !slices.Contains(names, name) {
			a.bot.RemoveBase(name)
			delete(a.loaded, name)
			a.unwatch(name)
			a.log.Info("no longer served", "base", name)
		}
	}
	for name, stop := range watchers {
		a.unwatch(name)
		a.watchers[name] = stop
	}
	watchers = nil
	a.cfg, a.under, a.names = &next, under, names
	if former := a.engine; e != former {
		a.engine = e
		a.start(e)
		a.retire(former)
	}
	if former := a.speech; speech != former {
		a.speech = speech
		a.bot.SetRecognizer(speech.asRecognizer())
		a.retireSpeech(former)
	}
	return later, nil
}

// heardWith says whether a configuration has speech recognised in another way.
func (a *App) heardWith(next *config.Config) bool {
	return !reflect.DeepEqual(a.cfg.Speech, next.Speech) || a.cfg.Dir != next.Dir
}

// isServedAs says whether a base is served just as a configuration has it, on
// whatever lines that stands.
func (a *App) isServedAs(cfg *config.Config, name string) bool {
	_, served := a.loaded[name]
	now, next := a.cfg.Bases[name], cfg.Bases[name]
	rights := now.Allow.Equal(next.Allow) && now.Propose.Equal(next.Propose)
	now.Allow, now.Propose, next.Allow, next.Propose = nil, nil, nil, nil
	return served && rights && reflect.DeepEqual(now, next)
}

func (a *App) unwatch(name string) {
	if stop := a.watchers[name]; stop != nil {
		stop()
		delete(a.watchers, name)
	}
}

// settle puts what is settled when a desk opens into the next configuration, and
// gives the keys of what it asked for instead.
func settle(now, next *config.Config) (later []string) {
	keep := func(key string, from, to any) {
		f, t := reflect.ValueOf(from).Elem(), reflect.ValueOf(to).Elem()
		if !reflect.DeepEqual(f.Interface(), t.Interface()) {
			later = append(later, key)
			t.Set(f)
		}
	}
	keep("data_dir", &now.DataDir, &next.DataDir)
	keep("onnxruntime", &now.ONNXRuntime, &next.ONNXRuntime) // a process has one
	keep("conversations", &now.Conversations, &next.Conversations)
	keep("journal", &now.Journal, &next.Journal)
	keep("mqtt", &now.MQTT, &next.MQTT)
	keep("homeassistant", &now.HomeAssistant, &next.HomeAssistant)
	keep("http", &now.HTTP, &next.HTTP)
	keep("log.format", &now.Log.JSON, &next.Log.JSON)
	return later
}
