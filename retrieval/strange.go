package retrieval

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed strange.txt
var strangeFile string

// strangeTexts are sentences that no base answers, for the calibration.
var strangeTexts = sync.OnceValue(func() []string {
	var texts []string
	for line := range strings.Lines(strangeFile) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			texts = append(texts, line)
		}
	}
	return texts
})
