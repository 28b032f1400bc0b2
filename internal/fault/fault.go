// Package fault describes what is wrong in a file that an owner wrote, so that
// every fault of every file can be shown at once and each says what to do.
package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxShown bounds how many faults [List.Error] prints; the rest are counted.
const maxShown = 100

// A Fault is one thing wrong at one place of a file. Line and Col count from 1
// and Col counts characters; 0 means that the place is not known, as for a file
// that cannot be read at all.
type Fault struct {
	File string
	Line int
	Col  int
	What string // what is wrong: `unknown key "anser"`
	Do   string // what mends it: `did you mean "answer"?`; may be empty
}

// Error gives the fault as "file:line:col: what; do".
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, max(f.Col, 1))
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(f.What)
	if f.Do != "" {
		b.WriteString("; ")
		b.WriteString(f.Do)
	}
	return b.String()
}

// A List is every fault found. The zero value is ready to use. It is not safe
// for concurrent use.
type List []Fault

// Add appends a fault.
func (l *List) Add(f Fault) { *l = append(*l, f) }

// Sort orders the faults by file, line, column and text, and drops repeats.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col), cmp.Compare(a.What, b.What))
	})
	*l = slices.Compact(*l)
}

// Err gives the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error prints one fault a line, at most a hundred of them.
func (l List) Error() string {
	var b strings.Builder
	for i, f := range l {
		if i == maxShown {
			fmt.Fprintf(&b, "\nand %d more", len(l)-maxShown)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Error())
	}
	return b.String()
}
