package tokenizer

import (
	"fmt"
	"math"
)

// referenceFloat reads a number of JSON as the reference does: it takes the
// digits as one integer of 64 bits, and then divides by a power of ten. That is
// up to one unit in the last place off the nearest number, which decides between
// ways of cutting that are otherwise alike ("aa a" and "a aa"), so that the
// nearest number would not give the reference's ids.
func referenceFloat(raw []byte) (float64, error) {
	fault := func() (float64, error) {
		return 0, fmt.Errorf("a finite number is expected, and there is %s", shown(raw))
	}
	i, negative := 0, false
	if i < len(raw) && raw[i] == '-' {
		negative = true
		i++
	}
	digit := func() bool { return i < len(raw) && raw[i] >= '0' && raw[i] <= '9' }
	if !digit() {
		return fault()
	}
	var digits uint64
	exponent, full := 0, false
	add := func() bool {
		d := uint64(raw[i] - '0')
		if full || digits > (math.MaxUint64-d)/10 {
			full = true // what follows no longer counts
			return false
		}
		digits = digits*10 + d
		return true
	}
	for ; digit(); i++ {
		if !add() {
			exponent++
		}
	}
	if i < len(raw) && raw[i] == '.' {
		for i++; digit(); i++ {
			if add() {
				exponent--
			}
		}
	}
	if i < len(raw) && (raw[i] == 'e' || raw[i] == 'E') {
		sign := 1
		if i++; i < len(raw) && (raw[i] == '+' || raw[i] == '-') {
			if raw[i] == '-' {
				sign = -1
			}
			i++
		}
		e := 0
		for ; digit(); i++ {
			e = min(e*10+int(raw[i]-'0'), 1<<20)
		}
		exponent += sign * e
	}
	if i != len(raw) {
		return fault()
	}
	f := float64(digits)
	for ; exponent < -308 && f != 0; exponent += 308 {
		f /= 1e308
	}
	switch {
	case f == 0:
	case exponent > 308:
		return fault()
	case exponent >= 0:
		f *= powersOfTen[exponent]
	default:
		f /= powersOfTen[-exponent]
	}
	if math.IsInf(f, 0) {
		return fault()
	}
	if negative {
		f = -f
	}
	return f, nil
}

// powersOfTen are the nearest numbers to 1e0 to 1e308.
var powersOfTen = func() (p [309]float64) {
	for i := range p {
		p[i] = math.Pow10(i)
	}
	return p
}()
