package retrieval

import (
	"bufio"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/retrieval/lexical"
)

// A mishearer corrupts typed texts as speech recognisers do, to measure what
// becomes of them. It knows how words are pronounced from a dictionary, and
// nothing of how the program guesses that: the two must not agree because they
// are the same.
//
// A text gets one error, or two from nine words on: mostly a word becomes
// another of the dictionary that sounds the same or nearly so; besides, a word
// falls into two, two become one, a short function word is dropped, doubled or
// exchanged, an ending is lost or gained. The errors depend on the seed and the
// text only.
type mishearer struct {
	seed uint64
	says map[string][]string // the pronunciations of a word, without stress
	said map[string][]string // the words of a pronunciation, sorted
}

// newMishearer reads a dictionary in the form of CMUdict, a line a word: the
// word, a space, and its sounds in ARPAbet. Only words for which keep holds are
// heard.
func newMishearer(r io.Reader, seed uint64, keep func(string) bool) (*mishearer, error) {
	m := &mishearer{seed: seed, says: map[string][]string{}, said: map[string][]string{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || strings.HasPrefix(fields[0], ";") {
			continue
		}
		name, _, _ := strings.Cut(fields[0], "(")
		words := lexical.Words(name)
		if len(words) != 1 {
			continue
		}
		phones := " "
		for _, p := range fields[1:] {
			phones += strings.TrimRight(p, "012") + " "
		}
		m.says[words[0]] = append(m.says[words[0]], phones)
		if keep(words[0]) {
			m.said[phones] = append(m.said[phones], words[0])
		}
	}
	for _, words := range m.said {
		slices.Sort(words)
	}
	return m, lines.Err()
}

// confusable has the sounds, in ARPAbet, that each sound is taken for: our own
// list of pairs that are near in voice, place or height.
var confusable = func() map[string][]string {
	near := map[string][]string{}
	for _, pair := range strings.Fields(`P-B T-D K-G F-V TH-F TH-T S-Z SH-CH SH-ZH CH-JH M-N N-NG DH-D DH-V L-R L-W R-W
		P-T P-K B-D D-G S-TH S-SH B-V HH-F IY-IH IH-EH IH-AE EH-AE EH-EY AE-AH AH-IH AH-UH AH-AA AA-AO AO-OW UH-UW
		AY-AA AY-EY AW-AA ER-AH ER-AO`) {
		a, b, _ := strings.Cut(pair, "-")
		near[a], near[b] = append(near[a], b), append(near[b], a)
	}
	return near
}()

// nearby gives the pronunciations that differ from one in a sound.
func nearby(phones string) []string {
	list := strings.Fields(phones)
	var out []string
	with := func(parts ...[]string) { out = append(out, " "+strings.Join(slices.Concat(parts...), " ")+" ") }
	for i, p := range list {
		for _, q := range confusable[p] {
			with(list[:i], []string{q}, list[i+1:])
		}
		if slices.Contains([]string{"T", "D", "HH", "R", "L", "N", "S", "Z", "AH", "IH", "Y", "W"}, p) {
			with(list[:i], list[i+1:])
		}
	}
	for i := range len(list) + 1 {
		for _, q := range []string{"T", "D", "HH", "S", "Z", "N", "AH"} {
			with(list[:i], []string{q}, list[i:])
		}
	}
	return out
}

// likeness gives words that sound like a pronunciation: the same, or with a
// sound or, in longer ones, two that differ; none of them is the word itself.
func (m *mishearer) likeness(word, phones string) (same, near []string) {
	for _, w := range m.said[phones] {
		if w != word {
			same = append(same, w)
		}
	}
	seen := map[string]bool{word: true}
	add := func(p string) {
		for _, w := range m.said[p] {
			if !seen[w] {
				seen[w] = true
				near = append(near, w)
			}
		}
	}
	first := nearby(phones)
	for _, p := range first {
		add(p)
	}
	if len(strings.Fields(phones)) >= 5 && len(near) < 3 {
		for _, p := range first {
			for _, q := range nearby(p) {
				add(q)
			}
		}
	}
	return same, near
}

// mishear gives a corrupted text.
func (m *mishearer) mishear(text string) string {
	r := rand.New(rand.NewPCG(m.seed, hash(hashStart('m'), text)))
	words := lexical.Words(text)
	errors := 1
	if len(words) >= 9 {
		errors = 2
	}
	touched := map[string]bool{}
	for range errors {
		for range 12 { // Some errors are not possible at some places.
			if len(words) == 0 {
				break
			}
			i := r.IntN(len(words))
			if touched[words[i]] {
				continue
			}
			if changed := m.error(r, words, i); changed != nil {
				for _, w := range changed {
					if !slices.Contains(words, w) {
						touched[w] = true
					}
				}
				words = changed
				break
			}
		}
	}
	return strings.Join(words, " ")
}

// shortWords are those that are easily lost.
var shortWords = strings.Fields("a an the to in on of at is it for and my me do i you what can please")

// error gives the words with an error at one of them; nil when the kind of error
// that was drawn cannot be made there.
func (m *mishearer) error(r *rand.Rand, words []string, i int) []string {
	put := func(n int, in ...string) []string { return slices.Concat(words[:i], in, words[i+n:]) }
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	short := slices.Contains(shortWords, words[i])
	var phones string
	if all := m.says[words[i]]; len(all) > 0 {
		phones = pick(all)
	}
	switch kind := r.Float64(); {
	case short && kind < 0.4 && len(words) > 1:
		return put(1)
	case short && kind < 0.5:
		return put(1, words[i], words[i])
	case short && kind < 0.8:
		return put(1, pick(shortWords))
	case kind < 0.12 && i+1 < len(words): // two become one
		for _, q := range m.says[words[i+1]] {
			same, near := m.likeness("", phones+q[1:])
			switch {
			case phones == "":
			case len(same) > 0:
				return put(2, pick(same))
			case len(near) > 0:
				return put(2, pick(near))
			}
		}
		return nil
	case kind < 0.24: // one becomes two
		var pairs [][2]string
		list := strings.Fields(phones)
		for cut := 1; cut < len(list); cut++ {
			a := " " + strings.Join(list[:cut], " ") + " "
			b := " " + strings.Join(list[cut:], " ") + " "
			for _, first := range m.said[a] {
				for _, second := range m.said[b] {
					pairs = append(pairs, [2]string{first, second})
				}
			}
		}
		if len(pairs) == 0 {
			return nil
		}
		p := pairs[r.IntN(len(pairs))]
		return put(1, p[0], p[1])
	case kind < 0.32: // an ending
		for _, ending := range []string{"s", "ed", "ing", "d"} {
			if w := strings.TrimSuffix(words[i], ending); w != words[i] && m.known(w) {
				return put(1, w)
			}
			if w := words[i] + ending; m.known(w) && r.IntN(2) == 0 {
				return put(1, w)
			}
		}
		return nil
	}
	if phones == "" {
		return nil
	}
	same, near := m.likeness(words[i], phones)
	if len(same) > 0 && (len(near) == 0 || r.IntN(2) == 0) {
		return put(1, pick(same))
	}
	if len(near) == 0 {
		return nil
	}
	return put(1, pick(near))
}

func (m *mishearer) known(w string) bool {
	for _, p := range m.says[w] {
		if slices.Contains(m.said[p], w) {
			return true
		}
	}
	return false
}

// wordErrors is the number of words that were put in, left out or replaced.
func wordErrors(said, heard []string) int {
	row := make([]int, len(heard)+1)
	for j := range row {
		row[j] = j
	}
	for i, a := range said {
		before := row[0]
		row[0] = i + 1
		for j, b := range heard {
			cost := before
			if a != b {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(heard)]
}

// dictionary is a little of how English is pronounced.
const dictionary = `
TURN  T ER1 N
ON  AA1 N
ON(1)  AO1 N
THE  DH AH0
LIGHTS  L AY1 T S
LICE  L AY1 S
LIES  L AY1 Z
IN  IH0 N
INN  IH1 N
KITCHEN  K IH1 CH AH0 N
KIT  K IH1 T
CHIN  CH IH1 N
PLEASE  P L IY1 Z
PLEAS  P L IY1 Z
A  AH0
`

func TestMishear(t *testing.T) {
	m, err := newMishearer(strings.NewReader(dictionary), 7, func(w string) bool { return w != "lies" })
	if err != nil {
		t.Fatal(err)
	}
	if same, near := m.likeness("lights", " L AY T S "); len(same) != 0 || !slices.Equal(near, []string{"lice"}) {
		t.Errorf("lights sounds like %v, nearly like %v", same, near)
	}
	if same, _ := m.likeness("in", " IH N "); !slices.Equal(same, []string{"inn"}) {
		t.Errorf("in sounds like %v", same)
	}
	text := "Turn on the lights in the kitchen, please"
	heard := map[string]bool{}
	for m.seed = range 200 {
		got := m.mishear(text)
		if again := m.mishear(text); again != got {
			t.Fatalf("%q is misheard as %q, then as %q", text, got, again)
		}
		if n := wordErrors(lexical.Words(text), lexical.Words(got)); n > 3 {
			t.Errorf("%q has %d errors", got, n)
		}
		heard[got] = true
	}
	for _, want := range []string{
		"turn on the lice in the kitchen please", "turn on the lights in the kitchen pleas", "turn on lights in the kitchen please",
		"turn on the lights inn the kitchen please",
	} {
		if !heard[want] {
			t.Errorf("it is never misheard as %q", want)
		}
	}
	if got := m.mishear(""); got != "" {
		t.Errorf("nothing is misheard as %q", got)
	}
}
