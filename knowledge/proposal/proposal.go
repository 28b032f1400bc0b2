// Package proposal keeps questions with their answers that people found in a
// chat and propose as new entries of a base. Each waits in a file of its own,
// which nothing answers from, until an owner accepts it into a file of
// knowledge or rejects it.
package proposal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

const formatNumber = 1

// Bounds of one proposal, in bytes.
const (
	MaxQuestion = 4 << 10
	MaxAnswer   = 32 << 10
	maxName     = 2 << 10   // of every other text
	maxFile     = 256 << 10 // of the whole file
)

// A Proposal is a question and its answer that somebody proposes.
type Proposal struct {
	// ID is made of the base, the question and the answer, so that the same pair
	// has the same one. It names the file as well.
	ID       string
	Base     string
	Question string // Markdown
	Answer   string // Markdown
	Link     string // where it was said; may be empty
	By       string // the address of who proposes it
	Channel  string // the address of where it was said; may be empty
	When     time.Time
}

// page is the file as it is written.
type page struct {
	Format   int       `yaml:"format"`
	ID       string    `yaml:"id"`
	Base     string    `yaml:"base"`
	Question string    `yaml:"question"`
	Answer   string    `yaml:"answer"`
	Link     string    `yaml:"link,omitempty"`
	By       string    `yaml:"by,omitempty"`
	Channel  string    `yaml:"channel,omitempty"`
	When     time.Time `yaml:"when"`
}

// New completes a proposal: it trims its texts and gives it its ID. The error is
// a sentence for whoever proposes it.
func New(p Proposal) (Proposal, error) {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	p.Question, p.Answer = strings.TrimSpace(lines.Replace(p.Question)), strings.TrimSpace(lines.Replace(p.Answer))
	p.When = p.When.UTC().Truncate(time.Second)
	p.ID = idOf(p)
	what, _ := p.check()
	if what != "" {
		return Proposal{}, errors.New(what)
	}
	return p, nil
}

// idOf hashes fields, each with its length before it.
func idOf(p Proposal) string {
	h := sha256.New()
	for _, field := range []string{"frontdesk proposal 1", p.Base, p.Question, p.Answer} {
		fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// isID says whether a text can be an ID, and so a part of a file's name.
func isID(id string) bool {
	return len(id) == 16 && strings.Trim(id, "0123456789abcdef") == ""
}

// check says what is wrong, and under which key; nothing when what is empty.
func (p Proposal) check() (what, key string) {
	for _, f := range []struct {
		key, name, text string
		most            int
		lines, needed   bool
	}{
		{"base", "base", p.Base, maxName, false, true},
		{"question", "question", p.Question, MaxQuestion, true, true},
		{"answer", "answer", p.Answer, MaxAnswer, true, true},
		{"link", "link", p.Link, maxName, false, false},
		{"by", "proposer's address", p.By, maxName, false, false},
		{"channel", "channel", p.Channel, maxName, false, false},
	} {
		odd := func(r rune) bool {
			return unicode.IsControl(r) && !(f.lines && (r == '\n' || r == '\t')) || !f.lines && (r == '\u2028' || r == '\u2029')
		}
		switch {
		case f.needed && strings.TrimSpace(f.text) == "":
			return "the " + f.name + " is empty", f.key
		case len(f.text) > f.most:
			return fmt.Sprintf("the %s is too long: it has %d bytes, and at most %d can be kept", f.name, len(f.text), f.most), f.key
		case !utf8.ValidString(f.text):
			return "the " + f.name + " is not UTF-8", f.key
		case strings.ContainsFunc(f.text, odd):
			return "the " + f.name + " holds a control character", f.key
		}
	}
	if p.When.IsZero() {
		return "there is no time of when it was proposed", "when"
	}
	return "", ""
}

// WriteYAML writes the proposal as it stands in its file.
func (p Proposal) WriteYAML(w io.Writer) error {
	return dump(w, page{Format: formatNumber, ID: p.ID, Base: p.Base, Question: p.Question, Answer: p.Answer,
		Link: p.Link, By: p.By, Channel: p.Channel, When: p.When})
}

func dump(w io.Writer, v any) error {
	d, err := yaml.NewDumper(w, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err == nil {
		err = d.Dump(v)
	}
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	return nil
}

// read reads the file of a proposal, which an owner may have edited, and gives
// all its faults.
func read(file, id string, data []byte) (Proposal, fault.List) {
	var pg struct {
		Format   strictyaml.At[int]    `yaml:"format"`
		ID       strictyaml.At[string] `yaml:"id"`
		Base     strictyaml.At[string] `yaml:"base"`
		Question strictyaml.At[string] `yaml:"question"`
		Answer   strictyaml.At[string] `yaml:"answer"`
		Link     strictyaml.At[string] `yaml:"link"`
		By       strictyaml.At[string] `yaml:"by"`
		Channel  strictyaml.At[string] `yaml:"channel"`
		When     strictyaml.At[string] `yaml:"when"`
	}
	whole := fault.Fault{File: file, Line: 1, Col: 1, Do: `remove it with "frontdesk proposals reject"`}
	if len(data) > maxFile {
		whole.What = fmt.Sprintf("the file is larger than %d KiB", maxFile>>10)
		return Proposal{}, fault.List{whole}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		whole.What = "the file is empty"
		return Proposal{}, fault.List{whole}
	}
	faults := strictyaml.Decode(file, data, &pg)
	if pg.Format.Value > formatNumber {
		return Proposal{}, fault.List{strictyaml.Fault(file, pg.Format.Node, "the file has a format newer than this version reads", "update frontdesk")}
	}
	if len(faults) > 0 {
		return Proposal{}, faults
	}
	if pg.Format.Value != formatNumber {
		faults.Add(at(file, pg.Format.Node, "the format is missing or none that there is", "write format: 1"))
	}
	if pg.ID.Value != id {
		faults.Add(at(file, pg.ID.Node, fmt.Sprintf("the id is not %s, as the file is called", id), "write that, or call the file by its id"))
	}
	p := Proposal{ID: id, Base: pg.Base.Value, Question: strings.TrimSpace(pg.Question.Value), Answer: strings.TrimSpace(pg.Answer.Value),
		Link: pg.Link.Value, By: pg.By.Value, Channel: pg.Channel.Value}
	nodes := map[string]*yaml.Node{"base": pg.Base.Node, "question": pg.Question.Node, "answer": pg.Answer.Node,
		"link": pg.Link.Node, "by": pg.By.Node, "channel": pg.Channel.Node, "when": pg.When.Node}
	when, err := time.Parse(time.RFC3339, pg.When.Value)
	if p.When = when.UTC(); err != nil {
		faults.Add(at(file, pg.When.Node, "it does not say when it was proposed", "write for example when: 2026-01-31T12:00:00Z"))
		p.When = time.Unix(0, 0)
	}
	if what, key := p.check(); what != "" {
		faults.Add(at(file, nodes[key], what, "mend it, or reject the proposal"))
	}
	faults.Sort()
	if len(faults) > 0 {
		return Proposal{}, faults
	}
	return p, nil
}

// at makes a fault at a node; at the beginning of the file where there is none.
func at(file string, n *yaml.Node, what, do string) fault.Fault {
	f := strictyaml.Fault(file, n, what, do)
	f.Line, f.Col = max(f.Line, 1), max(f.Col, 1)
	return f
}

// older orders proposals by when they were made, and then by ID.
func older(a, b Proposal) int {
	return cmp.Or(a.When.Compare(b.When), cmp.Compare(a.ID, b.ID))
}
