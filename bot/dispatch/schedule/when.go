package schedule

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"frontdesk/knowledge"

	"github.com/robfig/cron/v3"
)

// maxAhead is how far ahead something can be scheduled.
const maxAhead = 10 * 365 * 24 * time.Hour

// A when says when a job is due, as it stands in the knowledge.
type when struct {
	in, at, on, cron, until text
	zone                    *time.Location
	once                    bool // a cron is due once only
	atMost                  int  // times that a cron is due; 0 for no bound
}

// A text is a setting that may hold slots.
type text struct {
	knowledge.Text
	given bool
}

// due is when a job begins, and by what rule it does again.
type due struct {
	first  time.Time
	repeat string // see [parseRepeat]; empty for once
	until  time.Time
	left   int
}

// due works out the times from the values. What is wrong with one is said in
// words for the person who gave it.
func (w when) due(now time.Time, value func(string) string) (d due, problem string) {
	now = now.In(w.zone)
	switch {
	case w.in.given:
		length, problem := parseLength(w.in.Expand(value))
		if problem != "" {
			return due{}, problem
		}
		d.first = now.Add(length)
	case w.at.given:
		d.first, problem = w.clock(now, value)
	default:
		d, problem = w.again(now, value)
	}
	switch {
	case problem != "":
		return due{}, problem
	case d.first.Sub(now) > maxAhead:
		return due{}, "that is more than ten years ahead"
	}
	return d, ""
}

// clock gives the next time that the clock stands at a time of day, or that time
// on a certain day.
func (w when) clock(now time.Time, value func(string) string) (time.Time, string) {
	at, problem := parseClock(w.at.Expand(value))
	if problem != "" {
		return time.Time{}, problem
	}
	day := now
	if w.on.given {
		if day, problem = parseDay(w.on.Expand(value), w.zone); problem != "" {
			return time.Time{}, problem
		}
	}
	on := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, w.zone)
	}
	t := on(day)
	switch {
	case t.After(now):
	case w.on.given:
		return time.Time{}, "that time is over already"
	default:
		t = on(now.AddDate(0, 0, 1))
	}
	return t, ""
}

// again gives the first time of a rule.
func (w when) again(now time.Time, value func(string) string) (due, string) {
	var broken bool
	rule := w.cron.Expand(func(slot string) string {
		v := value(slot)
		broken = broken || v == "" || strings.ContainsAny(v, " \t\r\n")
		return v
	})
	if broken {
		return due{}, "that is no time at which something can be repeated"
	}
	s, repeat, problem := parseRule(rule, w.zone)
	if problem != "" {
		return due{}, problem
	}
	d := due{first: s.Next(now), repeat: repeat, left: w.atMost}
	if w.until.given {
		day, problem := parseDay(w.until.Expand(value), w.zone)
		if problem != "" {
			return due{}, problem
		}
		d.until = day.AddDate(0, 0, 1).Add(-time.Second)
	}
	switch {
	case d.first.IsZero():
		return due{}, "there is no such time within five years"
	case !d.until.IsZero() && d.first.After(d.until):
		return due{}, "it would end before it is due for the first time"
	case w.once:
		d.repeat, d.until, d.left = "", time.Time{}, 0
	}
	return d, ""
}

// parseLength reads a length of time: seconds, as a slot gives them, or "1h30m".
func parseLength(s string) (time.Duration, string) {
	s = strings.TrimSpace(s)
	length, err := time.ParseDuration(s)
	if seconds, notSeconds := strconv.ParseFloat(s, 64); notSeconds == nil {
		err = nil
		if math.IsNaN(seconds) || seconds > maxAhead.Seconds() {
			return 0, "that is more than ten years ahead"
		}
		length = time.Duration(max(seconds, -1) * float64(time.Second))
	}
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%q is no length of time", shorten(s))
	case length <= 0:
		return 0, "that is no time ahead"
	}
	return length, ""
}

// parseClock reads a time of day, as a slot gives it.
func parseClock(s string) (time.Time, string) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	if err != nil {
		return time.Time{}, fmt.Sprintf("%q is no time of day", shorten(s))
	}
	return t, ""
}

// parseDay reads a date, as a slot gives it.
func parseDay(s string, zone *time.Location) (time.Time, string) {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(s), zone)
	if err != nil {
		return time.Time{}, fmt.Sprintf("%q is no date", shorten(s))
	}
	return t, ""
}

// parser reads the five fields of a cron line, without names such as @daily.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

var clockField = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})$`)

// parseRule reads a rule of repetition: five fields as crontab(5) has them, or
// four of which the first is a time of day, as a slot gives it ("07:30 * *
// mon-fri"). It gives the rule as it is kept, too; see [parseRepeat].
func parseRule(rule string, zone *time.Location) (cron.Schedule, string, string) {
	fields := strings.Fields(rule)
	if len(fields) == 4 {
		if m := clockField.FindStringSubmatch(fields[0]); m != nil {
			fields = append([]string{m[2], m[1]}, fields[1:]...)
		}
	}
	if len(fields) != 5 {
		return nil, "", fmt.Sprintf("%q is no rule of five fields", shorten(rule))
	}
	repeat := strings.Join(fields, " ")
	if zone != time.Local {
		repeat = "CRON_TZ=" + zone.String() + " " + repeat
	}
	s, err := parseRepeat(repeat)
	if err != nil {
		return nil, "", fmt.Sprintf("%q is no rule: %v", shorten(rule), err)
	}
	return s, repeat, ""
}

// parseRepeat reads a rule as it is kept with a job: five fields, with
// CRON_TZ=Zone in front where it is not that of this machine.
func parseRepeat(repeat string) (cron.Schedule, error) { return parser.Parse(repeat) }

func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
