package bot

import "testing"

// TestDigits: what is said of a PIN becomes its digits, and other talk none.
func TestDigits(t *testing.T) {
	for said, want := range map[string]string{
		"1234": "1234", "1 2 3 4": "1234", "12 34": "1234", "one two three four": "1234", "One, two. Three four!": "1234",
		"twelve thirty four": "1234", "twelve thirty-four": "1234", "thirty": "30", "thirty zero": "300", "oh four seven one": "0471",
		"twenty ten": "2010", "nineteen eighty four": "1984", "4711 please": "", "": "", "yes": "", "open 12": "",
	} {
		if got := digits(english, said); got != want {
			t.Errorf("%q is read as %q, want %q", said, got, want)
		}
	}
}

func FuzzDigits(f *testing.F) {
	f.Add("twelve thirty four")
	f.Add("thirty")
	f.Fuzz(func(t *testing.T, said string) {
		for _, r := range digits(english, said) {
			if r < '0' || r > '9' {
				t.Errorf("%q is read as %q", said, digits(english, said))
			}
		}
	})
}

// TestDigitsOfLanguages: every number up to 99 is understood as it is said, and
// other talk is none.
func TestDigitsOfLanguages(t *testing.T) {
	for _, c := range []struct {
		s          *sentences
		said, want string
	}{
		{german, "eins zwei drei vier", "1234"}, {german, "zwölf vierunddreißig", "1234"}, {german, "Zwo, null, zwo, null", "2020"},
		{german, "einundzwanzig neunundneunzig", "2199"}, {german, "dreißig vier", "304"}, {german, "ein Licht", ""},
		{french, "un deux trois quatre", "1234"}, {french, "douze trente-quatre", "1234"}, {french, "vingt et un soixante et onze", "2171"},
		{french, "soixante-dix-neuf quatre-vingts", "7980"}, {french, "quatre-vingt-un quatre-vingt-dix-neuf", "8199"}, {french, "zéro dix-sept", "017"},
		{french, "une lampe", ""},
		{spanish, "uno dos tres cuatro", "1234"}, {spanish, "doce treinta y cuatro", "1234"}, {spanish, "veintidós noventa y nueve", "2299"},
		{spanish, "cero dieciséis", "016"}, {spanish, "una luz", ""},
	} {
		if got := digits(c.s, c.said); got != c.want {
			t.Errorf("%q is read as %q, want %q", c.said, got, c.want)
		}
	}
	for language, s := range catalogue {
		found := map[string]bool{}
		for _, d := range s.digits {
			found[d] = true
		}
		if len(found) != 100 {
			t.Errorf("%s has words for %d of the numbers up to 99", language, len(found))
		}
	}
}
