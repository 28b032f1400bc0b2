package template

import (
	"fmt"
	"strings"
)

// numeralRange gives the whole numbers from one to another in words.
func numeralRange(from, to int) []string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, numeral(n))
	}
	return out
}

// sayRange gives the whole numbers from one to another as they are said.
func (s *Speaker) sayRange(from, to int) *Phrase {
	var ways []string
	for _, w := range numeralRange(from, to) {
		if s.say(w) != nil {
			ways = append(ways, w)
		}
	}
	return factor(ways)
}

// written gives written values, each of which may have several ways, the likeliest
// values first.
func (s *Speaker) written(values [][]string) *Phrase {
	parts := make([]*Phrase, 0, len(values))
	for _, ways := range values {
		if p := s.oneOf(ways...); p != nil {
			parts = append(parts, p.named("", true))
		}
	}
	p := saidOne(parts...)
	if p != nil && p.Kind == SaidOne {
		p.Number = true
	}
	return p
}

// inDigitsAndWords gives a count of something as it is written.
func inDigitsAndWords(n int, unit string) []string {
	if n != 1 {
		unit += "s"
	}
	ways := []string{fmt.Sprintf("%d %s", n, unit)}
	if n <= inWordsTo {
		ways = append(ways, numeral(n)+" "+unit)
	}
	return ways
}

// durations gives what is said for lengths of time: up to two weeks, and up to a
// day to the minute.
func (s *Speaker) durations() *Phrase {
	if s.o.Written {
		return s.writtenDurations()
	}
	of := func(words ...*Phrase) *Phrase { return saidAll(words...) }
	half := s.say("and a half")
	and := s.maybe("and")
	minutes := of(s.sayRange(2, 90), s.say("minutes"))
	under := saidOne(s.oneOf("one minute", "a minute"), of(s.sayRange(2, 59), s.say("minutes")))
	seconds := saidOne(s.oneOf("one second", "a second"), of(s.sayRange(2, 59), s.say("seconds")))
	hour := s.oneOf("one hour", "an hour")
	hours := saidOne(hour, of(s.sayRange(2, 24), s.say("hours")))
	return saidOne(
		s.oneOf("one minute", "a minute", "one day", "a day", "one week", "a week"), minutes,
		seconds, of(s.say("ninety"), s.say("seconds")),
		of(hours, saidMaybe(of(and, under))),
		of(s.sayRange(2, 59), s.say("minutes"), and, seconds),
		of(s.oneOf("one minute", "a minute"), saidOne(half, of(and, seconds))),
		of(hour, half),
		of(s.sayRange(1, 12), half, s.oneOf("hours", "minutes")),
		s.oneOf("half an hour", "half a minute", "half a day", "quarter of an hour", "a quarter of an hour", "three quarters of an hour"),
		of(s.sayRange(2, 14), s.say("days")),
		of(s.sayRange(2, 8), s.say("weeks")),
	)
}

func (s *Speaker) writtenDurations() *Phrase {
	values := [][]string{}
	add := func(ways ...string) { values = append(values, ways) }
	count := func(unit string, numbers ...int) {
		for _, n := range numbers {
			add(inDigitsAndWords(n, unit)...)
		}
	}
	count("minute", 5, 10, 15, 20, 30, 1, 2, 3, 45, 25)
	add("1 hour", "an hour", "one hour")
	add("half an hour", "1/2 hour")
	count("hour", 2, 3, 4)
	add("an hour and a half", "1.5 hours", "one and a half hours", "1 1/2 hours", "1 hour and a half")
	count("second", 30, 10, 45, 15, 20, 5, 60, 90)
	count("minute", 4, 6, 7, 8, 9, 12, 35, 40, 50, 55, 60, 90)
	count("hour", 5, 6, 7, 8, 9, 10, 12, 24)
	for _, m := range []int{30, 15, 45, 10, 20, 5, 40, 50} {
		for h := 1; h <= 4; h++ {
			hours, minutes := inDigitsAndWords(h, "hour")[0], inDigitsAndWords(m, "minute")[0]
			add(hours+" and "+minutes, hours+" "+minutes)
		}
	}
	for h := 2; h <= 12; h++ {
		add(fmt.Sprintf("%s and a half hours", numeral(h)), fmt.Sprintf("%d.5 hours", h), fmt.Sprintf("%d and a half hours", h))
	}
	add("a quarter of an hour", "quarter of an hour")
	add("three quarters of an hour")
	add("a day", "1 day", "one day")
	count("day", 2, 3, 4, 5, 6, 7, 10, 14)
	add("a week", "1 week", "one week")
	count("week", 2, 3, 4)
	for n := 11; n < 60; n++ {
		count("minute", n)
	}
	return s.written(values)
}

// times gives what is said for times of day.
func (s *Speaker) times() *Phrase {
	if s.o.Written {
		return s.writtenTimes()
	}
	// A dictionary has these in one of two ways.
	am, pm := s.say("a m"), s.say("p m")
	if s.o.Known != nil && s.o.Known("a.m.") && s.o.Known("p.m.") {
		am, pm = s.say("a.m."), s.say("p.m.")
	}
	day := saidMaybe(am, pm, s.oneOf("in the morning", "in the afternoon", "in the evening", "at night", "tonight", "this evening"))
	hour := s.sayRange(1, 12)
	oh := saidAll(s.oneOf("oh", "zero"), s.sayRange(1, 9))
	minute := saidOne(oh, s.sayRange(10, 59))
	clock := s.say("o'clock")
	if clock == nil {
		clock = s.say("o clock")
	}
	shift := saidAll(saidOne(s.oneOf("quarter", "a quarter"), saidAll(s.oneOf("five", "ten", "twenty", "twenty five"), s.maybe("minutes"))),
		s.oneOf("past", "to"))
	return saidOne(
		saidAll(hour, saidMaybe(clock, minute), day),
		saidAll(saidOne(s.say("half past"), shift), hour, day),
		saidAll(s.sayRange(13, 23), saidOne(clock, minute)),
		s.oneOf("noon", "midday", "midnight"),
	)
}

func (s *Speaker) writtenTimes() *Phrase {
	values := [][]string{{"noon"}, {"midnight"}, {"midday"}}
	add := func(ways ...string) { values = append(values, ways) }
	hours := []int{7, 8, 6, 9, 10, 5, 11, 12, 4, 3, 2, 1}
	for _, half := range []string{"a.m.", "p.m."} {
		short := strings.ToUpper(strings.ReplaceAll(half, ".", ""))
		for _, h := range hours {
			add(fmt.Sprintf("%d %s", h, half), fmt.Sprintf("%d %s", h, short), fmt.Sprintf("%d%s", h, strings.ToLower(short)),
				fmt.Sprintf("%s %s", numeral(h), half))
		}
		for _, m := range []int{30, 15, 45} {
			for _, h := range hours {
				add(fmt.Sprintf("%d:%02d %s", h, m, half), fmt.Sprintf("%d:%02d %s", h, m, short))
			}
		}
	}
	for _, h := range hours {
		add(fmt.Sprintf("%d o'clock", h), numeral(h)+" o'clock")
		add(fmt.Sprintf("%d", h), numeral(h))
		add(fmt.Sprintf("%d:30", h), numeral(h)+" thirty")
		add("half past "+numeral(h), fmt.Sprintf("half past %d", h))
		add("quarter past "+numeral(h), "a quarter past "+numeral(h), fmt.Sprintf("quarter past %d", h))
		add("quarter to "+numeral(h), "a quarter to "+numeral(h), fmt.Sprintf("quarter to %d", h))
	}
	for _, part := range []string{"in the morning", "in the afternoon", "in the evening", "at night"} {
		for _, h := range hours {
			add(fmt.Sprintf("%d %s", h, part), numeral(h)+" "+part)
		}
	}
	for _, m := range []int{15, 45, 0, 10, 20, 40, 50, 5, 25, 35, 55} {
		for _, h := range hours {
			add(fmt.Sprintf("%d:%02d", h, m))
		}
	}
	for h := 13; h < 24; h++ {
		add(fmt.Sprintf("%d:00", h))
		add(fmt.Sprintf("%d:30", h))
	}
	return s.written(values)
}
