package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenCSV(t *testing.T) { golden(t, importer.CSV()) }

func TestGoldenExcel(t *testing.T) { golden(t, importer.Excel()) }

func TestGoldenQnABot(t *testing.T) { golden(t, importer.QnABot()) }

func TestGoldenAzure(t *testing.T) { golden(t, importer.Azure()) }

func TestGoldenMarkdown(t *testing.T) { golden(t, importer.Markdown()) }
