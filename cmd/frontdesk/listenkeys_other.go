//go:build !linux && !darwin

package main

import "errors"

// eachKey leaves the terminal as it is: Enter ends the line that is a key.
func eachKey(int) (func(), error) { return nil, errors.ErrUnsupported }
