package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"frontdesk/internal/app"
	"frontdesk/knowledge/importer"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// An importing is one call of the import.
type importing struct {
	from, out, into, as     string
	options                 importer.Options
	accept, asJSON, formats bool
	words, prune, all       bool
	pages                   int
	only                    []string
	alike                   string
}

func newImport(c *cli) *cobra.Command {
	var i importing
	cmd := &cobra.Command{
		Use:   "import SOURCE…",
		Short: "Take in knowledge from files, folders and web pages",
		Long: "Take in knowledge from a file, a folder, an address, or the standard input for -. The\n" +
			"format is recognised, or named with --from; --formats lists them.\n\n" +
			"What would happen to the base is shown: what is added, what has changed in the source\n" +
			"since it was imported, what was edited here since and is never written over unasked,\n" +
			"and what an entry says already, with how probable that is. In a terminal each is then\n" +
			"asked for; --accept writes what is added and changed. An import that is run twice\n" +
			"changes nothing. All is written or nothing, into a file a source in the folder of the\n" +
			"base, or into the one that --into names; comments and layout of what is there stay.\n" +
			"$VISUAL or $EDITOR, else vi, is opened for what is to be edited before it is written.\n\n" +
			"With --output a knowledge file of its own is written, without a look at the base.",
		Example: "  frontdesk import faq.csv\n" +
			"  frontdesk import rasa-project --accept --alike merge\n" +
			"  frontdesk import help.xlsx --columns question=Frage,answer=Antwort --only 'travel-*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if i.formats {
				return c.listFormats()
			}
			if err := i.check(args); err != nil {
				return usage(err)
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			if i.out != "" {
				return c.convert(ctx, i, args)
			}
			return c.importInto(ctx, i, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&i.from, "from", "", "the `format` of the sources (default: it is recognised)")
	f.BoolVar(&i.formats, "formats", false, "list the formats that can be read")
	f.StringToStringVar(&i.options.Columns, "columns", nil, "which `columns` of a table hold what: question=Frage,answer=Antwort")
	f.StringVar(&i.options.Sheet, "sheet", "", "the `name` of the sheet of a workbook")
	f.StringVar(&i.options.Language, "language", "", "the `language` that is taken where there are several, such as en")
	f.StringSliceVar(&i.options.Marks, "mark", nil, "of a chat: an `emoji`, or its name, that marks an answer; may be given several times (default: ✅ and its like)")
	f.BoolVar(&i.accept, "accept", false, "write what is added and changed, without asking")
	f.StringSliceVar(&i.only, "only", nil, "write these alone: `kinds`, ids or globs, such as added,changed or 'travel-*'")
	f.StringVar(&i.alike, "alike", "skip", "what --accept does with what an entry says already: skip, add or merge (add its phrasings to the entry)")
	f.BoolVar(&i.prune, "prune", false, "remove what was imported from the source and is not there any more")
	f.BoolVar(&i.words, "words", false, "compare by words alone, and not by meaning")
	f.StringVar(&i.into, "into", "", "the `file` of knowledge that new entries go into")
	f.StringVar(&i.as, "as", "", "the `name` that the entries remember the source by (default: that of the file)")
	f.IntVar(&i.pages, "pages", 1, "of an address: how many pages of the site are taken at most")
	f.BoolVar(&i.asJSON, "json", false, "print the result as a JSON object")
	f.BoolVar(&i.all, "all", false, "list everything, also what stays as it is")
	f.StringVarP(&i.out, "output", "o", "", "write a knowledge `file` of its own; - for the standard output")
	must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	must(cmd.MarkFlagFilename("into", "yaml", "yml"))
	must(cmd.RegisterFlagCompletionFunc("alike", cobra.FixedCompletions([]string{"skip", "add", "merge"}, cobra.ShellCompDirectiveNoFileComp)))
	must(cmd.RegisterFlagCompletionFunc("from", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return formatNames(), cobra.ShellCompDirectiveNoFileComp
	}))
	cmd.AddCommand(newImportHA(c))
	return cmd
}

// check reports wrong use.
func (i *importing) check(args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("nothing is named to import; name files, folders or addresses, or - for the standard input")
	case !slices.Contains([]string{"skip", "add", "merge"}, i.alike):
		return fmt.Errorf("--alike: %q is none of skip, add and merge", i.alike)
	case i.from != "" && !slices.Contains(formatNames(), i.from):
		return fmt.Errorf("there is no format %q; there are %s", i.from, strings.Join(formatNames(), ", "))
	case i.as != "" && len(args) > 1:
		return errors.New("--as names one source; import the others on their own")
	case i.out != "" && (i.accept || i.into != "" || i.prune || len(i.only) > 0):
		return errors.New("--output writes a file without a look at the base; leave out --accept, --into, --prune and --only")
	case slices.Contains(i.only, string(app.ImportAlike)) && i.alike == "skip":
		return errors.New("--only alike: say with --alike add or merge what is done with it")
	case len(i.only) > 0 && !i.accept:
		return errors.New("--only says what is written; add --accept")
	}
	for _, p := range i.only {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("--only: %q is no pattern", p)
		}
	}
	return nil
}

func formatNames() (names []string) {
	for _, r := range importer.Readers() {
		names = append(names, r.Format)
	}
	return names
}

// listFormats prints the formats that can be read.
func (c *cli) listFormats() error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, r := range importer.Readers() {
		fmt.Fprintf(w, "%s\t%s\n", r.Format, r.Title)
	}
	fmt.Fprintf(w, "homeassistant\tsentences, areas and devices of Home Assistant; see \"frontdesk help import homeassistant\"\n")
	return w.Flush()
}

// convert writes a knowledge file of what the sources hold.
func (c *cli) convert(ctx context.Context, i importing, args []string) error {
	sources, err := c.readSources(ctx, i, args)
	if err != nil {
		return err
	}
	entries, left, err := app.ConvertImport(sources)
	if err != nil {
		return err
	}
	if err := writeTo(i.out, c.out, args, func(w io.Writer) error { return importer.WriteYAML(w, entries) }); err != nil {
		return err
	}
	c.tellLeft(left, i.all)
	return nil
}

// importInto takes the sources into the base.
func (c *cli) importInto(ctx context.Context, i importing, args []string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	sources, err := c.readSources(ctx, i, args)
	if err != nil {
		return err
	}
	b := bars{c: c}
	plan, err := app.PlanImport(ctx, cfg, c.oneBase(cfg), sources, app.ImportOptions{Words: i.words, Progress: b.stages()})
	b.finish()
	if err != nil {
		return err
	}
	asking := !i.accept && !i.asJSON && c.isInteractive()
	if !i.asJSON {
		if err := c.showPlan(plan, i.all); err != nil {
			return err
		}
	}
	do := func(_ int, it app.ImportItem) app.ImportDo { return i.decide(it) }
	switch {
	case asking:
		if err := ctx.Err(); err != nil {
			return err
		}
		diesOfSignals()
		todo, err := c.askImport(ctx, plan, i.prune)
		if err != nil {
			return err
		}
		var stop func()
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer stop()
		do = func(n int, _ app.ImportItem) app.ImportDo { return todo[n] }
	case !i.accept:
		if i.asJSON {
			return writeJSON(c.out, planJSON(plan, nil))
		}
		if plan.Count(app.ImportAdded)+plan.Count(app.ImportChanged)+plan.Count(app.ImportAlike) > 0 {
			_, err = fmt.Fprintln(c.out, "nothing is written yet; --accept writes what is added and changed")
		}
		return err
	}
	written, err := plan.Write(ctx, i.into, time.Now(), do)
	if err != nil {
		return err
	}
	if i.asJSON {
		return writeJSON(c.out, planJSON(plan, &written))
	}
	if !asking {
		c.tellKept(plan, i)
	}
	return c.tellWritten(written)
}

// tellKept says what --accept has left as it is, and how to have it written.
func (c *cli) tellKept(plan *app.ImportPlan, i importing) {
	if n := plan.Count(app.ImportAlike); n > 0 && i.alike == "skip" && len(i.only) == 0 {
		fmt.Fprintf(c.err, "frontdesk: note: what is alike to an entry was not written (%d); --alike add writes it, and --alike merge adds its phrasings to that entry\n", n)
	}
	if n := plan.Count(app.ImportConflict); n > 0 && len(i.only) == 0 {
		fmt.Fprintf(c.err, "frontdesk: note: what was edited here, or came from elsewhere, was not written over (%d); --only conflict, or --only with its id, does\n", n)
	}
}

// diesOfSignals lets signals end the program at once again, for where it waits
// for a line of a terminal, which no context ends, and has nothing to put away.
func diesOfSignals() { signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) }

// isInteractive says whether somebody can be asked.
func (c *cli) isInteractive() bool {
	in, ok := c.in.(*os.File)
	out, also := c.out.(*os.File)
	return ok && also && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// decide says what --accept does with an item.
func (i importing) decide(it app.ImportItem) app.ImportDo {
	named := slices.ContainsFunc(i.only, func(p string) bool {
		ok, err := path.Match(p, it.ID)
		return err == nil && ok || p == string(it.State)
	})
	if len(i.only) > 0 && !named {
		return app.ImportSkip
	}
	switch it.State {
	case app.ImportAdded, app.ImportChanged:
		return app.ImportWrite
	case app.ImportConflict:
		if slices.Contains(i.only, it.ID) || slices.Contains(i.only, string(it.State)) {
			return app.ImportWrite // it was asked for by its name
		}
	case app.ImportAlike:
		switch i.alike {
		case "add":
			return app.ImportWrite
		case "merge":
			return app.ImportMerge
		}
	case app.ImportGone:
		if i.prune {
			return app.ImportRemove
		}
	}
	return app.ImportSkip
}

// tellWritten says what was written.
func (c *cli) tellWritten(w app.Written) error {
	if len(w.Files) == 0 {
		_, err := fmt.Fprintln(c.out, "nothing was written")
		return err
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{w.Added, "added"}, {w.Changed, "changed"}, {w.Merged, "merged"}, {w.Removed, "removed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	var files []string
	for _, f := range w.Files {
		files = append(files, nearPath(f))
	}
	_, err := fmt.Fprintf(c.out, "%s in %s; a desk that watches its files answers with it\n", strings.Join(parts, ", "), strings.Join(files, ", "))
	return err
}

// nearPath gives a path as seen from the current folder, where that is shorter.
func nearPath(file string) string {
	dir, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(dir, file); err == nil && len(rel) < len(file) {
		return rel
	}
	return file
}
