package template

// unit gives the seconds in a unit of time, by its names and abbreviations.
// Months and years have no fixed length.
func unit(name string) (float64, bool) {
	switch name {
	case "s", "sec", "secs", "second", "seconds":
		return 1, true
	case "m", "min", "mins", "minute", "minutes":
		return 60, true
	case "h", "hr", "hrs", "hour", "hours":
		return 3600, true
	case "d", "day", "days":
		return 86400, true
	case "w", "wk", "wks", "week", "weeks":
		return 7 * 86400, true
	case "fortnight", "fortnights":
		return 14 * 86400, true
	}
	return 0, false
}

// unitAt reads a unit at p, or behind the blank there.
func unitAt(text string, p int) (seconds float64, end int, ok bool) {
	if p < len(text) && text[p] == ' ' {
		p++
	}
	for end = p; end < len(text) && 'a' <= text[end] && text[end] <= 'z'; end++ {
	}
	seconds, ok = unit(text[p:end])
	return seconds, end, ok
}

// durations gives every reading of text from p on as a length of time, in
// seconds: "90 seconds", "1h30m", "an hour and a half", "half an hour".
func durations(text string, p int) []span {
	if p >= len(text) {
		return nil
	}
	return durationParts(text, p, 0, 15*86400)
}

// durationParts reads parts in units shorter than limit, and adds sum.
func durationParts(text string, p int, sum, limit float64) []span {
	var found []span
	add := func(count float64, at int) {
		seconds, end, ok := unitAt(text, at)
		if !ok || seconds >= limit || count < 0 {
			return
		}
		total := sum + count*seconds
		found = append(found, span{end: end, value: total})
		if behind, ok := after(text, end, "and"); ok {
			if f, ok := fractionAfter(text, behind); ok {
				found = append(found, span{end: f.end, value: total + f.value*seconds})
			}
		}
		rest := end
		if behind, ok := after(text, end, "and"); ok {
			rest = behind
		}
		found = append(found, smallerUnits(text, end, total, seconds)...)
		if rest < len(text) && text[rest] == ' ' {
			rest++
		}
		if rest < len(text) {
			found = append(found, durationParts(text, rest, total, seconds)...)
		}
	}
	if startsWord(text, p) {
		if end, ok := article(text, p); ok {
			add(1, end)
		}
		if f, ok := fractionAt(text, p); ok {
			end := f.end
			add(f.value, end)
			if behind, ok := after(text, end, "of"); ok {
				end = behind
			}
			if end < len(text) {
				if behind, ok := article(text, end+1); ok {
					add(f.value, behind)
				}
			}
			return found
		}
	}
	for _, n := range numbers(text, p) {
		add(n.value, n.end)
	}
	return found
}

// smallerUnits reads the minutes behind hours, or the seconds behind minutes,
// that are said without their unit: "1h30", or "an hour twenty" at the end of a
// text, where nothing else can be counted.
func smallerUnits(text string, p int, sum, unit float64) []span {
	if unit != 3600 && unit != 60 || p >= len(text) {
		return nil
	}
	at := p
	if text[at] == ' ' {
		at++
	}
	var found []span
	for _, s := range whole(text, at, 59) {
		if s.value > 0 && (s.end == len(text) || at == p && endsWord(text, s.end)) {
			found = append(found, span{end: s.end, value: sum + s.value*unit/60})
		}
	}
	return found
}

// article reads "a" or "an" at p.
func article(text string, p int) (end int, ok bool) {
	if end, ok := phrase(text, p, "an"); ok {
		return end, true
	}
	return phrase(text, p, "a")
}
