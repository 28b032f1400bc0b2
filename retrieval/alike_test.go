package retrieval

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"
)

// alikeSaid are short questions of few frames, and each in other words.
var alikeSaid = [][2]string{
	{"Is there a sauna?", "do you have a steam bath"},
	{"Is there a shuttle to the airport?", "does a bus of yours go to the planes"},
	{"Is there a lift?", "do you have an elevator"},
	{"Is there a safe in the room?", "can I lock my valuables away in my room"},
	{"Is there a doctor nearby?", "is a physician close to here"},
	{"Is there a minimum stay?", "how many nights must I book at least"},
	{"Where is the pool?", "how do I get to the swimming pool"},
	{"Where is the key?", "where do I find the keys"},
	{"Where is breakfast served?", "in which room do I get breakfast"},
	{"Where is my parcel?", "has my package arrived"},
	{"Where can I park?", "do you have a car park"},
	{"Where can I smoke?", "is smoking allowed anywhere"},
	{"Where can I print?", "is there a printer for guests"},
	{"Can I bring my dog?", "are pets allowed"},
	{"Can I bring my bike inside?", "may my bicycle stand in the house"},
	{"Can I pay by card?", "do you take credit cards"},
	{"Can I pay later?", "may I settle the bill another day"},
	{"Can I check out late?", "is it possible to leave the room in the afternoon"},
	{"How do I reset my password?", "I forgot my password"},
	{"How do I change my address?", "I have moved house"},
	{"How do I cancel my booking?", "I want to call off the reservation"},
	{"How do I change my booking?", "I need to move my reservation to another day"},
	{"How do I connect to the Wi-Fi?", "the wireless network does not let me in"},
	{"How do I turn on the heating?", "it is cold in here, how do I get it warm"},
	{"How much is a towel?", "what does it cost to rent a towel"},
	{"How much is breakfast?", "what is the price of the breakfast"},
	{"How much is a taxi to the station?", "what will a cab to the train cost"},
	{"When does the kitchen close?", "until when can I order food"},
	{"When does the bar open?", "from what time on are there drinks"},
	{"When is my room cleaned?", "what time does housekeeping come"},
	{"What is the Wi-Fi password?", "I need the code for the wireless network"},
	{"What is the password of the printer?", "which code does printing ask me for"},
	{"Who waters the plants?", "who takes care of the flowers"},
	{"Who pays for damage?", "I broke something, who bears the cost"},
}

// alikeFramed gives an entry of the question with a number, or of its other words.
func alikeFramed(i, words int) *knowledge.Entry {
	return alikeEntry(fmt.Sprintf("e%02d", i), alikeSaid[i][words:words+1])
}

// TestAlikeFrames holds questions of the same frames against each other, one
// phrasing each, in bases of several sizes: what they ask for counts, and not
// that both ask where something is. What is shown is written down, so that a
// change to the model shows what it does.
func TestAlikeFrames(t *testing.T) {
	var out strings.Builder
	out.WriteString("# Figures of TestAlikeFrames; write it anew with: go test ./retrieval -run TestAlikeFrames -update\n")
	for _, size := range []int{1, 3, 17} {
		there, shown, absent := 0, 0, 0
		var wrong []string
		for from := 0; from < len(alikeSaid); from += size {
			var base, items []*knowledge.Entry
			for i := range alikeSaid {
				items = append(items, alikeFramed(i, 1))
				if i >= from && i < from+size {
					base = append(base, alikeFramed(i, 0))
				} else {
					items = append(items, alikeFramed(i, 0))
				}
			}
			found, _, err := Alike(t.Context(), static.Default(), base, items, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, item := range items {
				is := func(e *knowledge.Entry) bool { return e.ID == item.ID }
				switch {
				case slices.ContainsFunc(base, is):
					if there++; slices.ContainsFunc(found[i], func(l Likeness) bool { return is(l.Entry) }) {
						shown++
					}
				default:
					if absent++; len(found[i]) > 0 {
						wrong = append(wrong, fmt.Sprintf("  %q is shown as like %q\n", item.Question, found[i][0].Entry.Question))
					}
				}
			}
		}
		slices.Sort(wrong)
		fmt.Fprintf(&out, "bases of %d: of %d that are there %d are shown rightly, of %d that are not %d are shown\n%s", size, there, shown, absent, len(wrong), strings.Join(wrong, ""))
	}
	const golden = "testdata/alike.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the figures have moved; if that is meant, run with -update.\nnow:\n%s\nbefore:\n%s", out.String(), want)
	}
}
