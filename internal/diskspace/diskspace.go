// Package diskspace says how much room is left on a disk.
package diskspace

// Free gives how many bytes we may still write in a folder, which must be there.
// It is not known on every system.
func Free(dir string) (free uint64, known bool) { return freeSpace(dir) }
