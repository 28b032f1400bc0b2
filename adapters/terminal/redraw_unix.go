//go:build unix

package terminal

import "syscall"

// redraw has the line editor show its line again. It knows no call for that,
// but does it when the window changes its size.
func redraw() { _ = syscall.Kill(syscall.Getpid(), syscall.SIGWINCH) }
