package main

import (
	"context"
	"fmt"
	"os"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

// readEntries reads JSON Lines from a file, or from the standard input for "-".
func (c *cli) readEntries(ctx context.Context, file string) ([]*knowledge.Entry, error) {
	if file == "-" {
		return importer.ReadJSONL(c.stdin(ctx), "standard input")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	defer f.Close()
	return importer.ReadJSONL(f, file)
}
