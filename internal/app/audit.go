package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
)

// Files in the data_dir.
const (
	journalFile = "journal.sqlite"
	pauseFile   = "pause.json"
	lockFile    = "serve.lock" // held by whoever serves
)

// OpenJournal opens the journal of a configuration to look into it or to erase
// something; what is too old stays until a desk opens it. One that is not there
// is an error and is not made: whoever asks for it means one with something in it.
func OpenJournal(ctx context.Context, cfg *config.Config) (*journal.Journal, error) {
	if !cfg.Journal.Enabled {
		return nil, fmt.Errorf("the journal is switched off in %s", cfg.File)
	}
	path := filepath.Join(cfg.DataDir, journalFile)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no journal: %w; was another data_dir meant?", err)
	}
	kept := cfg.Journal
	kept.RetentionDays = 0
	return journal.Open(ctx, path, kept)
}

// CommandPause gives the pause of all desks with the data_dir of a configuration.
func CommandPause(cfg *config.Config) *dispatch.Pause {
	return dispatch.NewPause(filepath.Join(cfg.DataDir, pauseFile))
}

// pause gives the pause of this desk: none where it has no data_dir.
func (a *App) pause() *dispatch.Pause {
	if a.dir == "" {
		return dispatch.NewPause("")
	}
	return CommandPause(a.cfg)
}

// PauseCommands pauses all commands of all desks with the same data_dir, from now
// until a time or, where that is zero, until they are resumed, and notes in the
// audit who did it and why. It pauses first: an error may say that only the note
// is missing.
func PauseCommands(ctx context.Context, cfg *config.Config, now, until time.Time, because, who string) error {
	if err := CommandPause(cfg).Begin(now, until, because); err != nil {
		return err
	}
	c := journal.Contents{Who: who, Reason: because}
	if !until.IsZero() {
		c.Until = until.UTC().Format(time.RFC3339)
	}
	if err := note(ctx, cfg, journal.EventPaused, now, c); err != nil {
		return fmt.Errorf("commands are paused, but the audit does not say so: %w", err)
	}
	return nil
}

// ResumeCommands ends the pause, and gives false where there was none. It notes
// that first, so that no command runs before it is on record why it may.
func ResumeCommands(ctx context.Context, cfg *config.Config, now time.Time, who string) (was bool, err error) {
	pause := CommandPause(cfg)
	if _, _, paused := pause.Paused(now); paused {
		if err := note(ctx, cfg, journal.EventResumed, now, journal.Contents{Who: who}); err != nil {
			return false, fmt.Errorf("commands stay paused, because that cannot be noted: %w", err)
		}
		was = true
	}
	_, err = pause.End()
	return was, err
}

// note adds an event to the audit, where there is to be one.
func note(ctx context.Context, cfg *config.Config, event journal.Event, at time.Time, c journal.Contents) error {
	if !cfg.Journal.Enabled {
		return nil
	}
	j, err := journal.Open(ctx, filepath.Join(cfg.DataDir, journalFile), cfg.Journal)
	if err != nil {
		return err
	}
	return errors.Join(j.Note(ctx, event, at, c), j.Close())
}

// Person gives whom names mean: people of the configuration with all their
// addresses, and addresses such as slack:U123, by which adapters know people.
func Person(cfg *config.Config, names []string) (p journal.Person, err error) {
	for _, name := range names {
		if known, ok := cfg.People[name]; ok {
			p.Names = append(p.Names, name)
			p.Addresses = append(p.Addresses, known.Is...)
			continue
		}
		if adapter, id, ok := strings.Cut(name, ":"); !ok || adapter == "" || id == "" {
			return journal.Person{}, fmt.Errorf("%s has nobody called %q, and it is nobody's address; write one such as slack:U123", cfg.File, name)
		}
		p.Addresses = append(p.Addresses, bot.Address(name))
	}
	return p, nil
}
