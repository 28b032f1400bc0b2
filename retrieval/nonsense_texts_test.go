package retrieval

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"frontdesk/retrieval/lexical"
)

// nonsenseDir is where tools/nonsense.sh unpacks its packages.
const nonsenseDir = "../bin/cache/nonsense"

// nonsenseLanguages are the languages of the packages of sayings.
var nonsenseLanguages = []string{"bg", "br", "cs", "de", "eo", "es", "ga", "it", "pl", "ru", "zh"}

// drawNonsense draws n texts, the same ones every time: 15 of 100 are lorem
// ipsum, 25 come from a keyboard, 20 are words at random and 40 are sentences of
// other languages. Those of packages that are not there are left out.
func drawNonsense(t *testing.T, n int) []unanswerable {
	var texts []unanswerable
	draw := func(share float64, kinds []string, one func(r *rand.Rand, kind string) string) {
		for i, kind := range kinds {
			r := rand.New(rand.NewPCG(uint64(len(texts)), uint64(i)))
			want := int(share * float64(n))
			for range want*(i+1)/len(kinds) - want*i/len(kinds) {
				texts = append(texts, unanswerable{kind, one(r, kind)})
			}
		}
	}
	draw(0.15, []string{"lorem ipsum"}, func(r *rand.Rand, _ string) string { return loremIpsum(r) })
	keys := make([]string, len(keyboardNoise))
	for i, k := range keyboardNoise {
		keys[i] = k.kind
	}
	draw(0.25, keys, func(r *rand.Rand, kind string) string {
		return keyboardNoise[slices.Index(keys, kind)].make(r)
	})
	if _, err := os.Stat(filepath.Join(nonsenseDir, "pins")); errors.Is(err, fs.ErrNotExist) {
		t.Log("random words and other languages are left out: run tools/nonsense.sh, which fetches their packages")
		return texts
	}
	words := englishWords(t)
	draw(0.2, []string{"random words"}, func(r *rand.Rand, _ string) string {
		return join(r, 1, 12, " ", func() string { return pick(r, words) })
	})
	sentences := map[string][]string{}
	kinds := make([]string, len(nonsenseLanguages))
	for i, language := range nonsenseLanguages {
		kinds[i] = "language " + language
		sentences[kinds[i]] = sayings(t, language)
	}
	draw(0.4, kinds, func(r *rand.Rand, kind string) string { return pick(r, sentences[kind]) })
	return texts
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// join makes between least and most parts and puts them together.
func join(r *rand.Rand, least, most int, between string, part func() string) string {
	parts := make([]string, least+r.IntN(most-least+1))
	for i := range parts {
		parts[i] = part()
	}
	return strings.Join(parts, between)
}

// loremIpsum makes a sentence or two of words that look like Latin.
func loremIpsum(r *rand.Rand) string {
	sentence := func() string {
		s := join(r, 3, 14, " ", func() string { return pick(r, latin) })
		return strings.ToUpper(s[:1]) + s[1:] + "."
	}
	if r.IntN(3) == 0 {
		return "Lorem ipsum dolor sit amet, " + join(r, 2, 8, " ", func() string { return pick(r, latin) })
	}
	return join(r, 1, 2, " ", sentence)
}

var latin = strings.Fields(`
	ab ac ad aestas agricola altus amicitia amo animus annus aqua arbor ars at atque audio aurora aut bellum bene
	bonus caelum campus candidus canto capio caput carmen causa cena certus ceterum clarus cogito consilium cor corpus
	cras credo cum cura custos de decem deinde diu dico dies discipulus dolor domus donec dulcis dum ego enim equus
	ergo est et etiam ex fabula facilis felix ferrum fides filia finis flamma flos fortuna frater fugit gaudium gens
	gloria gravis habeo hic hodie homo honor hora hortus iam ibi ignis imago imperium in insula inter ipse ita iter
	iustus labor laetus lacus laudo legio lentus liber littera locus longus ludus lumen luna magister magnus malus
	manus mare mater medicus memoria mensa mens mille miser modus mons mora mors multus mundus murus natura nauta nec
	nemo nihil nomen non nox nubes nunc oculus omnis opus orbis ordo otium pacem panis pater pauci pax per pes placeo
	plenus poeta pons populus porta post primus pro puella puer pulcher quaero quam quod quoque rarus regnum res rex
	rosa sacer saepe salus sapiens scribo sed semper senex sidus signum silva sine sol solus somnus spes stella sub
	tacitus tamen tempus terra timor totus tristis turba umbra unda unus urbs ut vacuus ventus ver verbum veritas
	vester via victor video villa vinum vir virtus vita vivo voco volo vox vulnus`)

// keyboardNoise are the ways of typing that mean nothing.
var keyboardNoise = []struct {
	kind string
	make func(r *rand.Rand) string
}{
	{"keys of one row", func(r *rand.Rand) string {
		row := pick(r, []string{"asdfghjkl;", "asdfghjkl", "qwertyuiop", "zxcvbnm,.", "jkl;"})
		return join(r, 1, 6, " ", func() string { return letters(r, row, 3, 12) })
	}},
	{"keys side by side", func(r *rand.Rand) string {
		return join(r, 1, 5, " ", func() string {
			row := []rune(pick(r, []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"}))
			at := r.IntN(len(row))
			return join(r, 3, 10, "", func() string {
				at = max(0, min(len(row)-1, at+r.IntN(3)-1))
				return string(row[at])
			})
		})
	}},
	{"random letters", func(r *rand.Rand) string {
		return join(r, 1, 10, " ", func() string { return letters(r, "abcdefghijklmnopqrstuvwxyz", 1, 9) })
	}},
	{"made-up words", func(r *rand.Rand) string {
		return join(r, 1, 8, " ", func() string {
			return join(r, 1, 3, "", func() string {
				return pick(r, strings.Fields("b br c ch d dr f fl g gr h j k kl l m n p pl qu r s sk st t tr v w z")) +
					pick(r, strings.Fields("a e i o u ea oo ai")) + pick(r, strings.Fields("b d g l ll m n nk p r rt s t x"))
			})
		})
	}},
	{"repeated letters", func(r *rand.Rand) string {
		return join(r, 1, 5, " ", func() string {
			return strings.Repeat(letters(r, "abcdefghijklmnopqrstuvwxyz!?.", 1, 3), 2+r.IntN(12))
		})
	}},
	{"shifted keyboard", func(r *rand.Rand) string {
		return shifted(pick(r, beforeShift), pick(r, []int{-2, -1, 1, 2}))
	}},
	{"random signs", func(r *rand.Rand) string {
		return join(r, 1, 6, " ", func() string {
			block := pick(r, [][2]rune{
				{0x21, 0x2f}, {0xa1, 0x17f}, {0x370, 0x3ff}, {0x400, 0x45f}, {0x5d0, 0x5ea}, {0x620, 0x64a}, {0x905, 0x939},
				{0xe01, 0xe2e}, {0x2190, 0x22ff}, {0x3041, 0x30fe}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0x1f300, 0x1f64f},
				{0xfff0, 0xffff},
			})
			return join(r, 1, 8, "", func() string { return string(block[0] + rune(r.IntN(int(block[1]-block[0])+1))) })
		})
	}},
	{"numbers", func(r *rand.Rand) string {
		return join(r, 1, 6, pick(r, []string{" ", ", ", "-", ".", ":", " + "}), func() string { return letters(r, "0123456789", 1, 8) })
	}},
	{"codes", func(r *rand.Rand) string {
		return join(r, 1, 5, pick(r, []string{" ", "-", "/", "_"}), func() string {
			return letters(r, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 2, 8)
		})
	}},
}

func letters(r *rand.Rand, from string, least, most int) string {
	return join(r, least, most, "", func() string { return string(from[r.IntN(len(from))]) })
}

// beforeShift are sentences that mean something, for hands that lie on the wrong
// keys. Most are of what the bases know.
var beforeShift = []string{
	"turn on the light in the kitchen", "close the blinds in the office", "what is the wifi password",
	"set a timer for ten minutes", "where is the fuse box", "play some music please", "open the garage",
	"how do I add a question", "does it work offline", "which licence is it under", "how do I write a test",
	"where is the journal kept", "my card has not arrived yet", "I want to change my pin",
	"why was my payment declined", "how long does a transfer take", "good morning everybody",
	"the train leaves at seven", "could you please help me", "see you tomorrow then",
}

// shifted gives what hands type that lie some keys too far to the right.
func shifted(text string, by int) string {
	rows := []string{"qwertyuiop[]", "asdfghjkl;'#", "zxcvbnm,./-="}
	return strings.Map(func(c rune) rune {
		for _, row := range rows {
			if i := strings.IndexRune(row, unicode.ToLower(c)); i >= 0 {
				return rune(row[(i+by+len(row))%len(row)])
			}
		}
		return c
	}, text)
}

// englishWords are those of Debian's word list, without possessives.
func englishWords(t *testing.T) []string {
	data, err := os.ReadFile(filepath.Join(nonsenseDir, "wamerican/usr/share/dict/american-english"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Fields(string(data)), func(w string) bool { return strings.Contains(w, "'") })
}

var (
	colours     = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	attribution = regexp.MustCompile(`(?m)^\s*(--|—|–).*$`)
	sentenceEnd = regexp.MustCompile(`[.!?…]+["»”']*\s+|[。！？；]`)
)

// countWords counts the words of a text that are no numbers.
func countWords(text string) int {
	n := 0
	for _, w := range lexical.Words(text) {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			n++
		}
	}
	return n
}

// sayings gives the sentences of Debian's fortune cookies in a language, sorted.
func sayings(t *testing.T, language string) []string {
	const least, most = 3, 25 // words
	var found []string
	dir := filepath.Join(nonsenseDir, "fortunes-"+language, "usr/share/games/fortunes")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) == ".dat" || filepath.Base(filepath.Dir(path)) == "off" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !utf8.Valid(data) {
			return err
		}
		for _, cookie := range strings.Split("\n"+string(data), "\n%") {
			cookie = attribution.ReplaceAllString(colours.ReplaceAllString(cookie, ""), "")
			for _, s := range sentenceEnd.Split(strings.Join(strings.Fields(cookie), " "), -1) {
				if n := countWords(s); n >= least && n <= most {
					found = append(found, s)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) < 100 {
		t.Fatalf("there are only %d sentences in %s", len(found), dir)
	}
	return found
}
