// Package template is the sentence-template grammar in which commands are
// written: parsing it, matching what was said against it, and sampling
// phrasings from it.
//
// # Syntax
//
// It is the syntax that Home Assistant users know
// (https://developers.home-assistant.io/docs/voice/intent-recognition/template-sentence-syntax/):
//
//	turn on the lights           words, said in this order
//	turn on [the] lights         a part that may be left out
//	[please|kindly] stop         one of several, or none
//	(turn|switch) on             one of several
//	light[s]                     parts of words: light, lights
//	(in {area};at {time})        every part, in any order (2 to 6 of them)
//	{area}                       a value of the slot area
//	{area:from} {area:to}        the same values under other names
//	{name:@text}                 a slot that is declared nowhere, by its type
//	<polite>                     another template, the rule polite
//	yes | no                     alternatives of the whole
//	\(                           the character itself: one of ( ) [ ] { } < > | ; \
//
// # Matching
//
// Case and punctuation do not count; see [Normalize]. Beyond that a sentence
// matches when its characters are those of one expansion of a template: a
// space in a template stands for the border between two words, so that
// "turn on [the] lights" has no hole where "the" was left out. A space is also
// satisfied between a digit and what follows it ("10min" for "{n} min").
// Phrases of courtesy before and after the sentence ("please", "could you",
// "for me") are skipped.
//
// A slot of type [Text] takes one word or more, as few as the rest of the
// template allows. So does an open list, unless a value of it stands there.
//
// # Bounds
//
// A template has at most 4,096 bytes, 32 levels of nesting and 6 members of a
// permutation, and at most 8,192 steps once its rules are put in. A text of
// more than [MaxText] characters matches nothing. Matching examines every pair
// of a template's step and a place in the text at most once; a sentence that
// needs more than 250,000 such examinations does not match, and once all
// sentences together have needed 2,500,000, those that remain do not match.
package template

// MaxText is the length, in characters of the normal form, of the longest
// text that can match.
const MaxText = 512

// Slot types. A slot without a type is a [List] when it has values.
const (
	List       Type = "list"       // one of the values, each with its synonyms
	Number     Type = "number"     // a number within From..To, in steps of Step
	Percentage Type = "percentage" // 0 to 100 unless From and To say otherwise
	Duration   Type = "duration"   // "an hour and a half"
	Time       Type = "time"       // a time of day: "half past seven"
	Date       Type = "date"       // "tomorrow", "the 3rd of June"
	Colour     Type = "colour"     // a CSS colour name, or #rrggbb
	Text       Type = "text"       // anything
)

// A Type is what a slot can hold.
type Type string

// A Slot is a named value inside a sentence.
type Slot struct {
	Name   string
	Type   Type
	Values []ListValue // of a List
	// Open says that a List does not name all of its values: other words are one,
	// too, where a template's own words stand around them. Such a value is its own
	// canonical value, as it was said.
	Open bool
	// From, To and Step bound a Number or a Percentage; they hold when
	// Bounded is true. Step 0 means that any fraction will do.
	From, To, Step float64
	Bounded        bool
}

// A ListValue is one value of a list and the ways to say it, templates
// themselves ("light[s]"), but without slots and rules.
type ListValue struct {
	Canonical string
	Say       []*Template
}

// A Value is what was understood for a slot.
type Value struct {
	Slot string // the slot's name in the sentence
	Said string // the words that were said, as they were said: "living room"
	// Canonical is the value that a command works with: a list's canonical
	// value; a number in plain decimal digits; a duration in seconds; a time
	// as 15:04; a date as 2006-01-02; a colour as its CSS name or #rrggbb in
	// lower case; a text as it was said.
	Canonical string
}

// A SlotRef is one {list:slot} of a template. List and Slot are equal in
// {slot}. In {slot:@type} List is empty and Type says what is held: such a
// slot needs no declaration.
type SlotRef struct {
	List, Slot string
	Type       Type
	Offset     int // byte offset of the brace in the template's text
}

// A SyntaxError says what is wrong with a template and where.
type SyntaxError struct {
	Offset int    // byte offset in the template's text
	What   string // "( is never closed"
	Do     string // "add ) or write \( for the character itself"
}

func (e *SyntaxError) Error() string { return e.What + "; " + e.Do }

// A Sentence is one template of one entry. Rules and Slots belong to this
// sentence and hide those of the same name in the grammar.
type Sentence struct {
	ID       string
	Template *Template
	Rules    map[string]*Template
	Slots    map[string]*Slot
}

// A Match is one way in which a sentence was said.
type Match struct {
	ID       string           // of the entry
	Sentence int              // index of the sentence in what was compiled
	Slots    map[string]Value // by slot name
	Literal  int              // characters matched by the template's own words
	Free     int              // characters taken by Text slots and for unknown values of open lists
}
