package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"frontdesk/bot/journal"
	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newJournal(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Work with the lasting record",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New(`say what to do with it: "frontdesk journal forget"`))
		},
	}
	cmd.AddCommand(newForget(c))
	return cmd
}

func newForget(c *cli) *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "forget PERSON…",
		Short: "Erase what is kept of a person",
		Long: "Erase what the journal has of a person, who is named by one or several addresses\n" +
			"such as slack:U123: what they asked and were answered, their ratings, what was\n" +
			"handed on to experts for them, what they proposed as new entries, and the contents of\n" +
			"the audit that tell of them. The audit's rows stay, without contents, and its chain\n" +
			"stays whole; a row says that an erasure happened, not of whom. Recordings that\n" +
			"speech: keep_audio: keeps bear no name: remove them from data_dir/audio by hand.",
		Example: "  frontdesk journal forget slack:U123",
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			person, err := app.Person(cfg, args)
			if err != nil {
				return usage(err)
			}
			return c.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				if !sure {
					if err := c.confirm(fmt.Sprintf("Erase all that the journal in %s has of %s? It cannot be brought back.", cfg.DataDir, strings.Join(args, ", "))); err != nil {
						return err
					}
				}
				n, err := j.Forget(ctx, person)
				if err != nil && n == (journal.Forgotten{}) {
					return err
				}
				proposals, proposalsErr := app.ForgetProposals(ctx, cfg, person.Addresses)
				_, writeErr := fmt.Fprintf(c.out, "erased: %d rows of the audit, %d exchanges, %d ratings, %d attempts, %d scheduled commands, "+
					"%d posts, %d questions handed on, %d events, %d proposals\n",
					n.Audit, n.Exchanges, n.Ratings, n.Attempts, n.Jobs, n.Posts, n.Handovers, n.Receipts, proposals)
				return errors.Join(err, proposalsErr, writeErr)
			})
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask whether that is meant")
	return cmd
}

// confirm asks for a yes, and gives an error where there is none.
func (c *cli) confirm(question string) error {
	if _, err := fmt.Fprintf(c.err, "%s [y/N] ", question); err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	line, err := bufio.NewReader(io.LimitReader(c.in, 1000)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if said := strings.ToLower(strings.TrimSpace(line)); said != "y" && said != "yes" {
		return usage(errors.New("that was no yes, and nothing was done; --yes says it beforehand"))
	}
	return nil
}
