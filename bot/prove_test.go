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
