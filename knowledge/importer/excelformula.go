package importer

import (
	"bytes"

	"github.com/xuri/excelize/v2"
)

// A formulaFinder finds the cells of a sheet that are formulas without a stored value.
// What saves a workbook without computing it, such as a script, leaves such cells, and
// what only reads values takes them for empty.
type formulaFinder struct {
	found map[int][]int // columns by row; both count from 1

	ref     string // of the cell that is open
	inside  string // the element that was opened last
	formula bool   // the cell is one
	value   bool   // the cell has one
}

// see is given the sheet piece by piece, each up to the end of a tag.
func (f *formulaFinder) see(piece []byte) {
	at := bytes.LastIndexByte(piece, '<')
	if at < 0 { // a part of a text
		f.value = f.value || f.inside == "v"
		return
	}
	text, tag := piece[:at], bytes.TrimSuffix(piece[at+1:], []byte(">"))
	tag, closing := bytes.CutPrefix(tag, []byte("/"))
	name, _, _ := bytes.Cut(bytes.TrimSuffix(tag, []byte("/")), []byte(" "))
	if _, local, ok := bytes.Cut(name, []byte(":")); ok {
		name = local
	}
	alone := bytes.HasSuffix(tag, []byte("/"))
	switch string(name) {
	case "c":
		if closing {
			f.end()
		} else if f.formula = false; !alone {
			// A text that was computed is a value even where it is empty.
			f.ref, f.value = attribute(tag, "r"), attribute(tag, "t") == "str"
		}
	case "f":
		f.formula = true
	case "v", "is":
		f.value = f.value || len(text) > 0 && closing
	}
	f.inside = ""
	if !closing && !alone {
		f.inside = string(name)
	}
}

func (f *formulaFinder) end() {
	if !f.formula || f.value || len(f.found) == maxMerges {
		return
	}
	if col, row, err := excelize.CellNameToCoordinates(f.ref); err == nil {
		if f.found == nil {
			f.found = map[int][]int{}
		}
		f.found[row] = append(f.found[row], col)
	}
}

// attribute gives an attribute of a tag; "" where it has none of that name.
func attribute(tag []byte, name string) string {
	_, rest, ok := bytes.Cut(tag, []byte(" "+name+"="))
	if !ok || len(rest) < 2 {
		return ""
	}
	value, _, _ := bytes.Cut(rest[1:], rest[:1])
	return string(value)
}
