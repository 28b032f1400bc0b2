package shelf

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// What names things in a catalogue. A name of a model is that of a folder, and a
// path is one in it, so both are kept to what every file system can hold.
var (
	modelName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	filePath   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,4}$`)
	repository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	revision   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	sum        = regexp.MustCompile(`^[0-9a-f]{64}$`)
	licence    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$`)
	language   = regexp.MustCompile(`^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multilingual)$`)
)

// Endings that we give to files of our own beside and among those of models.
const (
	partial  = ".part"
	replaced = ".old"
)

// isModelName says whether a model can be called so.
func isModelName(name string) bool {
	return modelName.MatchString(name) && filepath.IsLocal(name) && !strings.HasSuffix(name, ".") &&
		!strings.HasSuffix(name, partial) && !strings.HasSuffix(name, replaced)
}

// isFilePath says whether a file of a model can lie there in its folder.
func isFilePath(path string) bool {
	return filePath.MatchString(path) && filepath.IsLocal(filepath.FromSlash(path)) && !strings.HasSuffix(path, ".") &&
		!strings.Contains(path, "./") && !strings.HasSuffix(path, partial) &&
		!strings.EqualFold(path, manifestFile) && !strings.EqualFold(path, progressFile)
}

type cataloguePage struct {
	Format strictyaml.At[int]        `yaml:"format"`
	Models strictyaml.Map[entryPage] `yaml:"models"`
}

type entryPage struct {
	Kind          strictyaml.At[string]                    `yaml:"kind"`
	What          strictyaml.At[string]                    `yaml:"what"`
	Languages     strictyaml.Many[strictyaml.At[string]]   `yaml:"languages"`
	Licence       strictyaml.At[string]                    `yaml:"licence"`
	Dims          strictyaml.At[int]                       `yaml:"dims"`
	MaxTokens     strictyaml.At[int]                       `yaml:"max_tokens"`
	QueryPrefix   string                                   `yaml:"query_prefix"`
	PassagePrefix string                                   `yaml:"passage_prefix"`
	From          strictyaml.At[string]                    `yaml:"from"`
	Revision      strictyaml.At[string]                    `yaml:"revision"`
	Files         strictyaml.At[[]strictyaml.At[filePage]] `yaml:"files"`
}

type filePage struct {
	Path     strictyaml.At[string] `yaml:"path"`
	To       strictyaml.At[string] `yaml:"to"`
	URL      strictyaml.At[string] `yaml:"url"`
	From     strictyaml.At[string] `yaml:"from"`
	Revision strictyaml.At[string] `yaml:"revision"`
	Bytes    strictyaml.At[int64]  `yaml:"bytes"`
	SHA256   strictyaml.At[string] `yaml:"sha256"`
}

// A reader gathers the faults of one file.
type reader struct {
	file   string
	faults fault.List
}

func (r *reader) add(n *yaml.Node, what, do string) {
	r.faults.Add(strictyaml.Fault(r.file, n, what, do))
}

// parseCatalogue reads a catalogue. With faults, what it gives is not to be used.
func parseCatalogue(file string, data []byte) ([]Entry, fault.List) {
	var pg cataloguePage
	r := reader{file: file}
	root, ok := r.page(data, &pg, &pg.Format)
	if !ok {
		return nil, r.faults
	}
	if len(pg.Models) == 0 {
		r.add(root, "there are no models", "name one under models: with its files")
	}
	if len(pg.Models) > maxModels {
		r.add(root, fmt.Sprintf("there are more than %d models", maxModels), "divide the catalogue")
		return nil, r.faults
	}
	var entries []Entry
	folders := map[string]string{}
	for _, m := range pg.Models {
		name := m.Key.Value
		if !isModelName(name) {
			r.add(m.Key.Node, fmt.Sprintf("%q cannot be the name of a model", strictyaml.Shorten(name)),
				"use at most 100 letters, digits, . - and _; it may not end in a dot, .part or .old")
		} else if other, ok := folders[strings.ToLower(name)]; ok {
			r.add(m.Key.Node, fmt.Sprintf("%q differs from %q by capital letters alone, and not every disk tells those apart", name, other),
				"give it another name")
		}
		folders[strings.ToLower(name)] = name
		entries = append(entries, r.entry(m.Key, m.Value.Value))
	}
	r.faults.Sort()
	return entries, r.faults
}

// page reads a file of one of our formats into pg, and says whether what it says
// is worth a look.
func (r *reader) page(data []byte, pg any, format *strictyaml.At[int]) (root *yaml.Node, ok bool) {
	root, r.faults = strictyaml.Parse(r.file, data)
	if root == nil || root.Tag == "!!null" {
		if len(r.faults) == 0 {
			r.faults.Add(fault.Fault{File: r.file, Line: 1, Col: 1, What: "the file is empty", Do: "begin it with the line format: 1"})
		}
		return nil, false
	}
	faults := strictyaml.DecodeNode(r.file, root, pg)
	if format.Value > formatNumber {
		// What else stands there may be new to us and no fault of its owner.
		r.faults = fault.List{strictyaml.Fault(r.file, format.Node, "the file has a format newer than this version reads", "update frontdesk")}
		return nil, false
	}
	r.faults = append(r.faults, faults...)
	switch {
	case root.Kind != yaml.MappingNode: // That is reported.
		return nil, false
	case format.Node == nil:
		r.add(root, "the format is missing", "begin the file with the line format: 1")
	case format.Value < formatNumber && format.Node.Tag == "!!int":
		r.add(format.Node, "there is no such format", "write format: 1")
	}
	return root, true
}

// need reports a text that is missing or not of the form wanted.
func (r *reader) need(at strictyaml.At[string], parent *yaml.Node, form *regexp.Regexp, key, do string) string {
	switch {
	case at.Value == "":
		n := at.Node
		if n == nil {
			n = parent
		}
		r.add(n, key+": is missing", do)
	case form != nil && !form.MatchString(at.Value):
		r.add(at.Node, fmt.Sprintf("%s: %q is of no use", key, strictyaml.Shorten(at.Value)), do)
	}
	return at.Value
}

var kinds = []Kind{Embedding, Reranker, Speech, VAD}

func (r *reader) entry(key strictyaml.At[string], pg entryPage) Entry {
	const whichKind = "write embedding, reranker, speech or vad"
	e := Entry{Name: key.Value, Dims: pg.Dims.Value, MaxTokens: pg.MaxTokens.Value,
		QueryPrefix: pg.QueryPrefix, PassagePrefix: pg.PassagePrefix}
	e.Kind = Kind(r.need(pg.Kind, key.Node, nil, "kind", whichKind))
	if e.Kind != "" && !slices.Contains(kinds, e.Kind) {
		r.add(pg.Kind.Node, fmt.Sprintf("there is no kind %q", strictyaml.Shorten(string(e.Kind))), whichKind)
	}
	e.What = r.need(pg.What, key.Node, nil, "what", "say in one sentence what the model is good for")
	if len(e.What) > 200 || strings.ContainsFunc(e.What, func(c rune) bool { return c < ' ' }) {
		r.add(pg.What.Node, "what: is longer than a sentence", "use at most 200 characters on one line")
	}
	e.Licence = r.need(pg.Licence, key.Node, licence, "licence", "write its SPDX identifier, such as Apache-2.0, or LicenseRef-… for one that has none")
	if len(pg.Languages) == 0 {
		r.add(key.Node, "languages: is missing", "write their codes, such as [en, de], or multilingual")
	}
	for _, l := range pg.Languages {
		e.Languages = append(e.Languages, r.need(l, key.Node, language, "languages", "write codes such as en or pt-BR, or multilingual"))
	}
	if e.Kind == Embedding && pg.Dims.Node == nil {
		r.add(key.Node, "dims: is missing", "write how many numbers a vector of this model has")
	} else if pg.Dims.Node != nil && (e.Dims < 1 || e.Dims > maxDims) {
		r.add(pg.Dims.Node, "no model has so many dims", "write how many numbers a vector of this model has")
	}
	if pg.MaxTokens.Node != nil && (e.MaxTokens < 1 || e.MaxTokens > maxTokens) {
		r.add(pg.MaxTokens.Node, "no model reads so many tokens", "write how many tokens of a text it reads, or leave it out")
	}
	r.files(&e, key, pg)
	return e
}

func (r *reader) files(e *Entry, key strictyaml.At[string], pg entryPage) {
	if len(pg.Files.Value) == 0 {
		r.add(key.Node, "files: is missing", "name each file that is to be fetched, by its path: in the repository")
		return
	}
	if len(pg.Files.Value) > maxFiles {
		r.add(pg.Files.Node, fmt.Sprintf("there are more than %d files", maxFiles), "name those that the model is run with")
		return
	}
	taken := map[string]bool{}
	for _, at := range pg.Files.Value {
		f := r.fileOf(at, pg)
		if f.Path == "" { // That is reported.
			continue
		}
		lower := strings.ToLower(f.Path)
		for other := range taken {
			if other == lower || strings.HasPrefix(other, lower+"/") || strings.HasPrefix(lower, other+"/") {
				r.add(at.Node, fmt.Sprintf("two files would lie at %q", strictyaml.Shorten(f.Path)), "give one of them another to:")
				break
			}
		}
		taken[lower] = true
		e.Files = append(e.Files, f)
	}
}

func (r *reader) fileOf(at strictyaml.At[filePage], pg entryPage) File {
	const where = "write a relative path of letters, digits, . - and _, such as onnx/model.onnx"
	p := at.Value
	f := File{Path: p.To.Value, Source: p.Path.Value, Bytes: p.Bytes.Value, SHA256: p.SHA256.Value, url: p.URL.Value}
	to := p.To.Node
	if f.Path == "" {
		f.Path, to = f.Source, p.Path.Node
	}
	if f.url == "" {
		from, rev := p.From, p.Revision
		if from.Value == "" {
			from, rev = pg.From, pg.Revision
		}
		f.from = r.need(from, at.Node, repository, "from", "write the repository of Hugging Face, such as BAAI/bge-small-en-v1.5, or url:")
		f.revision = r.need(rev, at.Node, revision, "revision", "write the commit of the repository, so that the name means the same files tomorrow")
	} else if _, err := webAddress(f.url); err != nil {
		r.add(p.URL.Node, "url: "+err.Error(), "write where the file is fetched from, https://…")
	}
	switch {
	case f.Path == "":
		r.add(at.Node, "path: is missing", where)
	case !isFilePath(f.Path):
		r.add(to, fmt.Sprintf("%q cannot be the path of a file of a model", strictyaml.Shorten(f.Path)), where)
	case f.Source != "" && f.Source != f.Path && !isFilePath(f.Source):
		r.add(p.Path.Node, fmt.Sprintf("%q cannot be the path of a file of a model", strictyaml.Shorten(f.Source)), where)
	case f.Source == "" && f.url == "":
		r.add(at.Node, "path: is missing", where)
	}
	if p.Bytes.Node != nil && (f.Bytes < 1 || f.Bytes > 1<<40) {
		r.add(p.Bytes.Node, "bytes: no file of a model is so large", "write its size, or leave it out where it is not known")
	}
	if f.SHA256 != "" && !sum.MatchString(f.SHA256) {
		r.add(p.SHA256.Node, fmt.Sprintf("sha256: %q is no SHA-256", strictyaml.Shorten(f.SHA256)),
			"write its 64 digits and small letters, or leave it out where it is not known")
	}
	return f
}
