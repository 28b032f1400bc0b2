package fault_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/internal/fault"
)

func ExampleList() {
	var faults fault.List
	faults.Add(fault.Fault{File: "faq.yaml", Line: 9, Col: 5, What: `unknown key "anser"`, Do: `did you mean "answer"?`})
	faults.Add(fault.Fault{File: "faq.yaml", Line: 2, Col: 3, What: "the answer is empty", Do: "write one"})
	faults.Sort()
	fmt.Println(faults.Err())
	// Output:
	// faq.yaml:2:3: the answer is empty; write one
	// faq.yaml:9:5: unknown key "anser"; did you mean "answer"?
}

func TestFault(t *testing.T) {
	for want, f := range map[string]fault.Fault{
		"a.yaml: cannot be read; check its rights": {File: "a.yaml", What: "cannot be read", Do: "check its rights"},
		"a.yaml:3:1: odd":                          {File: "a.yaml", Line: 3, What: "odd"},
		"odd":                                      {What: "odd"},
	} {
		if got := f.Error(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestList(t *testing.T) {
	var l fault.List
	if l.Err() != nil {
		t.Error("an empty list is an error")
	}
	for i := range 250 {
		l.Add(fault.Fault{File: "a", Line: 250 - i/2, Col: 1, What: "odd"})
	}
	l.Sort()
	if len(l) != 125 || l[0].Line != 126 {
		t.Errorf("%d faults, the first on line %d", len(l), l[0].Line)
	}
	text := l.Err().Error()
	if lines := strings.Split(text, "\n"); len(lines) != 101 || lines[100] != "and 25 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}
