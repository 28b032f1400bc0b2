package train

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	maxLine    = 1 << 20 // bytes of a line
	maxName    = 64      // bytes of a type or a source
	maxRecords = 20_000_000
	maxFiles   = 10_000
)

// A record is one line of a corpus.
type record struct {
	Type   string `json:"t"` // "sent" is a text alone
	Source string `json:"s"`
	A      string `json:"a"`
	B      string `json:"b"`
	Group  string `json:"g"` // records of one group mean the same; hexadecimal, or empty
}

// group is the number of a record's group; 0 for none.
func (r record) group() (uint32, error) {
	if r.Group == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(r.Group, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("the group %.20q is no hexadecimal number of 8 digits", r.Group)
	}
	return uint32(n), nil
}

func (r record) check() error {
	switch {
	case r.Type == "" || len(r.Type) > maxName:
		return fmt.Errorf(`"t" is to be the type of the record, of %d bytes at most`, maxName)
	case r.Source == "" || len(r.Source) > maxName:
		return fmt.Errorf(`"s" is to be the source of the record, of %d bytes at most`, maxName)
	case r.A == "":
		return errors.New(`the text "a" is missing`)
	case r.Type == typeText && r.B != "":
		return errors.New(`a record of type "sent" has no text "b"`)
	case r.Type != typeText && r.B == "":
		return errors.New(`the text "b" is missing; a text alone is of type "sent"`)
	}
	_, err := r.group()
	return err
}

// Files lists the files that the paths of a corpus stand for: a file is itself,
// a folder all corpus files in it (not in the folders in it), by name. A corpus
// file ends in .jsonl, .jsonl.gz or .txt.
func Files(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("reading the corpus: %w", err)
		}
		if !info.IsDir() {
			if !isCorpus(path) {
				return nil, fmt.Errorf("%s is no corpus: name files that end in .jsonl, .jsonl.gz or .txt", path)
			}
			files = append(files, path)
			continue
		}
		entries, err := os.ReadDir(path) // sorted by name
		if err != nil {
			return nil, fmt.Errorf("reading the corpus: %w", err)
		}
		found := false
		for _, e := range entries {
			if isCorpus(e.Name()) && !e.IsDir() {
				files, found = append(files, filepath.Join(path, e.Name())), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no corpus in %s: it has no file that ends in .jsonl, .jsonl.gz or .txt", path)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no corpus is named")
	}
	if len(files) > maxFiles {
		return nil, fmt.Errorf("the corpus has %d files; at most %d are read", len(files), maxFiles)
	}
	return files, nil
}

func isCorpus(name string) bool {
	return slices.ContainsFunc([]string{".jsonl", ".jsonl.gz", ".txt"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// readFile gives every record of a corpus file to take. An error names the file
// and the line.
func readFile(ctx context.Context, name string, take func(record) error) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading the corpus: %w", err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<16))
		if err != nil {
			return fmt.Errorf("reading the corpus %s: %w", name, err)
		}
		defer z.Close()
		r = z
	}
	if strings.HasSuffix(name, ".txt") {
		return readText(ctx, r, name, take)
	}
	return readRecords(ctx, r, name, take)
}

// readRecords reads JSON Lines.
func readRecords(ctx context.Context, r io.Reader, name string, take func(record) error) error {
	return eachLine(ctx, r, name, func(line []byte) error {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return nil
		}
		if !utf8.Valid(line) {
			return errors.New("the line is not UTF-8")
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return fmt.Errorf("the line is no record: %w", err)
		}
		if err := rec.check(); err != nil {
			return err
		}
		return take(rec)
	})
}

// readText reads a text of one sentence a line. Sentences that follow each other
// are a pair, for what stands together is about the same; an empty line parts.
// Signs of headings and lists at the beginning of a line fall away.
func readText(ctx context.Context, r io.Reader, name string, take func(record) error) error {
	previous := ""
	return eachLine(ctx, r, name, func(line []byte) error {
		if !utf8.Valid(line) {
			return errors.New("the line is not UTF-8")
		}
		text := strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(string(line)), "#*->+ \t"))
		if text == "" {
			previous = ""
			return nil
		}
		rec := record{Type: typeText, Source: sourceText, A: text}
		if previous != "" {
			rec = record{Type: typeNext, Source: sourceText, A: previous, B: text}
		}
		previous = text
		return take(rec)
	})
}

func eachLine(ctx context.Context, r io.Reader, name string, take func([]byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	n := 0
	for lines.Scan() {
		n++
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := take(lines.Bytes()); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: the line is longer than 1 MiB; split it", name, n+1)
	} else if err != nil {
		return fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return ctx.Err()
}
