package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge/proposal"

	"github.com/spf13/cobra"
)

func newProposals(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "proposals",
		Short: "List what people propose as new entries, and accept or reject it",
		Long: "List the questions and answers that people found in a chat and propose as new entries,\n" +
			"the oldest first. Nothing answers from them until they are accepted. Who may propose is\n" +
			"said by propose: of a base in the configuration.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.listProposals(cfg, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as a JSON object on a line of its own")
	cmd.AddCommand(newShowProposal(c), newAcceptProposal(c), newRejectProposal(c))
	for _, sub := range cmd.Commands() {
		sub.Args = usageArgs(cobra.ExactArgs(1))
		sub.ValidArgsFunction = c.completeProposal
	}
	return cmd
}

func newShowProposal(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Print a proposal",
		RunE: func(_ *cobra.Command, args []string) error {
			_, p, err := c.proposal(args[0])
			if err != nil {
				return err
			}
			return p.WriteYAML(c.out)
		},
	}
}

func newAcceptProposal(c *cli) *cobra.Command {
	var into, id string
	cmd := &cobra.Command{
		Use:   "accept ID --into FILE",
		Short: "Make an entry of a proposal",
		Long: "Make an entry of a proposal, at the end of the faq: list of a file of its base, in which\n" +
			"all else stays as it is written. A file that is not there is made. The whole base is\n" +
			"checked with the new entry first. Then the proposal is removed.",
		Example: "  frontdesk proposals accept 0123456789abcdef --into knowledge/office.yaml --id plants",
		RunE: func(cmd *cobra.Command, args []string) error {
			if into == "" {
				return usage(errors.New("it is not said which file it goes into; name one of the base's with --into"))
			}
			cfg, p, err := c.proposal(args[0])
			if err != nil {
				return err
			}
			file, err := filepath.Abs(into)
			if err != nil {
				return fmt.Errorf("finding the file: %w", err)
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			entry, err := app.AcceptProposal(ctx, cfg, p, file, id)
			if err != nil {
				return fmt.Errorf("nothing was accepted: %w", err)
			}
			_, err = fmt.Fprintf(c.out, "accepted as %q in %s; a desk that watches its files answers with it\n", entry, into)
			return err
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "the `file` of knowledge that it goes into")
	cmd.Flags().StringVar(&id, "id", "", "the `id` of the new entry (default: the first words of the question)")
	must(cmd.MarkFlagFilename("into", "yaml", "yml"))
	return cmd
}

func newRejectProposal(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "reject ID",
		Short: "Remove a proposal",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return unknownProposal(args[0], app.Proposals(cfg).Reject(ctx, args[0]))
		},
	}
}

// proposal gives the one of an ID, with the configuration.
func (c *cli) proposal(id string) (*config.Config, proposal.Proposal, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, proposal.Proposal{}, err
	}
	p, err := app.Proposals(cfg).Get(id)
	return cfg, p, unknownProposal(id, err)
}

// unknownProposal makes an error of use of an ID that no proposal has.
func unknownProposal(id string, err error) error {
	if errors.Is(err, proposal.ErrUnknown) {
		return usage(fmt.Errorf(`no proposal %q waits; "frontdesk proposals" lists those that do`, strictyaml.Shorten(id)))
	}
	return err
}

// A proposalRow is what --json prints.
type proposalRow struct {
	ID       string    `json:"id"`
	Base     string    `json:"base"`
	Question string    `json:"question"`
	Answer   string    `json:"answer"`
	Link     string    `json:"link,omitempty"`
	By       string    `json:"by,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	When     time.Time `json:"when"`
}

func (c *cli) listProposals(cfg *config.Config, asJSON bool) error {
	all, err := app.Proposals(cfg).List()
	for _, p := range all {
		if c.base != "" && p.Base != c.base {
			continue
		}
		var writeErr error
		if asJSON {
			writeErr = writeJSON(c.out, proposalRow(p))
		} else {
			// What somebody typed is shown in quotes, so that it is nothing but text.
			by := ""
			if p.By != "" {
				by = fmt.Sprintf(", proposed by %q", strictyaml.Shorten(p.By))
			}
			_, writeErr = fmt.Fprintf(c.out, "%s  %s  %s  %q%s\n", p.ID, p.When.Format(time.DateOnly), p.Base,
				strictyaml.Shorten(strings.Join(strings.Fields(p.Question), " ")), by)
		}
		if writeErr != nil {
			return fmt.Errorf("writing the list: %w", writeErr)
		}
	}
	return err
}

// completeProposal completes the IDs of proposals.
func (c *cli) completeProposal(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	cfg, err := app.LoadConfig(c.configFile)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, _ := app.Proposals(cfg).List()
	var ids []string
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}
