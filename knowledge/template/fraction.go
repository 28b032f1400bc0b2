package template

import (
	"math"
	"slices"
	"strings"
)

// A part is a phrase for a part of one.
type part struct {
	words string
	value float64
}

// denominators are the words for equal parts of one.
var denominators = []struct {
	one, many string
	count     float64
}{
	{"half", "halves", 2}, {"third", "thirds", 3}, {"quarter", "quarters", 4}, {"fifth", "fifths", 5},
	{"eighth", "eighths", 8}, {"tenth", "tenths", 10},
}

// fractions are the phrases for a part of one by their first word, longer ones
// first. A third without "a" or "one" is a place in a row.
var fractions = func() map[string][]part {
	list := []part{{"half", 0.5}, {"quarter", 0.25}}
	for _, d := range denominators {
		list = append(list, part{"a " + d.one, 1 / d.count}, part{"one " + d.one, 1 / d.count})
		for n, w := range []string{"two", "three", "four", "five", "six", "seven", "eight", "nine"} {
			if above := float64(n + 2); above < d.count {
				list = append(list, part{w + " " + d.many, above / d.count})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b part) int { return len(b.words) - len(a.words) })
	byWord := make(map[string][]part)
	for _, p := range list {
		first, _ := word(p.words, 0)
		byWord[first] = append(byWord[first], p)
	}
	return byWord
}()

// fractionAt reads a part of one at p.
func fractionAt(text string, p int) (span, bool) {
	first, _ := word(text, p)
	for _, f := range fractions[first] {
		if end, ok := phrase(text, p, f.words); ok {
			return span{end: end, value: f.value, loose: true}, true
		}
	}
	return span{}, false
}

// fractionAfter reads a part of one behind the blank at p.
func fractionAfter(text string, p int) (span, bool) {
	if p >= len(text) || text[p] != ' ' {
		return span{}, false
	}
	return fractionAt(text, p+1)
}

// isNumerator says whether the number that ends at p only counts the parts of
// a fraction: "two thirds".
func isNumerator(text string, p int) bool {
	w, _ := next(text, p)
	if w == "" || w[len(w)-1] != 's' {
		return false
	}
	for _, d := range denominators {
		if w == d.many {
			return true
		}
	}
	return false
}

// shares are phrases for a share of a hundred that are no number.
var shares = []struct {
	words string
	value float64
	loose bool
}{
	{"halfway", 50, false}, {"half way", 50, false}, {"midway", 50, false},
	{"full", 100, true}, {"maximum", 100, true}, {"max", 100, true},
}

// percentages gives every reading of text from p on as a percentage. A mere
// fraction ("half", "two thirds of the way") is one of the whole; "half a
// percent" is not read. Thirds are given in whole percent.
func percentages(text string, p int) []span {
	if p >= len(text) {
		return nil
	}
	var found []span
	for _, s := range numbers(text, p) {
		if !s.loose {
			found = append(found, s)
			if end, ok := percentSign(text, s.end); ok {
				found = append(found, span{end: end, value: s.value})
			}
			continue
		}
		s.value = percentOf(s.value)
		found = append(found, s)
		for _, w := range []string{"of the way", "way"} {
			if end, ok := after(text, s.end, w); ok {
				found = append(found, span{end: end, value: s.value, loose: s.loose})
			}
		}
	}
	if !startsWord(text, p) {
		return found
	}
	for _, s := range shares {
		if end, ok := phrase(text, p, s.words); ok {
			found = append(found, span{end: end, value: s.value, loose: s.loose})
		}
	}
	return found
}

// percentOf gives a part of one in percent: in whole percent where it has no
// end in decimal digits.
func percentOf(value float64) float64 {
	hundredths := value * 100
	if rounded := math.Round(hundredths*10) / 10; math.Abs(rounded-hundredths) < 1e-9 {
		return rounded
	}
	return math.Round(hundredths)
}

// percentSign gives the place behind a word or a sign for percent at p, or
// behind the blank there.
func percentSign(text string, p int) (int, bool) {
	rest := strings.TrimPrefix(text[p:], " ")
	p = len(text) - len(rest)
	for _, w := range []string{"percent", "per cent", "pct", "pc", "%"} {
		if end, ok := phrase(text, p, w); ok {
			return end, true
		}
	}
	return p, false
}
