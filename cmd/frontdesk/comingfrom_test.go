//go:build unix

package main

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// comingFrom are the sources that the page on coming from elsewhere names, with
// the cases of the importer's own tests that stand for them.
var comingFrom = map[string]string{
	"rasa-project":     "rasa/retrieval/faq-bot.zip/faq-bot",
	"qna.json":         "qnabot/export/qna.json",
	"azure.tsv":        "azure/export/library.tsv",
	"agent.zip":        "dialogflow/support/support.zip",
	"faq.csv":          "csv/plain/faq.csv",
	"faq.xlsx":         "excel/plain/faq.xlsx",
	"handbook.docx":    "word/outline/notes.docx",
	"shop":             "website/shop/shop",
	"slack-export":     "slack/folder/export",
	"discord.json":     "discord/channel/garden - help [C1].json",
	"custom_sentences": "",
}

// Every command of the page does what the page says, on a project of its kind.
func TestComingFrom(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	page, err := os.ReadFile("../../knowledge/importer/README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(page), "\n## ")
	intro := comingBlocks(parts[0], "sh")
	if len(intro) != 3 || len(parts) != 9 {
		t.Fatalf("the page has %d blocks before its sections, and %d sections", len(intro), len(parts)-1)
	}
	for _, part := range parts[1:] {
		title, text, _ := strings.Cut(part, "\n")
		blocks := comingBlocks(text, "sh")
		all := strings.Join(blocks, "")
		if len(blocks) == 0 {
			t.Errorf("%s has no command", title)
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			used := false
			for name, from := range comingFrom {
				if strings.Contains(all, " "+name) {
					comingCopy(t, from, filepath.Join(dir, name))
					used = true
				}
			}
			if !used {
				t.Error("no command reads a source")
			}
			comingRun(t, dir, intro[0])
			added := false
			for i, block := range blocks {
				out := comingRun(t, dir, block)
				added = added || regexp.MustCompile(`(?m)^\d+ added.* in knowledge/`).MatchString(out)
				if strings.Contains(text, "homeassistant:") && i == 0 {
					added = true // the next command fails where it was not
					comingHome(t, dir, comingBlocks(text, "yaml")[0])
				}
			}
			if !added {
				t.Error("nothing was added")
			}
			if strings.Contains(all, "--accept") { // a second time nothing changes
				again := regexp.MustCompile(`(?m)^frontdesk import .*--accept$`).FindString(all)
				if out := comingRun(t, dir, again); !strings.Contains(out, "nothing was written") {
					t.Errorf("the second time: %s", out)
				}
			}
			last := intro[1:]
			if title != "Rasa" { // to leave again is the same for all
				last = intro[1:2]
			}
			for _, b := range last {
				comingRun(t, dir, strings.ReplaceAll(b, "frontdesk lint\n", "frontdesk lint --hints=false\n"))
			}
		})
	}
}

// comingBlocks gives the blocks of a language in a text.
func comingBlocks(text, language string) (blocks []string) {
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// comingHome has the configuration say what the page says.
func comingHome(t *testing.T, dir, more string) {
	t.Helper()
	file := filepath.Join(dir, "config.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "knowledge: [knowledge]", "knowledge: [knowledge], allow: {roles: [household]}", 1) + more
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// comingCopy puts a source where the page has it; a folder that is called as an
// archive is packed.
func comingCopy(t *testing.T, from, to string) {
	t.Helper()
	src := filepath.Join("../../knowledge/importer/testdata", from)
	if from == "" {
		src = filepath.Join("testdata/coming", filepath.Base(to))
	}
	info, err := os.Stat(src)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case !info.IsDir():
		data, readErr := os.ReadFile(src)
		if err = readErr; err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
	case filepath.Ext(to) == "":
		err = os.CopyFS(to, os.DirFS(src))
	default:
		var f *os.File
		if f, err = os.Create(to); err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		err = z.AddFS(os.DirFS(src))
		if closed := z.Close(); err == nil {
			err = closed
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// comingRun runs a block of commands as somebody would who copies it, and gives
// what it prints.
func comingRun(t *testing.T, dir, commands string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, ".bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(bin, "frontdesk")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-e", "-c", commands)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "FRONTDESK_CONFIG=",
		"HOMEASSISTANT_TOKEN=a-token", fmt.Sprintf("PATH=%s:%s", bin, os.Getenv("PATH")))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", commands, err, out)
	}
	return string(out)
}
