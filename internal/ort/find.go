package ort

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// environment names the variable that says where the library is.
const environment = "FRONTDESK_ONNXRUNTIME"

// off, as the value of the variable, has the library not looked for.
const off = "off"

var errOff = errors.New("ONNX Runtime is switched off by $" + environment + "=" + off)

// How to get the library where it is not found.
const remedy = "run `make onnxruntime` in the folder of frontdesk's source, " +
	"or name the library in onnxruntime.library or $" + environment

// A place is where the library may be.
type place struct {
	what   string // for people
	path   string // a file or a folder
	system bool   // path is a name that the system's loader looks up
}

// places gives where to look for the library, in order. What the owner named is
// the only place: another library in its stead would hide the mistake.
func places(c Config) []place {
	if c.Library != "" {
		return []place{{what: "onnxruntime.library", path: c.Library}}
	}
	if named := os.Getenv(environment); named != "" {
		return []place{{what: "$" + environment, path: named}}
	}
	var all []place
	if program, err := os.Executable(); err == nil { // without it there is no "beside"
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
		folder := filepath.Dir(program)
		all = append(all, place{what: "beside the program", path: folder},
			place{what: "the cache of `make onnxruntime`", path: filepath.Join(folder, "cache", "onnxruntime", platform())})
	}
	for _, name := range systemNames() {
		all = append(all, place{what: "the system", path: name, system: true})
	}
	return all
}

// Named says whether the library was named, in the configuration or in
// $FRONTDESK_ONNXRUNTIME: that it cannot be loaded is then a mistake. Otherwise it
// is only looked for.
func (c Config) Named() bool {
	named := os.Getenv(environment)
	return c.Library != "" || named != "" && named != off
}

// switchedOff says whether the library is not to be looked for.
func switchedOff(c Config) bool { return c.Library == "" && os.Getenv(environment) == off }

// platform names the folder of the cache that is for this program.
func platform() string { return runtime.GOOS + "-" + runtime.GOARCH }

// systemNames are what the system's own loader is asked for.
func systemNames() []string {
	switch runtime.GOOS {
	case "windows":
		// Windows itself brings an old onnxruntime.dll in System32, which its
		// loader would find: the library is looked for in the other places only.
		return nil
	case "darwin":
		return []string{"libonnxruntime.dylib"}
	}
	return []string{"libonnxruntime.so.1", "libonnxruntime.so"}
}

// library gives the library's file at a path, which may be a folder. It is
// absolute: the system's loader would look a bare name up in its own folders.
func library(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", brief(err)
	}
	if !info.IsDir() {
		return path, nil
	}
	pattern, exact := "libonnxruntime.so*", "libonnxruntime.so"
	switch runtime.GOOS {
	case "windows":
		pattern, exact = "onnxruntime.dll", "onnxruntime.dll"
	case "darwin":
		pattern, exact = "libonnxruntime.*dylib", "libonnxruntime.dylib"
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", brief(err)
	}
	var found []string
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok { // the pattern is well formed
			found = append(found, e.Name())
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("there is no %s in it", exact)
	}
	if slices.Contains(found, exact) {
		return filepath.Join(path, exact), nil
	}
	// The latest: 1.30.0 comes after 1.9.0, and 1 is but a link to either.
	return filepath.Join(path, slices.MaxFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})), nil
}

// brief takes the path off an error: it stands beside it already.
func brief(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// search loads the first library that is found and is one. The error lists
// every place and what was there.
func search(c Config, load func(path string) error) error {
	var said []string
	all := places(c)
	for _, p := range all {
		file, err := p.path, error(nil)
		if !p.system {
			file, err = library(p.path)
		}
		if err == nil {
			if err = load(file); err == nil {
				return nil
			}
		}
		at := p.path
		if file != "" {
			at = file
		}
		said = append(said, fmt.Sprintf("%s (%s): %v", p.what, at, err))
	}
	if len(said) == 1 {
		return fmt.Errorf("ONNX Runtime cannot be loaded: %s; %s", said[0], remedy)
	}
	return fmt.Errorf("ONNX Runtime was not found; looked at: %s; %s", strings.Join(said, "; "), remedy)
}
