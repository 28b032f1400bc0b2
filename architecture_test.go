package frontdesk_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "frontdesk"

// leaves may be imported by everybody, and import nothing of ours but each other.
var leaves = []string{"internal/diskspace", "internal/fault", "internal/logctx", "internal/secret", "internal/strictyaml"}

// mayImport says which of our packages each part may import, besides the
// leaves. A name that ends in /... stands for the package and all below it. The first
// pattern that fits a package holds for it; one that fits none is an error, so
// that a new package is given its place here.
var mayImport = []struct {
	part    string
	imports []string
}{
	{"internal/diskspace", nil},
	{"internal/fault", nil},
	{"internal/logctx", nil},
	{"internal/secret", nil},
	{"internal/strictyaml", nil},
	{"knowledge/phonetic", nil},
	{"knowledge/template", []string{"knowledge/phonetic"}},
	{"knowledge", []string{"knowledge/template"}},
	{"knowledge/...", []string{"knowledge", "knowledge/template"}},
	{"asr", nil},
	{"asr/asrtest", []string{"asr", "asr/audio"}}, // for tests
	{"asr/hearing", []string{"asr", "asr/audio", "asr/vad"}},
	{"asr/exec", []string{"asr", "asr/audio"}},
	{"asr/openai", []string{"asr", "asr/audio"}},
	{"asr/whisper", []string{"asr", "asr/vad"}}, // it comes with a detector of its own
	{"asr/wyoming", []string{"asr"}},
	{"asr/wake", []string{"asr", "internal/ort", "knowledge/phonetic"}}, // a wake phrase is known by its sound
	{"asr/...", []string{"asr", "internal/ort"}},
	{"retrieval/lexical", []string{"knowledge/phonetic"}},
	{"retrieval", []string{"knowledge", "knowledge/phonetic", "knowledge/template", "retrieval/lexical"}},
	{"retrieval/static/train", []string{"retrieval/static"}},
	{"retrieval/...", []string{"knowledge", "knowledge/template", "retrieval/...", "internal/ort"}},
	{"bot", []string{"knowledge", "knowledge/template", "retrieval", "asr"}},
	{"bot/dispatch/...", []string{"knowledge", "knowledge/template", "bot", "bot/dispatch"}},
	{"bot/journal", []string{"bot"}},
	{"bot/bottest", []string{"knowledge", "knowledge/template", "retrieval", "asr", "bot"}},
	{"adapters/chat", []string{"bot", "asr", "asr/audio"}},
	{"adapters/chat/...", []string{"bot", "adapters/chat"}}, // for tests of the adapters that stand on it
	{"adapters/slack/...", []string{"bot", "asr", "adapters/chat", "adapters/slack/..."}},
	{"adapters/discord/...", []string{"bot", "asr", "adapters/chat", "adapters/discord/..."}},
	{"adapters/mic/speaker", []string{"bot", "asr", "asr/audio"}},
	{"adapters/mic/pulsetest", []string{"asr/asrtest"}}, // for tests
	{"adapters/mic/...", []string{"bot", "asr", "asr/vad", "asr/wake", "asr/audio", "adapters/mic/..."}},
	{"adapters/...", []string{"bot", "asr"}},
	{"internal/ort", nil},
	{"internal/ort/...", []string{"internal/ort"}},
	{"internal/shelf/...", []string{"internal/shelf"}},
	{"internal/config", []string{"knowledge", "retrieval/...", "internal/ort", "internal/shelf", "bot", "bot/journal", "bot/dispatch/...", "adapters/...", "asr/..."}},
	{"internal/app", []string{"", "knowledge/...", "retrieval/...", "asr/...", "bot/...", "adapters/...", "internal/..."}},
	{"cmd/frontdesk", []string{"asr", "asr/audio", "internal/app", "internal/config", "adapters/chat", "adapters/mic", "adapters/mic/capture", "adapters/terminal", "bot", "bot/dispatch", "bot/dispatch/homeassistant", "bot/journal", "knowledge", "knowledge/template", "knowledge/importer/...", "knowledge/jsgf", "knowledge/proposal", "retrieval", "internal/shelf"}},
	{"", nil}, // the root embeds files, and nothing else
	{"examples", nil},
}

// onlyIn names the one folder that may import a library.
var onlyIn = map[string]string{
	"github.com/yalue/onnxruntime_go":              "internal/ort",
	"github.com/dlclark/regexp2":                   "retrieval/tokenizer",
	"github.com/clipperhouse/uax29/v2":             "retrieval/tokenizer",
	"github.com/ggerganov/whisper.cpp/bindings/go": "asr/whisper",
	"github.com/pion/opus":                         "asr/audio",
	"github.com/mewkiz/flac":                       "asr/audio",
	"github.com/hajimehoshi/go-mp3":                "asr/audio",
	"github.com/slack-go/slack":                    "adapters/slack",
	"github.com/bwmarrin/discordgo":                "adapters/discord",
	"github.com/peterh/liner":                      "adapters/terminal",
	"github.com/gen2brain/malgo":                   "adapters/mic/capture",
	"github.com/spf13/cobra":                       "cmd/frontdesk",
	"github.com/pressly/goose/v3":                  "bot/journal",
	"modernc.org/sqlite":                           "bot/journal",
	"golang.org/x/crypto":                          "bot/dispatch",
	"gonum.org/v1/gonum":                           "retrieval",
	"github.com/go-analyze/charts":                 "cmd/frontdesk",
	"github.com/theory/jsonpath":                   "bot/dispatch",
	"code.dny.dev/ssrf":                            "bot/dispatch",
	"github.com/eclipse/paho.golang":               "bot/dispatch/mqtt",
	"github.com/robfig/cron/v3":                    "bot/dispatch/schedule",
	"github.com/coreos/go-systemd/v22":             "internal/app",
	"github.com/xuri/excelize/v2":                  "knowledge/importer",
	"github.com/kyokomi/emoji/v2":                  "knowledge/importer",

	"github.com/JohannesKaufmann/html-to-markdown/v2": "knowledge/importer",
	"github.com/tailscale/hujson":                     "knowledge/importer",
	"github.com/temoto/robotstxt":                     "knowledge/importer",
}

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// TestImports holds the import rules of the design: who may import whom.
func TestImports(t *testing.T) {
	for _, p := range ours(t) {
		from := inModule(p.ImportPath)
		allowed, ok := rule(from)
		if !ok {
			t.Errorf("%s has no place in the import rules: give it one in architecture_test.go", from)
			continue
		}
		for _, imported := range p.Imports {
			if imported != module && !strings.HasPrefix(imported, module+"/") {
				checkLibrary(t, from, imported)
				continue
			}
			to := inModule(imported)
			if !slices.Contains(leaves, to) && !fitsAny(allowed, to) {
				t.Errorf("%s imports %s; it may import only %q and the leaves", from, to, allowed)
			}
		}
	}
}

// TestSoundStays holds that of what hears and listens only that reaches the network which
// sends sound to a server that the owner names, and what takes calls to listen.
func TestSoundStays(t *testing.T) {
	may := map[string]bool{"asr/openai": true, "asr/wyoming": true, "adapters/mic": true}
	for _, p := range ours(t) {
		from := inModule(p.ImportPath)
		if may[from] || !fits("asr/...", from) && !fits("adapters/mic/...", from) {
			continue
		}
		for _, imported := range p.Imports {
			if imported == "net" || strings.HasPrefix(imported, "net/") {
				t.Errorf("%s imports %s; sound stays on this machine", from, imported)
			}
		}
	}
	// The microphone takes calls, and makes none.
	files, err := filepath.Glob("adapters/mic/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"http.Client", "http.DefaultClient", "http.Get(", "http.Post(", "net.Dial"} {
			if bytes.Contains(text, []byte(call)) {
				t.Errorf("%s has %s; the microphone calls nobody", file, call)
			}
		}
	}
}

// TestHabits holds what else the house agreed on.
func TestHabits(t *testing.T) {
	for _, p := range ours(t) {
		name := path.Base(p.ImportPath)
		if slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, name) {
			t.Errorf("%s: name a package after what it does", p.ImportPath)
		}
		for _, f := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, f), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s/%s has an init function: wire it in internal/app", p.ImportPath, f)
				}
			}
		}
	}
}

// ours lists the packages of this module.
func ours(t *testing.T) []goPackage {
	t.Helper()
	var stderr bytes.Buffer
	list := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var all []goPackage
	for d := json.NewDecoder(bufio.NewReader(bytes.NewReader(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func checkLibrary(t *testing.T, from, imported string) {
	t.Helper()
	for library, folder := range onlyIn {
		if (imported == library || strings.HasPrefix(imported, library+"/")) && !fits(folder+"/...", from) {
			t.Errorf("%s imports %s; only %s may", from, imported, folder)
		}
	}
}

// inModule gives an import path without the module's name; "" is the root.
func inModule(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func rule(pkg string) ([]string, bool) {
	for _, r := range mayImport {
		if fits(r.part, pkg) {
			return r.imports, true
		}
	}
	return nil, false
}

func fitsAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

func fits(pattern, pkg string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == folder || strings.HasPrefix(pkg, folder+"/")
	}
	return pkg == pattern
}
