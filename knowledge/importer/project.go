package importer

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/internal/fault"
)

// openProject begins to read what is a folder, an archive of one, or a single
// file of it. Done ends the reading of an archive.
func openProject(ctx context.Context, s Source) (in *input, done func() error, err error) {
	in = newInput(s)
	if in.isDir() || !isZip(s.head(s.Path)) {
		return in, func() error { return nil }, nil
	}
	inner, done, err := in.unzip(ctx, s.Path)
	if err != nil {
		return nil, nil, err
	}
	return newInput(inner), done, nil
}

// recogniseIn says whether one of the first files that want names holds what is
// looked for, by its beginning.
func recogniseIn(s Source, most int, want func(name string) bool, holds func(name string, head []byte) bool) bool {
	ctx := context.Background() // Nothing here waits.
	in, done, err := openProject(ctx, s)
	if err != nil {
		return false
	}
	defer done()
	if !in.isDir() {
		return want(in.Path) && holds(in.Path, in.head(in.Path))
	}
	names, err := in.files(ctx, want)
	if err != nil {
		return false
	}
	for i, name := range names {
		if i == most {
			return false
		}
		if holds(name, in.head(name)) {
			return true
		}
	}
	return false
}

// asFaults gives the faults of a file, if that is what an error is, so that
// those of the other files are told, too.
func asFaults(err error) (fault.List, bool) {
	return errors.AsType[fault.List](err)
}

// countOf gives a number of things: "1 file", "3 files".
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
