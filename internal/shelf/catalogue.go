package shelf

import (
	_ "embed"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

// CatalogueYAML gives the built-in catalogue as it is written: the pattern for
// one of the owner's own.
func CatalogueYAML() []byte { return slices.Clone(catalogueYAML) }

// A Kind says what a model is for.
type Kind string

// The kinds of models.
const (
	Embedding Kind = "embedding" // texts to vectors of meaning
	Reranker  Kind = "reranker"  // question and answer to how well they fit
	Speech    Kind = "speech"    // sound to text
	VAD       Kind = "vad"       // sound to whether somebody speaks
)

// maxBytes bounds one file of a model of each kind, in bytes, where the
// catalogue does not say how large it is.
var maxBytes = map[Kind]int64{Embedding: 4 << 30, Reranker: 4 << 30, Speech: 4 << 30, VAD: 64 << 20}

// Bounds of a catalogue.
const (
	formatNumber = 1
	maxCatalogue = 4 << 20 // bytes
	maxModels    = 2000
	maxFiles     = 64 // of one model
	maxDims      = 1 << 16
	maxTokens    = 1 << 20
)

// An Entry is a model in a catalogue.
type Entry struct {
	Name      string
	Kind      Kind
	What      string // what it is good for, one sentence
	Languages []string
	Licence   string // an SPDX identifier
	Dims      int    // of an embedding; else 0
	MaxTokens int    // how much of a text it reads; 0 where that says nothing
	// What a model wants to stand before texts, where its own files do not say so.
	QueryPrefix, PassagePrefix string
	Files                      []File
}

// A File is one file of a model.
type File struct {
	Path   string // in the model's folder, with slashes
	Source string // in the source, with slashes
	Bytes  int64  // 0 where it is not known
	SHA256 string // 64 digits; "" where it is not known

	from, revision string // a repository of Hugging Face
	url            string // or where it is fetched from
}

// Bytes gives the size of all files together, and whether it is known of all.
func (e Entry) Bytes() (total int64, known bool) {
	known = true
	for _, f := range e.Files {
		total += f.Bytes
		known = known && f.Bytes > 0
	}
	return total, known
}

// Origin names where the model's main file comes from, for people.
func (e Entry) Origin() string {
	if f := e.Files[0]; f.url == "" {
		return f.from + " at " + f.revision
	}
	return e.Files[0].url
}

// address gives where a file is fetched from.
func (f File) address(source *url.URL) (*url.URL, error) {
	if f.url != "" {
		return url.Parse(f.url)
	}
	return source.JoinPath(f.from, "resolve", f.revision, f.Source), nil
}

// limit gives how many bytes a file of a kind may be long at most.
func (f File) limit(k Kind) int64 {
	if f.Bytes > 0 {
		return f.Bytes
	}
	return maxBytes[k]
}

var builtIn = sync.OnceValues(func() ([]Entry, error) {
	entries, faults := parseCatalogue("catalogue.yaml", catalogueYAML)
	return entries, faults.Err()
})

// Lookup gives a model of the built-in catalogue.
func Lookup(name string) (Entry, bool) {
	entries, err := builtIn()
	if err != nil {
		return Entry{}, false // a test holds that this is not so
	}
	return lookup(entries, name)
}

func lookup(entries []Entry, name string) (Entry, bool) {
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return entries[i], true
}

// catalogue gives the models that are built in, and the owner's own after them.
func catalogue(file string) ([]Entry, error) {
	entries, err := builtIn()
	if err != nil || file == "" {
		return entries, err
	}
	data, err := readBounded(file, maxCatalogue)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue of models: %w", err)
	}
	own, faults := parseCatalogue(file, data)
	for _, e := range own {
		if _, ok := lookup(entries, e.Name); ok {
			faults.Add(fault.Fault{File: file, What: fmt.Sprintf("the model %q is in the catalogue of frontdesk already", e.Name),
				Do: "give it another name"})
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return append(slices.Clone(entries), own...), nil
}

// readBounded reads a small file.
func readBounded(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d KiB", file, most>>10)
	}
	return data, err
}

// nearest gives the name that was most likely meant, or "": also where only the
// end of one is missing.
func nearest(entries []Entry, name string) string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return near
	}
	i := slices.IndexFunc(names, func(n string) bool {
		return len(name) > 2 && strings.HasPrefix(strings.ToLower(n), strings.ToLower(name))
	})
	if i < 0 {
		return ""
	}
	return names[i]
}
