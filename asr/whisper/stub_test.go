//go:build !whisper || !cgo

package whisper

import (
	"context"
	"strings"
	"testing"
)

// TestNotBuilt: a program without the library says how to get it.
func TestNotBuilt(t *testing.T) {
	_, err := Open(context.Background(), "model.bin", DefaultConfig())
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("Open: %v", err)
	}
	if _, err := OpenVAD(""); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("OpenVAD: %v", err)
	}
	if Built || Version() != "" {
		t.Error("it says that it has the library")
	}
}
