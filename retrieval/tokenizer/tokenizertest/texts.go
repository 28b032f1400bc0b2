// Package tokenizertest makes the texts that tokenizers, and what stands on them,
// are compared on: the sentences of our examples, a list of oddities, and words
// drawn letter by letter from the ranges of scripts. They are our own.
package tokenizertest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// Examples are the lines of our example bases, each once; dir is the folder
// examples of the module.
func Examples(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(file) {
		case ".yaml", ".md", ".html", ".js":
		default:
			return nil
		}
		data, err := os.ReadFile(file)
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" && !seen[line] {
				seen[line] = true
				all = append(all, line)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Odd are texts that are each about something that tokenizers get wrong.
var Odd = []string{
	"", " ", "  ", "\t", "\n", "\r\n", " \t\n\r\v\f ", "a", " a", "a ", "  a  b  ",
	"\u0085", "\u00a0", "\u1680", "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", "\u2028\u2029", "\u202f\u205f\u3000",
	"x\u00a0y", "x\u3000y", "x\u2009y\u200ax", "x\u0085y", "x\u2028y", "one\n\n\ntwo \n three\r\nfour\rfive", "a \n b", "a\t\tb", "trailing   ", "   leading",
	"[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[unused0]", "[CLS] hello [SEP] world [SEP]", "a[SEP]b", " [MASK].", "[mask]", "[ SEP ]", "[[SEP]]",
	"<s>", "</s>", "<pad>", "<unk>", "<mask>", "<s> hello </s>", "a</s>b", "<s><s></s>", "x <mask> y", "<|endoftext|>", "<|padding|>", "|||IP_ADDRESS|||", "<0x41>", "<0xE4>", "<0x0A>x",
	"▁", "▁▁", "▁a", " ▁a", "a▁b", "a ▁ b", "▁hello▁world", "Ġ", "Ġhello", "Ċ", "âĢĻ", "##", "##ing", "a##b",
	"don't", "DON'T", "I'm we're they've he'll she'd it's", "'s", "'", "''", "'re", "'r", "'l", "'ll'll", " 's", "x's's", "rock 'n' roll", "’s don’t",
	"hello,world", "hello, world!", "(a)[b]{c}<d>", "...", "…", "!!!", "?!?!", "---", "--flag=value", "a_b_c", "a-b-c", "#tag @user $5 50% a&b a*b a+b a=b ~x ^y `z` \\ | \"q\"",
	"https://example.org/path/to?x=1&y=2#part", "user.name+tag@example.org", "C:\\Users\\me\\file.txt", "/usr/local/bin:/usr/bin", "192.168.0.1:8080", "fe80::1%eth0",
	"func main() { fmt.Println(\"hi\\n\") }", "if (a<b && c>=d) { x[i++] |= 0xFF; }", "SELECT * FROM t WHERE id='1';", "<a href=\"#\">x</a>", "{\"key\": [1, 2.5e-3, null]}",
	"1", "12", "123", "1234567890", "3.14159", "1,000,000.00", "1e10", "-5°C", "٣٤٥", "१२३", "½ ¼ ¾", "①②③", "Ⅳ ⅷ", "x²+y³", "1st 2nd 3rd", "2024-02-29T23:59:60Z", "+49 (0)89 123-456",
	"café", "cafe\u0301", "naïve", "nai\u0308ve", "Ångström", "A\u030angstro\u0308m", "\u212b", "Ǆ ǅ ǆ", "ﬁ ﬂ ﬀ ﬃ ﬅ", "Straße STRASSE ẞ", "İstanbul", "istanbul ISTANBUL ı I i", "i\u0307", "ΣΊΣΥΦΟΣ σίσυφος Ὀδυσσεύς ΌΣΟΣ", "ŉ", "ﬀ\u0301", "Å\u0301\u0323", "q\u0307\u0323", "q\u0323\u0307", "ẛ\u0323", "ệ e\u0302\u0323 e\u0323\u0302",
	"\u0301", "\u0301a", "a\u0301\u0301\u0301", "\u200d", "a\u200db", "a\u200cb", "a\u200bb", "\ufeffhello", "hello\ufeff", "a\u2060b", "soft\u00adhyphen", "\u202ertl\u202c", "\u2066x\u2069", "\u061c",
	"\x00", "a\x00b", "\x01\x02\x03", "a\x07b", "\x1b[31mred\x1b[0m", "\x7f", "\u0080\u009f", "\ufffd", "a\ufffdb", "\ufffe", "\uffff", "\U0010ffff", "\ue000", "\uf8ff x", "\U000f0000",
	"\u0378", "\u0380", "\U000e0001", "\U0001fbff", "\u2fff", "\U0003fffd",
	"😀", "😀😀", "a😀b", "😀 a", "👍🏽", "👩\u200d👩\u200d👧\u200d👦", "👨🏿\u200d🦰", "🏳️\u200d🌈", "🏴\u200d☠️", "🇩🇪", "🇩🇪🇫🇷", "🇩", "🇩🇪🇫", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "1️⃣", "#️⃣ *️⃣", "☺", "☺️", "☺︎", "❤️\u200d🔥", "🧑\u200d💻 🧑🏻\u200d💻", "🫠🫡🪿", "🙂🙃", "x🏽", "\u200d🌈", "©️ ®", "™",
	"漢字", "漢字かな交じり文", "你好，世界！", "中文English混合123", "𠀀𠮷", "\U00020000\U0002a6d6", "豈更車", "\u2f800", "㍿ ㌔ ㍑", "Ａｂｃ１２３！", "ｶﾞｷﾞﾊﾟ", "ｱｲｳ", "か\u3099", "は\u309a", "ヴ ヷ", "々〆〇", "「引用」、。・", "ー～〜", "한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "\u1100", "\u1161", "\u11a8", "ㄱㄴㄷ", "각\u11a8", "가\u11a8", "ᄀ\u1161\u11a8\u11a8",
	"ภาษาไทยไม่มีช่องว่าง", "น้ำ", "กำ", "ກຳ", "မြန်မာ", "ខ្មែរ", "བོད་སྐད།", "हिन्दी में", "क्ष त्र ज्ञ", "क्\u200dष", "क्\u200cष", "বাংলা", "தமிழ்", "ക്ഷ", "ಕ್ಷ", "සිංහල", "ਪੰਜਾਬੀ",
	"العربية", "مَرْحَبًا", "ﷺ ﷲ", "ﺍﻟﻌﺮﺑﻴﺔ", "لا", "فارسی\u200cزبان", "עברית", "שָׁלוֹם", "\ufb2a\ufb4f", "ܫܠܡܐ", "ދިވެހި", "አማርኛ", "ᏣᎳᎩ", "ꭰꭱ", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "Հայերեն և", "Монгол ᠮᠣᠩᠭᠣᠯ", "Ёлка й и\u0306", "ⰳⰾⰰⰳⱁⰾⰹⱌⰰ", "𐐷𐐲𐑌 𐐏", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙 𝕏", "𓂀𓃠", "𒀀𒁀", "𐌰𐌱", "ᚠᚢᚦ",
	"z̵͓̱̈a̷͚̎l̸̰͝g̵̫̈́o̶̖͌", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a", "\u0f73\u0f75", "\u0958", "\u0344", "\u037e;", "\u1fef`", "\u2126Ω", "\u2329〈", "\uf900",
	"\u2160\u2170 \u3300 \u32ff", "\u00bc\u2044\u00be", "a\u034fb", "\u115f\u1160", "\u3164x", "\uffa0", "\u180e", "\u1806", "ſ ẛ", "µ μ", "K \u212a", "ﬄ", "ǰ", "ΐ ΰ", "ᾳ ᾼ",
}

// A script is where random words of a kind come from.
type script struct {
	ranges [][2]rune
	short  bool // words of one or two characters
}

var scripts = []script{
	{ranges: [][2]rune{{'a', 'z'}}},
	{ranges: [][2]rune{{'a', 'z'}, {'A', 'Z'}}},
	{ranges: [][2]rune{{'A', 'Z'}}},
	{ranges: [][2]rune{{'0', '9'}}},
	{ranges: [][2]rune{{'a', 'f'}, {'0', '9'}, {'A', 'F'}}},
	{ranges: [][2]rune{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
	{ranges: [][2]rune{{0xA1, 0x17F}}},
	{ranges: [][2]rune{{'a', 'z'}, {0x300, 0x36F}}},
	{ranges: [][2]rune{{0x180, 0x2AF}}},
	{ranges: [][2]rune{{0x370, 0x3FF}, {0x1F00, 0x1FFF}}},
	{ranges: [][2]rune{{0x400, 0x52F}}},
	{ranges: [][2]rune{{0x531, 0x58F}}},
	{ranges: [][2]rune{{0x591, 0x5F4}}},
	{ranges: [][2]rune{{0x600, 0x6FF}}},
	{ranges: [][2]rune{{0x710, 0x7BF}}},
	{ranges: [][2]rune{{0x900, 0x97F}}},
	{ranges: [][2]rune{{0x980, 0xDFF}}},
	{ranges: [][2]rune{{0xE01, 0xE5B}}},
	{ranges: [][2]rune{{0xE81, 0xFDA}}},
	{ranges: [][2]rune{{0x1000, 0x109F}, {0x1780, 0x17F9}}},
	{ranges: [][2]rune{{0x10A0, 0x10FF}, {0x1C90, 0x1CBF}}},
	{ranges: [][2]rune{{0x1100, 0x11FF}}},
	{ranges: [][2]rune{{0xAC00, 0xD7A3}}},
	{ranges: [][2]rune{{0x1200, 0x137C}, {0x13A0, 0x13FD}}},
	{ranges: [][2]rune{{0x1800, 0x18AA}}},
	{ranges: [][2]rune{{0x1E00, 0x1EFF}}},
	{ranges: [][2]rune{{0x3041, 0x309F}}},
	{ranges: [][2]rune{{0x30A0, 0x30FF}, {0x31F0, 0x31FF}}},
	{ranges: [][2]rune{{0xFF61, 0xFF9F}}},
	{ranges: [][2]rune{{0x4E00, 0x9FFF}}},
	{ranges: [][2]rune{{0x3400, 0x4DBF}, {0x20000, 0x2A6DF}}},
	{ranges: [][2]rune{{0xF900, 0xFAD9}, {0x2F800, 0x2FA1D}}},
	{ranges: [][2]rune{{0xFF01, 0xFF5E}}},
	{ranges: [][2]rune{{0x3200, 0x33FF}}},
	{ranges: [][2]rune{{0xFB00, 0xFB4F}}},
	{ranges: [][2]rune{{0xFB50, 0xFDFF}, {0xFE70, 0xFEFC}}},
	{ranges: [][2]rune{{0x1D400, 0x1D7FF}}},
	{ranges: [][2]rune{{0x10400, 0x1044F}, {0x10330, 0x1034A}, {0x12000, 0x12399}}},
	{ranges: [][2]rune{{0x2010, 0x205E}, {0x20A0, 0x20C0}, {0x2100, 0x218B}}},
	{ranges: [][2]rune{{0x2190, 0x23FF}, {0x2500, 0x27BF}}},
	{ranges: [][2]rune{{0x2460, 0x24FF}, {0x2070, 0x209C}}},
	{ranges: [][2]rune{{0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}}},
	{ranges: [][2]rune{{0x1F1E6, 0x1F1FF}}, short: true},
	{ranges: [][2]rune{{0x1F3FB, 0x1F3FF}, {0x200D, 0x200D}, {0xFE0F, 0xFE0F}, {0x1F466, 0x1F469}}},
	{ranges: [][2]rune{{0x300, 0x36F}, {0x1AB0, 0x1ACE}, {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}}},
	{ranges: [][2]rune{{0x00, 0x1F}, {0x7F, 0x9F}}, short: true},
	{ranges: [][2]rune{{0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xAD, 0xAD}, {0xFEFF, 0xFEFF}}, short: true},
	{ranges: [][2]rune{{' ', ' '}, {'\t', '\r'}, {0xA0, 0xA0}, {0x2000, 0x200A}, {0x3000, 0x3000}}, short: true},
	{ranges: [][2]rune{{0xE000, 0xF8FF}, {0xF0000, 0x10FFFF}}, short: true},
	{ranges: [][2]rune{{0xE0000, 0xE01EF}}, short: true},
	{ranges: [][2]rune{{0x10D40, 0x10D8F}, {0x16100, 0x16139}, {0x2EBF0, 0x2EE5D}}},
	{ranges: [][2]rune{{0x80, 0x10FFFF}}},
}

// Word draws a word of any script.
func Word(r *rand.Rand) string { return scripts[r.IntN(len(scripts))].word(r) }

// separators stand between random words.
var separators = []string{" ", " ", " ", " ", " ", "", "", "  ", "\n", "\t", ", ", ". ", "-", "/", "'", "’", "\u00a0", "\u3000", "\u200b", "\u200d", "▁", "<s>", "[SEP]"}

// word draws a word of a script.
func (s script) word(r *rand.Rand) string {
	n := 1 + r.IntN(2)
	if !s.short {
		n = 1 + r.IntN(9)
		switch r.IntN(40) {
		case 0:
			n = 60 + r.IntN(120) // longer than BERT's 100
		case 1:
			n = 12 + r.IntN(30)
		}
	}
	var b strings.Builder
	for range n {
		part := s.ranges[r.IntN(len(s.ranges))]
		c := part[0] + rune(r.IntN(int(part[1]-part[0])+1))
		if c >= 0xD800 && c <= 0xDFFF {
			c = unicode.ReplacementChar
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Drawn draws n texts. Most hold to a script or two, as people do.
func Drawn(n int, seed uint64, known []string) []string {
	r := rand.New(rand.NewPCG(seed, 6))
	all := make([]string, n)
	for i := range all {
		var b strings.Builder
		mine := []script{scripts[i%len(scripts)], scripts[r.IntN(len(scripts))], scripts[0]}
		for range 1 + r.IntN(8) {
			switch r.IntN(12) {
			case 0:
				b.WriteString(Odd[r.IntN(len(Odd))])
			case 1:
				words := strings.Fields(known[r.IntN(len(known))])
				b.WriteString(words[r.IntN(len(words))])
			case 2:
				b.WriteString(strings.Repeat(mine[0].word(r), 2+r.IntN(6)))
			case 3:
				b.WriteString(scripts[r.IntN(len(scripts))].word(r))
			default:
				b.WriteString(mine[r.IntN(len(mine))].word(r))
			}
			b.WriteString(separators[r.IntN(len(separators))])
		}
		all[i] = b.String()
	}
	return all
}

// Long are the few that are long.
func Long() []string {
	return []string{
		strings.Repeat("a", 3000), strings.Repeat("ab ", 2000), strings.Repeat("0123456789", 300), strings.Repeat("=", 2000),
		strings.Repeat(" ", 1500), strings.Repeat("\n", 700) + "x", strings.Repeat("漢", 800), strings.Repeat("e\u0301", 700),
		"a" + strings.Repeat("\u0301", 900), strings.Repeat("👩\u200d", 300), strings.Repeat("🇩", 301), strings.Repeat("\u1100\u1161", 400),
		strings.Repeat("supercalifragilistic", 60), strings.Repeat("क्", 400), strings.Repeat("\u200d", 500), strings.Repeat("'s", 500),
	}
}

// Texts are all that tokenizers are compared on, more than 5,000; dir is the
// folder examples of the module.
func Texts(t testing.TB, dir string) []string {
	t.Helper()
	known := Examples(t, dir)
	all := append([]string{}, Odd...)
	all = append(all, Long()...)
	all = append(all, known[:min(len(known), 1500)]...)
	return append(all, Drawn(4000, 1, known)...)
}
