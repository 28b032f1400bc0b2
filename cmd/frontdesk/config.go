package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"frontdesk/adapters/chat"
	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/spf13/cobra"
)

func newConfig(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at the configuration",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage(fmt.Errorf(`say what to do with it: "frontdesk config check"`))
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print what is in effect",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			if err := c.showConfig(cfg); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.showRights(ctx, cfg)
		},
	})
	return cmd
}

// showConfig prints which files are read and written.
func (c *cli) showConfig(cfg *config.Config) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "configuration\t%s\n", cfg.File)
	fmt.Fprintf(w, "data_dir\t%s\n", cfg.DataDir)
	journal := "switched off"
	if cfg.Journal.Enabled {
		journal = fmt.Sprintf("%s, %d days", filepath.Join(cfg.DataDir, "journal.sqlite"), cfg.Journal.RetentionDays)
	}
	fmt.Fprintf(w, "journal\t%s\n", journal)
	fmt.Fprintf(w, "embedding\t%s\n", embeddingText(cfg.Embedding))
	if cfg.Models.Mirror != "" {
		fmt.Fprintf(w, "models\tfrom %s\n", cfg.Models.Mirror)
	}
	if cfg.MQTT.URL != "" {
		fmt.Fprintf(w, "mqtt\t%s\n", cfg.MQTT.URL)
	}
	if cfg.HomeAssistant.URL != "" {
		fmt.Fprintf(w, "homeassistant\t%s\n", cfg.HomeAssistant.URL)
	}
	if cfg.Slack.Enabled() {
		fmt.Fprintf(w, "slack\t%s, %s\n", cfg.Slack.Mode, channelsText(cfg.Slack.Config))
	}
	if cfg.Discord.Enabled() {
		fmt.Fprintf(w, "discord\t%s, %s\n", cfg.Discord.Mode, channelsText(cfg.Discord.Config))
	}
	if cfg.HTTP.Address != "" {
		fmt.Fprintf(w, "http\t%s\n", cfg.HTTP.Address)
	}
	fmt.Fprintf(w, "log level\t%s\n", strings.ToLower(cfg.Log.Level.String()))
	writePeople(w, cfg)
	names := c.bases(cfg)
	for _, name := range names {
		base := cfg.Bases[name]
		fmt.Fprintf(w, "base %s\t%s\n", name, strings.Join(base.Knowledge, ", "))
		if base.Experts != "" {
			fmt.Fprintf(w, "\texperts %s\n", base.Experts)
		}
		fmt.Fprintf(w, "\tprecision %g, unknown_share %g\n", base.Retrieval.Precision, base.Retrieval.UnknownShare)
	}
	if slices.Contains(names, cfg.DefaultBase) {
		fmt.Fprintf(w, "default_base\t%s\n", cfg.DefaultBase)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// embeddingText says which models are used.
func embeddingText(e config.Embedding) string {
	text := "built in"
	switch {
	case e.Remote.Enabled():
		text = fmt.Sprintf("%s at %s", e.Remote.Model, e.Remote.URL)
	case e.Model != "":
		text = e.Model
	}
	if e.Reranker != "" {
		text += ", reranker " + e.Reranker
	}
	return text
}

// channelsText says where a chat adapter speaks.
func channelsText(cfg chat.Config) string {
	var words []string
	if cfg.Direct {
		words = append(words, "private messages")
	}
	if len(cfg.Channels) == 0 {
		words = append(words, "all channels")
	}
	for _, id := range slices.Sorted(maps.Keys(cfg.Channels)) {
		name := id
		if id == chat.Everywhere {
			name = "other channels"
		}
		if base := cfg.Channels[id].Base; base != "" {
			name += " (base " + base + ")"
		}
		words = append(words, name)
	}
	return strings.Join(words, ", ")
}

// showRights prints who may run the commands of each base.
func (c *cli) showRights(ctx context.Context, cfg *config.Config) error {
	for _, name := range c.bases(cfg) {
		base, d, err := app.Commands(ctx, cfg, name)
		if err != nil {
			return err
		}
		if len(commandIDs(base)) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(c.out, "\nWho may run the commands of the base %s:\n", name); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		if err := writeAllRights(c.out, base, d); err != nil {
			return err
		}
	}
	return nil
}
