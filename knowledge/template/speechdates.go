package template

import (
	"fmt"
	"strings"
	"time"
)

var weekdayNames = func() []string {
	var names []string
	for d := time.Sunday; d <= time.Saturday; d++ {
		names = append(names, d.String())
	}
	return append(names[1:], names[0])
}()

// daysIn gives the days that a month can have.
func daysIn(m time.Month) int { return day(2000, m+1, 0).Day() }

// dates gives what is said for days.
func (s *Speaker) dates() *Phrase {
	if s.o.Written {
		return s.writtenDates()
	}
	weekday := s.oneOf(lower(weekdayNames)...)
	ordinal := func(to int) *Phrase {
		var ways []string
		for n := 1; n <= to; n++ {
			if s.say(ordinalWords[n]) != nil {
				ways = append(ways, ordinalWords[n])
			}
		}
		return factor(ways)
	}
	parts := []*Phrase{
		s.oneOf("today", "tonight", "tomorrow", "the day after tomorrow", "yesterday"),
		saidAll(saidMaybe(s.oneOf("this", "next")), weekday),
		saidAll(weekday, s.say("next week")),
		saidAll(s.say("in"), s.oneOf("a week", "one week", "a month", "one month")),
		saidAll(s.say("in"), s.sayRange(2, 30), s.say("days")),
		saidAll(s.say("in"), s.sayRange(2, 8), s.say("weeks")),
		saidAll(s.say("the"), ordinal(31)),
	}
	// Months of one length are said together.
	for _, length := range []int{31, 30, 29} {
		var names []*Phrase
		for m := time.January; m <= time.December; m++ {
			if daysIn(m) == length {
				names = append(names, s.say(strings.ToLower(m.String())))
			}
		}
		month, days := saidOne(names...), ordinal(length)
		parts = append(parts,
			saidAll(s.maybe("the"), days, s.maybe("of"), month),
			saidAll(month, s.maybe("the"), days))
	}
	return saidOne(parts...)
}

func lower(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strings.ToLower(t)
	}
	return out
}

// ordinalDigits gives 1st, 2nd, 3rd, 4th.
func ordinalDigits(n int) string {
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprint(n, suffix)
}

func (s *Speaker) writtenDates() *Phrase {
	values := [][]string{{"tomorrow"}, {"today"}, {"tonight"}, {"the day after tomorrow"}}
	add := func(ways ...string) { values = append(values, ways) }
	for _, before := range []string{"", "next ", "this "} {
		for _, d := range weekdayNames {
			add(before + d)
		}
	}
	add("in a week", "in 1 week", "in one week")
	for n := 2; n <= 7; n++ {
		add(fmt.Sprintf("in %d days", n), "in "+numeral(n)+" days")
	}
	for n := 2; n <= 4; n++ {
		add(fmt.Sprintf("in %d weeks", n), "in "+numeral(n)+" weeks")
	}
	for _, d := range weekdayNames {
		add(d + " next week")
	}
	for m := time.January; m <= time.December; m++ {
		for n := 1; n <= daysIn(m); n++ {
			o := ordinalDigits(n)
			add(fmt.Sprintf("%s %s", m, o), fmt.Sprintf("the %s of %s", o, m), fmt.Sprintf("%s %d", m, n), fmt.Sprintf("%s the %s", m, o))
		}
	}
	for n := 1; n <= 31; n++ {
		add("the " + ordinalDigits(n))
	}
	return s.written(values)
}
