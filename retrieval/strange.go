package retrieval

import (
	"cmp"
	"crypto/sha256"
	bundle "embed" // embed is a function here
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

// The folder's README says what belongs into it.
//
//go:embed strange/*.txt
var strangeFiles bundle.FS

// A strangeText is a sentence that no base answers.
type strangeText struct {
	kind string // the name of its file, without .txt
	text string
}

// strangeSentences are sentences that no base answers, for the calibration, in
// the order of mixed. They must not be changed.
var strangeSentences = sync.OnceValue(func() []strangeText {
	files, err := strangeFiles.ReadDir("strange")
	if err != nil {
		panic(fmt.Errorf("the program was built without retrieval/strange: %w", err))
	}
	var all []strangeText
	for _, file := range files {
		content, err := strangeFiles.ReadFile(path.Join("strange", file.Name()))
		if err != nil {
			panic(fmt.Errorf("the program was built without a part of retrieval/strange: %w", err))
		}
		kind := strings.TrimSuffix(file.Name(), ".txt")
		for line := range strings.Lines(string(content)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				all = append(all, strangeText{kind, line})
			}
		}
	}
	return mixed(all)
})

// strangeTexts are the texts of the strangeSentences that are used. They must not
// be changed.
var strangeTexts = sync.OnceValue(func() []string {
	var texts []string
	for _, s := range strangeSentences()[:strangeUsed] {
		texts = append(texts, s.text)
	}
	return texts
})

// StrangeTexts gives the sentences that no base answers and that every index is
// calibrated with, for embedders that have their vectors at hand.
func StrangeTexts() []string { return slices.Clone(strangeTexts()) }

// strangeKey stands for all of strangeSentences in the fingerprint of an index:
// an index was calibrated with them. Comments do not count.
var strangeKey = sync.OnceValue(func() string {
	var b strings.Builder
	for _, s := range strangeSentences()[:strangeUsed] {
		fmt.Fprintf(&b, "%s\t%s\n", s.kind, s.text)
	}
	return b.String()
})

// mixed gives the texts in an order of which a part stands for the whole: any
// beginning has the kinds in their proportions, up to two texts, and every so
// manyth text is like a draw by chance.
//
// Within its kind a text has the place of its hash, so that a topic does not stay
// together and a new text leaves the order of the others. The kinds are spread
// over the whole evenly, but not at even steps, or every nineteenth of nineteen
// kinds might be of one.
func mixed(all []strangeText) []strangeText {
	type placed struct {
		strangeText
		hash [sha256.Size]byte
		at   float64 // from 0 to 1
	}
	kinds := map[string][]*placed{}
	places := make([]*placed, len(all))
	for i, s := range all {
		places[i] = &placed{strangeText: s, hash: sha256.Sum256([]byte(s.text))}
		kinds[s.kind] = append(kinds[s.kind], places[i])
	}
	for _, kind := range kinds {
		slices.SortFunc(kind, func(a, b *placed) int { return slices.Compare(a.hash[:], b.hash[:]) })
		for rank, p := range kind {
			step := float64(binary.LittleEndian.Uint32(p.hash[sha256.Size-4:])) / (1 << 32)
			p.at = (float64(rank) + step) / float64(len(kind))
		}
	}
	slices.SortFunc(places, func(a, b *placed) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.kind, b.kind), strings.Compare(a.text, b.text))
	})
	out := make([]strangeText, len(places))
	for i, p := range places {
		out[i] = p.strangeText
	}
	return out
}
