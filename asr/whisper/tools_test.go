//go:build linux || darwin

package whisper

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// toolsFolder gives a copy of the scripts that build the library, which keep what they
// make beside them.
func toolsFolder(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "tools"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"whisper.sh", "whisper.mk", "whisper-cpu.c"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "tools", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "tools", name), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// script runs tools/whisper.sh with nothing of this process's own environment that it
// looks at.
func script(t *testing.T, root string, env []string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command("bash", append([]string{filepath.Join(root, "tools", "whisper.sh")}, args...)...)
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "WHISPER_SRC", "PKG_CONFIG", "PKG_CONFIG_PATH", "CGO_ENABLED", "GOFLAGS", "GOOS", "GOARCH", "CPATH", "LIBRARY_PATH":
		default:
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	got, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(got), cmd.ProcessState.ExitCode()
}

// TestLibraryMissing: where the library cannot be had, the script says why in one line,
// and with --try that is no failure.
func TestLibraryMissing(t *testing.T) {
	if Built {
		t.Skip("the tests without whisper.cpp try it")
	}
	root := toolsFolder(t)
	source := func(name, project string) string {
		dir := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Join(dir, "include"), 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{"include/whisper.h": "// nothing\n", "CMakeLists.txt": project} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	old, unknown := source("old", "project(\"whisper.cpp\" VERSION 1.8.3)\n"), source("unknown", "")
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
		want string
	}{
		"no folder":      {[]string{"WHISPER_SRC=" + root + "/none"}, nil, 1, "whisper: there is no folder WHISPER_SRC=" + root + "/none\n"},
		"tried":          {[]string{"WHISPER_SRC=" + root + "/none"}, []string{"--try"}, 0, "none; WITHOUT recognition by whisper.cpp\n"},
		"another folder": {[]string{"WHISPER_SRC=" + root + "/tools"}, nil, 1, "does not hold the source of whisper.cpp: no include/whisper.h\n"},
		"an old version": {[]string{"WHISPER_SRC=" + old}, nil, 1, "holds whisper.cpp 1.8.3; it takes 1.9.1 or newer\n"},
		"no version":     {[]string{"WHISPER_SRC=" + unknown}, nil, 1, "holds whisper.cpp of no known version; it takes 1.9.1 or newer\n"},
		"without C":      {[]string{"CGO_ENABLED=0"}, []string{"--try"}, 0, "CGO_ENABLED=0 keeps C out of the program; WITHOUT"},
		"no compiler":    {[]string{"CXX=no-such-compiler"}, nil, 1, "whisper: there is no C++ compiler here"},
		"not built":      {nil, []string{"--env"}, 1, "whisper: it is not built yet: make whisper\n"},
		"wrong use":      {nil, []string{"--with"}, 2, "usage: tools/whisper.sh"},
		"plain":          {[]string{"GOFLAGS=-v"}, []string{"--with", "sh", "-c", "echo $GOFLAGS"}, 0, "-v\n"},
	} {
		out, code := script(t, root, c.env, c.args...)
		if code != c.code || !strings.Contains(out, c.want) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: code %d, %q; want %d, %q", name, code, out, c.code, c.want)
		}
	}
}

// TestLibraryOfTheSystem: one that pkg-config knows is taken before one is built. The one
// of bin/cache stands for it.
func TestLibraryOfTheSystem(t *testing.T) {
	if !Built {
		t.Skip("the tests with whisper.cpp try it")
	}
	if testing.Short() {
		t.Skip("it links programs")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", "bin", "cache", "whisper", runtime.GOOS+"-"+runtime.GOARCH))
	if err != nil {
		t.Fatal(err)
	}
	stamp, err := os.ReadFile(filepath.Join(built, "STAMP"))
	if err != nil || strings.HasPrefix(string(stamp), "system") {
		t.Skip("no library of tools/whisper.sh is here: make whisper")
	}
	if _, err := exec.LookPath("pkg-config"); err != nil {
		t.Skip("there is no pkg-config here")
	}
	root := toolsFolder(t)
	pc := "Name: whisper\nDescription: for a test\nVersion: 1.9.2\nLibs: -L" + built + "/lib -lwhisper -lstdc++\nCflags: -I" + built + "/include\n"
	if err := os.WriteFile(filepath.Join(root, "whisper.pc"), []byte(pc), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"PKG_CONFIG_PATH=" + root}
	if out, code := script(t, root, env); code != 0 {
		t.Fatalf("code %d, %s", code, out)
	}
	out, code := script(t, root, nil, "--env")
	if code != 0 || !strings.Contains(out, "export CPATH="+built+"/include:") || !strings.Contains(out, "export LIBRARY_PATH="+built+"/lib:") {
		t.Errorf("code %d, %s", code, out)
	}
	out, code = script(t, root, []string{"GOFLAGS=-v"}, "--with", "sh", "-c", "echo $GOFLAGS; echo $CGO_ENABLED")
	if code != 0 || out != "-v -tags=whisper\n1\n" {
		t.Errorf("code %d, %q", code, out)
	}
	for _, other := range []string{"GOOS=plan9", "CGO_ENABLED=0"} {
		if out, _ := script(t, root, []string{other}, "--with", "sh", "-c", "echo [$GOFLAGS]"); out != "[]\n" {
			t.Errorf("%s: %q", other, out)
		}
	}
	// A folder that is named comes first.
	if out, code := script(t, root, append(env, "WHISPER_SRC="+root+"/none")); code == 0 {
		t.Errorf("the system's is taken: %s", out)
	}
}
