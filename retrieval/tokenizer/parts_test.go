package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is wanted in these tests is what the reference (tokenizers 0.23.2) gave.

// cutBy gives the pieces of a text by the pre-tokeniser of a file.
func cutBy(t *testing.T, preTokenizer, text string) []string {
	t.Helper()
	all, err := readPreTokenizers(json.RawMessage(preTokenizer), "pre_tokenizer")
	if err != nil {
		t.Fatal(err)
	}
	pieces := []piece{{text: []byte(text)}}
	for _, p := range all {
		var next []piece
		for _, one := range pieces {
			next = p.preTokenize(next, one, new(arena))
		}
		pieces = next
	}
	var texts []string
	for _, p := range pieces {
		texts = append(texts, string(p.text))
	}
	return texts
}

func TestSplit(t *testing.T) {
	const text, spaced = "the-final--countdown", " axxb--"
	for _, c := range []struct {
		behaviour, pattern string
		invert             bool
		text, want         string // pieces with | between them
	}{
		{"Removed", `{"String":"-"}`, false, text, "the|final|countdown"},
		{"Removed", `{"String":"-"}`, true, text, "-|-|-"},
		{"Removed", `{"Regex":"x*"}`, false, spaced, " |a|b|-|-"},
		{"Isolated", `{"String":"-"}`, false, text, "the|-|final|-|-|countdown"},
		{"Isolated", `{"Regex":"\\s+|-"}`, true, spaced, " |axxb|-|-"},
		{"Isolated", `{"Regex":"x*"}`, false, spaced, " |a|xx|b|-|-"},
		{"MergedWithPrevious", `{"String":"-"}`, false, text, "the-|final-|-|countdown"},
		{"MergedWithPrevious", `{"String":"-"}`, true, text, "the|-final|-|-countdown"},
		{"MergedWithPrevious", `{"Regex":"x*"}`, false, spaced, " |axx|b|-|-"},
		{"MergedWithNext", `{"String":"-"}`, false, text, "the|-final|-|-countdown"},
		{"MergedWithNext", `{"String":"-"}`, true, text, "the-|final-|-|countdown"},
		{"MergedWithNext", `{"Regex":"\\s+|-"}`, true, spaced, " |axxb-|-"},
		{"MergedWithNext", `{"Regex":"x*"}`, false, spaced, " |a|xxb|-|-"},
		{"Contiguous", `{"String":"-"}`, false, text, "the|-|final|--|countdown"},
		{"Contiguous", `{"String":"-"}`, true, text, "the|-|final|--|countdown"},
		{"Contiguous", `{"Regex":"x*"}`, false, spaced, " |a|xx|b|-|-"},
		{"Contiguous", `{"String":"-"}`, false, "--", "--"},
		{"Isolated", `{"Regex":"\\w+"}`, false, "हिन्दी x_1-é ⅷ Ⓐ ‿½", "हिन्दी| |x_1|-|é| |ⅷ| |Ⓐ| |‿½"},
		{"Isolated", `{"Regex":"[\\w-]+"}`, false, "a-b c", "a-b| |c"},
		{"Isolated", `{"Regex":"[^\\w]+"}`, false, "a-b  c", "a|-|b|  |c"},
		{"Isolated", `{"Regex":"\\s+(?!\\S)"}`, false, "a   b ", "a|  | b| "},
		{"Isolated", `{"Regex":"(?i:'s|'t)"}`, false, "ab's 'S", "ab|'s| |'S"},
		{"Isolated", `{"Regex":"(?<=a)b"}`, false, "abb", "a|b|b"},
		{"Isolated", `{"Regex":"b$"}`, false, "ab\nb", "a|b|\n|b"},
	} {
		file := fmt.Sprintf(`{"type":"Split","pattern":%s,"behavior":%q,"invert":%v}`, c.pattern, c.behaviour, c.invert)
		if got := strings.Join(cutBy(t, file, c.text), "|"); got != c.want {
			t.Errorf("%s of %q\n got %s\nwant %s", file, c.text, got, c.want)
		}
	}
}

func TestPreTokenizers(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{`{"type":"Punctuation"}`, "Hey!!", "Hey|!|!"},
		{`{"type":"Punctuation","behavior":"Removed"}`, "Hey!! a,b .", "Hey| a|b "},
		{`{"type":"Punctuation","behavior":"MergedWithPrevious"}`, "Hey!! a,b .", "Hey!|!| a,|b ."},
		{`{"type":"Punctuation","behavior":"MergedWithNext"}`, "Hey!! a,b .", "Hey|!|! a|,b |."},
		{`{"type":"Punctuation","behavior":"Contiguous"}`, "Hey!! a,b .", "Hey|!!| a|,|b |."},
		{`{"type":"CharDelimiterSplit","delimiter":"-"}`, "a--b-c", "a|b|c"},
		{`{"type":"Digits","individual_digits":false}`, "a12 3b4", "a|12| |3|b|4"},
		{`{"type":"Digits","individual_digits":true}`, "a12Ⅷ²", "a|1|2|Ⅷ|²"},
		{`{"type":"Whitespace"}`, "Hey man! é_x a-b \u0301x ١٢ ..  $€", "Hey|man|!|é_x|a|-|b|\u0301x|١٢|..|$€"},
		{`{"type":"WhitespaceSplit"}`, " Hey,\u3000man ", "Hey,|man"},
		{`{"type":"BertPreTokenizer"}`, "Hey man! é_x a-b $€ 。x", "Hey|man|!|é|_|x|a|-|b|$|€|。|x"},
		{`{"type":"Sequence","pretokenizers":[]}`, "a b", "a b"},
	} {
		if got := strings.Join(cutBy(t, c.file, c.text), "|"); got != c.want {
			t.Errorf("%s of %q\n got %s\nwant %s", c.file, c.text, got, c.want)
		}
	}
}

func TestNormalizers(t *testing.T) {
	regex := func(p, content string) string {
		return fmt.Sprintf(`{"type":"Replace","pattern":{"Regex":%q},"content":%q}`, p, content)
	}
	many := func(marks string) string { return strings.Repeat(marks, 40) }
	for _, c := range []struct{ file, text, want string }{
		{`{"type":"NFC"}`, "\u1abf\u0327", "\u1abf\u0327"},
		{`{"type":"NFD"}`, "\u1abf\u0327", "\u1abf\u0327"},
		{`{"type":"NFC"}`, "a\u0301\u0327", "\u00e1\u0327"},
		{`{"type":"NFD"}`, "a\u0301\u0327", "a\u0327\u0301"},
		{`{"type":"NFC"}`, "a\u0327\u1abf\u0301", "a\u0327\u1abf\u0301"},
		{`{"type":"NFC"}`, "\uac00\u11a8", "\uac01"},
		{`{"type":"NFD"}`, "\uac01\uac00", "\u1100\u1161\u11a8\u1100\u1161"},
		{`{"type":"NFKC"}`, "e\u0301\u0301\u0301\u0327", "\u0229\u0301\u0301\u0301"},
		{`{"type":"NFC"}`, "\u0958\u212b", "\u0915\u093c\u00c5"},
		{`{"type":"NFC"}`, "e" + many("\u0301\u0327"), "\u0229" + many("\u0327")[2:] + many("\u0301")},
		{`{"type":"NFD"}`, "e" + many("\u0301\u0327"), "e" + many("\u0327") + many("\u0301")},
		{`{"type":"Strip","strip_left":true,"strip_right":true}`, "\u3000 é é a  ", "é é a"},
		{`{"type":"Strip","strip_left":false,"strip_right":true}`, " é  ", " é"},
		{`{"type":"Strip","strip_left":true,"strip_right":false}`, " é  ", "é  "},
		{`{"type":"Prepend","prepend":"▁"}`, " a", "▁ a"},
		{`{"type":"Prepend","prepend":"▁"}`, "", ""},
		{`{"type":"Replace","pattern":{"String":"a.b"},"content":"x"}`, "a.b axb", "x axb"},
		{`{"type":"Replace","pattern":{"String":"aa"},"content":"b"}`, "aaaaa", "bba"},
		{regex("(l)(e)", "$1 $2"), "le travail", "$1 $2 travail"},
		{regex("\\s+", " "), "a  b   c", "a b c"},
		{regex("x*", "-"), "axxb", "-a-b-"},
		{regex(" {2,}", "▁"), "a  b c", "a▁b c"},
		{regex("$", "-"), "a\nb", "a-\nb-"},
		{regex("(?i)É", "-"), "éÉ", "--"},
		{`{"type":"Lowercase"}`, "İΣAS\u1c89", "i\u0307σas\u1c8a"},
		{`{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}`, "éâ", "ea"},
	} {
		all, err := readNormalizers(json.RawMessage(c.file), "normalizer")
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Tokenizer{normalizers: all}).normalized([]byte(c.text)); string(got) != c.want {
			t.Errorf("%s of %+q\n got %+q\nwant %+q", c.file, c.text, got, c.want)
		}
	}
}

func TestAddedTokens(t *testing.T) {
	const vocab = `{"[UNK]":0,"a":1,"b":2,"a ":3," b":4,"\"":5,"\\":6}`
	for _, c := range []struct {
		name, added, text string
		want              []int32
	}{
		{"plain", `{"id":7,"content":"<x>"}`, "a <x> b", []int32{3, 7, 4}},
		{"to the left", `{"id":7,"content":"<x>","lstrip":true}`, "a  <x> b", []int32{1, 7, 4}},
		{"to the right", `{"id":7,"content":"<x>","rstrip":true}`, "a <x>  b", []int32{3, 7, 2}},
		{"to both sides", `{"id":7,"content":"<x>","lstrip":true,"rstrip":true}`, "a \u00a0<x>\n\tb", []int32{1, 7, 2}},
		{"two in a row", `{"id":7,"content":"<x>","lstrip":true,"rstrip":true}`, "a <x>  <x> b", []int32{1, 7, 7, 2}},
		{"the later flags", `{"id":7,"content":"<x>"},{"id":7,"content":"<x>","single_word":true}`, "a<x>b", []int32{0}},
		{"the later flags again", `{"id":7,"content":"<x>","single_word":true},{"id":7,"content":"<x>"}`, "a<x>b", []int32{1, 7, 2}},
		{"the longest", `{"id":7,"content":"<x>"},{"id":8,"content":"<x>y"}`, "<x>y<x>", []int32{8, 7}},
		{"a word alone", `{"id":1,"content":"a","single_word":true}`, "a ba a\u0301 a-a_a", []int32{1, 0, 1, 0}},
		{"a quote", `{"id":5,"content":"\""},{"id":6,"content":"\\"}`, `a"b\`, []int32{1, 5, 2, 6}},
		{"an id of its own", `{"id":99,"content":"<x>"}`, "<x>", []int32{7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, err := Open([]byte(`{"model":{"type":"WordLevel","unk_token":"[UNK]","vocab":` + vocab + `},"added_tokens":[` + c.added + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := tok.Encode(c.text, 0); !slices.Equal(got, c.want) {
				t.Errorf("%q gives %v, want %v", c.text, got, c.want)
			}
		})
	}
}

// TestPairsReadByWord: which of two texts counts as the longer one is settled
// word by word, in the fast path too.
func TestPairsReadByWord(t *testing.T) {
	variants := bertVariants()
	for _, c := range []struct{ a, b string }{
		{"é é é é é é é", "en en en"}, {"é-é-é-é-é-é-é", "passwording on"}, {"x y x y x y on", "a b c d e"}, {"中中中中中", "x y a b c d x y"},
	} {
		for most := 4; most < 12; most++ {
			fast, _ := variants[8].fast.EncodePair(c.a, c.b, most)
			slow, _ := variants[8].slow.EncodePair(c.a, c.b, most)
			if !slices.Equal(fast, slow) || len(fast) != most {
				t.Errorf("%q, %q, at most %d\n fast %v\n slow %v", c.a, c.b, most, fast, slow)
			}
		}
	}
}

// TestReadWordByWord: a text that is cut counts as so long as it was read, to the
// word with which there are enough ids.
func TestReadWordByWord(t *testing.T) {
	tok, err := Open([]byte(`{"pre_tokenizer":{"type":"WhitespaceSplit"},"model":{"type":"WordLevel","unk_token":"[UNK]",
		"vocab":{"[UNK]":0,"a":1,"b":2}},"added_tokens":[{"id":3,"content":"z"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a    string
		want []int32
	}{
		{"z z a a", []int32{3, 2, 2}}, {"a a a a", []int32{1, 2, 2}}, {"a a z a", []int32{1, 1, 2}}, {"z z z z", []int32{3, 3, 2}},
		{"a a a z", []int32{1, 2, 2}}, {"z z z a a a a", []int32{3, 3, 2}},
	} {
		if got, _ := tok.EncodePair(c.a, "b b b b", 3); !slices.Equal(got, c.want) {
			t.Errorf("%q gives %v, want %v", c.a, got, c.want)
		}
	}
}
