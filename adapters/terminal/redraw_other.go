//go:build !unix

package terminal

// redraw does nothing here: the line shows again with the next key.
func redraw() {}
