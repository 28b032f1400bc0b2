//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"frontdesk/internal/fault"
)

// A context ends with the signal, and what failed by that is told as what it is.
func TestUntilSignal(t *testing.T) {
	ctx, stop := untilSignal(t.Context(), syscall.SIGHUP)
	defer stop()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.As(cause, new(stopped)) {
		t.Errorf("the cause is %v", cause)
	}
	for _, err := range []error{context.Cause(ctx), ctx.Err()} {
		var b bytes.Buffer
		report(&b, fmt.Errorf("opening the model: %w", err))
		if b.String() != "frontdesk: stopped\n" {
			t.Errorf("%q", &b)
		}
	}
}

// A terminal obeys nothing that an error repeats.
func TestReportIsSafe(t *testing.T) {
	for _, err := range []error{
		errors.New("a\x1b[31mb: no such file\nand more"),
		fault.List{{File: "a\x1b[31mb", Line: 1, Col: 1, What: "it is \x9b wrong", Do: "mend it"}},
	} {
		var b bytes.Buffer
		report(&b, err)
		if bytes.ContainsAny(b.Bytes(), "\x1b\u009b") || !bytes.Contains(b.Bytes(), []byte("␛[31mb")) {
			t.Errorf("%q", &b)
		}
	}
}
