package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"
)

func TestName(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range []struct{ question, want string }{
		{"How do I reset my password?", "how-do-i-reset-my-password"},
		{"How do I RESET my password", "how-do-i-reset-my-password-2"},
		{"How do I reset: my password", "how-do-i-reset-my-password-3"},
		{"I can't log in – what's up?", "i-cant-log-in-whats-up"},
		{"one two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"},
		{"Wie ändere ich meine Straße?", "wie-ändere-ich-meine-straße"},
		{"मेरा पासवर्ड", "मेरा-पासवर्ड"},
		{"???", "entry"},
		{"", "entry-2"},
		{"none", "entry-3"},
		{strings.Repeat("ü", 100), strings.Repeat("ü", 40)},
		{"a " + strings.Repeat("x", 100) + " b", "a-b"},
	} {
		got := importer.Name(c.question, func(id string) bool { return taken[id] })
		if taken[got] = true; got != c.want {
			t.Errorf("%q is called %q, not %q", c.question, got, c.want)
		}
		if what, _ := knowledge.CheckID(got); what != "" {
			t.Errorf("%q: %s", got, what)
		}
	}
}

// TestNameOfMany names questions that begin with the same words.
func TestNameOfMany(t *testing.T) {
	taken, asked := map[string]bool{}, 0
	for i := 1; i <= 3000; i++ {
		got := importer.Name("How long is it?", func(id string) bool { asked++; return taken[id] })
		if want := fmt.Sprintf("how-long-is-it-%d", i); i > 1 && got != want {
			t.Fatalf("it is called %q, not %q", got, want)
		}
		taken[got] = true
	}
	if asked > 3000*80 {
		t.Errorf("%d names were tried for 3000 questions", asked)
	}
}
