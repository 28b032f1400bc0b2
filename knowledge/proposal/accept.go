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
	"unicode"

	"frontdesk/knowledge"

	"github.com/google/renameio/v2/maybe"
)

// newFile is what a file of knowledge begins as.
const newFile = "format: 1\n"

// Accept makes an entry of a proposal, in a file of its base, and removes the
// proposal. The file is one that the base is loaded from, or a new one that it
// would be loaded from; all that stands in it stays as it is written. The
// options say what the base is loaded from; it is loaded with the new entry
// before anything is written, and where that is at fault nothing is, and the
// error is a [fault.List].
//
// The entry is called id or, where that is empty, after its question. An id that
// the base has already is refused.
func (f *Folder) Accept(ctx context.Context, proposalID, file, id string, o knowledge.Options) (entryID string, err error) {
	if o.FS != nil {
		return "", errors.New("this base is built in, and its files cannot be written")
	}
	if !isID(proposalID) {
		return "", ErrUnknown
	}
	err = f.locked(ctx, func() error {
		p, err := f.Get(proposalID)
		if err != nil {
			return err
		}
		if entryID = id; id == "" {
			entryID = idFor(p)
		}
		if what, do := knowledge.CheckID(entryID); what != "" {
			return fmt.Errorf("%s; %s", what, do)
		}
		if err := add(ctx, p, entryID, file, o); err != nil {
			return err
		}
		return f.remove(proposalID)
	})
	return entryID, err
}

// idFor makes an id of the first words of the question; of the proposal's own
// where these have no letters or digits.
func idFor(p Proposal) string {
	const most = 8
	words := strings.FieldsFunc(strings.ToLower(p.Question), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	id := strings.Join(words[:min(len(words), most)], "-")
	if what, _ := knowledge.CheckID(id); what != "" || len(id) > 80 {
		return "proposed-" + p.ID
	}
	return id
}

// add writes the entry into the file.
func add(ctx context.Context, p Proposal, id, file string, o knowledge.Options) (err error) {
	made, err := makeNew(file)
	if err != nil {
		return err
	}
	if made {
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(file))
			}
		}()
	}
	// A link is written through, not replaced.
	target, err := filepath.EvalSymlinks(file)
	if err == nil {
		target, err = filepath.Abs(target)
	}
	if err != nil {
		return fmt.Errorf("accepting: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("accepting: %w", err)
	}
	before, err := readAll(target)
	if err != nil {
		return err
	}
	after, err := appendEntry(file, before, entry{ID: id, Question: p.Question, Answer: p.Answer}, p.Link)
	if err != nil {
		return err
	}
	base, err := knowledge.Load(ctx, o)
	if err != nil {
		return fmt.Errorf("the base is at fault as it is: %w", err)
	}
	if !loadedFrom(base, info) {
		return fmt.Errorf("the base %q is not loaded from %s: choose one of its files, or name this one in the configuration", p.Base, file)
	}
	if taken(base, id) {
		return fmt.Errorf("the base %q has an entry %q already: choose another id", p.Base, id)
	}
	o.Instead = map[string][]byte{target: after}
	if _, err := knowledge.Load(ctx, o); err != nil {
		return fmt.Errorf("with the new entry the base would be at fault: %w", err)
	}
	if now, err := readAll(target); err != nil || !bytes.Equal(now, before) {
		return errors.Join(fmt.Errorf("%s was changed meanwhile; accept once more", file), err)
	}
	if err := maybe.WriteFile(target, after, info.Mode().Perm()); err != nil {
		return fmt.Errorf("writing the entry: %w", err)
	}
	return nil
}

// makeNew makes a file of knowledge without entries where there is none.
func makeNew(file string) (made bool, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("making the file: %w", err)
	}
	_, err = f.WriteString(newFile)
	if err = errors.Join(err, f.Close()); err != nil {
		return false, errors.Join(fmt.Errorf("making the file: %w", err), os.Remove(file))
	}
	return true, nil
}

// maxKnowledge is the size of the largest file that is changed, in bytes. What
// the base may hold is checked when it is loaded.
const maxKnowledge = 16 << 20

func readAll(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKnowledge+1))
	if err == nil && len(data) > maxKnowledge {
		err = errors.New("it is too large")
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return data, nil
}

// loadedFrom says whether a base is loaded from a file.
func loadedFrom(base *knowledge.Base, file fs.FileInfo) bool {
	return slices.ContainsFunc(base.Files, func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && os.SameFile(info, file)
	})
}

// taken says whether an id is that of an entry, or was.
func taken(base *knowledge.Base, id string) bool {
	return slices.ContainsFunc(base.Entries, func(e *knowledge.Entry) bool { return e.ID == id || slices.Contains(e.Formerly, id) })
}
