package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/spf13/cobra"
)

// baseName is what a base may be called here: it names a file too.
var baseName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

func newNew(c *cli) *cobra.Command {
	var name string
	var questions, answers []string
	cmd := &cobra.Command{
		Use:   "new [DIR]",
		Short: "Make a first base",
		Long: "Make a folder with a configuration and a first base in it. In a terminal its name and\n" +
			"the first questions and answers are asked for; flags give them elsewhere. Nothing that\n" +
			"is there is written over.",
		Example: "  frontdesk new inn --question 'When is breakfast?' --answer 'From seven to ten.'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			if len(questions) != len(answers) {
				return usage(errors.New("each --question needs an --answer"))
			}
			var entries []*knowledge.Entry
			for i, q := range questions {
				entries = append(entries, &knowledge.Entry{Kind: knowledge.FAQ, Question: q, Answer: answers[i]})
			}
			if name == "" {
				name = defaultBaseName(dir)
			}
			if err := isFree(filepath.Join(dir, "config.yaml")); err != nil {
				return err // before anything is typed
			}
			if len(entries) == 0 && c.isInteractive() {
				diesOfSignals()
				var err error
				if name, entries, err = c.askNew(name); err != nil {
					return err
				}
			}
			if !baseName.MatchString(name) {
				return usage(noBaseName(name))
			}
			return c.makeNew(dir, name, entries)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the `name` of the base (default: that of the folder)")
	cmd.Flags().StringArrayVar(&questions, "question", nil, "a `question`; may be given several times, each with an --answer")
	cmd.Flags().StringArrayVar(&answers, "answer", nil, "its `answer`, in Markdown")
	return cmd
}

func noBaseName(name string) error {
	return fmt.Errorf("%q is no name of a base; use small letters, digits and hyphens", name)
}

// isFree refuses a file that is there.
func isFree(file string) error {
	switch _, err := os.Lstat(file); {
	case err == nil:
		return usage(fmt.Errorf("%s is there already; choose another folder", file))
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("looking for what is there: %w", err)
	}
	return nil
}

// plainWords are those that a shell takes as they are.
var plainWords = regexp.MustCompile(`^[\pL\pN ,.-]*$`)

// inShell gives words as they are typed into a shell.
func inShell(words string) string {
	if plainWords.MatchString(words) && !strings.HasPrefix(words, "-") {
		return words
	}
	return "'" + strings.ReplaceAll(words, "'", `'\''`) + "'"
}

// defaultBaseName makes a name of that of a folder.
func defaultBaseName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "desk"
	}
	name := strings.ToLower(filepath.Base(abs))
	if !baseName.MatchString(name) {
		return "desk"
	}
	return name
}

// askNew asks for what a base begins with; an empty question ends it.
func (c *cli) askNew(name string) (string, []*knowledge.Entry, error) {
	in := bufio.NewReader(c.in)
	ended := false // nothing more is typed
	ask := func(prompt string) (string, error) {
		fmt.Fprint(c.out, prompt)
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the answer: %w", err)
		}
		ended = err != nil
		return strings.TrimSpace(line), nil
	}
	for {
		given, err := ask(fmt.Sprintf("What is the base called? [%s] ", shown(name, 0)))
		if err != nil {
			return "", nil, err
		}
		given = cmp.Or(given, name)
		if baseName.MatchString(given) {
			name = given
			break
		}
		fmt.Fprintf(c.out, "%s\n", noBaseName(given))
		if name = defaultBaseName("."); ended {
			return "", nil, usage(noBaseName(given))
		}
	}
	var entries []*knowledge.Entry
	for {
		q, err := ask("What do people ask? (nothing to end) ")
		if err != nil || q == "" {
			return name, entries, err
		}
		a, err := ask("What should they read? ")
		if err != nil {
			return "", nil, err
		}
		if a == "" {
			continue
		}
		alternatives, err := ask("How else do they ask it? (several parted by ;) ")
		if err != nil {
			return "", nil, err
		}
		entries = append(entries, &knowledge.Entry{Kind: knowledge.FAQ, Question: q, Answer: a, Alternatives: strings.Split(alternatives, ";")})
	}
}

// exampleEntry is what a base without questions begins with.
var exampleEntry = knowledge.Entry{Kind: knowledge.FAQ, Question: "Who are you?",
	Alternatives: []string{"what are you", "am I talking to a human"}, Answer: "I am the desk, a program. I answer what I was told."}

// makeNew writes the configuration and the knowledge.
func (c *cli) makeNew(dir, name string, entries []*knowledge.Entry) error {
	if len(entries) == 0 {
		e := exampleEntry
		entries = []*knowledge.Entry{&e}
	}
	ids := map[string]bool{}
	for _, e := range entries {
		importer.Tidy(e)
		if e.Question == "" || e.Answer == "" {
			return usage(errors.New("a question or an answer is empty"))
		}
		e.ID = importer.Name(e.Question, func(id string) bool { return ids[id] })
		ids[e.ID] = true
	}
	var b bytes.Buffer
	b.WriteString("# What the desk knows. \"frontdesk add\" adds to it, and \"frontdesk import\" takes in what there is\n# already. Write more than one way to ask under alternatives:.\n")
	if err := importer.WriteYAML(&b, entries); err != nil {
		return err
	}
	config := fmt.Sprintf("format: 1\ndata_dir: data\ndefault_base: %s\nbases:\n  %s: {knowledge: [knowledge]}\n", name, name)
	files := []struct {
		name string
		data []byte
	}{{filepath.Join(dir, "config.yaml"), []byte(config)}, {filepath.Join(dir, "knowledge", name+".yaml"), b.Bytes()}}
	for _, f := range files {
		if err := isFree(f.name); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.name), 0o755); err != nil {
			return fmt.Errorf("making the folder: %w", err)
		}
		out, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("making the file: %w", err)
		}
		_, err = out.Write(f.data)
		if err = errors.Join(err, out.Close()); err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	_, err := fmt.Fprintf(c.out, "made %s and %s\n\nNext, in the folder %s:\n  frontdesk ask %s\n  frontdesk add --question … --answer …\n  frontdesk lint\n  frontdesk chat\n",
		files[0].name, files[1].name, dir, inShell(shown(strings.ToLower(strings.TrimRight(entries[0].Question, "?!.")), 0)))
	return err
}
