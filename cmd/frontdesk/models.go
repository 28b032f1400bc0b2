package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/internal/config"
	"frontdesk/internal/shelf"

	"github.com/spf13/cobra"
)

func newModels(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "List, fetch, check and remove models",
		Long: "Fetch models that understand more than the one that is built in, or that hear speech.\n" +
			"They are kept in data_dir/models, each at one revision and with its sums, so that a\n" +
			"name means the same files everywhere. Nothing is fetched unless you say so.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New(`say what to do: "frontdesk models list" shows what there is`))
		},
	}
	cmd.AddCommand(newModelsList(c), newModelsPull(c), newModelsVerify(c), newModelsRemove(c), newModelsImport(c))
	return cmd
}

// shelf opens the folder of models.
func (c *cli) shelf() (*config.Config, *shelf.Shelf, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	s, err := shelf.Open(filepath.Join(cfg.DataDir, shelf.Folder), cfg.Models)
	return cfg, s, err
}

// named makes the unknown name of a model an error of use.
func named(err error) error {
	if _, ok := errors.AsType[shelf.UnknownError](err); ok {
		return usage(err)
	}
	return err
}

func newModelsPull(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pull NAME...",
		Short: "Fetch models",
		Long: "Fetch models from where they are published, or from models: mirror: of the configuration\n" +
			"($FRONTDESK_MODELS_MIRROR). A pull that breaks off or is stopped goes on where it was the\n" +
			"next time. Each file is held against its published sum. Where none is known, it is\n" +
			"believed the first time and held to that from then on.",
		Example: "  frontdesk models pull all-MiniLM-L6-v2",
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			cfg, s, err := c.shelf()
			if err != nil {
				return err
			}
			for _, name := range names { // all of them, before the first is fetched
				if _, err := s.Status(name); err != nil {
					return named(err)
				}
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			for _, name := range names {
				if err := c.pull(ctx, cfg, s, name); err != nil {
					return err
				}
			}
			return nil
		},
		ValidArgsFunction: c.completeModels(func(st shelf.Status) bool { return st.Known && st.State != shelf.Here }),
	}
	return cmd
}

func (c *cli) pull(ctx context.Context, cfg *config.Config, s *shelf.Shelf, name string) error {
	if dir, err := s.Dir(name); err == nil {
		return c.say("%s is here already: %s\n", name, dir)
	}
	t := transfer{c: c}
	dir, err := s.Pull(ctx, name, t.step)
	t.finish()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s: stopped; what came is kept, and the next pull goes on from there", name)
	}
	if err != nil {
		return named(fmt.Errorf("%s: %w", name, offline(err)))
	}
	return c.arrived(cfg, s, name, dir, t.first)
}

// offline says what to do where nobody could be reached.
func offline(err error) error {
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		return err
	}
	return fmt.Errorf("%w; is there a network? Proxies stand in $HTTPS_PROXY, a mirror under models: mirror:, and \"frontdesk models import\" takes a copy from another machine", err)
}

// arrived says that a model is here, what is believed of it, and how it is used.
func (c *cli) arrived(cfg *config.Config, s *shelf.Shelf, name, dir string, first []string) error {
	st, err := s.Status(name)
	if err != nil {
		return err
	}
	e := st.Entry
	if err := c.say("%s is here: %s (%s, %s)\n", name, dir, shelf.Size(st.Bytes), e.Licence); err != nil {
		return err
	}
	if len(first) > 0 {
		if err := c.say("No sum is published for %s: what came is believed, and held to that from now on.\n", strings.Join(first, ", ")); err != nil {
			return err
		}
	}
	if usesModel(cfg, name) {
		return nil
	}
	key := map[shelf.Kind]string{shelf.Embedding: "model", shelf.Reranker: "reranker"}[e.Kind]
	if key == "" {
		return nil
	}
	return c.say("To use it, write into the configuration:\n\nembedding:\n  %s: %s\n", key, name)
}

// say prints what a verb came to.
func (c *cli) say(format string, args ...any) error {
	if _, err := fmt.Fprintf(c.out, format, args...); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

func newModelsVerify(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Hash the files of models that are here again",
		Long: "Hash the files of models that are here, of all of them where none is named, and name each\n" +
			"file that is not what was fetched, is missing, or is too much. The exit code is 4 then.",
		RunE: func(cmd *cobra.Command, names []string) error {
			cfg, s, err := c.shelf()
			if err != nil {
				return err
			}
			if len(names) == 0 {
				if names, err = modelsHere(s); err != nil {
					return err
				}
				if len(names) == 0 {
					return c.say("no model is here\n")
				}
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			damaged := false
			for _, name := range names {
				bad, err := c.verify(ctx, cfg, s, name)
				if err != nil {
					return named(err)
				}
				damaged = damaged || bad
			}
			if damaged {
				return silently(codeTests)
			}
			return nil
		},
		ValidArgsFunction: c.completeModels(func(st shelf.Status) bool { return st.State == shelf.Here || st.State == shelf.Damaged }),
	}
}

// modelsHere names the models that are here, damaged ones too.
func modelsHere(s *shelf.Shelf) ([]string, error) {
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, st := range all {
		if st.State == shelf.Here || st.State == shelf.Damaged {
			names = append(names, st.Entry.Name)
		}
	}
	return names, nil
}

// verify prints what is wrong with one model, and says whether anything is.
func (c *cli) verify(ctx context.Context, cfg *config.Config, s *shelf.Shelf, name string) (bad bool, err error) {
	t := transfer{c: c, quiet: true}
	problems, err := s.Verify(ctx, name, t.step)
	t.finish()
	if err != nil {
		return false, err
	}
	if len(problems) == 0 {
		return false, c.say("%s: as it was fetched\n", name)
	}
	for _, p := range problems {
		if err := c.say("%s: %q %s\n", name, p.File, p.What); err != nil {
			return true, err
		}
	}
	force := ""
	if usesModel(cfg, name) {
		force = "--force "
	}
	return true, c.say("%s: mend it with: frontdesk models remove %s%s && frontdesk models pull %s\n", name, force, name, name)
}

func newModelsRemove(c *cli) *cobra.Command {
	var force, forget bool
	cmd := &cobra.Command{
		Use:   "remove NAME...",
		Short: "Remove models from the disk",
		Long: "Remove models, and what an unfinished pull of them left. One that the configuration uses\n" +
			"stays unless --force is given. The sums of files for which none is published stay known,\n" +
			"so that the next pull brings the same; --forget drops them.",
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, names []string) error {
			cfg, s, err := c.shelf()
			if err != nil {
				return err
			}
			for _, name := range names {
				if usesModel(cfg, name) && !force {
					return fmt.Errorf("the configuration %s uses the model %q; change that first, or give --force", cfg.File, name)
				}
			}
			for _, name := range names {
				freed, err := s.Remove(name, forget)
				if err != nil {
					return named(err)
				}
				if err := c.say("%s is removed (%s)\n", name, shelf.Size(freed)); err != nil {
					return err
				}
			}
			return nil
		},
		ValidArgsFunction: c.completeModels(func(st shelf.Status) bool { return st.State != shelf.Absent }),
	}
	cmd.Flags().BoolVar(&force, "force", false, "also what the configuration uses")
	cmd.Flags().BoolVar(&forget, "forget", false, "also forget the sums that are held from the first pull")
	return cmd
}

// usesModel says whether a configuration names a model, or the folder that it is
// in.
func usesModel(cfg *config.Config, name string) bool {
	return slices.ContainsFunc([]string{cfg.Embedding.Model, cfg.Embedding.Reranker}, func(used string) bool {
		if used == "" || used == name {
			return used == name
		}
		path, err := cfg.Path(used)
		return err == nil && filepath.Clean(path) == filepath.Join(cfg.DataDir, shelf.Folder, name)
	})
}

func newModelsImport(c *cli) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "import DIR",
		Short: "Take a model from a folder, without a network",
		Long: "Take a model from a folder: a copy of the repository that the catalogue names, or of a\n" +
			"folder in data_dir/models of another machine. It is held against the same sums as a pull.\n" +
			"The model's name is that of the folder, or in its model.yaml, unless --name gives it.",
		Example: "  frontdesk models import /media/stick/all-MiniLM-L6-v2",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, s, err := c.shelf()
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			t := transfer{c: c}
			dir, err := s.Import(ctx, args[0], name, t.step)
			t.finish()
			if err != nil {
				return named(err)
			}
			return c.arrived(cfg, s, filepath.Base(dir), dir, t.first)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the `name` of the model in the catalogue")
	must(cmd.RegisterFlagCompletionFunc("name", c.completeModels(func(st shelf.Status) bool { return st.Known })))
	return cmd
}

// completeModels completes the names of models of some states.
func (c *cli) completeModels(which func(shelf.Status) bool) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		_, s, err := c.shelf()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		all, err := s.List()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []string
		for _, st := range all {
			if which(st) && !slices.Contains(given, st.Entry.Name) {
				names = append(names, st.Entry.Name+"\t"+st.Entry.What)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
