package template

import (
	"strconv"
	"strings"
	"unicode"
)

var (
	underTwenty = strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen
		fourteen fifteen sixteen seventeen eighteen nineteen`)
	tensWords = strings.Fields("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
	// ordinalWords are those of the days of a month.
	ordinalWords = func() []string {
		words := make([]string, 32)
		for w, n := range ordinals {
			words[n] = w
		}
		for n := range words {
			if words[n] == "" && n > 20 {
				words[n] = tensWords[n/10] + " " + words[n%10]
			}
		}
		return words
	}()
)

// maxNumeral is the largest number that is put into words.
const maxNumeral = 999_999

// numeral gives a whole number of 0 to [maxNumeral] in words.
func numeral(n int) string {
	switch {
	case n < 20:
		return underTwenty[n]
	case n < 100 && n%10 == 0:
		return tensWords[n/10]
	case n < 100:
		return tensWords[n/10] + " " + underTwenty[n%10]
	}
	size, name := 100, " hundred"
	if n >= 1000 {
		size, name = 1000, " thousand"
	}
	words := numeral(n/size) + name
	if rest := n % size; rest > 0 {
		words += " " + numeral(rest)
	}
	return words
}

// maxDigitsInWords is how many digits of a word are said as one number.
const maxDigitsInWords = 4

// spokenDigits gives the words that are said for a word with digits in it: "two"
// for "2", "mp three" for "mp3". It gives nothing for one without, and for one
// that is not letters and numbers.
func spokenDigits(word string) []string {
	if !strings.ContainsAny(word, "0123456789") {
		return nil
	}
	var out []string
	for i := 0; i < len(word); {
		end := i
		digit := isDigit(rune(word[i]))
		for end < len(word) && isDigit(rune(word[end])) == digit {
			end++
		}
		part := word[i:end]
		i = end
		if !digit {
			if strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsLetter(r) }) {
				return nil
			}
			out = append(out, part)
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || len(part) > maxDigitsInWords || part[0] == '0' && len(part) > 1 {
			return nil
		}
		out = append(out, strings.Fields(numeral(n))...)
	}
	return out
}

// otherForms gives other ways to write a text in which a value is said: words
// for digits ("room two" for "room 2"), digits for words, and apart what capitals
// set apart ("eco bee" for EcoBee), as recognisers of speech write it. All are in
// normal form.
func otherForms(text string) []string {
	normal := Normalize(text)
	var out []string
	add := func(form string) {
		if form != normal && form != "" {
			out = append(out, form)
		}
	}
	words := strings.Fields(normal)
	spoken := make([]string, 0, len(words))
	for _, w := range words {
		if s := spokenDigits(w); s != nil {
			spoken = append(spoken, s...)
		} else {
			spoken = append(spoken, w)
		}
	}
	add(strings.Join(spoken, " "))
	add(inDigits(normal))
	var apart strings.Builder
	last := ' '
	for _, r := range text {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			apart.WriteByte(' ')
		}
		apart.WriteRune(r)
		last = r
	}
	add(Normalize(apart.String()))
	return out
}

// inDigits writes the whole numbers of a text in digits.
func inDigits(normal string) string {
	var out []string
	for p := 0; p < len(normal); {
		w, end := word(normal, p)
		if found := cardinals(normal, p); w != "a" && len(found) > 0 {
			last := found[len(found)-1]
			w, end = plainNumber(last.value), last.end
		}
		out = append(out, w)
		p = end + 1
	}
	return strings.Join(out, " ")
}
