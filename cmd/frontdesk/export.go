package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/google/renameio/v2/maybe"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// An exporting is one call of the export.
type exporting struct {
	to, out string
	all     bool
}

func newExport(c *cli) *cobra.Command {
	var e exporting
	cmd := &cobra.Command{
		Use:   "export [ID…]",
		Short: "Turn a base into another format",
		Long: "Turn all entries of a base, or those of the ids or globs that are named, into another\n" +
			"format: JSON Lines, one entry a line, or what --to names. What the format has no place\n" +
			"for is told. A format of several files needs a folder that is new or empty. The formats:\n\n" + writerList(),
		Example: "  frontdesk export --to excel -o faq.xlsx\n" +
			"  frontdesk export --to markdown 'travel-*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			i := slices.IndexFunc(importer.Writers(), func(w importer.Writer) bool { return w.Format == e.to })
			if i < 0 {
				return usage(fmt.Errorf("there is no format %q; there are %s", e.to, strings.Join(writerNames(), ", ")))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.export(ctx, e, importer.Writers()[i], args)
		},
	}
	cmd.Flags().StringVar(&e.to, "to", "jsonl", "the `format`")
	cmd.Flags().StringVarP(&e.out, "output", "o", "", "write to this `file`, or folder for a format of several files (default: the standard output)")
	cmd.Flags().BoolVar(&e.all, "all", false, "tell all that is left out")
	must(cmd.MarkFlagFilename("output"))
	must(cmd.RegisterFlagCompletionFunc("to", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return writerNames(), cobra.ShellCompDirectiveNoFileComp
	}))
	cmd.AddCommand(newExportJSGF(c))
	return cmd
}

func writerNames() (names []string) {
	for _, w := range importer.Writers() {
		names = append(names, w.Format)
	}
	return names
}

func writerList() string {
	var b strings.Builder
	for _, w := range importer.Writers() {
		fmt.Fprintf(&b, "  %-14s %s\n", w.Format, w.Title)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (c *cli) export(ctx context.Context, e exporting, w importer.Writer, patterns []string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	base, err := app.Load(ctx, cfg, c.oneBase(cfg))
	if err != nil {
		return err
	}
	entries, err := pick(base, patterns)
	if err != nil {
		return err
	}
	out := &exported{}
	left, err := w.Write(out, entries)
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.Title, err)
	}
	if err := c.put(e, out, append(base.Files, cfg.File)); err != nil {
		return err
	}
	c.tellLeft(left, e.all)
	return nil
}

// pick gives the entries of a base that ids and globs name; all for none.
func pick(base *knowledge.Base, patterns []string) ([]*knowledge.Entry, error) {
	if len(patterns) == 0 {
		return base.Entries, nil
	}
	picked := map[*knowledge.Entry]bool{}
	for _, p := range patterns {
		found := false
		if e, ok := base.Entry(p); ok {
			picked[e], found = true, true
		}
		for _, e := range base.Entries {
			if ok, err := path.Match(p, e.ID); err != nil {
				return nil, usage(fmt.Errorf("%q is no pattern", p))
			} else if ok {
				picked[e], found = true, true
			}
		}
		if !found {
			return nil, usage(fmt.Errorf("no entry is called %q", p))
		}
	}
	return slices.DeleteFunc(slices.Clone(base.Entries), func(e *knowledge.Entry) bool { return !picked[e] }), nil
}

// An exported format is gathered before any of it is written.
type exported struct {
	names []string
	files []*exportedFile
}

type exportedFile struct{ bytes.Buffer }

func (*exportedFile) Close() error { return nil }

// Create begins a file; see [importer.Output].
func (x *exported) Create(name string) (io.WriteCloser, error) {
	if name != "" && !fs.ValidPath(name) {
		return nil, fmt.Errorf("%q is no name of a file", name)
	}
	f := &exportedFile{}
	x.names, x.files = append(x.names, name), append(x.files, f)
	return f, nil
}

// put writes what was gathered.
func (c *cli) put(e exporting, x *exported, inputs []string) error {
	if len(x.files) == 1 && x.names[0] == "" {
		if out, ok := c.out.(*os.File); ok && e.out == "" && term.IsTerminal(int(out.Fd())) && !utf8.Valid(x.files[0].Bytes()) {
			return usage(fmt.Errorf("%s is nothing for a terminal; name a file with --output", e.to))
		}
		return writeTo(e.out, c.out, inputs, func(w io.Writer) error {
			_, err := w.Write(x.files[0].Bytes())
			return err
		})
	}
	if e.out == "" || e.out == "-" {
		return usage(fmt.Errorf("%s takes several files; name a folder with --output", e.to))
	}
	if err := os.MkdirAll(e.out, 0o755); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	there, err := os.ReadDir(e.out)
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if len(there) > 0 {
		return usage(fmt.Errorf("the folder %s is not empty; name another one", e.out))
	}
	for i, name := range x.names {
		file := filepath.Join(e.out, filepath.FromSlash(name))
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), maybe.WriteFile(file, x.files[i].Bytes(), 0o644))
		if err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
	}
	return nil
}
