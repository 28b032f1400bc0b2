package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenDiscord(t *testing.T) { golden(t, importer.Discord()) }
