//go:build !cgo

package ort

import (
	"context"
	"errors"
)

var errNoCgo = errors.New("this frontdesk was built without cgo and cannot load ONNX Runtime; " +
	"build it with CGO_ENABLED=1 and a C compiler")

// A Runtime is ONNX Runtime, loaded. There is none in a build without cgo.
type Runtime struct{}

// Open gives an error in a build without cgo.
func Open(Config) (*Runtime, error) { return nil, errNoCgo }

// Version is the library's.
func (*Runtime) Version() string { return "" }

// Library is the path of the library.
func (*Runtime) Library() string { return "" }

// Provider is what computes.
func (*Runtime) Provider() string { return "" }

// Close gives nothing back.
func (*Runtime) Close() error { return nil }

// OpenSession gives an error in a build without cgo.
func (*Runtime) OpenSession(string, SessionOptions) (*Session, error) { return nil, errNoCgo }

// OpenModel gives an error in a build without cgo.
func (*Runtime) OpenModel(string, []byte, SessionOptions) (*Session, error) { return nil, errNoCgo }

// A Session is a model that is ready to run. There is none in a build without cgo.
type Session struct{}

// Inputs of the model.
func (*Session) Inputs() []Port { return nil }

// Outputs of the model.
func (*Session) Outputs() []Port { return nil }

// Close gives nothing back.
func (*Session) Close() error { return nil }

// Run gives an error in a build without cgo.
func (*Session) Run(context.Context, []Tensor, []string, func([]Tensor) error) error { return errNoCgo }

// RunInto gives an error in a build without cgo.
func (*Session) RunInto(context.Context, []Tensor, []Tensor) error { return errNoCgo }
