package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// inWords says when something is, as one says it now.
func inWords(t, now time.Time) string {
	now = now.In(t.Location())
	clock := t.Format("15:04")
	if t.Second() != 0 && t.Sub(now).Abs() < 10*time.Minute {
		clock = t.Format("15:04:05")
	}
	switch days := daysBetween(now, t); {
	case days == 0:
		return "today at " + clock
	case days == 1:
		return "tomorrow at " + clock
	case days == -1:
		return "yesterday at " + clock
	case days > 1 && days < 7:
		return "on " + t.Format("Monday") + " at " + clock
	case t.Year() == now.Year():
		return "on " + t.Format("Monday, 2 January") + " at " + clock
	}
	return "on " + t.Format("Monday, 2 January 2006") + " at " + clock
}

// daysBetween counts the midnights between two times, in the zone of both.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	return int(day(b).Sub(day(a)).Hours() / 24)
}

// howLong says how long something is from now, where that is short; else "".
func howLong(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d <= 0 || d > 24*time.Hour:
		return ""
	case d < 2*time.Minute:
		return count(int(d/time.Second), "second")
	case d < 2*time.Hour:
		return count(int(d.Round(time.Minute)/time.Minute), "minute")
	}
	return "about " + count(int(d.Round(time.Hour)/time.Hour), "hour")
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// weekdays are the days as a rule may name them.
var weekdays = map[string]string{
	"*": "day", "mon-fri": "weekday", "1-5": "weekday", "sat,sun": "Saturday and Sunday", "0,6": "Saturday and Sunday", "6,0": "Saturday and Sunday",
	"0": "Sunday", "1": "Monday", "2": "Tuesday", "3": "Wednesday", "4": "Thursday", "5": "Friday", "6": "Saturday",
	"sun": "Sunday", "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
}

// ruleInWords says how something is repeated.
func ruleInWords(repeat string) string {
	zone, fields := "", strings.Fields(repeat)
	if len(fields) == 6 {
		zone, fields = " ("+strings.TrimPrefix(fields[0], "CRON_TZ=")+")", fields[1:]
	}
	if len(fields) != 5 {
		return "again and again"
	}
	minute, noMinute := strconv.Atoi(fields[0])
	hour, noHour := strconv.Atoi(fields[1])
	day := weekdays[strings.ToLower(fields[4])]
	if noMinute != nil || noHour != nil || fields[2] != "*" || fields[3] != "*" || day == "" {
		return "by the rule " + strings.Join(fields, " ") + zone
	}
	return fmt.Sprintf("every %s at %02d:%02d%s", day, hour, minute, zone)
}
