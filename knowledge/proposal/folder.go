package proposal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/fault"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// MaxWaiting bounds the proposals that wait in a folder.
const MaxWaiting = 1000

const (
	suffix   = ".yaml"
	lockFile = ".lock"
	// patience is how long a call waits for another process.
	patience = 10 * time.Second
)

var (
	// ErrFull says that as many proposals wait as may.
	ErrFull = fmt.Errorf("%d proposals wait already, and somebody must look at them first", MaxWaiting)
	// ErrUnknown says that no proposal of that ID waits.
	ErrUnknown = errors.New("no such proposal waits")
)

// A Folder holds the proposals that wait, a file each. Its methods are safe for
// concurrent use, also by several processes.
type Folder struct{ dir string }

// NewFolder names a folder, which need not be there yet.
func NewFolder(dir string) *Folder { return &Folder{dir: dir} }

// Add keeps a proposal that [New] gave. One that waits already stays as it is.
// When it returns nil, the proposal is on the disk.
func (f *Folder) Add(ctx context.Context, p Proposal) error {
	if !isID(p.ID) {
		return fmt.Errorf("keeping a proposal: %q is no id", p.ID)
	}
	var b bytes.Buffer
	if err := p.WriteYAML(&b); err != nil {
		return err
	}
	if b.Len() > maxFile {
		return fmt.Errorf("keeping a proposal: it takes %d bytes, and at most %d can be kept", b.Len(), maxFile)
	}
	return f.locked(ctx, func() error {
		ids, err := f.ids()
		if err != nil || slices.Contains(ids, p.ID) {
			return err
		}
		if len(ids) >= MaxWaiting {
			return ErrFull
		}
		if err := maybe.WriteFile(f.file(p.ID), b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("keeping a proposal: %w", err)
		}
		return nil
	})
}

// List gives all that wait, the oldest first. Files at fault are left out, and
// the error is then a [fault.List] of all their faults.
func (f *Folder) List() (all []Proposal, err error) {
	ids, err := f.ids()
	if err != nil {
		return nil, err
	}
	var faults fault.List
	for _, id := range ids {
		p, err := f.Get(id)
		list, atFault := errors.AsType[fault.List](err)
		switch {
		case err == nil:
			all = append(all, p)
		case atFault:
			faults = append(faults, list...)
		case !errors.Is(err, ErrUnknown): // it may be gone meanwhile
			return nil, err
		}
	}
	slices.SortFunc(all, older)
	return all, faults.Err()
}

// Get gives the one of an ID. One that does not wait gives [ErrUnknown], and a
// file at fault a [fault.List].
func (f *Folder) Get(id string) (Proposal, error) {
	if !isID(id) {
		return Proposal{}, ErrUnknown
	}
	file, err := os.Open(f.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Proposal{}, ErrUnknown
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("reading a proposal: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return Proposal{}, fmt.Errorf("reading a proposal: %w", err)
	}
	p, faults := read(f.file(id), id, data)
	return p, faults.Err()
}

// Reject removes the one of an ID, also where its file is at fault. One that does
// not wait gives [ErrUnknown].
func (f *Folder) Reject(ctx context.Context, id string) error {
	if !isID(id) {
		return ErrUnknown
	}
	return f.locked(ctx, func() error { return f.remove(id) })
}

func (f *Folder) remove(id string) error {
	err := os.Remove(f.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnknown
	}
	if err != nil {
		return fmt.Errorf("removing a proposal: %w", err)
	}
	return nil
}

// RemoveIf removes those that drop picks, and gives how many there were. Files
// at fault stay, and the error is then a [fault.List] of all their faults.
func (f *Folder) RemoveIf(ctx context.Context, drop func(Proposal) bool) (removed int, err error) {
	if _, err := os.Stat(f.dir); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	err = f.locked(ctx, func() error {
		all, faults := f.List()
		for _, p := range all {
			if !drop(p) {
				continue
			}
			if err := f.remove(p.ID); err != nil && !errors.Is(err, ErrUnknown) {
				return err
			}
			removed++
		}
		return faults
	})
	return removed, err
}

func (f *Folder) file(id string) string { return filepath.Join(f.dir, id+suffix) }

// ids gives the IDs of those that wait, sorted. Other files are let be.
func (f *Folder) ids() (ids []string, err error) {
	d, err := os.Open(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for proposals: %w", err)
	}
	defer d.Close()
	names, err := d.Readdirnames(10 * MaxWaiting)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("looking for proposals: %w", err)
	}
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, suffix); ok && isID(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// locked calls do while no other process changes the folder, which it makes.
func (f *Folder) locked(ctx context.Context, do func() error) (err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of proposals: %w", err)
	}
	lock := flock.New(filepath.Join(f.dir, lockFile), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return fmt.Errorf("locking the folder of proposals: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return do()
}
