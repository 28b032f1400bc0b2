package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/config"
	"frontdesk/internal/secret"
	"frontdesk/knowledge/proposal"
)

// proposalsFolder is in the data_dir.
const proposalsFolder = "proposals"

// What whoever proposes an entry may be told.
var (
	errMayNot      = errors.New("you may not propose entries")
	errNoBase      = errors.New("there is no such base")
	errNotKept     = errors.New("it could not be kept")
	errTooManyWait = errors.New("too many proposals wait already")
)

// Proposals gives the proposals that wait in the data_dir of a configuration.
func Proposals(cfg *config.Config) *proposal.Folder {
	return proposal.NewFolder(filepath.Join(cfg.DataDir, proposalsFolder))
}

// AcceptProposal makes an entry of a proposal in a file of its base, called id
// or, where that is empty, after its question; see [proposal.Folder.Accept].
func AcceptProposal(ctx context.Context, cfg *config.Config, p proposal.Proposal, file, id string) (entry string, err error) {
	if _, ok := cfg.Bases[p.Base]; !ok {
		return "", errNoBase
	}
	return Proposals(cfg).Accept(ctx, p.ID, file, id, knowledgeOptions(cfg, p.Base))
}

// ForgetProposals removes what somebody proposed, and what was said in a channel
// of their own, and gives how many proposals that were.
func ForgetProposals(ctx context.Context, cfg *config.Config, addresses []bot.Address) (int, error) {
	return Proposals(cfg).RemoveIf(ctx, func(p proposal.Proposal) bool {
		return slices.Contains(addresses, bot.Address(p.By)) || slices.Contains(addresses, bot.Address(p.Channel))
	})
}

// MayPropose says whether somebody may propose entries of any base in a channel;
// Propose looks at the right one. It is safe for concurrent use.
func (a *App) MayPropose(by, channel bot.Address) bool {
	a.mu.Lock()
	cfg, people, names := a.cfg, a.under.People, a.names
	a.mu.Unlock()
	return slices.ContainsFunc(names, func(name string) bool {
		return people.Allows(cfg.Bases[name].Propose, bot.Caller{Sender: by, Channel: channel}, time.Now())
	})
}

// Propose keeps a pair that was found in a chat until an owner accepts it, where
// whoever proposes it may. Nothing answers from it. Its errors are sentences that
// can be shown to them. It is safe for concurrent use.
func (a *App) Propose(ctx context.Context, p bot.Proposal) error {
	a.mu.Lock()
	cfg, people, names := a.cfg, a.under.People, a.names
	a.mu.Unlock()
	if p.Base == "" {
		p.Base = names[0]
	}
	if !slices.Contains(names, p.Base) {
		return errNoBase
	}
	now := time.Now()
	if !people.Allows(cfg.Bases[p.Base].Propose, bot.Caller{Sender: p.By, Channel: p.Channel}, now) {
		return errMayNot
	}
	if a.dir == "" || a.options.Pretend || a.options.DryRun {
		return errNotKept
	}
	if p.Time.IsZero() {
		p.Time = now
	}
	// A secret may be in what somebody typed.
	clean := secret.NewRedactor(secretsOf(cfg)...).Redact
	made, err := proposal.New(proposal.Proposal{Base: p.Base, Question: clean(p.Question), Answer: clean(p.Answer),
		Link: p.Link, By: string(p.By), Channel: string(p.Channel), When: p.Time})
	if err != nil {
		return err
	}
	folder := proposal.NewFolder(filepath.Join(a.dir, proposalsFolder))
	if days := cfg.Journal.RetentionDays; days > 0 {
		before := now.AddDate(0, 0, -days)
		if _, err := folder.RemoveIf(ctx, func(p proposal.Proposal) bool { return p.When.Before(before) }); err != nil {
			a.log.Warn("removing old proposals", "error", err)
		}
	}
	err = folder.Add(ctx, made)
	if errors.Is(err, proposal.ErrFull) {
		return errTooManyWait
	}
	if err != nil {
		a.log.Error("keeping a proposal", "error", err)
		return errNotKept
	}
	return nil
}
