package template

import (
	"testing"
	"time"
)

// now is a Monday.
var now = time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)

// TestValues reads whole texts as values of each type; an empty want says that
// the text is none.
func TestValues(t *testing.T) {
	tests := []struct {
		typ        Type
		text, want string
	}{
		{Number, "5", "5"}, {Number, "007", "7"}, {Number, "20.5", "20.5"}, {Number, "-3", "-3"}, {Number, "−3.25", "-3.25"},
		{Number, ".5", "0.5"}, {Number, "1,000", "1000"}, {Number, "#5", "5"}, {Number, "1/2", "0.5"}, {Number, "2 1/2", "2.5"},
		{Number, "2½", "2.5"}, {Number, "-0", "0"}, {Number, "zero", "0"}, {Number, "twenty one", "21"}, {Number, "Twenty-one", "21"},
		{Number, "a hundred and five", "105"}, {Number, "one hundred five", "105"}, {Number, "hundred", "100"},
		{Number, "two thousand three hundred and forty two", "2342"}, {Number, "fifteen hundred", "1500"},
		{Number, "a million", "1000000"}, {Number, "2 million", "2000000"}, {Number, "1.5 million", "1500000"},
		{Number, "two and a half", "2.5"}, {Number, "5 and a quarter", "5.25"}, {Number, "minus three", "-3"},
		{Number, "negative two point five", "-2.5"}, {Number, "twenty point five", "20.5"}, {Number, "three point one four", "3.14"},
		{Number, "half", "0.5"}, {Number, "a dozen", "12"}, {Number, "two dozen", "24"}, {Number, "half a dozen", "6"}, {Number, "a couple", "2"},
		{Number, "22 °C", "22"}, {Number, "22°", "22"}, {Number, "22° C", "22"}, {Number, "22 °F", ""}, {Number, "22° F", ""}, {Number, "minus five °", "-5"},
		{Number, "two thirds", "0.6666666666666666"}, {Number, "two and a third", "2.3333333333333335"}, {Number, "one fifth", "0.2"}, {Number, "third", ""},
		{Number, "five quarters", ""}, {Number, "twenty one and three quarters", "21.75"}, {Number, "a hundred and twenty", "120"}, {Number, "5 tenths", ""},
		{Number, "twenty twelve", ""}, {Number, "one two", ""}, {Number, "7:30", ""}, {Number, "1.2.3", ""}, {Number, "2026-11-23", ""},
		{Number, "1234567890123456", ""}, {Number, "five hundred million million", ""}, {Number, "a", ""}, {Number, "and five", ""},
		{Number, "thousand two thousand", ""}, {Number, "two point oh five", "2.05"}, {Number, "2 hundred", "200"}, {Number, "3 dozen", "36"}, {Number, "9/2", ""}, {Number, "9 billion billion", ""}, {Number, "twenty zero", ""}, {Number, "5 dogs", ""}, {Number, "24/7", ""}, {Number, "", ""},

		{Percentage, "50%", "50"}, {Percentage, "50 %", "50"}, {Percentage, "50 percent", "50"}, {Percentage, "fifty per cent", "50"},
		{Percentage, "fifty %", "50"}, {Percentage, "50", "50"}, {Percentage, "half", "50"}, {Percentage, "a quarter", "25"},
		{Percentage, "three quarters", "75"}, {Percentage, "12.5%", "12.5"}, {Percentage, "150%", ""}, {Percentage, "-5%", ""},
		{Percentage, "a hundred percent", "100"}, {Percentage, "twenty one and a half percent", "21.5"}, {Percentage, "50 pc", "50"}, {Percentage, "50pc", "50"},
		{Percentage, "fifty pct", "50"}, {Percentage, "two thirds", "67"}, {Percentage, "a third", "33"}, {Percentage, "an eighth", ""}, {Percentage, "one eighth", "12.5"},
		{Percentage, "a third of the way", "33"}, {Percentage, "three quarters of the way", "75"}, {Percentage, "half way", "50"}, {Percentage, "halfway", "50"},
		{Percentage, "full", "100"}, {Percentage, "two", "2"}, {Percentage, "two halves", ""}, {Percentage, "percent", ""}, {Percentage, "half a percent", ""},

		{Duration, "90 seconds", "90"}, {Duration, "an hour and a half", "5400"}, {Duration, "1h30m", "5400"}, {Duration, "1h 30m", "5400"},
		{Duration, "ten minutes", "600"}, {Duration, "half an hour", "1800"}, {Duration, "half a minute", "30"}, {Duration, "an hour", "3600"},
		{Duration, "two and a half hours", "9000"}, {Duration, "two hours and a quarter", "8100"}, {Duration, "a quarter of an hour", "900"},
		{Duration, "three quarters of an hour", "2700"}, {Duration, "1 hour, 15 minutes, and 30 seconds", "4530"}, {Duration, "2 days", "172800"},
		{Duration, "a fortnight", "1209600"}, {Duration, "a couple of minutes", "120"}, {Duration, "1.5h", "5400"}, {Duration, "5min", "300"},
		{Duration, "half a second", "0.5"}, {Duration, "a minute and thirty seconds", "90"}, {Duration, "1 week 2 days", "777600"},
		{Duration, "30 minutes 2 hours", ""}, {Duration, "five", ""}, {Duration, "minutes", ""}, {Duration, "-5 minutes", ""}, {Duration, "a month", ""},
		{Duration, "5 minutes 5 minutes", ""}, {Duration, "1h30", "5400"}, {Duration, "an hour twenty", "4800"}, {Duration, "two minutes thirty", "150"},
		{Duration, "a third of an hour", "1200"}, {Duration, "one and a half hours", "5400"}, {Duration, "half hour", "1800"}, {Duration, "an hour and a quarter", "4500"},
		{Duration, "two days five", ""}, {Duration, "1h90", ""}, {Duration, "two thirds of an hour", "2400"},

		{Time, "7:30 pm", "19:30"}, {Time, "7.30pm", "19:30"}, {Time, "7pm", "19:00"}, {Time, "7 p.m.", "19:00"}, {Time, "half past seven", "07:30"},
		{Time, "half past seven in the evening", "19:30"}, {Time, "half seven", "07:30"}, {Time, "quarter to nine", "08:45"}, {Time, "a quarter past 9 pm", "21:15"},
		{Time, "ten to six", "05:50"}, {Time, "twenty-five past three", "03:25"}, {Time, "ten minutes to six pm", "17:50"}, {Time, "quarter to midnight", "23:45"}, {Time, "ten past midnight", "00:10"}, {Time, "half past 24", "00:30"}, {Time, "ten past 9 o'clock", "09:10"}, {Time, "1975", ""}, {Time, "730", ""},
		{Time, "19h", "19:00"}, {Time, "7h05", "07:05"}, {Time, "19h30", "19:30"}, {Time, "25h", ""}, {Time, "7h75", ""}, {Time, "7h5", ""}, {Time, "eight o clock", "08:00"},
		{Time, "seven in the evening", "19:00"}, {Time, "quarter to six", "05:45"}, {Time, "noon", "12:00"}, {Time, "midnight", "00:00"}, {Time, "midnight tonight", "00:00"}, {Time, "19:05", "19:05"}, {Time, "1905", "19:05"}, {Time, "seven o'clock", "07:00"},
		{Time, "seven o’clock in the morning", "07:00"}, {Time, "12 am", "00:00"}, {Time, "12 pm", "12:00"}, {Time, "12:30 am", "00:30"},
		{Time, "seven thirty", "07:30"}, {Time, "seven thirty five pm", "19:35"}, {Time, "seven oh five", "07:05"}, {Time, "nineteen thirty", "19:30"}, {Time, "7 30 pm", "19:30"},
		{Time, "7", "07:00"}, {Time, "seven", "07:00"}, {Time, "ten at night", "22:00"}, {Time, "12 at night", "00:00"}, {Time, "quarter to one pm", "12:45"},
		{Time, "19:30 in the evening", "19:30"}, {Time, "25:00", ""}, {Time, "7:75", ""}, {Time, "24", ""}, {Time, "19 am", ""}, {Time, "half past", ""}, {Time, "7:30:15", ""}, {Time, "seven sixty", ""},

		{Date, "today", "2026-11-23"}, {Date, "tomorrow", "2026-11-24"}, {Date, "the day after tomorrow", "2026-11-25"}, {Date, "yesterday", "2026-11-22"},
		{Date, "2026-12-01", "2026-12-01"}, {Date, "2026/12/01", "2026-12-01"}, {Date, "1.12.2026", "2026-12-01"}, {Date, "23/12/2026", "2026-12-23"},
		{Date, "12/23/2026", "2026-12-23"}, {Date, "5/5/2027", "2027-05-05"}, {Date, "5/6/2027", ""}, {Date, "friday", "2026-11-27"}, {Date, "monday", "2026-11-30"},
		{Date, "this monday", "2026-11-23"}, {Date, "next friday", "2026-12-04"}, {Date, "next monday", "2026-11-30"}, {Date, "last friday", "2026-11-20"},
		{Date, "friday next week", "2026-12-04"}, {Date, "3rd of june", "2027-06-03"}, {Date, "the 3rd of June", "2027-06-03"}, {Date, "June 3", "2027-06-03"},
		{Date, "june 3rd, 2028", "2028-06-03"}, {Date, "3 june 2028", "2028-06-03"}, {Date, "june the third", "2027-06-03"}, {Date, "third of june", "2027-06-03"},
		{Date, "the twenty first of june", "2027-06-21"}, {Date, "june twenty one", "2027-06-21"}, {Date, "thirtieth of november", "2026-11-30"},
		{Date, "dec 24", "2026-12-24"}, {Date, "november 23", "2026-11-23"}, {Date, "november 22", "2027-11-22"}, {Date, "feb 29", "2028-02-29"}, {Date, "feb 30", ""},
		{Date, "the 31st of june", ""}, {Date, "the 3rd", "2026-12-03"}, {Date, "the 31st", "2026-12-31"}, {Date, "in two weeks", "2026-12-07"}, {Date, "in 3 days", "2026-11-26"},
		{Date, "tonight", "2026-11-23"}, {Date, "this evening", "2026-11-23"}, {Date, "a week today", "2026-11-30"}, {Date, "in two weeks' time", "2026-12-07"},
		{Date, "on the 3rd", "2026-12-03"}, {Date, "in a month", "2026-12-23"}, {Date, "two weeks from today", "2026-12-07"}, {Date, "a week from friday", "2026-12-04"}, {Date, "a week on friday", "2026-12-04"},
		{Date, "three days ago", "2026-11-20"}, {Date, "in a fortnight", "2026-12-07"}, {Date, "in two years", "2028-11-23"}, {Date, "2026-11-x", ""}, {Date, "32nd of may", ""}, {Date, "a year from now", "2027-11-23"}, {Date, "friday the 4th of december", "2026-12-04"},
		{Date, "friday the 5th of december", ""}, {Date, "2026-13-01", ""}, {Date, "2026-02-29", ""}, {Date, "may", ""}, {Date, "3", ""}, {Date, "next", ""},

		{Colour, "red", "red"}, {Colour, "light blue", "lightblue"}, {Colour, "LightBlue", "lightblue"}, {Colour, "light golden rod yellow", "lightgoldenrodyellow"},
		{Colour, "dark grey", "darkgray"}, {Colour, "#FF8800", "#ff8800"}, {Colour, "#f80", "#ff8800"}, {Colour, "rebecca purple", "rebeccapurple"},
		{Colour, "ff8800", ""}, {Colour, "blurple", ""}, {Colour, "#ff88", ""}, {Colour, "light", ""},

		{Text, "Call Bob, now", "Call Bob, now"}, {Text, "?!", ""},
	}
	for _, test := range tests {
		s := &Slot{Name: "x", Type: test.typ}
		got, ok := s.Parse(test.text, now)
		if ok != (test.want != "") || got.Canonical != test.want {
			t.Errorf("%s %q = %q, %v, want %q", test.typ, test.text, got.Canonical, ok, test.want)
		}
	}
}
