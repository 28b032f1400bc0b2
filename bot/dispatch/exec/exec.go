// Package exec is the kind of command that runs a program.
//
//	commands:
//	  - id: lights-on
//	    say: "lights on in [the] {area}"
//	    slots: {area: {values: [kitchen, office]}}
//	    run:
//	      exec:
//	        command: [./home.sh, light, "{area}", "on"]
//	        dir: .          # default: the folder of the knowledge file
//	        timeout: 10s    # at most 10m
//	        output: 4096    # bytes that are shown, at most 1 MiB
//	        env: {HOME_URL: "http://localhost:8123", HOME_TOKEN: "${file:token}"}
//	        inherit: [HTTPS_PROXY] # variables of ours that it sees, too
//	        user: house     # default: as whom frontdesk runs
//	    reply: The {area} lights are on.
//
// # Arguments
//
// The command is a list of arguments and is never given to a shell. The program
// is fixed: its name holds no slot. A name with a slash counts from the folder
// of the knowledge file; another one is looked up in PATH, when the knowledge
// is loaded. The canonical value of a slot takes the slot's place within its
// argument, which it neither splits nor ends.
//
// A value must not turn into an option. An argument that begins with a slot and
// comes out with a dash in front is refused, unless it is a number or an
// earlier argument is "--", which programs take for the end of their options.
// Refused are also values with a NUL byte, which no argument can hold, and
// arguments of more than 64 KiB.
//
// # Surroundings
//
// The program sees the environment variables PATH, HOME, LANG, TZ and TMPDIR
// (on Windows those that stand for them), those of ours that inherit: names, and
// those under env:, whose values may hold slots. With user: it runs as that user
// of the machine, with their groups, HOME and USER, which only root can arrange,
// and not on Windows. A secret, ${env:NAME} or ${file:path}, may stand in these and in
// an argument, where other users of the machine can see it as long as the
// program runs: env: is the better place. What the program prints of a secret is
// shown as ***. Its standard input is empty. Standard output and standard error
// are shown together, in the order in which they were written.
//
// # Stopping
//
// When its time is over, or the bot stops, the program and all that it started
// in its process group are asked to end (SIGTERM) and a second later are killed.
// Elsewhere than on Unix the program alone is killed. A program that runs as
// somebody else by itself (sudo) cannot be stopped by us and is waited for. What a program
// that ended by itself leaves running is left alone; its output is read for one
// second more.
package exec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/internal/secret"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"
)

const (
	// grace is how long a program may take to end when it is asked to, and how
	// long its output is read once it has ended.
	grace = time.Second
	// maxArgument bounds one argument and one variable, in bytes. Linux takes
	// 128 KiB (MAX_ARG_STRLEN), Windows 32 Ki characters for all of them.
	maxArgument = 64 << 10
)

var (
	errTimeout = errors.New("its time is over")
	number     = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?$`)
)

// A runner runs one program.
type runner struct {
	program string // an absolute path
	args    []argument
	dir     string // an absolute path
	env     []variable
	inherit []string // names of our own variables
	account *account // as whom it runs; nil for ourselves
	timeout time.Duration
	output  int
	slots   []string
	// redactor finds the secrets that the program was given.
	redactor *secret.Redactor
}

// An argument is one of the program's arguments.
type argument struct {
	text knowledge.Text
	// guarded says that the argument begins with a slot's value, and that
	// options may still come.
	guarded bool
}

// A variable is one of the environment.
type variable struct {
	name string
	text knowledge.Text
}

func (r *runner) Slots() []string { return r.slots }

// Preview gives the program and its arguments, each quoted where it must be to be
// told from the next.
func (r *runner) Preview(c bot.Call) string {
	if _, _, refused := r.expand(c.Slots); refused != "" {
		return "refuse: " + refused
	}
	words := []string{"run " + quote(r.program)}
	if r.account != nil {
		words[0] = "as " + quote(r.account.name) + " " + words[0]
	}
	for _, a := range r.args {
		words = append(words, quote(a.text.Show(func(slot string) string { return c.Slots[slot].Canonical })))
	}
	return strings.Join(words, " ")
}

// quote gives an argument as it stands where nothing in it could be misread.
func quote(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`"'\\`, r)
	}) {
		return arg
	}
	return strconv.Quote(arg)
}

// Run starts the program and waits for it.
func (r *runner) Run(ctx context.Context, c bot.Call) (bot.Result, error) {
	args, env, refused := r.expand(c.Slots)
	if refused != "" {
		return bot.Result{Failed: true, Problem: refused}, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout, errTimeout)
	defer cancel()
	output := dispatch.NewOutput(r.output, r.redactor)
	stopped := false
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Dir, cmd.Env = r.dir, env
	cmd.Stdout, cmd.Stderr = output, output // one writer is one pipe
	cmd.WaitDelay = grace
	separate(cmd)
	if r.account != nil {
		r.account.become(cmd)
	}
	cmd.Cancel = func() error { // Wait returns later than this
		err := terminate(cmd.Process)
		stopped = err == nil
		return err
	}
	if err := cmd.Start(); err != nil {
		return bot.Result{}, fmt.Errorf("starting the program: %w", err)
	}
	err := cmd.Wait()
	if stopped {
		kill(cmd.Process)
	}
	result := bot.Result{Output: output.String()}
	switch {
	case stopped && context.Cause(ctx) == errTimeout:
		result.Failed, result.Problem = true, fmt.Sprintf("it took longer than %s and was stopped", r.timeout)
	case stopped:
		result.Failed, result.Problem = true, "it was stopped before it had finished"
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
	case errors.As(err, new(*exec.ExitError)):
		result.Failed, result.Problem = true, fmt.Sprintf("the program ended with %s", cmd.ProcessState)
	default:
		return bot.Result{}, fmt.Errorf("waiting for the program: %w", err)
	}
	return result, nil
}

// expand puts the values into the arguments and the environment. Refused says,
// to the person who gave the command, why one cannot be used.
func (r *runner) expand(slots map[string]template.Value) (args, env []string, refused string) {
	value := func(slot string) string { return slots[slot].Canonical }
	for _, a := range r.args {
		arg := a.text.Expand(value)
		if problem := unfit(arg); problem != "" {
			return nil, nil, problem
		}
		if a.guarded && strings.HasPrefix(arg, "-") && !number.MatchString(arg) {
			return nil, nil, "a value that begins with a dash could be taken for an option"
		}
		args = append(args, arg)
	}
	for _, name := range r.inherit {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	if r.account != nil { // the last one of a name counts
		env = append(env, "HOME="+r.account.home, "USER="+r.account.name, "LOGNAME="+r.account.name)
	}
	for _, v := range r.env {
		text := v.text.Expand(value)
		if problem := unfit(text); problem != "" {
			return nil, nil, problem
		}
		env = append(env, v.name+"="+text)
	}
	return args, env, ""
}

// unfit says why a text cannot be given to a program.
func unfit(text string) string {
	switch {
	case strings.ContainsRune(text, 0):
		return "a value holds a character that no program can be given"
	case len(text) > maxArgument:
		return fmt.Sprintf("a value is too long: %d bytes, at most %d can be given to a program", len(text), maxArgument)
	}
	return ""
}
