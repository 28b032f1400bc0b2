package onnx

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFill(t *testing.T) {
	rows := []row{{ids: []int32{5, 6, 7}, types: []int32{0, 1, 1}}, {ids: []int32{8}}}
	right := &runner{padID: 1, firstPlace: 2}
	left := &runner{padID: 1, firstPlace: 0, padLeft: true}
	for name, c := range map[string]struct {
		runner *runner
		what   int
		want   []int64
	}{
		"ids":         {right, feedIDs, []int64{5, 6, 7, 1, 8, 1, 1, 1}},
		"mask":        {right, feedMask, []int64{1, 1, 1, 0, 1, 0, 0, 0}},
		"types":       {right, feedTypes, []int64{0, 1, 1, 0, 0, 0, 0, 0}},
		"places":      {right, feedPlaces, []int64{2, 3, 4, 0, 2, 0, 0, 0}},
		"ids left":    {left, feedIDs, []int64{1, 5, 6, 7, 1, 1, 1, 8}},
		"mask left":   {left, feedMask, []int64{0, 1, 1, 1, 0, 0, 0, 1}},
		"types left":  {left, feedTypes, []int64{0, 0, 1, 1, 0, 0, 0, 0}},
		"places left": {left, feedPlaces, []int64{0, 0, 1, 2, 0, 0, 0, 0}},
	} {
		wide := slices.Repeat([]int64{9}, 20) // what an earlier run left
		if got := fill(c.runner, &wide, c.what, rows, 4); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
		var small []int32
		got := fill(c.runner, &small, c.what, rows, 4)
		for i, x := range got {
			if int64(x) != c.want[i] || len(got) != len(c.want) {
				t.Errorf("%s of int32: %v, not %v", name, got, c.want)
			}
		}
	}
}

func TestPrepare(t *testing.T) {
	f := &folder{maxTokens: 2}
	long := strings.Repeat("ä", leastRead)
	for _, c := range []struct{ prefix, text, want string }{
		{"", "  a b\u00a0\x1c\n", "a b"},
		{"query: ", " a ", "query:  a"},
		{"", "", ""},
		{"query: ", "", "query:"},
		{"", long, long[:leastRead]},
		{"", "x" + long, "x" + long[:leastRead-2]},
		{"", strings.Repeat(" ", 1000) + "a", "a"},
	} {
		if got := f.prepare(c.prefix, c.text); got != c.want {
			t.Errorf("%q and %q: %q, not %q", c.prefix, c.text, got, c.want)
		}
	}
	f.lower = true
	if got := f.prepare("Q: ", "İSTANBUL ΟΔΟΣ"); got != "q: i̇stanbul οδος" {
		t.Errorf("in small letters: %q", got)
	}
	if got := f.prepare("", "\xff"+long); len(got) > leastRead || utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
}
