//go:build !cgo

package capture

import "errors"

var errNoCgo = errors.New("this program was built without cgo, which recording needs; build it with a C compiler and CGO_ENABLED=1")

// system gives what records on this machine: nothing.
func system() driver {
	return driver{
		backends: []string{"sound"},
		list:     func(string, bool) ([]Device, error) { return nil, errNoCgo },
		open:     func(Device, *line) (func(), error) { return nil, errNoCgo },
	}
}
