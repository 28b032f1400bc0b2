//go:build cgo

package orttest

const withCgo = true
