package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxOutput bounds what a program may print, and maxErrors how much of the end
	// of its standard error is kept, in bytes.
	maxOutput = 256 << 10
	maxErrors = 4 << 10
	// maxSaid is how many characters of its last words are shown.
	maxSaid = 300
	// grace is how long the output of a program is read that has ended.
	grace = 500 * time.Millisecond
)

var (
	errTimeout = errors.New("its time is over")
	errTooMuch = fmt.Errorf("it printed more than %d KiB", maxOutput>>10)
)

// A program is one that recognises speech.
type program struct {
	path    string // absolute
	args    []string
	dir     string
	inherit []string
}

// input is what a program is given.
type input struct {
	wav      []byte
	file     string // of the same; empty where no program asks for one
	grammar  string // a file; empty for none
	language string
}

// find looks a program up.
func find(command []string, dir string, inherit []string) (*program, error) {
	name := command[0]
	lookup := name
	byPath := strings.ContainsAny(name, `/`+string(filepath.Separator))
	if byPath && !filepath.IsAbs(name) {
		lookup = filepath.Join(dir, name)
	}
	path, err := exec.LookPath(lookup)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the program %s may not be run; make it executable: chmod +x %s", name, lookup)
	case err != nil && byPath:
		return nil, fmt.Errorf("there is no program at %s; check the path, which counts from the folder of the configuration", lookup)
	case err != nil:
		return nil, fmt.Errorf("the program %q is not in PATH; install it, or write its path", name)
	}
	if ext := strings.ToLower(filepath.Ext(path)); runtime.GOOS == "windows" && (ext == ".bat" || ext == ".cmd") {
		return nil, fmt.Errorf("%s is run by a shell; name the program itself, or an interpreter with a script", name)
	}
	return &program{path: path, args: command[1:], dir: dir, inherit: append(slices.Clone(inherited), inherit...)}, nil
}

// run has the program hear what it is given.
func (p *program) run(ctx context.Context, in input) (answer, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, p.path, in.arguments(p.args)...)
	cmd.Dir, cmd.Env = p.dir, p.environment()
	out := &output{full: func() { stop(errTooMuch) }}
	tail := &lastWords{}
	cmd.Stdout, cmd.Stderr = out, tail
	if !slices.ContainsFunc(p.args, func(a string) bool { return strings.Contains(a, wavMark) }) {
		cmd.Stdin = bytes.NewReader(in.wav)
	}
	cmd.WaitDelay = grace
	separate(cmd)
	cmd.Cancel = func() error { return kill(cmd.Process) }
	if err := cmd.Start(); err != nil {
		return answer{}, fmt.Errorf("starting the program %s: %w", p.path, err)
	}
	err := cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) { // what it started holds its output open
		_ = kill(cmd.Process)
		err = nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return answer{}, p.failed(cause, tail)
	}
	if err != nil {
		return answer{}, p.failed(err, tail)
	}
	a, err := read(out.kept)
	if err != nil {
		return answer{}, p.failed(err, tail)
	}
	return a, nil
}

// failed says what is wrong with a program, and its last words.
func (p *program) failed(err error, tail *lastWords) error {
	if said := tail.String(); said != "" {
		return fmt.Errorf("the program %s: %w; its last words: %s", filepath.Base(p.path), err, said)
	}
	return fmt.Errorf("the program %s: %w", filepath.Base(p.path), err)
}

// arguments puts what is given into the places of the marks.
func (in input) arguments(args []string) []string {
	r := strings.NewReplacer(wavMark, in.file, grammarMark, in.grammar, languageMark, in.language)
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = r.Replace(a)
	}
	return out
}

func (p *program) environment() []string {
	env := []string{}
	for _, name := range p.inherit {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// An output keeps what a program prints, and calls full when that is too much.
type output struct {
	kept []byte
	full func()
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	if len(o.kept)+len(p) > maxOutput {
		o.full()
		return 0, errTooMuch
	}
	o.kept = append(o.kept, p...)
	return len(p), nil
}

// lastWords keeps the end of what is written.
type lastWords struct{ kept []byte }

// Write implements [io.Writer].
func (w *lastWords) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p[max(0, len(p)-maxErrors):]...)
	if extra := len(w.kept) - maxErrors; extra > 0 {
		w.kept = append(w.kept[:0], w.kept[extra:]...)
	}
	return len(p), nil
}

// String gives the last of them, quoted, on one line.
func (w *lastWords) String() string {
	runes := []rune(plain(string(w.kept)))
	if len(runes) == 0 {
		return ""
	}
	if len(runes) > maxSaid {
		return strconv.Quote("…" + string(runes[len(runes)-maxSaid:]))
	}
	return strconv.Quote(string(runes))
}
