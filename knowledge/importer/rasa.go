package importer

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// Rasa gives the reader of Rasa projects: a folder, an archive of one, or a
// single file of training data or of a domain, in the YAML of Rasa 2 and 3
// (https://legacy-docs-oss.rasa.com/docs/rasa/training-data-format), the
// Markdown of Rasa 1 and the JSON before that.
//
// An intent that a rule, the first turn of the stories, or a response of its
// name answers becomes an FAQ item; where the response names slots, it becomes
// a command whose slots have the values of the examples, lookup tables and
// synonyms. Where the source has no responses at all, intents are phrasings
// for entries that are there already.
func Rasa() Reader {
	return Reader{Format: "rasa", Title: "Rasa project", Recognise: recogniseRasa, Read: readRasa}
}

const (
	maxRasaFiles = 5000
	maxLookups   = 100 // files of lookup tables
	maxRasaHeads = 200 // files that are looked into to recognise a project
)

// rasaMark is what only files of Rasa have, and frontdesk's own have not: a
// list under nlu:, stories: or rules:, responses named utter_…, and the
// headings and keys of the older forms.
var rasaMark = regexp.MustCompile(`(?m)^(nlu|stories|rules):[ \t]*\r?\n([ \t]*(#.*)?\r?\n)*[ \t]*-[ \t]*(intent|synonym|regex|lookup|story|rule)[ \t]*:` +
	`|^(responses|templates):[ \t]*\r?\n([ \t]*(#.*)?\r?\n)*[ \t]+["']?utter_` +
	`|^##[ \t]*(intent|synonym|lookup|regex)[ \t]*:` +
	`|"rasa_nlu_data"`)

// rasaKey is a key that a file of a project has, so that those of other programs
// need not be without faults.
var rasaKey = regexp.MustCompile(`(?m)^["']?(nlu|stories|rules|responses|templates|intents|entities|slots|actions|forms|flows)["']?[ \t]*:`)

func recogniseRasa(s Source) bool {
	return recogniseIn(s, maxRasaHeads, isRasaFile, func(_ string, head []byte) bool { return rasaMark.Match(head) })
}

// isRasaFile says whether a file of a project may hold what is taken in.
func isRasaFile(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yml", ".yaml", ".md", ".json":
		return true
	}
	return false
}

// rasaSettings are files of a project that hold no knowledge; some hold secrets,
// and none of them is opened.
var rasaSettings = []string{"config", "endpoints", "credentials", "docker-compose", "readme", "changelog"}

// A rasaProject is what was read of a project, before it is put together.
type rasaProject struct {
	taking
	faults    fault.List
	intents   botIntents
	lists     botLists
	synonyms  map[string]string // by a way to say it, in its normal form: the value
	ways      [][2]string       // the same as value and way, in the order of the files
	responses map[string]*rasaResponse
	order     []string // of the responses
	slots     map[string]rasaSlot
	turns     map[string][]rasaTurn // by intent: what answers it, by rules and stories
	mentioned map[string]bool       // intents that rules and stories name anywhere
	lookups   []rasaLookup
	words     [][2]string // list and word of lookup tables, in the order of the files
}

// A rasaLookup is a lookup table that stands in a file of its own.
type rasaLookup struct {
	list, file string
	pos        knowledge.Pos
}

func readRasa(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	names, err := in.files(ctx, func(name string) bool {
		return isRasaFile(name) || strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".py")
	})
	if err != nil {
		return nil, err
	}
	p := &rasaProject{
		lists: botLists{}, synonyms: map[string]string{}, responses: map[string]*rasaResponse{},
		slots: map[string]rasaSlot{}, turns: map[string][]rasaTurn{}, mentioned: map[string]bool{},
	}
	read := 0
	for _, name := range names {
		base := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
		pos := knowledge.Pos{File: in.title(name)}
		ext := strings.ToLower(path.Ext(name))
		single := name == s.Path
		switch {
		case ext == ".txt":
			continue // Read where a lookup table names it.
		case ext == ".py":
			if strings.Contains(name, "action") && base != "__init__" {
				p.leave(pos, "custom actions", "they are programs; write commands for what they do")
			}
			continue
		case !single && slices.Contains(rasaSettings, base):
			continue
		case !single && (strings.HasPrefix(base, "test_") || strings.HasPrefix(name, "tests/") || strings.Contains(name, "/tests/")):
			p.leave(pos, "test stories", "they are whole conversations; write tests: with one question each")
			continue
		}
		if read++; read > maxRasaFiles {
			p.leave(pos, "more files", fmt.Sprintf("a project has at most %d", maxRasaFiles))
			break
		}
		text, err := in.text(ctx, name, maxJSON)
		if list, ok := asFaults(err); ok {
			p.faults = append(p.faults, list...)
			continue
		}
		if err != nil {
			return nil, err
		}
		switch ext {
		case ".md":
			p.markdown(in.title(name), text)
		case ".json":
			p.json(in.title(name), text)
		default:
			if !single && !rasaKey.MatchString(text) {
				p.leave(pos, "the file", "it has no key of Rasa")
				continue
			}
			p.yaml(in.title(name), text)
		}
	}
	if err := p.readLookups(ctx, in, names); err != nil {
		return nil, err
	}
	p.faults.Sort()
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	p.join()
	return p.found(), nil
}

// readLookups reads the tables that stand in files of their own, one value a line.
func (p *rasaProject) readLookups(ctx context.Context, in *input, names []string) error {
	read := map[[2]string]bool{}
	for _, l := range p.lookups {
		if read[[2]string{l.list, l.file}] {
			continue
		}
		if read[[2]string{l.list, l.file}] = true; len(read) > maxLookups {
			p.leave(l.pos, "lookup table "+l.list, fmt.Sprintf("a project has at most %d of them in files of their own", maxLookups))
			break
		}
		at := slices.IndexFunc(names, func(name string) bool { return name == l.file || strings.HasSuffix(name, "/"+l.file) })
		if at < 0 {
			p.leave(l.pos, "lookup table "+l.list, fmt.Sprintf("its file %q is not there", shown(l.file)))
			continue
		}
		text, err := in.text(ctx, names[at], maxJSON)
		if list, ok := asFaults(err); ok {
			p.faults = append(p.faults, list...)
			continue
		}
		if err != nil {
			return err
		}
		p.lists.of(l.list).closed = true
		for line := range strings.Lines(text) {
			p.words = append(p.words, [2]string{l.list, strings.TrimSpace(line)})
		}
	}
	return nil
}
