//go:build linux || darwin

package whisper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestLibraryFromSource: a library is made of the source that WHISPER_SRC names, anew when
// that has changed and only then, and one that is fetched is held to its sum. A make that
// copies stands for the minutes of the compiler.
func TestLibraryFromSource(t *testing.T) {
	if Built {
		t.Skip("the tests without whisper.cpp try it")
	}
	if testing.Short() {
		t.Skip("it runs many programs")
	}
	for _, tool := range []string{"cc", "c++", "ar", "ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here", tool)
		}
	}
	root := toolsFolder(t)
	src := filepath.Join(root, "src")
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(src, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("CMakeLists.txt", "project(\"whisper.cpp\" VERSION 1.9.2)\n")
	write("LICENSE", "none\n")
	write("include/whisper.h", "// none\n")
	write("ggml/include/ggml.h", "// none\n")
	write("ggml/src/ggml.c", "// none\n")
	write("src/whisper.cpp", "the first source\n")
	write("bin/make", `#!/bin/sh
for a; do case $a in SRC=*) src=${a#SRC=} ;; esac; done
if grep 'error' "$src/src/whisper.cpp"; then exit 1; fi
cp "$src/src/whisper.cpp" "$2/libwhisper.a"
`)
	// Nothing of the system's or of the network's is asked for.
	write("bin/npm", "#!/bin/sh\necho other content | gzip >nodejs-whisper.tgz\n")
	env := []string{"PKG_CONFIG=false", "PATH=" + filepath.Join(src, "bin") + ":" + os.Getenv("PATH")}
	of := append([]string{"WHISPER_SRC=" + src}, env...)

	built := filepath.Join(root, "bin", "cache", "whisper", runtime.GOOS+"-"+runtime.GOARCH)
	library := filepath.Join(built, "lib", "libwhisper.a")
	has := func(when, says string) {
		t.Helper()
		if data, err := os.ReadFile(library); err != nil || !bytes.Contains(data, []byte(says)) {
			t.Errorf("%s: the library is not of %s, %v", when, says, err)
		}
	}
	run := func(when string, env []string, code int, want string, args ...string) {
		t.Helper()
		if out, got := script(t, root, env, args...); got != code || !strings.Contains(out, want) || want == "" && out != "" {
			t.Fatalf("%s: code %d, %q; want %d, %q", when, got, out, code, want)
		}
	}
	run("first", of, 0, "whisper: building libwhisper 1.9.2, once")
	has("first", "the first source")
	for _, name := range []string{"include/whisper.h", "include/ggml.h", "lib/libggml.a", "LICENSE"} {
		if _, err := os.Stat(filepath.Join(built, name)); err != nil {
			t.Error(err)
		}
	}
	run("again", of, 0, "")
	write("src/whisper.cpp", "the second source\n")
	run("changed", of, 0, "whisper: building")
	has("changed", "the second source")
	write("src/whisper.cpp", "an error of the compiler\n")
	run("broken", of, 0, "an error of the compiler\nwhisper: it cannot be compiled here; WITHOUT recognition by whisper.cpp", "--try")
	// The one of the package takes its place again, if it is what it was.
	run("fetched", env, 1, "is not what it was: other content than the pinned", "--try")
	has("after failures", "the second source")
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(built), "build.*")); err != nil || len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}
