package shelf

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"github.com/google/renameio/v2/maybe"
	"go.yaml.in/yaml/v4"
)

// Files of ours: what a whole model consists of, how far an unfinished one has
// come, and the sums that are held from the first pull on.
const (
	manifestFile = "model.yaml"
	progressFile = "pull.yaml"
	sumsFile     = "sums.yaml"
)

// maxSums bounds the sums that are held.
const maxSums = 10_000

// A manifest says what a model's folder holds. It is written last, so a folder
// that has one was whole.
type manifest struct {
	Name    string     `yaml:"name"`
	Licence string     `yaml:"licence"`
	From    string     `yaml:"from"`    // for people
	Fetched string     `yaml:"fetched"` // the time, as RFC 3339 has it
	Files   []recorded `yaml:"files"`
}

// A recorded is a file as it was fetched or imported.
type recorded struct {
	Path   string `yaml:"path"`
	Bytes  int64  `yaml:"bytes"`
	SHA256 string `yaml:"sha256"`
}

type manifestPage struct {
	Format   strictyaml.At[int] `yaml:"format"`
	manifest `yaml:",inline"`
}

// readManifest reads the manifest of a folder. Where there is none, the error is
// [io/fs.ErrNotExist].
func readManifest(dir string) (manifest, error) {
	file := filepath.Join(dir, manifestFile)
	data, err := readBounded(file, maxCatalogue)
	if err != nil {
		return manifest{}, err
	}
	m, faults := parseManifest(file, data)
	return m, faults.Err()
}

func parseManifest(file string, data []byte) (manifest, fault.List) {
	var pg manifestPage
	r := reader{file: file}
	root, ok := r.page(data, &pg, &pg.Format)
	if !ok {
		return manifest{}, r.faults
	}
	const do = "pull the model again"
	m := pg.manifest
	if !isModelName(m.Name) {
		r.add(root, fmt.Sprintf("%q cannot be the name of a model", strictyaml.Shorten(m.Name)), do)
	}
	if len(m.Files) == 0 || len(m.Files) > maxFiles {
		r.add(root, fmt.Sprintf("a model has from 1 to %d files, not %d", maxFiles, len(m.Files)), do)
	}
	taken := map[string]bool{}
	for _, f := range m.Files {
		if !isFilePath(f.Path) || !sum.MatchString(f.SHA256) || f.Bytes < 0 || taken[strings.ToLower(f.Path)] {
			r.add(root, fmt.Sprintf("the file %q is not described as one of a model", strictyaml.Shorten(f.Path)), do)
		}
		taken[strings.ToLower(f.Path)] = true
	}
	r.faults.Sort()
	return m, r.faults
}

func (m manifest) write(dir string) error {
	return writeYAML(filepath.Join(dir, manifestFile), struct {
		Format   int `yaml:"format"`
		manifest `yaml:",inline"`
	}{formatNumber, m})
}

// writeYAML replaces a file as a whole.
func writeYAML(file string, v any) error {
	data, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	return maybe.WriteFile(file, data, 0o644)
}

// The sums of files that the catalogue has none for, as they were when they were
// first fetched.
type sums struct {
	file string
	List []held `yaml:"sums"`
}

// A held is one of them.
type held struct {
	Of     string `yaml:"of"` // where the file is published, whatever mirror it came from
	SHA256 string `yaml:"sha256"`
	Bytes  int64  `yaml:"bytes"`
	Since  string `yaml:"since"` // the time, as RFC 3339 has it
}

// publishedAt names a file whatever mirror it comes from.
func (f File) publishedAt() string {
	if f.url != "" {
		return f.url
	}
	return f.from + "/" + f.Source + " at " + f.revision
}

// readSums reads the sums of a shelf, which may be none yet.
func readSums(dir string) (*sums, error) {
	s := &sums{file: filepath.Join(dir, sumsFile)}
	data, err := readBounded(s.file, maxCatalogue)
	switch {
	case isNotThere(err):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("reading the sums of models: %w", err)
	}
	list, faults := parseSums(s.file, data)
	s.List = list
	return s, faults.Err()
}

func parseSums(file string, data []byte) ([]held, fault.List) {
	var pg struct {
		Format strictyaml.At[int] `yaml:"format"`
		List   []held             `yaml:"sums"`
	}
	r := reader{file: file}
	root, ok := r.page(data, &pg, &pg.Format)
	if !ok {
		return nil, r.faults
	}
	if len(pg.List) > maxSums {
		r.add(root, fmt.Sprintf("there are more than %d sums", maxSums), "delete the file, and what is fetched next is believed")
	}
	for _, h := range pg.List {
		if h.Of == "" || !sum.MatchString(h.SHA256) || h.Bytes < 0 {
			r.add(root, fmt.Sprintf("what is held of %q is no sum", strictyaml.Shorten(h.Of)), "remove it, and what is fetched next is believed")
		}
	}
	r.faults.Sort()
	return pg.List, r.faults
}

// of gives what is held of a file.
func (s *sums) of(f File) (held, bool) {
	i := slices.IndexFunc(s.List, func(h held) bool { return h.Of == f.publishedAt() })
	if i < 0 {
		return held{}, false
	}
	return s.List[i], true
}

// hold records a file that was fetched for the first time.
func (s *sums) hold(f File, r recorded, now time.Time) {
	if _, ok := s.of(f); !ok {
		s.List = append(s.List, held{f.publishedAt(), r.SHA256, r.Bytes, now.UTC().Format(time.RFC3339)})
	}
}

// forget drops what is held of a model's files.
func (s *sums) forget(e Entry) {
	s.List = slices.DeleteFunc(s.List, func(h held) bool {
		return slices.ContainsFunc(e.Files, func(f File) bool { return f.publishedAt() == h.Of })
	})
}

func (s *sums) write() error {
	slices.SortFunc(s.List, func(a, b held) int { return strings.Compare(a.Of, b.Of) })
	return writeYAML(s.file, struct {
		Format int    `yaml:"format"`
		List   []held `yaml:"sums"`
	}{formatNumber, s.List})
}
