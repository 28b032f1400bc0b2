package asr

import (
	"math"
	"strings"
)

// Words puts tokens together to words: a token that begins with a blank begins one. The
// probability of a word is the geometric mean of those of its tokens, and at least 1e-10.
func Words(tokens []Token) []Token {
	var words []Token
	sum, n := 0.0, 0
	for i, t := range tokens {
		if i == 0 || strings.HasPrefix(t.Text, " ") {
			words = append(words, Token{})
			sum, n = 0, 0
		}
		sum, n = sum+math.Log(max(t.Probability, 1e-10)), n+1
		word := &words[len(words)-1]
		word.Text += t.Text
		word.Probability = min(math.Exp(sum/float64(n)), 1)
	}
	return words
}
