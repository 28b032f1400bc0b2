// Frontdesk answers questions and carries out commands from knowledge files.
//
// Usage:
//
//	frontdesk [chat] | serve | doctor | health | ask | transcribe | index | lint |
//	          test | eval | train | models | new | add | suggest-phrasings | import | export | proposals |
//	          audit | journal forget | pause | resume | listen | devices | who-can | pin |
//	          config check | version | completion
//
// "frontdesk help" says more, and "frontdesk help exit-codes" what the exit
// codes mean.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"frontdesk/adapters/terminal"
)

// version is set when the program is built: -ldflags "-X main.version=v1.2.3".
var version = ""

func main() { os.Exit(run()) }

// run is the program but for its end.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// Taken notice of, a closed pipe is an error of the write and no death.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)

	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	err := newRoot(c).ExecuteContext(ctx)
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		report(c.err, err)
	}
	return codeOf(err)
}

// report prints an error: the faults of files one a line, as they are, so that
// editors can jump to them, and anything else after our name. It may hold what stands
// in files and in their names, which the terminal must not obey. What was stopped
// failed in nothing, whatever it was doing.
func report(w io.Writer, err error) {
	if errors.Is(err, errQuiet) {
		return
	}
	if list, ok := faultsOf(err); ok {
		fmt.Fprintln(w, terminal.Lines(list.Error()))
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(w, "frontdesk: stopped")
		return
	}
	fmt.Fprintf(w, "frontdesk: %s\n", terminal.Lines(strings.TrimSpace(err.Error())))
}
