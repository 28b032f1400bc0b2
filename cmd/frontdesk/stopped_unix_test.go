//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"testing"

	"frontdesk/internal/fault"
)

// What failed as a signal came is told as that, by either error of the context.
func TestReportSignal(t *testing.T) {
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGHUP)
	defer stop()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
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
