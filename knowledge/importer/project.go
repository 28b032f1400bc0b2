package importer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// openProject begins to read what is a folder, an archive of one, or a single
// file of it. Done ends the reading of an archive.
func openProject(ctx context.Context, s Source) (in *input, done func() error, err error) {
	in = newInput(s)
	if in.isDir() || !isZip(s.head(s.Path)) {
		return in, func() error { return nil }, nil
	}
	inner, done, err := in.unzip(ctx, s.Path)
	if err != nil {
		return nil, nil, err
	}
	return newInput(inner), done, nil
}

// recogniseIn says whether one of the first files that want names holds what is
// looked for, by its beginning.
func recogniseIn(s Source, most int, want func(name string) bool, holds func(name string, head []byte) bool) bool {
	ctx := context.Background() // Nothing here waits.
	in, done, err := openProject(ctx, s)
	if err != nil {
		return false
	}
	defer done()
	if !in.isDir() {
		return want(in.Path) && holds(in.Path, in.headText(in.Path))
	}
	names, err := in.files(ctx, want)
	if err != nil {
		return false
	}
	for i, name := range names {
		if i == most {
			return false
		}
		if holds(name, in.headText(name)) {
			return true
		}
	}
	return false
}

// headText gives the beginning of a file as UTF-8, where it is text at all.
func (s Source) headText(name string) []byte {
	head := s.head(name)
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		if text, _, err := decode(head, name); err == nil {
			return []byte(text)
		}
	}
	return bytes.TrimPrefix(head, []byte("\ufeff"))
}

// asFaults gives the faults of a file, if that is what an error is, so that
// those of the other files are told, too.
func asFaults(err error) (fault.List, bool) {
	return errors.AsType[fault.List](err)
}

// countOf gives a number of things: "1 file", "3 files".
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// A jsonFile is one of a project's JSON files.
type jsonFile struct {
	name, title string
	root        *jsonValue
}

// jsonFiles reads the JSON files of a project, sorted, with all their faults at
// once.
//
// Where a mark is given, files of a folder without it are no JSON of the format:
// they have no root, and need not be without faults.
func (in *input) jsonFiles(ctx context.Context, mark *regexp.Regexp) ([]jsonFile, error) {
	names, err := in.files(ctx, isJSON)
	if err != nil {
		return nil, err
	}
	var files []jsonFile
	var faults fault.List
	for _, name := range names {
		f := jsonFile{name: name, title: in.title(name)}
		text, err := in.text(ctx, name, maxJSON)
		if err == nil && (mark == nil || name == in.Path || mark.MatchString(text)) {
			f.root, err = parseJSON(f.title, text)
		}
		if list, ok := asFaults(err); ok {
			faults = append(faults, list...)
		} else if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	faults.Sort()
	return files, faults.Err()
}

// stem gives a file's name without its folder and what it ends in.
func stem(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }

// isJSON says whether a file's name is that of JSON.
func isJSON(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".json") && !strings.Contains(name, "node_modules/")
}

// pickLanguage finds the language that is taken of those that a source has, with
// how often it has them: the one that is wanted, or else its own, or else the
// most frequent one. Others are the ones that are not. A language fits one of a
// country, and the other way round: "en" and "en-US".
func pickLanguage(title, want, own string, count map[string]int) (language string, others []string, err error) {
	have := slices.Sorted(maps.Keys(count))
	find := func(l string) string {
		for _, fits := range []func(string) bool{
			func(h string) bool { return strings.EqualFold(h, l) },
			func(h string) bool { return strings.HasPrefix(strings.ToLower(h), strings.ToLower(l)+"-") },
			func(h string) bool { return strings.HasPrefix(strings.ToLower(l), strings.ToLower(h)+"-") },
		} {
			if i := slices.IndexFunc(have, fits); i >= 0 && l != "" {
				return have[i]
			}
		}
		return ""
	}
	switch language = find(cmp.Or(want, own)); {
	case language != "":
	case want != "":
		return "", nil, fault.List{{File: title, What: fmt.Sprintf("there are no sentences in %q", shown(want)),
			Do: "choose one of: " + strings.Join(have, ", ")}}
	case len(have) > 0:
		language = slices.MaxFunc(have, func(x, y string) int {
			return cmp.Or(cmp.Compare(count[x], count[y]), strings.Compare(y, x))
		})
	}
	return language, slices.DeleteFunc(have, func(h string) bool { return h == language }), nil
}

// leaveLanguages tells of the languages that are not taken.
func (t *taking) leaveLanguages(title, language string, others []string) {
	for _, l := range others {
		t.leave(knowledge.Pos{File: title}, "the language "+l,
			fmt.Sprintf("one is taken at a time, this time %s; import another into a base of its own", language))
	}
}
