package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"frontdesk/internal/fault"
)

// Bounds of every reader. What is larger is refused with a word that says what
// to do, or left out and told.
const (
	maxItems     = 50_000  // a desk of more entries than that answers worse, and 200,000 phrasings fill a base
	maxPhrasings = 1_000   // of an item; a classifier gains nothing from more
	maxPhrase    = 2_000   // bytes of a question or another phrasing: longer ones are no phrasings
	maxAnswer    = 1 << 18 // bytes of an answer: more than a person reads in a chat
	maxLeft      = 10_000  // things left out that are told one by one

	maxText  = 64 << 20  // bytes of a file that is read whole, as text or JSON
	maxFile  = 512 << 20 // bytes of a file that is read as a stream: a workbook, an archive
	maxFiles = 100_000   // in a folder or an archive; a large Slack export has one a channel and day
	maxDepth = 32        // folders inside of each other
	maxName  = 1024      // bytes of a path in an archive

	maxHead = 64 << 10 // bytes of a file that a reader looks at to recognise it
)

// An input is a source while it is read: it bounds what is read of it, and
// tells how far the reading is. It is not safe for concurrent use.
type input struct {
	Source
	done, total int64
}

// newInput begins to read a source.
func newInput(s Source) *input {
	in := &input{Source: s}
	if info, err := fs.Stat(s.Files, s.Path); err == nil && !info.IsDir() {
		in.total = info.Size()
	}
	return in
}

// isDir says whether the source is a folder.
func (s Source) isDir() bool {
	info, err := fs.Stat(s.Files, s.Path)
	return err == nil && info.IsDir()
}

// ext gives how the source's name ends, in lower case, such as ".csv".
func (s Source) ext() string { return strings.ToLower(path.Ext(s.Path)) }

// title gives the name by which a file of the source is shown.
func (s Source) title(name string) string {
	if name == s.Path {
		return s.Name
	}
	if s.Path != "." {
		name = strings.TrimPrefix(name, s.Path+"/")
	}
	return strings.TrimSuffix(s.Name, "/") + "/" + name
}

// head gives the first bytes of a file, to recognise its format by; nothing
// where it cannot be read.
func (s Source) head(name string) []byte {
	f, err := openPlain(s.Files, name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxHead))
	if err != nil {
		return nil
	}
	return data
}

var errNotPlain = errors.New("it is no plain file")

// openPlain opens a file, and no pipe or device, on which opening might wait.
func openPlain(files fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotPlain}
	}
	return files.Open(name)
}

// tooLarge is the fault of a file that is longer than its limit.
func tooLarge(name string, limit int64, do string) error {
	return fault.List{{File: name, What: fmt.Sprintf("the file is larger than %d MiB", limit>>20), Do: do}}
}

// stream opens a file of the source. Reading it ends with a [fault.List] after
// limit bytes, and with the error of ctx when that ends.
func (in *input) stream(ctx context.Context, name string, limit int64) (io.ReadCloser, error) {
	f, err := openPlain(in.Files, name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", in.Name, err)
	}
	if info, err := f.Stat(); err == nil && info.Size() > limit {
		f.Close()
		return nil, tooLarge(in.title(name), limit, "split it")
	}
	return &bounded{ctx: ctx, in: in, name: in.title(name), f: f, left: limit, limit: limit}, nil
}

// A bounded file ends in an error after a number of bytes.
type bounded struct {
	ctx         context.Context // of the one reading that it is made for
	in          *input
	name        string
	f           fs.File
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.f.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge(b.name, b.limit, "split it")
	}
	b.in.told(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("reading %s: %w", b.name, err)
	}
	return n, err
}

func (b *bounded) Close() error { return b.f.Close() }

// told counts bytes as read, and tells.
func (in *input) told(n int64) {
	in.done += n
	if in.Progress != nil {
		in.Progress(in.done, in.total)
	}
}

// data gives a whole file of the source, of at most limit bytes.
func (in *input) data(ctx context.Context, name string, limit int64) ([]byte, error) {
	f, err := in.stream(ctx, name, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf bytes.Buffer
	if info, err := fs.Stat(in.Files, name); err == nil { // stream has held it to the limit.
		buf.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(f); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// text gives a whole file of the source as UTF-8 without a byte order mark, and
// with \n at the end of each line. See [decode].
func (in *input) text(ctx context.Context, name string, limit int64) (string, error) {
	data, err := in.data(ctx, name, limit)
	if err != nil {
		return "", err
	}
	text, _, err := decode(data, in.title(name))
	return text, err
}

// files gives the files of the source, sorted, whose names want says yes to:
// the one file, or those of the folder and the folders in it. Hidden names are
// left out. The names are those of [Source.Files].
func (in *input) files(ctx context.Context, want func(name string) bool) ([]string, error) {
	if !in.isDir() {
		return []string{in.Path}, nil
	}
	var names []string
	seen := 0
	in.total = 0
	err := fs.WalkDir(in.Files, in.Path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if name != in.Path && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if seen++; seen > maxFiles {
			return fault.List{{File: in.Name, What: fmt.Sprintf("the folder holds more than %d files", maxFiles), Do: "import a part of it"}}
		}
		if d.IsDir() {
			if strings.Count(name, "/")-strings.Count(in.Path, "/") > maxDepth {
				return fault.List{{File: in.title(name), What: fmt.Sprintf("the folders are more than %d deep", maxDepth), Do: "import a part of it"}}
			}
			return nil
		}
		if info, err := d.Info(); d.Type().IsRegular() && want(name) {
			if err == nil {
				in.total += info.Size()
			}
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		if _, ok := errors.AsType[fault.List](err); ok || ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("reading the folder %s: %w", in.Name, err)
	}
	slices.Sort(names)
	return names, nil
}
