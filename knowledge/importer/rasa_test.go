package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenRasa(t *testing.T) { golden(t, importer.Rasa()) }
