package main

import (
	"errors"

	"frontdesk/internal/fault"
)

// Exit codes. They are documented in exitCodes and the README.
const (
	codeDone    = 0
	codeFailure = 1
	codeUsage   = 2
	codeFaults  = 3
	codeTests   = 4
	codeUnknown = 5
	codeMore    = 6
	codeCommand = 7
	codeRefused = 8
)

const exitCodes = `Exit codes:

  0  done; "ask": answered, or the command ran
  1  it failed: a file could not be read or written, for example; "doctor":
     something is wrong; "health": the desk does not live, or is not ready
  2  wrong use: an unknown verb, flag or base, nothing to ask
  3  the configuration or the knowledge is at fault; every fault is printed;
     "lint --strict": there are hints; "serve": no adapter has a token
  4  "test": too many of the base's tests failed, or a wrong entry was answered;
     "eval --compare": more decisions moved than --at-most; "audit verify": the
     audit is broken; "models verify": a file is not what was fetched
  5  "ask": it is not known
  6  "ask": more is needed: a choice, a confirmation, a PIN, an approval, or a
     missing value
  7  "ask": the command ran and failed
  8  "ask": the command was refused: who asks may not run it, it is paused, or it
     came too often
`

// An exit is an error with the code that the program ends with.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

// errQuiet says that everything has been said already.
var errQuiet = errors.New("said already")

// silently ends with a code and no further word.
func silently(code int) error {
	if code == codeDone {
		return nil
	}
	return exit{code, errQuiet}
}

// usage is an error of whoever calls us.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exit{codeUsage, err}
}

// faultsOf gives the faults of files that an error is made of.
func faultsOf(err error) (fault.List, bool) {
	if list, ok := errors.AsType[fault.List](err); ok {
		return list, true
	}
	if f, ok := errors.AsType[fault.Fault](err); ok {
		return fault.List{f}, true
	}
	return nil, false
}

// codeOf gives the exit code of an error.
func codeOf(err error) int {
	if err == nil {
		return codeDone
	}
	if e, ok := errors.AsType[exit](err); ok {
		return e.code
	}
	if _, ok := faultsOf(err); ok {
		return codeFaults
	}
	return codeFailure
}
