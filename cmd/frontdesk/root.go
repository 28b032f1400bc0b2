package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/adapters/terminal"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/logctx"

	"github.com/spf13/cobra"
)

// A cli is what every verb works with: the streams and the global flags.
type cli struct {
	in       io.Reader
	out, err io.Writer

	configFile string
	base       string
	dataDir    string
	logLevel   string

	log   *slog.Logger
	logTo io.Writer     // in the place of err; nil for err
	level slog.LevelVar // of log
}

func newRoot(c *cli) *cobra.Command {
	chat := newChat(c)
	root := &cobra.Command{
		Use:   "frontdesk",
		Short: "Answers questions and carries out commands from knowledge files",
		Long: "frontdesk answers questions and carries out commands from knowledge files.\n" +
			"Without a verb it is a chat in this terminal.",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          chat.RunE,
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(flagError)
	// The verb is the root itself where an unknown one was meant.
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("there is no verb %q%s", args[0], meantVerb(cmd, args[0]))
		if !strings.HasSuffix(text, "?") {
			text += ";"
		}
		return usage(errors.New(text + ` "frontdesk help" lists them, and "frontdesk ask" takes a question`))
	}
	root.SuggestionsMinimumDistance = 2

	flags := root.PersistentFlags()
	flags.StringVar(&c.configFile, "config", "", "the configuration `file` (default $FRONTDESK_CONFIG, ./config.yaml, the user's, the built-in)")
	flags.StringVar(&c.base, "base", "", "the `name` of the base (default: default_base of the configuration)")
	flags.StringVar(&c.dataDir, "data-dir", "", "the `folder` for the index, the journal and the history (default: data_dir of the configuration)")
	flags.StringVar(&c.logLevel, "log-level", "", "debug, info, warn or error (default: log.level of the configuration)")
	root.AddCommand(chat, newServe(c), newListen(c), newDevices(c), newDoctor(c), newHealth(c), newAsk(c), newTranscribe(c), newIndex(c), newLint(c), newTest(c), newEval(c), newTrain(c), newModels(c),
		newNew(c), newAdd(c), newSuggestPhrasings(c), newImport(c), newExport(c), newProposals(c), newWhoCan(c), newPIN(c), newAudit(c), newJournal(c), newPause(c), newResume(c),
		newConfig(c), newVersion(c),
		&cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodes})
	strictHelp(root)
	for _, cmd := range root.Commands() {
		cmd.Args = usageArgs(cmd.Args)
	}
	must(root.RegisterFlagCompletionFunc("base", c.completeBase))
	must(root.RegisterFlagCompletionFunc("log-level",
		cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp)))
	must(root.MarkPersistentFlagFilename("config", "yaml", "yml"))
	must(root.MarkPersistentFlagDirname("data-dir"))
	return root
}

// must stops on a mistake of ours in the making of the verbs.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// usageArgs makes wrong arguments an error of use.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		err := check(cmd, args)
		if _, said := errors.AsType[exit](err); said || err == nil {
			return err
		}
		switch {
		case strings.Contains(err.Error(), "arg(s)"): // how many, and not of what
			err = fmt.Errorf("it takes other arguments: %s", strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		case len(args) > 0:
			err = fmt.Errorf("%w%s", err, meantVerb(cmd, args[0]))
		}
		return usage(err)
	}
}

// interruptible has Ctrl-C end a verb. The chat listens to it by itself.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt)
}

// load reads the configuration, applies the flags to it, and opens the log.
func (c *cli) load() (*config.Config, error) {
	cfg, err := c.read()
	if err != nil {
		return nil, err
	}
	c.level.Set(cfg.Log.Level)
	o := &slog.HandlerOptions{Level: &c.level}
	to := c.err
	if c.logTo != nil {
		to = c.logTo
	}
	var h slog.Handler = slog.NewTextHandler(to, o)
	if cfg.Log.JSON {
		h = slog.NewJSONHandler(to, o)
	}
	c.log = slog.New(logctx.NewHandler(h))
	return cfg, nil
}

// read reads the configuration and applies the flags to it.
func (c *cli) read() (*config.Config, error) {
	cfg, err := app.LoadConfig(c.configFile)
	if err != nil {
		return nil, err
	}
	if c.dataDir != "" {
		if cfg.DataDir, err = filepath.Abs(c.dataDir); err != nil {
			return nil, fmt.Errorf("finding the data_dir: %w", err)
		}
	}
	if c.base != "" {
		if _, ok := cfg.Bases[c.base]; !ok {
			return nil, usage(fmt.Errorf("there is no base %q in %s; it has %s", c.base, cfg.File,
				strings.Join(slices.Sorted(maps.Keys(cfg.Bases)), ", ")))
		}
	}
	if c.logLevel != "" {
		if err := cfg.Log.Level.UnmarshalText([]byte(c.logLevel)); err != nil {
			return nil, usage(fmt.Errorf("--log-level: %q is no level; write debug, info, warn or error", c.logLevel))
		}
	}
	return cfg, nil
}

// oneBase gives the name of the base that a verb works with.
func (c *cli) oneBase(cfg *config.Config) string {
	if c.base != "" {
		return c.base
	}
	return cfg.DefaultBase
}

// bases gives the names of the base that was named, or of all.
func (c *cli) bases(cfg *config.Config) []string {
	if c.base != "" {
		return []string{c.base}
	}
	return slices.Sorted(maps.Keys(cfg.Bases))
}

// warn tells of something that does not stop us.
func (c *cli) warn(err error) {
	fmt.Fprintf(c.err, "frontdesk: warning: %s\n", terminal.Lines(err.Error()))
}

// completeBase completes the names of bases.
func (c *cli) completeBase(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	cfg, err := app.LoadConfig(c.configFile)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return slices.Sorted(maps.Keys(cfg.Bases)), cobra.ShellCompDirectiveNoFileComp
}
