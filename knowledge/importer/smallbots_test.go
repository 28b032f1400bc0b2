package importer_test

import (
	"testing"

	"frontdesk/knowledge/importer"
)

func TestGoldenLUIS(t *testing.T) { golden(t, importer.LUIS()) }

func TestGoldenBotpress(t *testing.T) { golden(t, importer.Botpress()) }

func TestGoldenNLPJS(t *testing.T) { golden(t, importer.NLPJS()) }
