//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// eachKey has a terminal give every key at once, and show none; Ctrl-C stays what it
// is. The function that it gives sets the terminal back.
func eachKey(fd int) (back func(), err error) {
	was, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	now := *was
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &now); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, was) }, nil
}
