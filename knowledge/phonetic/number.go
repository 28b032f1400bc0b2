package phonetic

import "strings"

var (
	ones = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens = strings.Fields("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
)

// numberWords says a number that is written in digits: one of up to four as a
// whole, a longer one digit by digit. It gives nil for what holds anything else.
func numberWords(digits string) []string {
	if digits == "" || len(digits) > maxPronounced || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	n := 0
	for _, d := range []byte(digits) {
		n = 10*n + int(d-'0')
		if n > 9999 || len(digits) > 1 && digits[0] == '0' {
			return digitWords(digits)
		}
	}
	var out []string
	if n >= 1000 {
		out, n = append(out, ones[n/1000], "thousand"), n%1000
	}
	if n >= 100 {
		out, n = append(out, ones[n/100], "hundred"), n%100
	}
	switch {
	case n >= 20 && n%10 > 0:
		out = append(out, tens[n/10], ones[n%10])
	case n >= 20:
		out = append(out, tens[n/10])
	case n > 0 || len(out) == 0:
		out = append(out, ones[n])
	}
	return out
}

func digitWords(digits string) []string {
	out := make([]string, len(digits))
	for i := range len(digits) {
		out[i] = ones[digits[i]-'0']
	}
	return out
}
