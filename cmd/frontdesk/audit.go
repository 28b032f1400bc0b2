package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"frontdesk/bot/journal"
	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

// followEvery is how often "audit tail --follow" looks for new rows.
const followEvery = 300 * time.Millisecond

func newAudit(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Look at what commands did, and prove that nobody changed the record",
		Long: "The audit is a table of the journal with every attempt at a command: who gave it,\n" +
			"where and how, what it was, what became of it. Its rows are chained by hashes.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New(`say what to do with it: "frontdesk audit verify", "audit tail" or "audit export"`))
		},
	}
	cmd.AddCommand(newAuditVerify(c), newAuditTail(c), newAuditExport(c))
	return cmd
}

// withJournal opens the journal for a verb.
func (c *cli) withJournal(cmd *cobra.Command, do func(context.Context, *journal.Journal) error) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	j, err := app.OpenJournal(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, j), j.Close())
}

func newAuditVerify(c *cli) *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no row was changed, removed or inserted",
		Long: "Check the whole chain of the audit, and print its head. That the last rows were cut\n" +
			"off, or that all was written anew, only shows with --head: a head that was printed\n" +
			"earlier and kept somewhere else. The exit code is 4 when the audit is broken.",
		Example: "  frontdesk audit verify\n  frontdesk audit verify --head 1742:9f86d081…",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var noted *journal.Head
			if cmd.Flags().Changed("head") {
				h, err := journal.ParseHead(head)
				if err != nil {
					return usage(fmt.Errorf("--head: %w", err))
				}
				noted = &h
			}
			return c.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				v, err := j.VerifyAudit(ctx, noted)
				if _, ok := errors.AsType[*journal.BrokenError](err); ok {
					return exit{codeTests, err}
				}
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(c.out, "rows    %d\nerased  %d\nhead    %s\n", v.Rows, v.Erased, v.Head); err != nil {
					return fmt.Errorf("writing the result: %w", err)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "a `head` printed earlier, SEQ:HASH, that the chain must still contain")
	return cmd
}

func newAuditTail(c *cli) *cobra.Command {
	var n int
	var follow, asJSON bool
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Print the latest rows",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 0 || n > 100_000 {
				return usage(fmt.Errorf("-n: %d rows cannot be printed; write a number from 0 to 100000", n))
			}
			return c.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				err := c.tail(ctx, j, n, follow, asJSON)
				if follow && ctx.Err() != nil && errors.Is(err, context.Canceled) {
					return nil // it was meant to end so
				}
				return err
			})
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many `rows`")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with the rows that are added, until interrupted")
	cmd.Flags().BoolVar(&asJSON, "json", false, `print them as JSON Lines, in the form of "audit export"`)
	return cmd
}

func (c *cli) tail(ctx context.Context, j *journal.Journal, n int, follow, asJSON bool) error {
	last := int64(0)
	show := func(r journal.Row) error {
		last = r.Seq
		if asJSON {
			return writeJSON(c.out, lineOf(r))
		}
		text, err := describeRow(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.out, text); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	rows, err := j.AuditTail(ctx, max(n, 1)) // the last one even for 0, to go on from there
	if err != nil {
		return err
	}
	for i, r := range rows {
		last = r.Seq
		if i < len(rows)-n {
			continue
		}
		if err := show(r); err != nil {
			return err
		}
	}
	for follow {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
		if err := j.Audit(ctx, last, show); err != nil {
			return err
		}
	}
	return nil
}

func newAuditExport(c *cli) *cobra.Command {
	var out, since string
	var asJSON, asCSV bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print all rows, with what it takes to verify them",
		Long: "Print the audit as JSON Lines, or as CSV: of each row its number, time, event, salt,\n" +
			"contents (a JSON object, as the text that was hashed), digest and hashes, so that\n" +
			"anybody can verify it without frontdesk. Of what was erased, salt and contents are\n" +
			"missing.\n\n" + chainFormat,
		Example: "  frontdesk audit export -o audit.jsonl\n  frontdesk audit export --csv --since 2026-11-01",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && asCSV {
				return usage(errors.New("--json and --csv exclude each other"))
			}
			from, err := parseSince(since, time.Now())
			if err != nil {
				return usage(fmt.Errorf("--since: %w", err))
			}
			return c.withJournal(cmd, func(ctx context.Context, j *journal.Journal) error {
				after := int64(0)
				if !from.IsZero() {
					if after, err = j.AuditSince(ctx, from); err != nil {
						return err
					}
				}
				return writePrivate(out, c.out, []string{j.Path()}, func(w io.Writer) error {
					if asCSV {
						return writeAuditCSV(ctx, w, j, after)
					}
					return j.Audit(ctx, after, func(r journal.Row) error { return writeJSON(w, lineOf(r)) })
				})
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` (default: the standard output)")
	cmd.Flags().StringVar(&since, "since", "", "begin with the first row that is not older than this `time`: 2026-11-25, 2026-11-25T20:00:00Z, or 24h ago")
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON Lines, which is the default")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "CSV with a line of names first")
	must(cmd.MarkFlagFilename("output", "jsonl", "csv"))
	return cmd
}

// parseSince reads a day, which begins in UTC, a moment, or how long ago it was.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-11-25, 2026-11-25T20:00:00Z, or 24h for a day ago", text)
}
