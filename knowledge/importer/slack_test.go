package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenSlack(t *testing.T) { golden(t, importer.Slack()) }
