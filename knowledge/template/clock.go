package template

import (
	"fmt"
	"strings"
)

// clocks gives every reading of text from p on as a time of day, in minutes
// since midnight: "19:05", "7:30 pm", "half past seven", "quarter to nine",
// "seven thirty", "noon". An hour without "am", "pm" or a part of the day is
// read as on a clock of 24 hours.
func clocks(text string, p int) []span {
	if p >= len(text) || p > 0 && isPartOfNumber(text, p) {
		return nil
	}
	var found []span
	if isDigit(rune(text[p])) {
		found = digitalClock(text, p)
	}
	if startsWord(text, p) {
		for _, named := range namedTimes {
			if end, ok := phrase(text, p, named.words); ok {
				found = append(found, span{end: end, value: named.value})
				break
			}
		}
		found = append(found, spokenClock(text, p)...)
	}
	late := saidLate(text, p)
	for i, s := range found[:len(found):len(found)] {
		found = append(found, halfDay(text, s)...)
		if late && s.value >= 60 && s.value < 12*60 {
			found[i].value += 12 * 60
		}
	}
	valid := found[:0]
	for _, s := range found {
		if s.value >= 0 && s.value < 24*60 {
			valid = append(valid, s)
		}
	}
	return valid
}

var namedTimes = []struct {
	words string
	value float64
}{
	{"12 noon", 720}, {"twelve noon", 720}, {"noon", 720}, {"midday", 720},
	{"12 midnight", 0}, {"twelve midnight", 0}, {"midnight", 0},
}

// digitalClock reads 7:30, 19.05, 1930, 7 and 7 30.
func digitalClock(text string, p int) []span {
	end := p
	for end < len(text) && isDigit(rune(text[end])) {
		end++
	}
	size := end - p
	hour := twoDigits(text[p:min(end, p+2)])
	switch {
	case size == 4 && endsNumber(text, end):
		minute := twoDigits(text[p+2 : end])
		if minute > 59 {
			return nil
		}
		return []span{{end: end, value: hour*60 + minute, loose: true}}
	case size > 2:
		return nil
	case end < len(text) && (text[end] == ':' || text[end] == '.'):
		rest := text[end+1:]
		if len(rest) < 2 || !isDigit(rune(rest[0])) || !isDigit(rune(rest[1])) || !endsNumber(text, end+3) {
			return nil
		}
		minute := twoDigits(rest[:2])
		if minute > 59 || hour > 23 {
			return nil
		}
		return []span{{end: end + 3, value: hour*60 + minute}}
	case !endsNumber(text, end):
		return nil
	case end < len(text) && text[end] == 'h':
		return continentalClock(text, end+1, hour)
	}
	return []span{{end: end, value: hour * 60, loose: true}}
}

// continentalClock reads 19h, 19h30 and 7h05 from behind the h on.
func continentalClock(text string, p int, hour float64) []span {
	if hour > 23 {
		return nil
	}
	if endsWord(text, p) {
		return []span{{end: p, value: hour * 60, loose: true}}
	}
	if p+2 > len(text) || !isDigits(text[p:p+2]) || !endsWord(text, p+2) || text[p] > '5' {
		return nil
	}
	return []span{{end: p + 2, value: hour*60 + twoDigits(text[p:p+2]), loose: true}}
}

// saidLate says whether the words before p make the hour one of the second
// half of the day: "this evening at seven".
func saidLate(text string, p int) bool {
	if p == 0 || text[p-1] != ' ' {
		return false
	}
	w := lastWord(text, p)
	switch w {
	case "at", "around", "about", "by", "for", "from":
		p -= len(w) + 1
		if p == 0 {
			return false
		}
		w = lastWord(text, p)
	}
	return w == "evening" || w == "afternoon" || w == "tonight"
}

func twoDigits(s string) float64 {
	value := 0.0
	for _, r := range s {
		value = value*10 + float64(r-'0')
	}
	return value
}

// whole gives the readings of text from p on as a number of 0 to most.
func whole(text string, p int, most float64) []span {
	var found []span
	for _, s := range numbers(text, p) {
		if s.value >= 0 && s.value <= most && s.value == float64(int(s.value)) && !s.loose && text[p] != '#' {
			found = append(found, s)
		}
	}
	return found
}

// spokenClock reads what is said of a clock: "half past seven", "ten to
// nine", "seven thirty", "seven o'clock".
func spokenClock(text string, p int) []span {
	var found []span
	if end, ok := phrase(text, p, "half"); ok {
		behind, past := after(text, end, "past")
		if past {
			end = behind
		}
		found = append(found, relative(text, end, 30, !past)...)
	}
	for _, quarter := range []string{"a quarter", "quarter"} {
		if end, ok := phrase(text, p, quarter); ok {
			found = append(found, pastOrTo(text, end, 15)...)
		}
	}
	for _, s := range whole(text, p, 59) {
		end := s.end
		for _, w := range []string{"minutes", "minute"} {
			if behind, ok := after(text, end, w); ok {
				end = behind
			}
		}
		found = append(found, pastOrTo(text, end, s.value)...)
		if s.value > 24 {
			continue
		}
		hour := s.value * 60
		if !isDigit(rune(text[p])) {
			found = append(found, span{end: s.end, value: hour, loose: true})
		}
		if end, ok := oClock(text, s.end); ok {
			found = append(found, span{end: end, value: hour})
		}
		found = append(found, spokenMinutes(text, s.end, hour)...)
	}
	return found
}

// spokenMinutes reads the minutes behind an hour: "thirty", "oh five", "30".
func spokenMinutes(text string, p int, hour float64) []span {
	var found []span
	least := 10.0
	for _, zero := range []string{"oh", "o", "zero"} {
		if end, ok := after(text, p, zero); ok {
			p, least = end, 1
		}
	}
	if p >= len(text) || text[p] != ' ' {
		return nil
	}
	for _, s := range whole(text, p+1, 59) {
		if s.value >= least && (least == 10 || s.value < 10) {
			found = append(found, span{end: s.end, value: hour + s.value})
		}
	}
	return found
}

// pastOrTo reads "past seven" or "to nine" at p.
func pastOrTo(text string, p int, minutes float64) []span {
	for _, w := range []string{"past", "after"} {
		if end, ok := after(text, p, w); ok {
			return relative(text, end, minutes, false)
		}
	}
	for _, w := range []string{"to", "before", "till", "til", "of"} {
		if end, ok := after(text, p, w); ok {
			return relative(text, end, -minutes, false)
		}
	}
	return nil
}

// relative reads an hour at p, and gives the time that many minutes from it.
func relative(text string, p int, minutes float64, loose bool) []span {
	if p >= len(text) {
		return nil
	}
	var found []span
	for _, named := range namedTimes {
		if end, ok := after(text, p, named.words); ok {
			return []span{{end: end, value: wrapDay(named.value + minutes)}}
		}
	}
	for _, s := range whole(text, p+1, 24) {
		at := span{end: s.end, value: wrapDay(s.value*60 + minutes), loose: loose}
		found = append(found, at)
		if end, ok := oClock(text, s.end); ok {
			found = append(found, span{end: end, value: at.value})
		}
	}
	return found
}

// oClock reads "o'clock" behind the blank at p, as it is written and as it is
// heard.
func oClock(text string, p int) (int, bool) {
	if end, ok := after(text, p, "oclock"); ok {
		return end, true
	}
	return after(text, p, "o clock")
}

func wrapDay(minutes float64) float64 {
	if minutes < 0 {
		return minutes + 24*60
	}
	if minutes >= 24*60 {
		return minutes - 24*60
	}
	return minutes
}

// halves of the day, as they are said behind a time.
var halves = []struct {
	words string
	pm    bool
}{
	{"am", false}, {"pm", true}, {"a m", false}, {"p m", true},
	{"in the morning", false}, {"this morning", false},
	{"in the afternoon", true}, {"this afternoon", true},
	{"in the evening", true}, {"this evening", true},
	{"at night", true}, {"tonight", true},
}

// halfDay gives the readings in which the half of the day is said behind s.
func halfDay(text string, s span) []span {
	var found []span
	for _, half := range halves {
		end, ok := after(text, s.end, half.words)
		if !ok && len(half.words) == 2 && s.end < len(text) {
			end, ok = phrase(text, s.end, half.words) // 7pm
		}
		if !ok || s.value >= 13*60 && !half.pm {
			continue
		}
		value := s.value
		if value >= 12*60 {
			value -= 12 * 60
		}
		// Twelve at night is midnight, and so are the hours up to five.
		if half.pm && !(strings.HasSuffix(half.words, "night") && (s.value >= 12*60 || s.value < 5*60)) {
			value += 12 * 60
		}
		found = append(found, span{end: end, value: value})
	}
	return found
}

// clockTime gives minutes since midnight as 15:04.
func clockTime(minutes float64) string {
	m := int(minutes)
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}
