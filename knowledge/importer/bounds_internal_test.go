package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"frontdesk/internal/fault"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ in, want, encoding string }{
		{"a\r\nb\rc\n", "a\nb\nc\n", "UTF-8"},
		{"\ufeffgrün", "grün", "UTF-8"},
		{"gr\xfcn \x80 \x93x\x94", "grün € “x”", "Windows-1252"},
		{"\xff\xfea\x00\xfc\x00", "aü", "UTF-16"},
		{"\xfe\xff\x00a\x00\xfc", "aü", "UTF-16"},
		{"a\x00b\x00\r\x00\n\x00", "ab\n", "UTF-16"},
		{"\x00a\x00b\x00c\x00d", "abcd", "UTF-16"},
		{"", "", "UTF-8"},
	} {
		got, encoding, err := decode([]byte(c.in), "f")
		if err != nil || got != c.want || encoding != c.encoding {
			t.Errorf("%q: %q %s %v", c.in, got, encoding, err)
		}
	}
	for in, want := range map[string]string{
		"a\nb\x81":          "f:2:2: the byte 0x81 is no text; save the file as text in UTF-8",
		"ab\x00":            "f:1:3: the byte 0x00 is no text; save the file as text in UTF-8",
		"\xff\xfea":         "f: the file is no whole UTF-16 text; save it as UTF-8",
		"\xff\xfe\x00\xd8":  "f: the file is no whole UTF-16 text; save it as UTF-8",
		"\xe4\x01 no \xfft": "f:1:2: the byte 0x01 is no text; save the file as text in UTF-8",
	} {
		if text, _, err := decode([]byte(in), "f"); err == nil || err.Error() != want {
			t.Errorf("%q: %q %v", in, text, err)
		}
	}
}

func TestInputIsBounded(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: bytes.Repeat([]byte("x"), 100)}, "pipe": {Mode: fs.ModeNamedPipe}}
	in := newInput(Source{Name: "a.txt", Files: files, Path: "a.txt"})
	if data, err := in.data(t.Context(), "a.txt", 100); err != nil || len(data) != 100 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := in.data(t.Context(), "a.txt", 99); err == nil || err.Error() != "a.txt: the file is larger than 0 MiB; split it" {
		t.Errorf("a file over the limit: %v", err)
	}
	growing := newInput(Source{Name: "g", Files: growingFS{}, Path: "g"})
	if _, err := growing.data(t.Context(), "g", 5000); err == nil || !strings.Contains(err.Error(), "is larger") {
		t.Errorf("a file that grows: %v", err)
	}
	if _, err := in.data(t.Context(), "pipe", 100); !errors.Is(err, errNotPlain) {
		t.Errorf("a pipe: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.data(ctx, "a.txt", 100); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// growingFS holds a file that claims to be empty and never ends.
type growingFS struct{}

func (growingFS) Open(string) (fs.File, error)          { return endless{}, nil }
func (growingFS) Stat(name string) (fs.FileInfo, error) { return fstest.MapFS{name: {}}.Stat(name) }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }
func (endless) Stat() (fs.FileInfo, error) { return growingFS{}.Stat("g") }

func TestFilesOfFolder(t *testing.T) {
	files := fstest.MapFS{"b/c.md": {Data: []byte("12")}, "a.md": {Data: []byte("123")}, ".git/x.md": {}, "b/.h.md": {}, "b/d.txt": {}, "link.md": {Mode: fs.ModeSymlink}}
	in := newInput(Source{Name: "docs", Files: files, Path: "."})
	names, err := in.files(t.Context(), func(name string) bool { return strings.HasSuffix(name, ".md") })
	if err != nil || strings.Join(names, " ") != "a.md b/c.md" || in.total != 5 {
		t.Errorf("%q %v, %d bytes", names, err, in.total)
	}
	if got := in.title("b/c.md"); got != "docs/b/c.md" {
		t.Error(got)
	}
	deep := fstest.MapFS{strings.Repeat("a/", 40) + "x.md": {}}
	if _, err := newInput(Source{Name: "docs", Files: deep, Path: "."}).files(t.Context(), func(string) bool { return true }); err == nil || !strings.Contains(err.Error(), "more than 32 deep") {
		t.Errorf("deep folders: %v", err)
	}
}

// zipOf packs entries, with what a header claims changed by edit.
func zipOf(t *testing.T, edit func(*zip.FileHeader), names ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: 1, UncompressedSize64: 1}
		if edit != nil {
			edit(h)
		}
		w, err := z.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil && !strings.HasSuffix(name, "/") {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestHostileArchives(t *testing.T) {
	open := func(data []byte) (fs.FS, error) { return openZip(bytes.NewReader(data), int64(len(data)), "a.zip") }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"dots":      {zipOf(t, nil, "ok", "../../etc/passwd"), `"../../etc/passwd" leaves the folder`},
		"root":      {zipOf(t, nil, "/etc/passwd"), `"/etc/passwd" leaves the folder`},
		"backslash": {zipOf(t, nil, `..\evil.txt`), `"../evil.txt" leaves the folder`},
		"drive":     {zipOf(t, nil, "C:/x"), `"C:/x" leaves the folder`},
		"link":      {zipOf(t, func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }, "l"), `"l" is a link or a device`},
		"password":  {zipOf(t, func(h *zip.FileHeader) { h.Flags |= 1 }, "p"), `"p" is locked with a password`},
		"twice":     {zipOf(t, nil, "a", "a"), `"a" is there twice`},
		"deep":      {zipOf(t, nil, strings.Repeat("d/", 40)+"x"), "too long or too deep"},
		"huge":      {zipOf(t, func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 30 }, "a", "b"), "unpacks to more than 1024 MiB"},
		"largest":   {zipOf(t, func(h *zip.FileHeader) { h.UncompressedSize64 = math.MaxUint64 }, "a", "b"), "unpacks to more than 1024 MiB"},
		"ratio":     {zipOf(t, func(h *zip.FileHeader) { h.UncompressedSize64 = 100 << 20 }, "a"), `"a" claims to unpack to more than 200 times its size`},
		"cut off":   {zipOf(t, nil, "a")[:20], "this is no whole zip archive"},
		"no zip":    {[]byte("PK\x03\x04 and no more"), "this is no whole zip archive"},
	} {
		_, err := open(c.data)
		if _, ok := errors.AsType[fault.List](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	files, err := open(zipOf(t, nil, `dir\file.txt`, "other/"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(files, "dir/file.txt"); err != nil {
		t.Error(err)
	}
	// What unpacks to more than it claims ends where it claims to.
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create("liar")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 10<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := bytes.ReplaceAll(buf.Bytes(), []byte{0, 0, 0xa0, 0}, []byte{1, 0, 0, 0}) // 10 MiB → 1 byte
	if bytes.Equal(data, buf.Bytes()) {
		t.Fatal("the size stands nowhere")
	}
	if files, err = open(data); err != nil {
		t.Fatal(err)
	}
	f, err := files.Open("liar")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := io.Copy(io.Discard, f); err == nil || n > 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestArchiveOfManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	names := make([]string, maxFiles+1)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	data := zipOf(t, nil, names...)
	if _, err := openZip(bytes.NewReader(data), int64(len(data)), "a.zip"); err == nil || !strings.Contains(err.Error(), "more than 100000 files") {
		t.Error(err)
	}
	data = zipOf(t, func(h *zip.FileHeader) { h.Comment = strings.Repeat("x", 60_000) }, names[:600]...)
	if _, err := openZip(bytes.NewReader(data), int64(len(data)), "a.zip"); err == nil || !strings.Contains(err.Error(), "list of files is too long") {
		t.Error(err)
	}
}

func FuzzOpenZip(f *testing.F) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range []string{"a", "b/c.txt"} {
		w, err := z.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := io.WriteString(w, strings.Repeat(name, 100)); err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := openZip(bytes.NewReader(data), int64(len(data)), "a.zip")
		if err != nil {
			if _, ok := errors.AsType[fault.List](err); !ok {
				t.Fatal(err)
			}
			return
		}
		in := newInput(Source{Name: "a.zip", Files: files, Path: "."})
		names, err := in.files(t.Context(), func(string) bool { return true })
		if err != nil {
			return
		}
		for _, name := range names {
			if !fs.ValidPath(name) {
				t.Errorf("%q", name)
			}
			_, _ = in.data(t.Context(), name, 1<<20) // Damaged ones are errors.
		}
	})
}
