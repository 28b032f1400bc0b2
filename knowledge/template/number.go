package template

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A span is one reading of a text from some place on.
type span struct {
	end   int // where the reading ends
	value float64
	// loose says that the words often mean something else: "half" as a number,
	// "seven" as a time, "sun" as a date. Where a value is expected that does
	// not matter.
	loose bool
}

// word gives the word of text that starts at p, and the place behind it. It is
// empty at the end and before a blank.
func word(text string, p int) (string, int) {
	if p >= len(text) {
		return "", p
	}
	end := strings.IndexByte(text[p:], ' ')
	if end < 0 {
		return text[p:], len(text)
	}
	return text[p : p+end], p + end
}

// next gives the word behind the blank at p.
func next(text string, p int) (string, int) {
	if p >= len(text) || text[p] != ' ' {
		return "", p
	}
	return word(text, p+1)
}

// phrase gives the place behind words if they stand at p as whole words.
func phrase(text string, p int, words string) (int, bool) {
	if !strings.HasPrefix(text[p:], words) {
		return p, false
	}
	end := p + len(words)
	return end, end == len(text) || text[end] == ' '
}

// after gives the place behind a blank and words if they stand at p.
func after(text string, p int, words string) (int, bool) {
	if p >= len(text) || text[p] != ' ' {
		return p, false
	}
	return phrase(text, p+1, words)
}

func startsWord(text string, p int) bool { return p == 0 || text[p-1] == ' ' }

// small are the words for the numbers below a hundred that are one word.
var small = map[string]int{
	"zero": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
	"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
	"fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
	"thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

var scales = map[string]float64{"thousand": 1e3, "million": 1e6, "billion": 1e9}

// amounts are phrases for numbers that follow no rule.
var amounts = []struct {
	words string
	value float64
}{{"half a dozen", 6}, {"a dozen", 12}, {"a couple of", 2}, {"a couple", 2}}

// isNumberWord says whether a word can begin a number, so that texts without
// any are passed over.
func isNumberWord(w string) bool {
	if w == "" {
		return false
	}
	if _, ok := small[w]; ok || strings.ContainsAny(w, "0123456789") {
		return true
	}
	switch w {
	case "half", "quarter", "dozen", "couple", "hundred", "thousand", "million", "billion",
		"halfway", "midway", "full": // those of percentages, but "maximum", which names other things as well
		return true
	}
	return false
}

// numbers gives every reading of text from p on as a number, in digits or in
// English words, in no particular order. No reading ends inside a longer
// number.
func numbers(text string, p int) []span {
	if p >= len(text) || p > 0 && isPartOfNumber(text, p) {
		return nil
	}
	at, sign := p, 1.0
	if text[p] == '-' {
		at, sign = p+1, -1
	} else if startsWord(text, p) {
		for _, w := range []string{"minus", "negative"} {
			if end, ok := phrase(text, p, w); ok && end < len(text) {
				at, sign = end+1, -1
			}
		}
	}
	var found []span
	if at < len(text) && (isDigit(rune(text[at])) || text[at] == '.' || text[at] == '#' && sign > 0) {
		found = digits(text, at)
	} else if startsWord(text, at) {
		found = spelled(text, at)
	}
	for i := range found {
		found[i].value *= sign
	}
	return slices.DeleteFunc(found, func(s span) bool { return isNumerator(text, s.end) })
}

// isPartOfNumber says whether a number that contains what stands before p goes
// on at p.
func isPartOfNumber(text string, p int) bool {
	before := text[p-1]
	if isDigit(rune(before)) {
		return isDigit(rune(text[p])) || strings.IndexByte(".:/-", text[p]) >= 0
	}
	return strings.IndexByte(".:/-#", before) >= 0
}

// digits reads a number that starts with digits: 20, .5, 20.5, 1/2, 2 1/2,
// 2 and a half, 2 hundred, #5.
func digits(text string, p int) []span {
	if text[p] == '#' {
		p++
	}
	value, end, ok := decimal(text, p)
	if !ok {
		return nil
	}
	if part, behind, ok := ratio(text, p); ok {
		return []span{{end: behind, value: part, loose: true}}
	}
	if !endsNumber(text, end) {
		return nil
	}
	found := []span{{end: end, value: value}}
	if end < len(text) && text[end] == ' ' {
		if part, behind, ok := ratio(text, end+1); ok && part < 1 && value == math.Trunc(value) {
			found = append(found, span{end: behind, value: value + part})
		}
	}
	for w, behind := next(text, end); w != ""; w, behind = next(text, end) {
		scale, ok := scales[w]
		if w == "hundred" {
			scale, ok = 100, true
		}
		if w == "dozen" {
			scale, ok = 12, true
		}
		if !ok || value*scale > 1e15 {
			break
		}
		value, end = value*scale, behind
		found = append(found, span{end: end, value: value})
	}
	return tails(text, found)
}

// maxDigits keeps numbers in digits exact.
const maxDigits = 15

// decimal reads digits with at most one dot between or before them.
func decimal(text string, p int) (value float64, end int, ok bool) {
	count := 0
	for end = p; end < len(text); end++ {
		if isDigit(rune(text[end])) {
			count++
			continue
		}
		dot := text[end] == '.' && end+1 < len(text) && isDigit(rune(text[end+1])) && strings.IndexByte(text[p:end], '.') < 0
		if !dot {
			break
		}
	}
	if count == 0 || count > maxDigits {
		return 0, p, false
	}
	value, err := strconv.ParseFloat(text[p:end], 64)
	return value, end, err == nil
}

// ratio reads a fraction in digits that is less than ten: 1/2, 3/4.
func ratio(text string, p int) (value float64, end int, ok bool) {
	above, end, ok := decimal(text, p)
	if !ok || end >= len(text) || text[end] != '/' {
		return 0, p, false
	}
	below, end, ok := decimal(text, end+1)
	if !ok || !endsNumber(text, end) || below < 2 || below > 16 || above >= below || above != math.Trunc(above) || below != math.Trunc(below) {
		return 0, p, false
	}
	return above / below, end, true
}

// endsNumber says that no longer number contains what ends at p.
func endsNumber(text string, p int) bool {
	if p >= len(text) {
		return true
	}
	if isDigit(rune(text[p])) {
		return false
	}
	return strings.IndexByte(".:/-", text[p]) < 0 || p+1 >= len(text) || !isDigit(rune(text[p+1]))
}

// spelled reads a number in words.
func spelled(text string, p int) []span {
	for _, a := range amounts {
		if end, ok := phrase(text, p, a.words); ok {
			return []span{{end: end, value: a.value}}
		}
	}
	found := tails(text, cardinals(text, p))
	if f, ok := fractionAt(text, p); ok {
		found = append(found, f)
	}
	return found
}

// cardinals reads a whole number in words: "twenty one", "a hundred and five",
// "two thousand three hundred".
func cardinals(text string, p int) []span {
	var found []span
	var total, group float64 // group is what the next thousand or million multiplies
	limit := math.Inf(1)     // scales must fall
	room := 100.0            // what the next small number must be less than
	w, end := word(text, p)
	if w == "a" {
		follows, behind := next(text, end)
		if _, ok := scales[follows]; !ok && follows != "hundred" {
			return nil
		}
		w, end = follows, behind
	}
	if _, ok := scales[w]; ok || w == "hundred" {
		group = 1
	}
	for w != "" {
		value, isSmall := small[w]
		scale, isScale := scales[w]
		switch {
		case isSmall && float64(value) < room && (value > 0 || len(found) == 0):
			group += float64(value)
			room = 1
			if value >= 20 {
				room = 10
			}
			if value == 0 {
				return append(found, span{end: end, value: 0})
			}
		case w == "hundred" && group > 0 && group < 100:
			group *= 100
			room = 100
		case w == "dozen" && group > 0 && total == 0 && len(found) > 0:
			return append(found, span{end: end, value: group * 12})
		case isScale && group > 0 && scale < limit:
			total += group * scale
			group, limit, room = 0, scale, 100
		default:
			return found
		}
		found = append(found, span{end: end, value: total + group})
		big := w == "hundred" || isScale
		w, end = next(text, end)
		if w == "and" && big {
			w, end = next(text, end)
			if _, ok := small[w]; !ok {
				return found
			}
		}
	}
	return found
}

// tails adds the readings that go on with a fraction: "and a half", "point
// five".
func tails(text string, found []span) []span {
	for _, s := range found[:len(found):len(found)] {
		if s.value != math.Trunc(s.value) {
			continue
		}
		if p, ok := after(text, s.end, "and"); ok {
			if f, ok := fractionAfter(text, p); ok {
				found = append(found, span{end: f.end, value: s.value + f.value})
			}
		}
		if p, ok := after(text, s.end, "point"); ok {
			found = append(found, decimals(text, p, s.value)...)
		}
	}
	return found
}

// decimals reads the words behind "point", a digit each.
func decimals(text string, p int, whole float64) []span {
	var found []span
	digits := strconv.FormatFloat(whole, 'f', -1, 64) + "."
	for {
		w, end := next(text, p)
		digit, ok := small[w]
		if w == "oh" {
			digit, ok = 0, true
		}
		if !ok || digit > 9 || len(digits) > maxDigits {
			return found
		}
		digits += strconv.Itoa(digit)
		value, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return found
		}
		p = end
		found = append(found, span{end: p, value: value})
	}
}

// withDegrees adds the readings that take in a sign for degrees, of Celsius
// where a scale is named. What is in Fahrenheit is no number of those.
func withDegrees(text string, found []span) []span {
	for _, s := range found[:len(found):len(found)] {
		at := s.end
		if at < len(text) && text[at] == ' ' {
			at++
		}
		for _, sign := range []string{"°c", "° c", "°"} {
			if end, ok := phrase(text, at, sign); ok && !s.loose {
				if w, _ := next(text, end); sign != "°" || w != "c" && w != "f" {
					found = append(found, span{end: end, value: s.value})
				}
				break
			}
		}
	}
	return found
}

// plainNumber gives a number in decimal digits, without an exponent.
func plainNumber(v float64) string {
	if v == 0 {
		return "0" // and not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
