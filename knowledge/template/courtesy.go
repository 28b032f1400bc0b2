package template

import (
	"slices"
	"strings"
)

// openings and closings are the phrases of courtesy that may stand before and
// after any sentence and mean nothing, in normal form. Home Assistant calls
// such phrases skip words.
var (
	openings = []string{
		"please", "pls", "plz", "kindly", "hey", "hi", "hello", "ok", "okay", "alright", "so", "well", "just",
		"can you", "could you", "would you", "will you", "can we", "could we", "can i", "could i", "can i have",
		"could i have", "would you mind", "do you mind", "go ahead and", "lets", "let us",
		"i want", "i want to", "i want you to", "we want", "we want to", "i wanna", "i need", "i need to", "i need you to",
		"id like", "id like to", "id like you to", "i would like", "i would like to", "i would like you to",
	}
	closings = []string{
		"please", "pls", "plz", "thanks", "thank you", "thx", "cheers", "for me", "for us",
		"can you", "could you", "would you", "will you", "ok", "okay",
	}
)

// skipAhead gives 0 and every place that skip leads to from there, in order.
// Skip gives the places behind what may be skipped at a place.
func skipAhead(text string, skip func(p int) []int) []int {
	places := []int{0}
	for i := 0; i < len(places); i++ {
		for _, p := range skip(places[i]) {
			if p < len(text) && !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	slices.Sort(places)
	return places
}

// skipBack gives the end of the text and every place that skip leads back to
// from there, the last one first.
func skipBack(text string, skip func(p int) []int) []int {
	places := []int{len(text)}
	for i := 0; i < len(places); i++ {
		for _, p := range skip(places[i]) {
			if p > 0 && !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	slices.Sort(places)
	slices.Reverse(places)
	return places
}

// skipOnce gives the starts of the words behind each phrase that stands at p.
func skipOnce(text string, p int, phrases []string) []int {
	var places []int
	for _, words := range phrases {
		if end, ok := phrase(text, p, words); ok {
			places = append(places, end+1)
		}
	}
	return places
}

// skipOnceBack gives the ends of the words before each phrase that ends at p.
func skipOnceBack(text string, p int, phrases []string) []int {
	var places []int
	for _, words := range phrases {
		before, ok := strings.CutSuffix(text[:p], words)
		switch {
		case !ok || before == "":
		case before[len(before)-1] == ' ':
			places = append(places, len(before)-1)
		case isUnitSign([]rune(words)[0]):
			places = append(places, len(before))
		}
	}
	return places
}
