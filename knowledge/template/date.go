package template

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A dateReader reads dates, counting relative ones from a day.
//
// It is our own because no library reads spoken English well enough, or says
// which parts of a text are dates. github.com/olebedev/when (v1.1.0) reads "3rd
// of June" in November as the June that has passed, "feb 30" as a day in March,
// "june 3 2028" without the year and "the day after tomorrow" as tomorrow. Of 33
// dates and times github.com/tj/go-naturaldate (v1.3.0) reads 20 wrongly ("half
// past seven" as 7:00, "noon" as now) and github.com/markusmobius/go-dateparser
// (v1.4.7) 4 ("two weeks from today" as two weeks ago, "19h" as a time ago), and
// 13 not at all ("next friday", "quarter to six").
type dateReader struct {
	today time.Time // noon in UTC, so that days always have 24 hours
}

func newDateReader(now time.Time) dateReader {
	y, m, d := now.Date()
	return dateReader{day(y, m, d)}
}

func day(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
}

// A dated is one reading of a text as a date.
type dated struct {
	end   int
	date  time.Time
	loose bool
}

// canonical gives the date as 2006-01-02.
func (d dated) canonical() string { return d.date.Format(time.DateOnly) }

// dates gives every reading of text from p on as a date: "tomorrow", "next
// friday", "in two weeks", "the 3rd of june", "june 3 2027", 2026-11-23.
//
// A date without a year is the next such day, today included. A weekday is the
// next such day after today; "this friday" may be today; "next friday" lies in
// the week that starts next Monday.
func (r dateReader) dates(text string, p int) []dated {
	if p >= len(text) || p > 0 && isPartOfNumber(text, p) || !startsWord(text, p) {
		return nil
	}
	found := r.named(text, p)
	found = append(found, r.counted(text, p)...)
	found = append(found, r.weekday(text, p)...)
	found = append(found, r.calendar(text, p)...)
	found = append(found, numeric(text, p)...)
	return slices.DeleteFunc(found, func(d dated) bool { return d.date.Year() < 1 || d.date.Year() > 9999 })
}

var namedDays = []struct {
	words string
	days  int
}{
	{"today", 0}, {"tonight", 0}, {"this morning", 0}, {"this afternoon", 0}, {"this evening", 0}, {"tomorrow", 1}, {"yesterday", -1},
	{"the day after tomorrow", 2}, {"day after tomorrow", 2}, {"overmorrow", 2},
	{"the day before yesterday", -2}, {"day before yesterday", -2},
}

func (r dateReader) named(text string, p int) []dated {
	for _, n := range namedDays {
		if end, ok := phrase(text, p, n.words); ok {
			return []dated{{end: end, date: r.today.AddDate(0, 0, n.days)}}
		}
	}
	return nil
}

// counted reads "in two weeks", "two weeks from today", "a week on friday"
// and "three days ago".
func (r dateReader) counted(text string, p int) []dated {
	start := p
	in, isIn := phrase(text, p, "in")
	if isIn && in < len(text) {
		start = in + 1
	}
	type amount struct {
		count float64
		end   int
	}
	var amounts []amount
	if end, ok := article(text, start); ok {
		amounts = append(amounts, amount{1, end})
	}
	for _, n := range whole(text, start, 10000) {
		amounts = append(amounts, amount{n.value, n.end})
	}
	var found []dated
	for _, a := range amounts {
		name, end := next(text, a.end)
		shift, ok := calendarUnit(name, int(a.count))
		if !ok {
			continue
		}
		if isIn {
			found = append(found, dated{end: end, date: shift(r.today)})
			if behind, ok := after(text, end, "time"); ok { // "in two weeks' time"
				found = append(found, dated{end: behind, date: shift(r.today)})
			}
			continue
		}
		if behind, ok := after(text, end, "ago"); ok {
			back, _ := calendarUnit(name, -int(a.count))
			found = append(found, dated{end: behind, date: back(r.today)})
		}
		for _, w := range []string{"from now", "today"} { // "a week today"
			if behind, ok := after(text, end, w); ok {
				found = append(found, dated{end: behind, date: shift(r.today)})
			}
		}
		for _, w := range []string{"from", "after", "on"} {
			behind, ok := after(text, end, w)
			if !ok || behind >= len(text) {
				continue
			}
			for _, d := range append(r.named(text, behind+1), r.weekday(text, behind+1)...) {
				found = append(found, dated{end: d.end, date: shift(d.date)})
			}
		}
	}
	return found
}

// calendarUnit gives the step of that many days, weeks, months or years.
func calendarUnit(name string, count int) (func(time.Time) time.Time, bool) {
	switch strings.TrimSuffix(name, "s") {
	case "day":
		return func(t time.Time) time.Time { return t.AddDate(0, 0, count) }, true
	case "week":
		return func(t time.Time) time.Time { return t.AddDate(0, 0, 7*count) }, true
	case "fortnight":
		return func(t time.Time) time.Time { return t.AddDate(0, 0, 14*count) }, true
	case "month":
		return func(t time.Time) time.Time { return addMonths(t, count) }, true
	case "year":
		return func(t time.Time) time.Time { return addMonths(t, 12*count) }, true
	}
	return nil, false
}

// addMonths keeps the day of the month, or takes the month's last one.
func addMonths(t time.Time, months int) time.Time {
	y, m, d := t.Date()
	last := day(y, m+time.Month(months)+1, 0)
	return day(last.Year(), last.Month(), min(d, last.Day()))
}

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
	"mon": time.Monday, "tue": time.Tuesday, "tues": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"thur": time.Thursday, "thurs": time.Thursday, "fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

// weekday reads "friday", "next friday", "last friday", "friday next week" and
// "friday the 3rd of june".
func (r dateReader) weekday(text string, p int) []dated {
	first, end := word(text, p)
	which := ""
	if first == "this" || first == "next" || first == "last" || first == "coming" {
		which = first
		first, end = next(text, end)
	}
	wd, ok := weekdays[first]
	if !ok {
		return nil
	}
	// Days since the Monday of this week.
	today := (int(r.today.Weekday()) + 6) % 7
	wanted := (int(wd) + 6) % 7
	days := wanted - today // in this week
	switch which {
	case "this":
		days = (days + 7) % 7
	case "next":
		days += 7
	case "last":
		if days >= 0 {
			days -= 7
		}
	default:
		if days <= 0 {
			days += 7
		}
	}
	found := []dated{{end: end, date: r.today.AddDate(0, 0, days), loose: which == "" && len(first) == 3}}
	if which != "" {
		return found
	}
	if behind, ok := after(text, end, "next week"); ok {
		found = append(found, dated{end: behind, date: r.today.AddDate(0, 0, wanted-today+7)})
	}
	if end < len(text) {
		for _, d := range r.calendar(text, end+1) {
			if !d.loose && d.date.Weekday() == wd {
				found = append(found, d)
			}
		}
	}
	return found
}

var months = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
	"september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}

// calendar reads "the 3rd of june", "3 june 2027", "june 3", "june the 3rd"
// and "the 3rd".
func (r dateReader) calendar(text string, p int) []dated {
	var found []dated
	if w, end := word(text, p); months[w] != 0 {
		if behind, ok := after(text, end, "the"); ok {
			end = behind
		}
		if end < len(text) {
			for _, d := range daysOfMonth(text, end+1) {
				found = append(found, r.inYear(text, d.end, months[w], int(d.value))...)
			}
		}
		return found
	}
	start := p
	if end, ok := phrase(text, p, "the"); ok && end < len(text) {
		start = end + 1
	}
	for _, d := range daysOfMonth(text, start) {
		end := d.end
		if behind, ok := after(text, end, "of"); ok {
			end = behind
		}
		if w, behind := next(text, end); months[w] != 0 {
			found = append(found, r.inYear(text, behind, months[w], int(d.value))...)
		} else if !d.loose {
			found = append(found, r.inMonth(d.end, int(d.value), start == p)...)
		}
	}
	return found
}

// daysOfMonth reads 3, 3rd, "third" and "twenty first" at p. A cardinal
// number is loose.
func daysOfMonth(text string, p int) []span {
	w, end := word(text, p)
	digits := strings.TrimRight(w, "stndrh")
	if n, err := strconv.Atoi(digits); err == nil && len(digits) <= 2 && n >= 1 && n <= 31 {
		switch suffix := w[len(digits):]; suffix {
		case "":
			return []span{{end: end, value: float64(n), loose: true}}
		case "st", "nd", "rd", "th":
			return []span{{end: end, value: float64(n)}}
		}
		return nil
	}
	if n := ordinals[w]; n > 0 {
		return []span{{end: end, value: float64(n)}}
	}
	var found []span
	if tens := small[w]; tens == 20 || tens == 30 {
		second, behind := next(text, end)
		if n := ordinals[second]; n > 0 && n < 10 && tens+n <= 31 {
			found = append(found, span{end: behind, value: float64(tens + n)})
		}
	}
	for _, n := range whole(text, p, 31) {
		if n.value >= 1 {
			found = append(found, span{end: n.end, value: n.value, loose: true})
		}
	}
	return found
}

// ordinals are the ordinal numbers of one word that a day can have.
var ordinals = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
	"ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
	"fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
	"twentieth": 20, "thirtieth": 30,
}

// inYear gives the day in the year that is said at end, and in the next year
// that has it, today included.
func (r dateReader) inYear(text string, end int, m time.Month, d int) []dated {
	var found []dated
	if w, behind := next(text, end); len(w) == 4 {
		if y, err := strconv.Atoi(w); err == nil && isDate(y, m, d) {
			found = append(found, dated{end: behind, date: day(y, m, d)})
		}
	}
	for y := r.today.Year(); y <= r.today.Year()+8; y++ {
		if isDate(y, m, d) && !day(y, m, d).Before(r.today) {
			return append(found, dated{end: end, date: day(y, m, d)})
		}
	}
	return found
}

// inMonth gives the next month's day, today included.
func (r dateReader) inMonth(end, d int, loose bool) []dated {
	y, m, _ := r.today.Date()
	for i := range 12 {
		first := day(y, m+time.Month(i), 1)
		if isDate(first.Year(), first.Month(), d) && !first.AddDate(0, 0, d-1).Before(r.today) {
			return []dated{{end: end, date: first.AddDate(0, 0, d-1), loose: loose}}
		}
	}
	return nil
}

func isDate(y int, m time.Month, d int) bool {
	date := day(y, m, d)
	return y >= 1 && date.Year() == y && date.Month() == m && date.Day() == d
}

// numeric reads 2026-11-23, 2026/11/23, 23.11.2026, and 23/11/2026 where day
// and month cannot be taken for one another.
func numeric(text string, p int) []dated {
	w, end := word(text, p)
	for _, separator := range []string{"-", "/", "."} {
		parts := strings.Split(w, separator)
		if len(parts) != 3 {
			continue
		}
		var n [3]int
		for i, part := range parts {
			value, err := strconv.Atoi(part)
			if err != nil || value < 0 {
				return nil
			}
			n[i] = value
		}
		y, m, d := n[0], n[1], n[2]
		switch {
		case len(parts[0]) == 4:
		case len(parts[2]) != 4:
			return nil
		case separator == "." || n[0] > 12 || n[0] == n[1]:
			d, m, y = n[0], n[1], n[2]
		case n[1] > 12:
			m, d, y = n[0], n[1], n[2]
		default:
			return nil
		}
		if m <= 12 && isDate(y, time.Month(m), d) {
			return []dated{{end: end, date: day(y, time.Month(m), d)}}
		}
		return nil
	}
	return nil
}
