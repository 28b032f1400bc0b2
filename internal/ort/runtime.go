//go:build cgo

package ort

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// environment of the process: ONNX Runtime has one, and so has the binding.
var env struct {
	sync.Mutex
	users   int // runtimes and sessions that are open
	file    string
	version string
}

// A Runtime is ONNX Runtime, loaded and with its environment open. It is safe
// for concurrent use.
type Runtime struct {
	config  Config
	file    string
	version string
	closed  bool // guarded by env
}

// Open finds ONNX Runtime, loads it and opens its environment, of which a
// process has one: a second Open shares it. It looks for the library at
// c.Library, or else at what $FRONTDESK_ONNXRUNTIME names (each a file or a
// folder), or else beside the program, in the folder
// cache/onnxruntime/<goos>-<goarch> beside it, which `make onnxruntime` fills,
// and where the system keeps libraries. The error names every place that was
// looked at and what mends it. It must be closed.
func Open(c Config) (*Runtime, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if switchedOff(c) {
		return nil, errOff
	}
	env.Lock()
	defer env.Unlock()
	if env.users > 0 {
		if err := same(c); err != nil {
			return nil, err
		}
	} else if err := search(c, start); err != nil {
		return nil, err
	}
	env.users++
	return &Runtime{config: c, file: env.file, version: env.version}, nil
}

// same says that a library which was named is another than the one in use.
func same(c Config) error {
	if c.Library == "" {
		return nil
	}
	file, err := library(c.Library)
	if err != nil {
		return fmt.Errorf("ONNX Runtime cannot be loaded: onnxruntime.library (%s): %w; %s", c.Library, err, remedy)
	}
	if canonical(file) != canonical(env.file) {
		return fmt.Errorf("ONNX Runtime is in use already, from %s; a process cannot use %s besides", env.file, file)
	}
	return nil
}

// canonical gives a path as it compares with others.
func canonical(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// start loads a library and opens the environment; env is locked.
func start(path string) error {
	if filepath.IsAbs(path) { // otherwise it is for the system's loader to find
		if err := checkFile(path); err != nil {
			return err
		}
	}
	// From its first moment on the library, as of 1.30, records its use under ~/.cache, with
	// the path of the program, for a server of its makers: what is switched off below
	// comes too late for that. The name stands in the library; TestTellsNobody tries it.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return fmt.Errorf("switching its telemetry off: %w", err)
	}
	version, file, err := loadLibrary(path)
	if err != nil {
		return err
	}
	onnx.SetSharedLibraryPath(file)
	// Whatever fails is returned as an error as well; written to stderr by the
	// library, it would only be noise.
	if err := onnx.InitializeEnvironment(onnx.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("opening its environment: %w", plain(err))
	}
	if err := onnx.DisableTelemetry(); err != nil {
		return errors.Join(fmt.Errorf("switching its telemetry off: %w", err), onnx.DestroyEnvironment())
	}
	env.file, env.version = file, version
	return nil
}

// release gives up one use of the environment, and closes it after the last.
func release() error {
	env.Lock()
	defer env.Unlock()
	env.users--
	if env.users > 0 {
		return nil
	}
	if err := onnx.DestroyEnvironment(); err != nil {
		return fmt.Errorf("closing ONNX Runtime: %w", err)
	}
	return nil
}

// Version is that of the library, such as 1.30.0.
func (r *Runtime) Version() string { return r.version }

// Library is the path of the library's file.
func (r *Runtime) Library() string { return r.file }

// Provider is what computes: [CPU], [CUDA] or [CoreML].
func (r *Runtime) Provider() string { return r.config.Provider }

// Close gives the runtime up. Sessions that are open keep the environment until
// they are closed too. A second Close does nothing.
func (r *Runtime) Close() error {
	env.Lock()
	closed := r.closed
	r.closed = true
	env.Unlock()
	if closed {
		return nil
	}
	return release()
}

// use counts one more use of the environment; it is given up by release.
func (r *Runtime) use() error {
	env.Lock()
	defer env.Unlock()
	if r.closed {
		return errors.New("ONNX Runtime is closed")
	}
	env.users++
	return nil
}

// threads gives how many a session computes with.
func (r *Runtime) threads(o SessionOptions) (int, error) {
	switch {
	case o.Threads < 0 || o.Threads > maxThreads:
		return 0, fmt.Errorf("a session cannot compute with %d threads; from 0 to %d are possible", o.Threads, maxThreads)
	case o.Threads > 0:
		return o.Threads, nil
	case r.config.Threads > 0:
		return r.config.Threads, nil
	}
	return min(runtime.GOMAXPROCS(0), defaultThreads), nil
}
