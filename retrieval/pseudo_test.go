package retrieval

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/lexical"
	"frontdesk/retrieval/static"
)

// pseudoFolds are sources of the corpus whose groups say which texts mean the
// same, and the model that was trained without them: what is derived from
// pseudo-bases must hold for texts that the model has never seen.
var pseudoFolds = []struct {
	file    string
	sources []string
}{
	{"foldA.bin", []string{"leon", "ms-chitchat", "ms-lu-samples", "ms-lu-skills", "mycroft", "rasa-demos", "rasa-nlu", "watson", "watson-toolkit"}},
	{"foldB.bin", []string{"ms-lu-solutions", "multidogo", "natcs-dstc11", "rasa-templates", "text2sql-q", "thingpedia", "voice-skills"}},
}

const (
	// mixedSource stands for the groups of all sources of a fold together.
	mixedSource = "mixed"
	// maxPseudoWords is the length of the longest text that is used.
	maxPseudoWords = 30
)

// A pseudoBase is a base drawn from the corpus, with questions to it.
type pseudoBase struct {
	fold    int
	source  string
	corpus  corpus
	inside  []string // other texts of the entries' groups
	labels  []int    // their entries
	outside []string // texts of groups that are no entries
}

// openFolds gives the models of the folds from a folder.
func openFolds(t *testing.T, dir string) []*static.Model {
	t.Helper()
	var models []*static.Model
	for _, f := range pseudoFolds {
		data, err := os.ReadFile(filepath.Join(dir, f.file))
		if err != nil {
			t.Fatal(err)
		}
		m, err := static.Open(string(data))
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	return models
}

// readGroups gives the texts of every group of every source of the folds.
func readGroups(t *testing.T) map[string][][]string {
	t.Helper()
	files, err := filepath.Glob("../../shared/corpus/*.jsonl.gz")
	if err != nil || len(files) == 0 {
		t.Skip("../../shared/corpus is not there")
	}
	var sources []string
	for _, f := range pseudoFolds {
		sources = append(sources, f.sources...)
	}
	bySource := map[string]map[string][]string{}
	seen := map[string]bool{}
	for _, file := range files {
		readRecords(t, file, func(source, kind, a, b, group string) {
			if group == "" || kind == "qa" || !slices.Contains(sources, source) {
				return
			}
			for _, text := range []string{a, b} {
				words := lexical.Words(text)
				key := source + textOf(words)
				if len(words) == 0 || len(words) > maxPseudoWords || seen[key] {
					continue
				}
				seen[key] = true
				if bySource[source] == nil {
					bySource[source] = map[string][]string{}
				}
				bySource[source][group] = append(bySource[source][group], text)
			}
		})
	}
	groups := map[string][][]string{}
	for source, byGroup := range bySource {
		for _, g := range slices.Sorted(maps.Keys(byGroup)) {
			groups[source] = append(groups[source], byGroup[g])
		}
	}
	return groups
}

// textOf joins words so that no two lists give the same.
func textOf(words []string) string {
	text := ""
	for _, w := range words {
		text += " " + w
	}
	return text
}

func readRecords(t *testing.T, file string, each func(source, kind, a, b, group string)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r struct{ T, S, A, B, G string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		each(r.S, r.T, r.A, r.B, r.G)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// drawBases draws pseudo-bases with k phrasings an entry.
func drawBases(groups map[string][][]string, k int) []pseudoBase {
	r := rand.New(rand.NewPCG(7, uint64(k)))
	var bases []pseudoBase
	for fold, f := range pseudoFolds {
		bySource := map[string][][]string{}
		for _, s := range f.sources {
			bySource[s] = groups[s]
			bySource[mixedSource] = append(bySource[mixedSource], groups[s]...)
		}
		for _, source := range append(slices.Clone(f.sources), mixedSource, mixedSource, mixedSource) {
			for _, n := range []int{5, 12, 30, 70, 150} {
				if n*k > 6000 {
					continue
				}
				for range 2 {
					if b, ok := drawBase(r, bySource[source], n, k); ok {
						b.fold, b.source = fold, source
						bases = append(bases, b)
					}
				}
			}
		}
	}
	return bases
}

// drawBase draws a base of n entries with k phrasings each; false where there
// is too little.
func drawBase(r *rand.Rand, groups [][]string, n, k int) (b pseudoBase, ok bool) {
	asked := max(2, min(8, 300/n)) // texts of a group that are asked
	var large [][]string
	for _, g := range groups {
		if len(g) >= k+2 {
			large = append(large, g)
		}
	}
	left := max(2, n/5)
	if len(large) < n+left {
		return b, false
	}
	r.Shuffle(len(large), func(i, j int) { large[i], large[j] = large[j], large[i] })
	b.corpus.starts = []int{0}
	for i, g := range large[:n+left] {
		g = slices.Clone(g)
		r.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
		rest := g[k:min(len(g), k+asked)]
		if i >= n {
			b.outside = append(b.outside, rest...)
			continue
		}
		for _, text := range g[:k] {
			b.corpus.texts = append(b.corpus.texts, text)
			b.corpus.words = append(b.corpus.words, lexical.Words(text))
		}
		b.corpus.starts = append(b.corpus.starts, len(b.corpus.texts))
		b.corpus.kinds = append(b.corpus.kinds, knowledge.FAQ)
		b.corpus.keys = append(b.corpus.keys, i)
		b.inside = append(b.inside, rest...)
		for range rest {
			b.labels = append(b.labels, i)
		}
	}
	return b, true
}
