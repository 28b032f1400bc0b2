package noise

import "math"

// A Kitchen hums, runs water, sizzles, and clatters with dishes. Nobody speaks in it,
// not even far away.
type Kitchen struct {
	random white
	at     int
	mains  float64 // phase of 50 Hz
	fan    low
	fanLow low
	water  [2]band
	bubble []partial
	pan    band
	dishes []partial
	flow   activity
	fry    activity
	next   int // sample of the next clatter
	again  int // hits that follow at once
}

// NewKitchen begins one.
func NewKitchen(seed uint64) *Kitchen {
	k := &Kitchen{
		random: newWhite(seed, 1), fan: newLow(250), fanLow: newLow(1200),
		water: [2]band{newBand(700, 0.6), newBand(2400, 0.5)}, pan: newBand(5200, 0.7),
	}
	k.flow = activity{kitchen: k, least: 2, most: 9}
	k.fry = activity{kitchen: k, least: 4, most: 20}
	k.next = k.seconds(0.2, 2)
	return k
}

// seconds draws a time between two, in samples.
func (k *Kitchen) seconds(least, most float64) int {
	return int((least + (most-least)*k.random.Float64()) * rate)
}

// between draws a number between two.
func (k *Kitchen) between(least, most float64) float64 {
	return least + (most-least)*k.random.Float64()
}

// An activity goes on for a while, rests for a while, and swells in between.
type activity struct {
	kitchen     *Kitchen
	least, most float64 // seconds that it goes on or rests
	on          bool
	until       int
	level       float64
	wave, speed float64
}

// next gives how loud it is, in [0, 1].
func (a *activity) next() float64 {
	k := a.kitchen
	if k.at >= a.until {
		a.on = !a.on && k.random.IntN(2) == 0 || a.until == 0 && k.random.IntN(2) == 0
		a.until = k.at + k.seconds(a.least, a.most)
		a.speed = k.between(0.3, 2) * 2 * math.Pi / rate
	}
	target := 0.0
	if a.on {
		a.wave += a.speed
		target = 0.75 + 0.25*math.Sin(a.wave)
	}
	a.level += (target - a.level) / (0.15 * rate)
	return a.level
}

// Fill makes the next samples.
func (k *Kitchen) Fill(into []float32) {
	for i := range into {
		into[i] = soft(k.hum() + k.tap() + k.stove() + k.clatter())
		k.at++
	}
}

// hum is a fridge and a fan: harmonics of the mains, and low noise.
func (k *Kitchen) hum() float64 {
	k.mains += 2 * math.Pi * 50 / rate
	if k.mains > 2*math.Pi {
		k.mains -= 2 * math.Pi
	}
	w := k.mains
	tone := 0.25*math.Sin(w) + 0.5*math.Sin(2*w) + 0.15*math.Sin(3*w) + 0.25*math.Sin(4*w) + 0.1*math.Sin(6*w)
	x := k.random.next()
	return 0.012*tone + 0.05*k.fan.next(x) + 0.02*k.fanLow.next(x)
}

// tap is running water, with bubbles.
func (k *Kitchen) tap() float64 {
	level := k.flow.next()
	x := k.random.next()
	y := k.water[0].next(x)*0.6 + k.water[1].next(x)
	if level > 0.1 && k.random.IntN(int(rate)/25) == 0 { // 25 a second
		k.bubble = append(k.bubble, newPartial(level*k.between(0.005, 0.03), k.between(500, 2500), k.between(0.01, 0.05)))
	}
	var b float64
	k.bubble, b = ring(k.bubble)
	return 0.06*level*y + b
}

// stove is a pan that sizzles and crackles.
func (k *Kitchen) stove() float64 {
	level := k.fry.next()
	x := k.random.next()
	if k.random.IntN(int(rate)/40) == 0 {
		x *= k.between(2, 12)
	}
	return 0.06 * level * k.pan.next(x)
}

// clatter is of dishes: inharmonic partials that ring for a moment, often two or
// three hits in a row.
func (k *Kitchen) clatter() float64 {
	if k.at >= k.next {
		loud := math.Pow(10, k.between(-30, -12)/20)
		body := k.between(700, 2600) // plates are low, glasses and spoons high
		for range 4 + k.random.IntN(5) {
			k.dishes = append(k.dishes, newPartial(loud*k.between(0.2, 1), body*k.between(1, 3.4), k.between(0.05, 0.5)))
		}
		switch {
		case k.again > 0:
			k.again--
		case k.random.IntN(3) == 0:
			k.again = 1 + k.random.IntN(3)
		}
		if k.again > 0 {
			k.next = k.at + k.seconds(0.05, 0.25)
		} else {
			k.next = k.at + k.seconds(0.3, 3)
		}
	}
	var x float64
	k.dishes, x = ring(k.dishes)
	return x
}
