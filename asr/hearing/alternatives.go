package hearing

import "frontdesk/asr"

// alternatives gives those of others that are text, and say something else than the text
// and one another.
func alternatives(text string, others []asr.Alternative) (kept []asr.Alternative) {
	seen := map[string]bool{words(text): true}
	for _, a := range others {
		a.Text = tidyText(a.Text)
		if w := words(a.Text); !seen[w] && !isAnnotation(a.Text) {
			seen[w] = true
			kept = append(kept, a)
		}
	}
	return kept
}

// onlyAlternatives gives those of the one piece in which anything was heard: of several,
// any may belong to any.
func onlyAlternatives(heard []asr.Transcript) (only []asr.Alternative) {
	pieces := 0
	for _, t := range heard {
		if t.Text != "" {
			only = t.Alternatives
			pieces++
		}
	}
	if pieces != 1 {
		return nil
	}
	return only
}
