package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/internal/app"
	"frontdesk/knowledge/importer"
)

// maxStdin bounds what is read from the standard input, in bytes.
const maxStdin = 64 << 20

// fetchDepth is how many links away from an address a page may be, where more
// than one is taken.
const fetchDepth = 10

// stdinEndings are those under which the standard input is tried.
var stdinEndings = []string{".jsonl", ".json", ".html", ".csv", ".md", ".xlsx", ".zip"}

// readSources reads all sources.
func (c *cli) readSources(ctx context.Context, i importing, args []string) ([]app.ImportSource, error) {
	names := sourceNames(args)
	if i.as != "" {
		names[0] = i.as
	}
	var sources []app.ImportSource
	for n, arg := range args {
		found, err := c.readSource(ctx, i, arg)
		if err != nil {
			return nil, err
		}
		for _, note := range found.Notes {
			fmt.Fprintf(c.err, "frontdesk: note: %s\n", shown(note, 0))
		}
		sources = append(sources, app.ImportSource{Name: names[n], Found: found})
	}
	return sources, nil
}

// sourceNames gives the names by which entries remember sources: those of the
// files, or the whole paths where two files have one name.
func sourceNames(args []string) []string {
	names := make([]string, len(args))
	count := map[string]int{}
	for i, a := range args {
		switch {
		case a == "-":
			names[i] = "standard input"
		case isAddress(a):
			names[i] = a
		default:
			if abs, err := filepath.Abs(a); err == nil {
				a = abs
			}
			names[i] = filepath.Base(a)
		}
		count[names[i]]++
	}
	for i, n := range names {
		if count[n] > 1 {
			names[i] = filepath.ToSlash(filepath.Clean(args[i]))
		}
	}
	return names
}

func isAddress(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// readSource reads one source, with a bar where somebody watches.
func (c *cli) readSource(ctx context.Context, i importing, arg string) (_ *importer.Found, err error) {
	var s importer.Source
	var reader importer.Reader
	known := false
	b := bars{c: c}
	defer b.finish()
	switch {
	case arg == "-":
		dir, err := os.MkdirTemp("", "frontdesk-import-")
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // what stays there is a temporary file
		if s, reader, known, err = c.readStdin(ctx, dir, i.from); err != nil {
			return nil, err
		}
	case isAddress(arg):
		show := b.stages()
		fc := importer.DefaultFetchConfig()
		if fc.Pages = i.pages; i.pages > 1 {
			fc.Depth = fetchDepth
		}
		if show != nil {
			fc.Told = func(_ string, done, known int) { show("fetching "+shown(arg, 40), done, max(known, done+1)) }
		}
		var remove func() error
		if s, remove, err = importer.NewFetcher(fc).Open(ctx, arg); err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		defer func() { err = errors.Join(err, remove()) }()
		reader, known = importer.Recognise(s)
	default:
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		abs, err := filepath.Abs(arg)
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		s = importer.Source{Name: arg, Files: os.DirFS(abs), Path: "."}
		if !info.IsDir() {
			s.Files, s.Path = os.DirFS(filepath.Dir(abs)), filepath.Base(abs)
		}
		reader, known = importer.Recognise(s)
	}
	for _, r := range importer.Readers() {
		if r.Format == i.from {
			reader, known = r, true
		}
	}
	if !known {
		if err := importer.CheckArchive(ctx, s); err != nil {
			return nil, err
		}
		return nil, usage(fmt.Errorf("the format of %s is not known; name it with --from, which may be %s", arg, strings.Join(formatNames(), ", ")))
	}
	if show := b.stages(); show != nil {
		// What was read has yet to be understood: the bar is never full before that.
		s.Progress = func(done, total int64) { show("reading "+shown(arg, 40), int(max(0, min(done, total-1))), int(total)) }
	}
	found, err := reader.Read(ctx, s, i.options)
	if err != nil {
		return nil, err
	}
	if len(found.Items)+len(found.Guides)+len(found.Left) == 0 {
		return nil, fmt.Errorf("importing: %s holds no questions", arg)
	}
	return found, nil
}

// readStdin puts the standard input into a file that a reader knows.
func (c *cli) readStdin(ctx context.Context, dir, from string) (s importer.Source, reader importer.Reader, known bool, err error) {
	name := "input"
	file := filepath.Join(dir, name)
	f, err := os.Create(file)
	if err != nil {
		return s, reader, false, fmt.Errorf("importing: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(c.stdin(ctx), maxStdin+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return s, reader, false, fmt.Errorf("reading the standard input: %w", err)
	}
	if n > maxStdin {
		return s, reader, false, fmt.Errorf("the standard input is larger than %d MiB; import a file", maxStdin>>20)
	}
	s = importer.Source{Name: "standard input", Files: os.DirFS(dir), Path: name}
	if reader, known = importer.Recognise(s); known || from != "" {
		return s, reader, known, nil
	}
	for _, ext := range stdinEndings {
		if err := os.Rename(filepath.Join(dir, s.Path), file+ext); err != nil {
			return s, reader, false, fmt.Errorf("importing: %w", err)
		}
		s.Path = name + ext
		if reader, known = importer.Recognise(s); known {
			break
		}
	}
	return s, reader, known, nil
}
