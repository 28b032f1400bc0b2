package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"frontdesk/internal/fault"
)

// Bounds of an archive. They hold for what it claims; archive/zip itself stops
// a file that unpacks to more than it claims.
const (
	maxUnpacked  = 1 << 30  // bytes of all files together
	maxDirectory = 32 << 20 // bytes of the list of files, read before anything can be counted
	maxRatio     = 200      // bytes out of one byte; text packs to a fifth, and what is emptier is made to harm
	freeRatio    = 1 << 20  // bytes to which the ratio does not apply: a small file of one letter harms nobody
)

// isZip says whether the bytes begin as an archive does.
func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// unzip gives the archive that a file of the source is as a source of its own,
// a folder, and what closes it. An archive that is not plain is refused with
// every fault: names that leave the folder, links, passwords, and more or
// larger files than can be meant.
func (in *input) unzip(ctx context.Context, name string) (Source, func() error, error) {
	title := in.title(name)
	f, err := openPlain(in.Files, name)
	if err != nil {
		return Source{}, nil, fmt.Errorf("reading %s: %w", title, err)
	}
	closing := f.Close
	at, size, err := in.readerAt(ctx, f, name)
	if err == nil {
		var files fs.FS
		if files, err = openZip(at, size, title); err == nil {
			return Source{Name: in.title(name), Files: files, Path: ".", Progress: in.Progress}, closing, nil
		}
	}
	return Source{}, nil, errors.Join(err, closing())
}

// readerAt gives what an archive is read from: the file itself, or where that
// cannot be (a file inside of an archive), its bytes.
func (in *input) readerAt(ctx context.Context, f fs.File, name string) (io.ReaderAt, int64, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", in.title(name), err)
	}
	if info.Size() > maxFile {
		return nil, 0, tooLarge(in.title(name), maxFile, "split it")
	}
	if at, ok := f.(io.ReaderAt); ok {
		return at, info.Size(), nil
	}
	data, err := in.data(ctx, name, maxText)
	return bytes.NewReader(data), int64(len(data)), err
}

// openZip gives an archive as a file system, if it is plain.
func openZip(r io.ReaderAt, size int64, title string) (fs.FS, error) {
	listing := &firstBytes{r: r, left: maxDirectory}
	z, err := zip.NewReader(listing, size)
	switch {
	case errors.Is(err, errDirectory):
		return nil, fault.List{{File: title, What: "the archive's list of files is too long", Do: "split it"}}
	case errors.Is(err, zip.ErrInsecurePath): // Told below, name by name.
	case err != nil:
		return nil, fault.List{{File: title, What: "this is no whole zip archive: " + err.Error(), Do: "export or download it again"}}
	}
	listing.open = true
	var faults fault.List
	bad := func(f *zip.File, what, do string) {
		faults.Add(fault.Fault{File: title, What: fmt.Sprintf("%q %s", shown(f.Name), what), Do: do})
	}
	const remade = "import only archives that you trust"
	var total uint64
	seen := map[string]bool{}
	for i, f := range z.File {
		if i >= maxFiles {
			faults.Add(fault.Fault{File: title, What: fmt.Sprintf("the archive holds more than %d files", maxFiles), Do: "split it"})
			break
		}
		f.Name = strings.ReplaceAll(f.Name, `\`, "/") // As some programs of Windows write it.
		clean := strings.TrimSuffix(f.Name, "/")
		total += min(f.UncompressedSize64, maxUnpacked+1)
		switch {
		case len(f.Name) > maxName || strings.Count(f.Name, "/") > maxDepth:
			bad(f, "is too long or too deep a name", remade)
		case !fs.ValidPath(clean) || clean == "." || strings.Contains(path.Clean(clean), ":"):
			bad(f, "leaves the folder", remade)
		case f.Mode()&fs.ModeType != 0 && !f.Mode().IsDir():
			bad(f, "is a link or a device", remade)
		case f.Flags&0x1 != 0:
			bad(f, "is locked with a password", "pack it again without one")
		case seen[clean] && !f.Mode().IsDir():
			bad(f, "is there twice", remade)
		case f.UncompressedSize64 > freeRatio && f.UncompressedSize64/maxRatio > f.CompressedSize64:
			bad(f, fmt.Sprintf("claims to unpack to more than %d times its size", maxRatio), remade)
		}
		seen[clean] = true
		if total > maxUnpacked {
			faults.Add(fault.Fault{File: title, What: fmt.Sprintf("the archive unpacks to more than %d MiB", maxUnpacked>>20), Do: "split it"})
			break
		}
	}
	faults.Sort()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return z, nil
}

// shown shortens a name for a fault.
func shown(name string) string {
	if r := []rune(name); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return name
}

var errDirectory = errors.New("too many bytes")

// firstBytes reads no more than a number of bytes until it is open.
type firstBytes struct {
	r    io.ReaderAt
	left int64
	open bool
}

func (l *firstBytes) ReadAt(p []byte, at int64) (int, error) {
	if !l.open {
		if l.left -= int64(len(p)); l.left < 0 {
			return 0, errDirectory
		}
	}
	return l.r.ReadAt(p, at)
}
