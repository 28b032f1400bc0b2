//go:build cgo && linux

package ort_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"frontdesk/internal/ort"
	"frontdesk/internal/ort/orttest"
)

// The tests of where the library is looked for run the test's own binary anew,
// as the library of a process and the place of its program do not change.
const asked = "FRONTDESK_TEST_ORT_OPEN"

func TestMain(m *testing.M) {
	if os.Getenv(asked) != "" {
		os.Exit(open())
	}
	if os.Getenv(broken) != "" {
		os.Exit(openBroken())
	}
	if os.Getenv(remembered) != "" {
		os.Exit(openAgain())
	}
	os.Exit(m.Run())
}

// open says which library is found.
func open() int {
	c := ort.DefaultConfig()
	c.Library = os.Getenv(asked)
	if c.Library == "none" {
		c.Library = ""
	}
	r, err := ort.Open(c)
	if err != nil {
		os.Stdout.WriteString(err.Error())
		return 0
	}
	os.Stdout.WriteString("found " + r.Version() + " " + r.Library())
	if err := r.Close(); err != nil {
		return 1
	}
	return 0
}

// ask runs a copy of the test in a folder, with the configuration and the
// environment naming a library, or not.
func ask(t *testing.T, program, config, environment string) string {
	t.Helper()
	if config == "" {
		config = "none"
	}
	c := exec.Command(program)
	c.Dir = filepath.Dir(program)
	// The race detector would have every process sleep for a second at its end.
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", asked+"="+config, "FRONTDESK_ONNXRUNTIME="+environment, "LD_LIBRARY_PATH=")
	var out strings.Builder
	c.Stdout = &out // the library itself may write to stderr
	if err := c.Run(); err != nil {
		t.Fatalf("opening the library ended the program: %v", err)
	}
	return out.String()
}

// program puts the test's binary into a folder of its own.
func program(t *testing.T) string {
	t.Helper()
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t), "frontdesk")
	copyFile(t, me, path)
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// folder is one with no symbolic link in its path.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLookup: configuration, environment, beside the program, the cache.
func TestLookup(t *testing.T) {
	r := orttest.Open(t)
	frontdesk := program(t)
	link := func(path string) string { // the same library at other places, without copying it
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		real, err := filepath.EvalSymlinks(r.Library())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(real, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dir := folder(t)
	configured, environment := link(filepath.Join(dir, "a", "libonnxruntime.so")), link(filepath.Join(dir, "b", "libonnxruntime.so.1"))
	found := "found " + r.Version() + " "
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s\nwant %s", what, got, want)
		}
	}

	if hidden := ask(t, frontdesk, "", "off"); !strings.Contains(hidden, "switched off by $FRONTDESK_ONNXRUNTIME") {
		t.Errorf("switched off: %s", hidden)
	}
	expect("named although it is switched off", ask(t, frontdesk, configured, "off"), found+configured)
	if none := ask(t, frontdesk, "", ""); !strings.HasPrefix(none, "found ") { // the system may have one
		for _, want := range []string{
			"ONNX Runtime was not found; looked at: ",
			"beside the program (" + filepath.Dir(frontdesk) + "): there is no libonnxruntime.so in it",
			"the cache of `make onnxruntime` (" + filepath.Join(filepath.Dir(frontdesk), "cache", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH) + "): no such file or directory",
			"the system (libonnxruntime.so.1)", "the system (libonnxruntime.so)",
			"run `make onnxruntime` in the folder of frontdesk's source, or name the library in onnxruntime.library or $FRONTDESK_ONNXRUNTIME",
		} {
			if !strings.Contains(none, want) {
				t.Errorf("the error lacks %q: %s", want, none)
			}
		}
	}
	cache := link(filepath.Join(filepath.Dir(frontdesk), "cache", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH, "libonnxruntime.so.1"))
	expect("the cache", ask(t, frontdesk, "", ""), found+cache)
	beside := link(filepath.Join(filepath.Dir(frontdesk), "libonnxruntime.so.1"))
	expect("beside the program", ask(t, frontdesk, "", ""), found+beside)
	link(filepath.Join(filepath.Dir(frontdesk), "libonnxruntime.so.1.9.0"))
	newer := link(filepath.Join(filepath.Dir(frontdesk), "libonnxruntime.so.1.31.0"))
	expect("the newer of two", ask(t, frontdesk, "", ""), found+newer)
	plain := link(filepath.Join(filepath.Dir(frontdesk), "libonnxruntime.so"))
	link(filepath.Join(filepath.Dir(frontdesk), "libonnxruntime_providers_shared.so"))
	expect("the plain name", ask(t, frontdesk, "", ""), found+plain)
	expect("the environment, a file", ask(t, frontdesk, "", environment), found+environment)
	expect("the environment, a folder", ask(t, frontdesk, "", filepath.Dir(environment)), found+environment)
	expect("a bare name, in the working folder", ask(t, frontdesk, "", filepath.Base(beside)), found+beside)
	expect("the configuration", ask(t, frontdesk, configured, environment), found+configured)
	expect("the configuration, a folder", ask(t, frontdesk, filepath.Dir(configured), environment), found+configured)

	// What was named is never replaced by another.
	missing := filepath.Join(dir, "missing.so")
	const mend = "; run `make onnxruntime` in the folder of frontdesk's source, or name the library in onnxruntime.library or $FRONTDESK_ONNXRUNTIME"
	expect("a wrong configuration", ask(t, frontdesk, missing, environment),
		"ONNX Runtime cannot be loaded: onnxruntime.library ("+missing+"): no such file or directory"+mend)
	expect("a wrong environment", ask(t, frontdesk, "", missing),
		"ONNX Runtime cannot be loaded: $FRONTDESK_ONNXRUNTIME ("+missing+"): no such file or directory"+mend)
}

// TestWrongLibrary: what is no library that will do has an error of its own.
func TestWrongLibrary(t *testing.T) {
	dir := folder(t)
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		write("empty.so", ""):                                               "it is empty",
		write("text.so", "this is no library"):                              "it is no shared library of this system, or it is cut off",
		write("short.so", "\x7fELF"):                                        "it is no shared library of this system, or it is cut off",
		write("zero.so", "\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 200)): "it is no shared library of this system, or it is cut off",
		dir:                                 "there is no libonnxruntime.so in it",
		me:                                  "it is ", // a program, and not ONNX Runtime
		filepath.Join(dir, "empty.so", "x"): "not a directory",
		"/dev/null":                         "it is no file",
	}
	if libm := systemLibrary(t, "libm.so.6"); libm != "" {
		cases[libm] = "it is a shared library, but not ONNX Runtime"
	}
	if gcc, err := exec.LookPath("gcc"); err == nil {
		cases[fakeLibrary(t, gcc, dir, "1.20.0")] = "it is ONNX Runtime 1.20.0, which is too old; at least 1.24 is needed"
		cases[fakeLibrary(t, gcc, dir, "1.99.1")] = "it is ONNX Runtime 1.99.1, but lacks version 24 of the C API"
		cases[fakeLibrary(t, gcc, dir, "2.0.0")] = `it says that it is ONNX Runtime "2.0.0", which is not known here; at least 1.24 is needed`
		cases[fakeLibrary(t, gcc, dir, "nonsense")] = `it says that it is ONNX Runtime "nonsense"`
	}
	for path, want := range cases {
		if got := ask(t, me, path, ""); !strings.HasPrefix(got, "ONNX Runtime cannot be loaded: onnxruntime.library ("+path+"): "+want) {
			t.Errorf("%s: %s\nwant %s", path, got, want)
		}
	}

	if testing.Short() {
		return // the rest copies the library
	}
	real := orttest.Open(t).Library()
	content, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		content    []byte
	}{
		{"half.so", "it is no shared library of this system, or it is cut off", content[:len(content)/2]},
		{"almost.so", "it is no shared library of this system, or it is cut off", content[:len(content)*9/10]},
		{"other.so", "it is for EM_S390, and this program is for " + runtime.GOARCH, otherMachine(content)},
	} {
		path := write(c.name, string(c.content))
		if got := ask(t, me, path, ""); !strings.Contains(got, path+"): "+c.want) {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

// otherMachine makes a library one for S/390.
func otherMachine(library []byte) []byte {
	l := append([]byte(nil), library...)
	l[18], l[19] = 22, 0 // e_machine
	return l
}

func systemLibrary(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"} {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// fakeLibrary builds a library that says it is a version of ONNX Runtime and has
// no C API of any version.
func fakeLibrary(t *testing.T, gcc, dir, version string) string {
	t.Helper()
	source, library := filepath.Join(dir, version+".c"), filepath.Join(dir, "lib"+version+".so")
	const text = `
#include <stdint.h>
#include <stddef.h>
static const void *api(uint32_t version) { return NULL; }
static const char *version(void) { return VERSION; }
static const struct { const void *(*api)(uint32_t); const char *(*version)(void); } base = {api, version};
const void *OrtGetApiBase(void) { return &base; }
`
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-shared", "-fPIC", `-DVERSION="`+version+`"`, "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return library
}
