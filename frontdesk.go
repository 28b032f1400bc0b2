// Package frontdesk carries the default configuration and the knowledge that it
// names, so that the program answers without any file beside it.
package frontdesk

import "embed"

// Files holds config.yaml and examples/frontdesk.
//
//go:embed config.yaml examples/frontdesk
var Files embed.FS
