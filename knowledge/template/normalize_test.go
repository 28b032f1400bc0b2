package template

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalize(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"!?… 👍🏽", ""},
		{"Turn ON the Lights!", "turn on the lights"},
		{"  what's\tup,   doc?\n", "whats up doc"},
		{"What’s Joe‘s, Joe`s and Joe´s", "whats joes joes and joes"},
		{"up-to-date — really–truly", "up to date really truly"},
		{"rock 'n' roll", "rock n roll"},
		{"50 % of 20.5 °, 7:30, 1/2, 24/7, v1.2.3.", "50% of 20.5° 7:30 1/2 24/7 v1.2.3"},
		{"-5 and −3.5 and (-7) and -.5 and .25", "-5 and -3.5 and -7 and -.5 and .25"},
		{"covid-19, wait--5, 2026-11-23, wait...5", "covid 19 wait 5 2026-11-23 wait 5"},
		{"1,000 and 1,234,567.5 and 1,23 and 12345,678", "1000 and 1234567.5 and 1 23 and 12345 678"},
		{"#FF8800 #abc #5 #hashtag C#", "#ff8800 #abc 5 hashtag c"},
		{"2½ cups, ¾ full, ½", "2 1/2 cups 3/4 full 1/2"},
		{"20 º, 68℉, 20 ℃", "20° 68°f 20°c"},
		{"ＦＵＬＬ　ｗｉｄｔｈ ﬁne", "full width fine"},
		{"STRASSE Straße ΣΊΣΥΦΟΣ", "strasse strasse σίσυφοσ"},
		{"cafe\u0301 CAFÉ", "café café"},
		{"شغّل الضوء، من فضلك!", "شغّل الضوء من فضلك"},
		{"א\u200fב\u00adג", "אבג"},
		{"snake_case a@b.c $5 R&D", "snake case a b c 5 r d"},
		{"bad \xff\xfe bytes", "bad bytes"},
		{"1\ufe0f\u20e3 first", "1 first"},
	}
	for _, test := range tests {
		if got := Normalize(test.text); got != test.want {
			t.Errorf("Normalize(%q) = %q, want %q", test.text, got, test.want)
		}
		if again := Normalize(test.want); again != test.want {
			t.Errorf("Normalize(%q) = %q, which is not stable", test.want, again)
		}
	}
}

func TestSaidKeepsTheWords(t *testing.T) {
	n := normalize("  Turn on: the “Living-Room”  lamp, cafe\u0301 2½!")
	for _, test := range []struct{ form, want string }{
		{"living room", "Living-Room"},
		{"café", "cafe\u0301"},
		{"2 1/2", "2½"},
		{"turn on the", "Turn on: the"},
		{" lamp ", "lamp"},
	} {
		at := strings.Index(n.text, test.form)
		if at < 0 {
			t.Fatalf("%q is not in %q", test.form, n.text)
		}
		if got := n.said(at, at+len(test.form)); got != test.want {
			t.Errorf("said(%q) = %q, want %q", test.form, got, test.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"", "What's UP?", "1,000.5 -3 #fff 50 %", "2½", "e'\u0301", "ᄀ\u200bᅡ", "ΐ ẛ̣ ﬃ ǆ", "\xff\x80a", "İı ß ẞ", "\x9e\xfd.XARl\xef?\xe3'\xde\xf5\xa9\xc6ܿￔܑܿ'ܾￔܑ\xef\xa4ￔܑܿￔܑܿ\x91ￓ'ￔ\xdc", "ͅα", "1\ufe0f\u20e3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normalize(s)
		if again := Normalize(n.text); again != n.text {
			t.Fatalf("Normalize(%q) = %q, then %q", s, n.text, again)
		}
		if !utf8.ValidString(n.text) || strings.Contains(n.text, "  ") || strings.TrimSpace(n.text) != n.text {
			t.Fatalf("Normalize(%q) = %q", s, n.text)
		}
		if len(n.start) != len(n.text) || len(n.end) != len(n.text) {
			t.Fatalf("Normalize(%q): %d bytes, %d and %d offsets", s, len(n.text), len(n.start), len(n.end))
		}
		for i := range n.start {
			if n.start[i] < 0 || n.end[i] < n.start[i] || int(n.end[i]) > len(s) || i > 0 && n.start[i] < n.start[i-1] {
				t.Fatalf("Normalize(%q): byte %d comes from %d:%d", s, i, n.start[i], n.end[i])
			}
		}
		if len(n.text) > 0 {
			n.said(0, len(n.text))
		}
	})
}
