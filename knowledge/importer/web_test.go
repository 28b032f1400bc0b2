package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenFAQPage(t *testing.T) { golden(t, importer.FAQPage()) }

func TestGoldenHTML(t *testing.T) { golden(t, importer.HTML()) }

func TestGoldenWebsite(t *testing.T) { golden(t, importer.Website()) }

func TestGoldenWord(t *testing.T) { golden(t, importer.Word()) }
