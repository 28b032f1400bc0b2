// Package knowledge holds what an owner wrote down: questions with their
// answers, commands, guides, and the tests of them. It loads a base from
// files, checks it, and watches it.
//
// A knowledge file is YAML, read strictly; its keys are
//
//	format: 1
//	include: [more/*.yaml]   files, folders and globs, as seen from this file
//	faq:                     id, question, alternatives, answer, tags, followups, formerly, source
//	commands:                id, title, say, alternatives, slots, optional, rules, run, reply, tags, followups, formerly, source,
//	                         and its guards: allow, dangerous, confirm, pin, approve, limits, cooldown, quiet, once
//	guides:                  path (a file, a folder or a glob of Markdown), url, tags, source
//	tests:                   ask, expect (an id, or none), slots
//	slots: {area: {values: [kitchen, office], ask: Which room?}}
//	rules: {please: "[please|kindly]"}
//
// A slot has values, or a type (see [template.Type]) with from, to and step
// for numbers; ask, default, context, adjust and, of a list, open are optional. What a command can
// do without is named under optional:, and is neither asked for nor guessed.
// Sentences under say: are templates, whose syntax is in package template. In
// run: and reply: a {slot}
// stands for its value; see [ParseText]. Under reply: {output} stands for what
// the command gave back. Guards are described at [Guards] and [Rights]; on an
// answer they are faults, since answers are open to everybody who can ask.
//
// An import notes under source: where what it wrote came from: from (a file or an
// address), key (its name there), on (the day) and sum (a digest of what came in); see [Source].
//
// A base is bounded: 16 MiB a file, 64 MiB and 10,000 files a base, and
// 200,000 phrasings.
package knowledge

import (
	"fmt"

	"frontdesk/knowledge/template"

	"go.yaml.in/yaml/v4"
)

// Kinds of entry.
const (
	FAQ     Kind = "faq"
	Do      Kind = "command"
	Passage Kind = "passage"
)

// A Kind says what an entry is.
type Kind string

// ReplyAction is the kind of action that only replies.
const ReplyAction = "reply"

// OutputSlot is the name that stands, in a reply, for what the command gave back.
const OutputSlot = "output"

// None is the reserved id that a test expects when nothing should be answered.
const None = "none"

// A Pos is a place in a file. Line and Col count from 1.
type Pos struct {
	File      string
	Line, Col int
}

// String gives the place as "file:line:col".
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// An Entry is one FAQ item, one guide passage or one command.
type Entry struct {
	ID       string // unique in the base, and for ever
	Formerly []string
	Kind     Kind
	// Question is the first phrasing: the question of an FAQ item, the heading
	// of a passage, the title of a command (its first sampled phrasing where
	// it has none).
	Question     string
	Alternatives []string // further phrasings; for a command the sampled ones
	Answer       string   // Markdown; empty for a command
	Tags         []string
	Followups    []string // ids
	Headings     []string // of a passage: the chain of headings, outermost first
	Link         string   // of a passage: to its section
	Command      *Command // of a command
	Source       Source   // where it was imported from
	Pos          Pos
	// Places are those of the phrasings that stand in a knowledge file; see
	// PhrasingPos.
	Places map[string]Pos
}

// Phrasings gives the question and the alternatives, in their order.
func (e *Entry) Phrasings() []string {
	return append([]string{e.Question}, e.Alternatives...)
}

// PhrasingPos gives the place of a phrasing in its file; that of the entry where
// the phrasing was made from a template or comes from elsewhere.
func (e *Entry) PhrasingPos(phrasing string) Pos {
	if p, ok := e.Places[phrasing]; ok {
		return p
	}
	return e.Pos
}

// A Command is what an entry of kind [Do] carries out.
type Command struct {
	Title string // what the owner calls it; may be empty
	Say   []*template.Template
	// Rules are those that the templates name, also through each other.
	Rules  map[string]*template.Template
	Slots  map[string]*Slot // every slot that the templates and their rules name
	Action Action
	// Reply is Markdown, read by [ParseText]; {slot} stands for the words that
	// were said. A command of kind [ReplyAction] has its text here.
	Reply string
	Guards
	// Needs are the slots that the action or the reply uses and that have no
	// default, in the order in which they are asked for.
	Needs []string
	// Optional are the slots that the command does without: where no value was
	// said, a text has nothing in their place.
	Optional []string
}

// A Slot is a [template.Slot] with what a conversation needs to know of it.
type Slot struct {
	template.Slot
	Ask     string // the question asked when the value was not said; may be empty
	Default string // the canonical value taken when it was not said; may be empty
	// Context names what gives the value when it was not said: a key of the
	// message's context (room, device, …), or "sender", "person" or "channel".
	Context string
	Adjust  *Adjust // how a number is said relative to what it was; may be nil
}

// An Adjust reads "warmer" or "10 more" as a step from the value before.
type Adjust struct {
	By       float64  // how far one plain word goes
	Up, Down []string // words, in their normal form: "warmer", "cooler"
}

// An Action is what a command runs: one kind with its settings, which the
// dispatcher of that kind reads and checks.
type Action struct {
	Kind string     // "exec"
	Node *yaml.Node // its settings
	Pos  Pos        // of the kind's name
}

// A Test is one line of a base's own tests.
type Test struct {
	Ask    string
	Expect string            // an id, or None
	Slots  map[string]string // canonical values that must come out; may be nil
	Pos    Pos
}

// A Base is all the knowledge loaded. It is not changed once loaded, so that
// any number of goroutines may read it.
type Base struct {
	Entries []*Entry // sorted by id
	Tests   []Test
	Grammar *template.Grammar // of all commands
	// Files are those that were read, sorted.
	Files []string

	byID map[string]*Entry
}

// Entry gives the entry of that id, or of that former id.
func (b *Base) Entry(id string) (*Entry, bool) {
	e, ok := b.byID[id]
	return e, ok
}
