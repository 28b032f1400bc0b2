package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenDialogflow(t *testing.T) { golden(t, importer.Dialogflow()) }
