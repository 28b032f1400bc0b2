package importer

import (
	"context"
	"io"
	"io/fs"

	"frontdesk/knowledge"
)

// A Source is what is imported: one file, or a folder. It is read only.
type Source struct {
	Name  string // as faults show it, and as the entries remember it
	Files fs.FS  // the folder, or the one that holds the file
	Path  string // the file in Files; "." for the folder itself
	// Progress is told the bytes read so far, and how many there are (0 where it
	// is not known); may be nil.
	Progress func(done, total int64)
}

// Options are what a person may say about a source. The zero value lets the
// reader guess.
type Options struct {
	Columns  map[string]string // of a table: what it is (question, answer, …) → the name of its column
	Sheet    string            // of a workbook: the sheet that is read
	Language string            // of a source that holds several: the one that is taken, such as "en"
	Marks    []string          // of a chat: the reactions that mark an answer, such as "white_check_mark"; none: ✅ and its like
}

// A Reader takes in one format.
type Reader struct {
	Format string // as --from names it, such as "rasa"
	Title  string // as people call it, such as "Rasa project"
	// Recognise tells, from names and the first bytes, whether a source is in
	// the format. It reads at most 64 KiB of a file.
	Recognise func(Source) bool
	// Read gives what the source holds. Where files are at fault the error is a
	// [frontdesk/internal/fault.List] with every fault. It stops when ctx ends.
	Read func(context.Context, Source, Options) (*Found, error)
}

// Found is what a source holds, in its order.
type Found struct {
	Items  []Item
	Guides []Guide
	Left   []Left
	// Notes say what the reader took for what where it had to guess, such as
	// `faq.csv: the column "Frage" holds the questions`; for a person to see.
	Notes []string
}

// An Item is an entry that was found.
type Item struct {
	// Entry may have no ID, and Followups name the keys of other items.
	Entry *knowledge.Entry
	// Key names the entry in its source, so that a later import finds it again:
	// an id, the number of a row that has one, an address. Empty: its question.
	Key string
}

// A Guide is a long text that becomes a Markdown file of its own.
type Guide struct {
	Path string // where it belongs, relative and with slashes, such as "handbook/leave.md"
	Text string // Markdown
	Link string // to where it stands; may be empty
	Key  string // as of an [Item]; empty: its path
}

// Left is something that was not taken in, or not wholly.
type Left struct {
	Pos  knowledge.Pos // where it stands
	What string        // such as `story "happy path"`
	Why  string        // such as "it has three turns, and an answer has one"
}

// A Writer gives entries out in one format.
type Writer struct {
	Format string // as --to names it
	Title  string
	Ext    string // of the file, such as ".csv"
	// Write writes the entries and gives what the format had no place for.
	Write func(w Output, entries []*knowledge.Entry) ([]Left, error)
}

// An Output is where a Writer writes: a format of one file creates the name ""
// once, a format of several files one after the other.
type Output interface {
	Create(name string) (io.WriteCloser, error)
}
