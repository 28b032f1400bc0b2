//go:build whisper && cgo

package whisper

import "testing"

func children() (int, bool) { return 0, false }

func TestX(t *testing.T) {}
