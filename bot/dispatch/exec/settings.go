package exec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

const (
	defaultTimeout = 10 * time.Second
	defaultOutput  = 4096 // bytes
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// settings are what stands under exec: in a knowledge file.
type settings struct {
	Command []strictyaml.At[string]      `yaml:"command"`
	Dir     strictyaml.At[string]        `yaml:"dir"`
	Timeout strictyaml.At[time.Duration] `yaml:"timeout"`
	Output  strictyaml.At[int]           `yaml:"output"`
	Env     strictyaml.Map[string]       `yaml:"env"`
	Inherit []strictyaml.At[string]      `yaml:"inherit"`
	User    strictyaml.At[string]        `yaml:"user"`
}

var _ dispatch.Kind = New

// New checks the settings of a command and looks its program up.
func New(a knowledge.Action) (dispatch.Runner, fault.List) {
	s := settings{
		Timeout: strictyaml.At[time.Duration]{Value: defaultTimeout},
		Output:  strictyaml.At[int]{Value: defaultOutput},
	}
	c := checker{Reader: dispatch.NewReader(a, &s, "exec: {command: [./script.sh]}")}
	if len(c.Faults) > 0 {
		return nil, c.Faults // what could not be read is not worth checking
	}
	folder, err := filepath.Abs(filepath.Dir(a.Pos.File))
	if err != nil {
		c.Fault(nil, fmt.Sprintf("the folder of the file cannot be found: %v", err), "")
		return nil, c.Faults
	}
	c.folder = folder
	r := &runner{dir: c.dir(s.Dir), timeout: c.Timeout(s.Timeout), output: c.Limit(s.Output)}
	if len(s.Command) == 0 {
		c.Fault(nil, "the command is missing", `write command: [program, "argument", "{slot}"]`)
		return nil, c.Faults
	}
	r.program = c.program(s.Command[0])
	r.args = c.args(s.Command[1:])
	r.env = c.env(s.Env)
	r.inherit = c.inherit(s.Inherit)
	r.account = c.account(s.User)
	c.Faults.Sort()
	if len(c.Faults) > 0 {
		return nil, c.Faults
	}
	r.slots, r.redactor = c.Slots(), c.Redactor()
	return r, nil
}

// A checker reads one command's settings.
type checker struct {
	*dispatch.Reader
	folder string // of the file, absolute
}

// text reads a text that may hold slots and secrets.
func (c *checker) text(t strictyaml.At[string]) knowledge.Text {
	if strings.ContainsRune(t.Value, 0) {
		c.Fault(t.Node, "the text holds a NUL character, which no program can be given", "remove it")
	}
	if len(t.Value) > maxArgument {
		c.Fault(t.Node, fmt.Sprintf("the text is %d bytes long; at most %d can be given to a program", len(t.Value), maxArgument),
			"let the program read it from a file")
	}
	return c.Text(t)
}

// args reads the arguments after the program.
func (c *checker) args(texts []strictyaml.At[string]) []argument {
	var args []argument
	options := true
	for _, t := range texts {
		a := argument{text: c.text(t)}
		// No argument holds a NUL byte of its own, so that one in front is
		// where a slot stands.
		a.guarded = options && strings.HasPrefix(a.text.Expand(func(string) string { return "\x00" }), "\x00")
		options = options && t.Value != "--"
		args = append(args, a)
	}
	return args
}

// inherit reads which variables of ours the program sees besides.
func (c *checker) inherit(names []strictyaml.At[string]) []string {
	list := slices.Clone(inherited)
	for _, n := range names {
		if !variableName.MatchString(n.Value) {
			c.Fault(n.Node, fmt.Sprintf("%q cannot name an environment variable", strictyaml.Shorten(n.Value)),
				"use letters, digits and _, and no digit in front")
			continue
		}
		if !slices.Contains(list, n.Value) {
			list = append(list, n.Value)
		}
	}
	return list
}

// account finds the user as whom the program runs; nil for ourselves.
func (c *checker) account(t strictyaml.At[string]) *account {
	if t.Node == nil {
		return nil
	}
	name := c.Fixed(t, "user")
	if name == "" {
		if t.Value == "" {
			c.Fault(t.Node, "the user has no name", "write the name of a user of this machine, or remove the key")
		}
		return nil
	}
	a, err := findAccount(name)
	if err != nil {
		c.Fault(t.Node, fmt.Sprintf("the program cannot run as %q: %v", strictyaml.Shorten(name), err), "name another user, or remove the key")
	}
	return a
}

func (c *checker) env(vars strictyaml.Map[string]) []variable {
	var env []variable
	for _, v := range vars {
		if !variableName.MatchString(v.Key.Value) {
			c.Fault(v.Key.Node, fmt.Sprintf("%q cannot name an environment variable", v.Key.Value),
				"use letters, digits and _, and no digit in front")
		}
		env = append(env, variable{name: v.Key.Value, text: c.text(v.Value)})
	}
	return env
}

// dir finds the folder in which the program runs. Where none is written, as in
// a file that is built into the program and has no folder, what is wrong with
// it is reported of the settings as a whole.
func (c *checker) dir(t strictyaml.At[string]) string {
	dir := c.Fixed(t, "dir")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.folder, dir)
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		c.Fault(t.Node, fmt.Sprintf("the folder %s cannot be used: %v", dir, reason(err)),
			"make it, or name another under dir:; it counts from the folder of this file")
	case !info.IsDir():
		c.Fault(t.Node, dir+" is no folder", "name a folder")
	}
	return dir
}

// program finds the program.
func (c *checker) program(t strictyaml.At[string]) string {
	name := c.Fixed(t, "the program")
	if name == "" {
		if t.Value == "" {
			c.Fault(t.Node, "the program has no name", "write its name, or its path")
		}
		return ""
	}
	byPath := strings.ContainsAny(name, `/`+string(filepath.Separator))
	lookup := name
	if byPath && !filepath.IsAbs(name) {
		lookup = filepath.Join(c.folder, name)
	}
	found, err := exec.LookPath(lookup)
	if err == nil {
		found, err = filepath.Abs(found)
	}
	if err != nil {
		what, do := c.missing(name, lookup, byPath, err)
		c.Fault(t.Node, what, do)
		return ""
	}
	if ext := strings.ToLower(filepath.Ext(found)); runtime.GOOS == "windows" && (ext == ".bat" || ext == ".cmd") {
		// Windows gives these to cmd.exe, which reads the arguments anew
		// (CVE-2024-24576 tells what comes of it).
		c.Fault(t.Node, fmt.Sprintf("%s is run by a shell", name), "name the program itself, or an interpreter with a script")
	}
	return found
}

// missing says why a program cannot be run, and what to do.
func (c *checker) missing(name, lookup string, byPath bool, err error) (what, do string) {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("the program %s may not be run", name), "make it executable: chmod +x " + lookup
	case byPath:
		return fmt.Sprintf("the program %s cannot be run: %v", name, reason(err)),
			"check the path; it counts from the folder of this file"
	}
	if _, err := os.Stat(filepath.Join(c.folder, name)); err == nil {
		return fmt.Sprintf("the program %q is not in PATH", name),
			fmt.Sprintf("write ./%s for the one next to this file", name)
	}
	return fmt.Sprintf("the program %q is not in PATH", name), "install it, or write its path"
}

// reason gives why a file cannot be used, without its name.
func reason(err error) error {
	if e := (*exec.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return err
}
