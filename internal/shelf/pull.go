package shelf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"frontdesk/internal/diskspace"
	"frontdesk/internal/strictyaml"

	"github.com/gofrs/flock"
)

// spare is how much room is left free on the disk, in bytes.
const spare = 32 << 20

// ErrBusy says that another process pulls, imports or removes.
var ErrBusy = errors.New(`another "frontdesk models" is at work on this folder; wait for it to end`)

// A Step tells how far a pull, an import or a check has come with one file.
type Step struct {
	File  string
	Done  int64 // bytes
	Total int64 // 0 where it is not known
	// Err is why a connection broke that is tried again after Pause; nil else.
	Err   error
	Pause time.Duration
	// Whole is set once, when the file is whole and what it should be.
	Whole bool
	Trust Trust // set with Whole
}

// A Trust says why the content of a file is believed.
type Trust string

// What the content of a file was held against.
const (
	ByCatalogue Trust = "catalogue" // it has the sum that the catalogue has
	ByRecord    Trust = "record"    // it has the sum that it had the first time
	FirstTime   Trust = "first"     // nobody knew its sum; it is held from now on
)

// Pull fetches a model, and gives its folder. What was fetched before and is
// whole is not fetched again; a pull that was broken off goes on where it was.
// The folder is there only when all of it is. told may be nil; it is called from
// one goroutine at a time.
func (s *Shelf) Pull(ctx context.Context, name string, told func(Step)) (string, error) {
	if told == nil {
		told = func(Step) {}
	}
	e, ok := s.Lookup(name)
	if !ok {
		return "", s.unknown(name)
	}
	source, err := s.config.source()
	if err != nil {
		return "", err
	}
	client := newClient(source, s.config.Token, s.pull)
	defer client.CloseIdleConnections()
	return s.fill(e, func(p *filling) error {
		if err := p.room(); err != nil {
			return err
		}
		for _, f := range e.Files {
			address, err := f.address(source)
			if err != nil {
				return fmt.Errorf("the address of %s: %w", f.Path, err)
			}
			told(Step{File: f.Path, Total: f.Bytes})
			trust, err := p.fetch(ctx, f, &download{client: client, url: address, wait: s.pull,
				gated: !s.config.Token.IsZero() && hostPort(address) == hostPort(source),
				told:  func(done, total int64) { told(Step{File: f.Path, Done: done, Total: total}) },
				retried: func(err error, pause time.Duration) {
					told(Step{File: f.Path, Err: err, Pause: pause})
				}})
			if err != nil {
				return fmt.Errorf("fetching %s: %w", f.Path, err)
			}
			n := p.done[len(p.done)-1].Bytes
			told(Step{File: f.Path, Done: n, Total: n, Whole: true, Trust: trust})
		}
		return nil
	})
}

// A filling is a model's folder that is not whole yet.
type filling struct {
	entry Entry
	dir   string // where the files lie until all are there
	old   string // the model's folder, which may hold a damaged one
	sums  *sums
	now   time.Time
	tags  map[string]string // strong ETags of .part files, by path
	done  []recorded
}

// fill has a model's folder filled, and puts it in its place when it is whole.
func (s *Shelf) fill(e Entry, with func(*filling) error) (dir string, err error) {
	err = s.locked(func() error {
		// Who came before us may have brought it.
		if dir, err = s.Dir(e.Name); err == nil {
			return nil
		}
		dir = filepath.Join(s.dir, e.Name)
		p := &filling{entry: e, dir: dir + partial, old: dir, now: s.now()}
		if p.sums, err = readSums(s.dir); err != nil {
			return err
		}
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			return fmt.Errorf("making the folder of the model: %w", err)
		}
		p.readTags()
		if err := with(p); err != nil {
			if folderBytes(p.dir) == 0 { // nothing to go on from
				err = errors.Join(err, os.RemoveAll(p.dir))
			}
			return err
		}
		return p.finish()
	})
	if err != nil {
		return "", err
	}
	return dir, nil
}

// locked does what no other process may do at the same time.
func (s *Shelf) locked(do func() error) (err error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of models: %w", err)
	}
	lock := flock.New(filepath.Join(s.dir, ".lock"), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking the folder of models: %w", err)
	}
	if !got {
		return ErrBusy
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return do()
}

// room sees whether what is missing has room on the disk.
func (p *filling) room() error {
	total, _ := p.entry.Bytes()
	need := total - folderBytes(p.dir) + spare
	if free, known := diskspace.Free(p.dir); known && need > 0 && free < uint64(need) {
		return fmt.Errorf("the disk of %s has %s free, and %s are needed", p.old, Size(int64(free)), Size(need))
	}
	return nil
}

// fetch brings one file into the folder, unless it is there already.
func (p *filling) fetch(ctx context.Context, f File, d *download) (Trust, error) {
	want, trust := p.wanted(f)
	at := filepath.Join(p.dir, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return "", err
	}
	if rec, ok := p.there(ctx, f, want, at); ok {
		p.done = append(p.done, rec)
		return trust, ctx.Err()
	}
	d.file, d.limit, d.sum, d.etag = f, f.limit(p.entry.Kind), want, p.tags[f.Path]
	d.tagged = func(etag string) error { return p.tag(f.Path, etag) }
	rec, err := d.run(ctx, at+partial)
	if err != nil {
		if trust == ByRecord && errors.Is(err, errThrowAway) {
			h, _ := p.sums.of(f)
			err = fmt.Errorf(`%w; the sum is that of the first pull, on %s: if the file is meant to have changed, forget it with "frontdesk models remove --forget %s"`,
				err, h.Since, p.entry.Name)
		}
		return "", err
	}
	if err := os.Rename(at+partial, at); err != nil {
		return "", err
	}
	return trust, p.take(f, rec, trust)
}

// take takes note of a file that is whole.
func (p *filling) take(f File, rec recorded, trust Trust) error {
	p.done = append(p.done, rec)
	if trust != FirstTime {
		return nil
	}
	p.sums.hold(f, rec, p.now)
	if err := p.sums.write(); err != nil {
		return fmt.Errorf("writing the sums of models: %w", err)
	}
	return nil
}

// wanted gives the sum that a file must have, and who says so.
func (p *filling) wanted(f File) (string, Trust) {
	if f.SHA256 != "" {
		return f.SHA256, ByCatalogue
	}
	if h, ok := p.sums.of(f); ok {
		return h.SHA256, ByRecord
	}
	return "", FirstTime
}

// there says whether a file is in the folder already, or whole in one that is
// damaged, where it can be had without fetching it.
func (p *filling) there(ctx context.Context, f File, want, at string) (recorded, bool) {
	if want == "" {
		return recorded{}, false
	}
	for _, from := range []string{at, filepath.Join(p.old, filepath.FromSlash(f.Path))} {
		info, err := os.Lstat(from)
		if err != nil || !info.Mode().IsRegular() || info.Size() > f.limit(p.entry.Kind) {
			continue
		}
		got, n, err := hashFile(ctx, from, nil)
		if err != nil || got != want {
			continue
		}
		if from != at && os.Rename(from, at) != nil {
			continue
		}
		return recorded{f.Path, n, got}, true
	}
	return recorded{}, false
}

// finish writes down what the folder holds and puts it in its place.
func (p *filling) finish() error {
	m := manifest{Name: p.entry.Name, Licence: p.entry.Licence, From: p.entry.Origin(), Fetched: p.now.UTC().Format(time.RFC3339), Files: p.done}
	if err := p.prune(); err != nil {
		return err
	}
	if err := m.write(p.dir); err != nil {
		return fmt.Errorf("writing what the model consists of: %w", err)
	}
	for _, dir := range p.folders() {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(p.old + replaced); err != nil {
		return err
	}
	if err := os.Rename(p.old, p.old+replaced); err != nil && !isNotThere(err) {
		return err
	}
	if err := os.Rename(p.dir, p.old); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(p.old+replaced), syncDir(filepath.Dir(p.old)))
}

// prune removes what an earlier pull left that is no part of the model.
func (p *filling) prune() error {
	return filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(p.dir, path)
		if err != nil || slices.ContainsFunc(p.done, func(r recorded) bool { return r.Path == filepath.ToSlash(rel) }) {
			return err
		}
		return os.Remove(path)
	})
}

// folders gives the folders that hold files of the model.
func (p *filling) folders() []string {
	dirs := []string{p.dir}
	for _, f := range p.done {
		dirs = append(dirs, filepath.Dir(filepath.Join(p.dir, filepath.FromSlash(f.Path))))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// syncDir has the names in a folder on the disk.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be opened for that there
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// A tag is what a .part file is resumed with.
type tag struct {
	Path string `yaml:"path"`
	Of   string `yaml:"of"` // where the file is published
	ETag string `yaml:"etag"`
}

// readTags reads what unfinished files are resumed with. What is of another
// revision now is dropped, and a file that cannot be read costs no more than a
// download.
func (p *filling) readTags() {
	p.tags = map[string]string{}
	data, err := readBounded(filepath.Join(p.dir, progressFile), maxCatalogue)
	var list []tag
	if err == nil {
		list = parseTags(data)
	}
	for _, f := range p.entry.Files {
		at := filepath.Join(p.dir, filepath.FromSlash(f.Path)+partial)
		i := slices.IndexFunc(list, func(t tag) bool { return t.Path == f.Path && t.Of == f.publishedAt() })
		if i < 0 {
			_ = os.Remove(at) // not there, or of no use; opening it tells
			continue
		}
		p.tags[f.Path] = list[i].ETag
	}
}

func parseTags(data []byte) []tag {
	var pg struct {
		Format strictyaml.At[int] `yaml:"format"`
		List   []tag              `yaml:"files"`
	}
	r := reader{file: progressFile}
	if _, ok := r.page(data, &pg, &pg.Format); !ok || len(r.faults) > 0 {
		return nil
	}
	return pg.List
}

// tag keeps what a file is resumed with; "" for nothing.
func (p *filling) tag(path, etag string) error {
	p.tags[path] = etag
	var list []tag
	for _, f := range p.entry.Files {
		if t, ok := p.tags[f.Path]; ok {
			list = append(list, tag{f.Path, f.publishedAt(), t})
		}
	}
	return writeYAML(filepath.Join(p.dir, progressFile), struct {
		Format int   `yaml:"format"`
		List   []tag `yaml:"files"`
	}{formatNumber, list})
}
