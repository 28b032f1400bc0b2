package template

import "strings"

// trust says whether a reading that nothing asked for is likely meant.
func (x *extraction) trust(s *entrySlot, def *definition, from int, r reading) bool {
	text := x.n.text
	following, _ := next(text, r.end)
	if def.typ == Percentage && isWayDown(following) && r.canonical != "50" && !strings.ContainsAny(text[from:r.end], "%0123456789") {
		return false // of how much, and from where, is open
	}
	if r.loose {
		switch w := wordBefore(text, from); {
		case s.before[w]:
			return true
		case def.typ == Percentage && (x.entry.words[following] && !isArticle(following) || strings.HasSuffix(text[from:r.end], " way")):
			return true // "half brightness", "a quarter open"
		default:
			return isAim(w)
		}
	}
	if def.typ == List && isFiller(text[from:r.end]) {
		return s.before[wordBefore(text, from)] // "in" may be a state, but hardly is one
	}
	if def.typ != Number {
		return true
	}
	if text[from:r.end] == "one" {
		switch lastWord(text, from) {
		case "the", "this", "that", "which", "other", "another", "any", "every", "no":
			return false
		}
		return following != "of"
	}
	if x.otherUnit(r.end) {
		return false
	}
	// 555 1234 is a longer number than can be told.
	inDigits := isDigit(rune(text[from])) && isDigit(rune(text[r.end-1]))
	before := lastWord(text, from)
	return !inDigits || !isDigits(before) && !isDigits(following)
}

// isWayDown says that a share before the word may be one of what is closed.
func isWayDown(w string) bool {
	switch w {
	case "down", "closed", "shut", "close", "dimmer", "darker", "less":
		return true
	}
	return false
}

// isAim says whether a value is to be expected behind a word.
func isAim(w string) bool {
	switch w {
	case "at", "by", "until", "till", "around", "before", "after", "from", "to", "on":
		return true
	}
	return false
}

// isFiller says whether a text is one of the words of which sentences are made,
// whatever they are about.
func isFiller(w string) bool {
	switch w {
	case "in", "of", "to", "at", "is", "it", "i", "me", "my", "and", "or", "for", "by", "with", "as", "be", "the", "a", "an":
		return true
	}
	return false
}

// otherUnit says whether a unit stands behind the number that ends at p that is
// no word of the templates: what is counted then is another thing.
func (x *extraction) otherUnit(p int) bool {
	w, end := next(x.n.text, p)
	if w == "degrees" || w == "degree" {
		w, _ = next(x.n.text, end)
	}
	if w == "" || x.entry.words[w] {
		return false
	}
	switch w {
	case "percent", "per", "pc", "pct", "fahrenheit", "f", "kelvin", "am", "pm", "oclock", "euros", "dollars", "pounds":
		return true
	}
	_, isTime := unit(w)
	return isTime && len(w) > 1
}

func isDigits(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}
