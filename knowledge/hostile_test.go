package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/knowledge"
)

// write writes files below a new folder and gives it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func item(id string) string {
	return fmt.Sprintf("format: 1\nfaq: [{id: %s, question: Q %s?, answer: A.}]\n", id, id)
}

// TestLargeFile holds that a file of 50 MB is refused without being read.
func TestLargeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "large.yaml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(50 << 20); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{"large.yaml"}})
	runtime.ReadMemStats(&after)
	if got := faultsOf(t, err).Error(); !strings.HasSuffix(got, "large.yaml: it is larger than 16 MiB; split the file") {
		t.Error(got)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 5<<20 {
		t.Errorf("%d bytes were allocated", spent)
	}
}

// TestLargeBase holds that many files that are each small enough are refused
// together.
func TestLargeBase(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long with the race detector")
	}
	fsys := fstest.MapFS{}
	filler := []byte("format: 1\n#" + strings.Repeat("x", 15<<20))
	for i := range 6 {
		fsys[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: filler}
	}
	_, err := knowledge.Load(t.Context(), knowledge.Options{FS: fsys, Paths: []string{"."}})
	if got := faultsOf(t, err).Error(); got != "4.yaml: with it the base is larger than 64 MiB; make two bases of it" {
		t.Error(got)
	}
}

func TestManyPhrasings(t *testing.T) {
	if testing.Short() {
		t.Skip("does one thing at a time")
	}
	var b strings.Builder
	b.WriteString("format: 1\nfaq:\n  - {id: a, question: Q, answer: A, alternatives: [")
	for i := range 200_000 {
		fmt.Fprintf(&b, "q%d,", i)
	}
	b.WriteString("]}\n")
	_, err := load(t, map[string]string{"a.yaml": b.String()}, "a.yaml")
	if got := faultsOf(t, err).Error(); got != "the base has 200001 phrasings; at most 200000 are allowed; make two bases of it" {
		t.Error(got)
	}
}

// TestHostileFiles holds what is said of files that are not what they seem.
func TestHostileFiles(t *testing.T) {
	bomb := "format: 1\nfaq:\n - &a {id: &i [x, x, x, x, x, x, x, x, x, x]}\n"
	for c := 'b'; c < 'l'; c++ {
		bomb += fmt.Sprintf(" - &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	ways := strings.Repeat("(a|b)", 40) // 2^40 ways to expand it
	for _, c := range []struct{ name, in, want string }{
		{"not UTF-8", "format: 1\nfaq: [{id: a, question: caf\xe9, answer: x}]", "a.yaml:2:28: the byte 0xE9 is not UTF-8; save the file as UTF-8"},
		{"UTF-16", "\xff\xfef\x00o\x00", "a.yaml:1:1: the file is UTF-16; save the file as UTF-8"},
		{"a YAML bomb", bomb, "stand for more than"},
		{"a long id", "format: 1\nfaq: [{id: " + strings.Repeat("x", 10_000) + ", question: Q, answer: A}]", "x…\" has 10000 bytes; at most 200 are allowed; shorten it"},
		{"a control character in an id", "format: 1\nfaq: [{id: \"a\\u0007b\", question: Q, answer: A}]", "holds a control character"},
		{"nested brackets", "format: 1\ncommands: [{id: a, say: '" + strings.Repeat("[", 3000) + "', reply: x}]", "a sentence: "},
		{"a rule within itself", "format: 1\nrules: {a: x <b>, b: y <a>}\ncommands: [{id: a, say: do <a>, reply: x}]", "contains itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, map[string]string{"a.yaml": c.in}, "a.yaml")
			if got := faultsOf(t, err).Error(); !strings.Contains(got, c.want) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("a template with 2^40 expansions", func(t *testing.T) {
		b, err := load(t, map[string]string{"a.yaml": "format: 1\ncommands: [{id: a, say: \"" + ways + "\", reply: x}]"}, "a.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(b.Entries[0].Phrasings()); n == 0 || n > 25 {
			t.Errorf("%d phrasings", n)
		}
	})
}

func TestUnreadable(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": item("a"), "empty/x.txt": "", "link/b.yaml": item("b")})
	for name, target := range map[string]string{"self.yaml": "self.yaml", "gone.yaml": "nowhere", "link/loop": "..", "folder.yaml": "link"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{
		".", "missing.yaml", "missing/*.yaml", "empty", "[a-", "*.md"}})
	got := strings.ReplaceAll(faultsOf(t, err).Error(), dir, "DIR")
	golden(t, "unreadable", got+"\n")

	// Links that lead in circles and to folders are passed over in a folder,
	// but a link to a file is read, once.
	dir = write(t, map[string]string{"a.yaml": item("a"), "sub/b.yaml": item("b")})
	for name, target := range map[string]string{"sub/up": "..", "c.yaml": "a.yaml", "all": "sub"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{".", "**/*.yaml", "all"}})
	if err != nil || len(b.Entries) != 2 {
		t.Errorf("%v, %v", b, err)
	}
}

// TestPermission needs a user whom permissions hold back.
func TestPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may read everything")
	}
	dir := write(t, map[string]string{"a.yaml": item("a")})
	if err := os.Chmod(filepath.Join(dir, "a.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{"a.yaml"}})
	if got := faultsOf(t, err).Error(); !strings.Contains(got, "cannot be read: permission denied") {
		t.Error(got)
	}
}

// TestOutside holds that a file system is not left.
func TestOutside(t *testing.T) {
	_, err := load(t, map[string]string{"a/b.yaml": "format: 1\ninclude: [../../c.yaml, /etc/x.yaml, ../../*.yaml]\n"}, "a", "../x.yaml")
	golden(t, "outside", faultsOf(t, err).Error()+"\n")
}

func TestIncludeCycle(t *testing.T) {
	b, err := load(t, map[string]string{
		"a.yaml":     "include: [b/b.yaml, a.yaml]\n" + item("a"),
		"b/b.yaml":   "include: [../a.yaml, .]\n" + item("b"),
		"b/c/c.yaml": item("c"),
	}, "a.yaml", "b")
	if err != nil || len(b.Entries) != 3 || len(b.Files) != 3 {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestManyFiles(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 5000 {
		fsys[fmt.Sprintf("kb/%d/%d.yaml", i%50, i)] = &fstest.MapFile{Data: []byte(item(fmt.Sprint(i)))}
	}
	b, err := knowledge.Load(t.Context(), knowledge.Options{FS: fsys, Paths: []string{"kb"}})
	if err != nil || len(b.Entries) != 5000 {
		t.Fatal(err)
	}
	for i := range 5001 {
		fsys[fmt.Sprintf("kb/more/%d.yaml", i)] = &fstest.MapFile{Data: []byte(item(fmt.Sprintf("m%d", i)))}
	}
	_, err = knowledge.Load(t.Context(), knowledge.Options{FS: fsys, Paths: []string{"kb/**/*.yaml"}})
	if got := faultsOf(t, err).Error(); !strings.Contains(got, "more than 10000 files") {
		t.Error(got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := knowledge.Load(ctx, knowledge.Options{Dir: "testdata/good", Paths: []string{"."}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A growing file is larger when it is read than it was when it was looked at.
type growing struct{ fs.FS }

func (g growing) Open(name string) (fs.File, error) {
	f, err := g.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".yaml") {
		return f, err
	}
	return growingFile{f}, nil
}

type growingFile struct{ fs.File }

func (growingFile) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '#'
	}
	return len(p), nil
}

func TestFileThatGrows(t *testing.T) {
	_, err := knowledge.Load(t.Context(), knowledge.Options{FS: growing{fstest.MapFS{"a.yaml": {Data: []byte("x")}}}, Paths: []string{"a.yaml"}})
	if got := faultsOf(t, err).Error(); !strings.Contains(got, "larger than 16 MiB") {
		t.Error(got)
	}
}

// TestFileThatChanges holds that a file that is written while it is read makes
// at most faults.
func TestFileThatChanges(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": item("a")})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			text := item("a") + strings.Repeat("# more\n", i%5000)
			if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text[:len(text)-i%20]), 0o644); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for deadline := time.Now().Add(300 * time.Millisecond); time.Now().Before(deadline); {
		if _, err := knowledge.Load(t.Context(), knowledge.Options{Dir: dir, Paths: []string{"*.yaml"}}); err != nil {
			faultsOf(t, err)
		}
	}
	close(stop)
	<-done
}
