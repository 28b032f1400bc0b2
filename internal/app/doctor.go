package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
	"frontdesk/internal/diskspace"
)

const (
	// lowDisk is the room below which a disk is told to be nearly full, in bytes.
	lowDisk = 100 << 20
	// clockStep is how far the record may be ahead of the clock.
	clockStep = time.Minute
)

// A Diagnosis is what a doctor found of one part of a desk.
type Diagnosis struct {
	Part string `json:"part"` // "desk", or an adapter
	chat.Finding
}

// Doctor looks at what a desk needs: all of it and the adapters that are enabled,
// or one adapter alone, enabled or not. The desk may be open meanwhile.
func Doctor(ctx context.Context, cfg *config.Config, adapter string) ([]Diagnosis, error) {
	var found []Diagnosis
	if adapter == "" {
		for _, f := range examineDesk(ctx, cfg) {
			found = append(found, Diagnosis{"desk", f})
		}
	}
	for _, d := range doctors(cfg) {
		switch {
		case adapter == "" && !d.enabled:
			continue
		case adapter != "" && d.name != adapter:
			continue
		}
		for _, f := range d.examine(ctx) {
			found = append(found, Diagnosis{d.name, f})
		}
	}
	return found, ctx.Err()
}

// A doctor examines what an adapter needs.
type doctor struct {
	name    string
	enabled bool
	examine func(context.Context) []chat.Finding
}

func good(what string, args ...any) chat.Finding {
	return chat.Finding{What: fmt.Sprintf(what, args...), OK: true}
}

func bad(do, what string, args ...any) chat.Finding {
	return chat.Finding{What: fmt.Sprintf(what, args...), Do: do}
}

func examineDesk(ctx context.Context, cfg *config.Config) []chat.Finding {
	found := []chat.Finding{good("the configuration %s is in order", cfg.File)}
	found = append(found, examineFolder(cfg.DataDir)...)
	found = append(found, examineJournal(ctx, cfg)...)
	for _, name := range baseNames(cfg, nil) {
		base, err := Load(ctx, cfg, name)
		if err != nil {
			found = append(found, bad(`mend what is named; "frontdesk lint" checks it, too`, "the base %s does not load: %v", name, err))
			continue
		}
		found = append(found, good("the base %s has %s", name, entries(len(base.Entries))))
	}
	found = append(found, examineModels(ctx, cfg)...)
	found = append(found, examineSpeech(ctx, cfg)...)
	return append(found, examinePort(ctx, cfg)...)
}

func examineFolder(dir string) []chat.Finding {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return []chat.Finding{bad("make it writable for whoever runs frontdesk, or choose another with --data-dir", "the data_dir cannot be made: %v", err)}
	}
	if err := roomIn(dir); err != nil {
		return []chat.Finding{bad("make it writable for whoever runs frontdesk, and make room, or choose another with --data-dir", "the data_dir cannot be written: %v", err)}
	}
	found := []chat.Finding{good("the data_dir %s can be written", dir)}
	if free, ok := diskspace.Free(dir); ok && free < lowDisk {
		found = append(found, bad("make room on that disk", "only %d MiB are free in the data_dir", free>>20))
	} else if ok {
		found = append(found, good("%d MiB are free there", free>>20))
	}
	return found
}

func examineJournal(ctx context.Context, cfg *config.Config) []chat.Finding {
	if !cfg.Journal.Enabled {
		return []chat.Finding{good("nothing is recorded: the journal is switched off")}
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, journalFile)); errors.Is(err, os.ErrNotExist) {
		return []chat.Finding{good("there is no journal yet")}
	}
	j, err := OpenJournal(ctx, cfg)
	if err != nil {
		return []chat.Finding{bad("the error says what to do", "%v", err)}
	}
	defer j.Close()
	if err := j.Writable(ctx); err != nil {
		return []chat.Finding{bad("the error says what to do", "%v", err)}
	}
	return append([]chat.Finding{good("the journal can be written")}, examineClock(ctx, j, time.Now())...)
}

// examineClock compares the clock with the record: what happened cannot be in the
// future. Platforms compare theirs with ours, too, and adapters look at that.
func examineClock(ctx context.Context, j *journal.Journal, now time.Time) []chat.Finding {
	last, err := j.Recent(ctx, 1)
	switch {
	case err != nil:
		return []chat.Finding{bad("the error says what to do", "%v", err)}
	case len(last) > 0 && last[0].Time.After(now.Add(clockStep)):
		return []chat.Finding{bad("set the clock; confirmations, schedules and the platforms' signatures depend on it",
			"this machine's clock was set back: the latest exchange is recorded at %s, and now is %s", last[0].Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return []chat.Finding{good("the clock is not behind what is recorded")}
}

// examinePort says whether HTTP can be answered, or is by a desk that runs.
func examinePort(ctx context.Context, cfg *config.Config) []chat.Finding {
	if cfg.HTTP.Address == "" {
		return nil
	}
	var certs certificate
	if err := certs.load(cfg.HTTP.TLS); err != nil {
		return []chat.Finding{bad("put the files there", "%v", err)}
	}
	if err := Health(ctx, cfg, false); err == nil {
		return []chat.Finding{good("a desk is running, and answers to HTTP at %s", cfg.HTTP.Address)}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.HTTP.Address)
	if err != nil {
		return []chat.Finding{bad(`choose another address: under http:, or "" for none`, "HTTP cannot be answered there: %v", err)}
	}
	_ = l.Close()
	return []chat.Finding{good("HTTP can be answered at %s", cfg.HTTP.Address)}
}
