package template

// An op is what one step of a program does.
type op uint8

const (
	opText   op = iota // the text must stand here
	opBorder           // a blank, or the border of a word
	opSign             // the text, or a border
	opFork             // go on at each of the targets
	opValue            // a reading of the slot
	opTake             // the first character of free text; on to the opMore before it
	opMore             // enough free text and on behind the opTake, or one more character
	opDone
)

// A step is one instruction of a program. It leads to the next one unless it
// says otherwise, and to none before it, but for the two of free text, which
// move on in the text.
type step struct {
	op   op
	text string
	// arg is the slot of an opValue and an opTake, the characters of an opText,
	// the index of the targets of an opFork.
	arg int32
}

// A program matches one sentence.
type program struct {
	steps []step
	forks [][]int32
}

// An emitter writes a program.
type emitter struct {
	program
	slots []use
}

func (e *emitter) full() bool { return len(e.steps) > maxSteps }

// emit writes the program of a whole sentence; ok is false if it is too long.
func emit(l *lowered) (p program, ok bool) {
	e := emitter{slots: l.slots}
	e.pieces(l.pieces)
	e.add(step{op: opDone})
	return e.program, !e.full()
}

func (e *emitter) add(s step) int {
	e.steps = append(e.steps, s)
	return len(e.steps) - 1
}

func (e *emitter) here() int32 { return int32(len(e.steps)) }

// fork writes a step whose targets are filled in later.
func (e *emitter) fork() (index int) {
	e.forks = append(e.forks, nil)
	e.add(step{op: opFork, arg: int32(len(e.forks) - 1)})
	return len(e.forks) - 1
}

func (e *emitter) to(fork int, target int32) {
	e.forks[fork] = append(e.forks[fork], target)
}

func (e *emitter) pieces(pieces []piece) {
	for i := 0; i < len(pieces) && !e.full(); i++ {
		p := &pieces[i]
		switch p.kind {
		case letters:
			// Words with blanks between them are one step, unless a digit lets
			// a blank be left out.
			text := p.text
			for i+2 < len(pieces) && pieces[i+1].kind == border && pieces[i+2].kind == letters && !isDigit(rune(text[len(text)-1])) {
				text += " " + pieces[i+2].text
				i += 2
			}
			e.add(step{op: opText, text: text, arg: count(text)})
		case border:
			e.add(step{op: opBorder})
		case sign:
			e.add(step{op: opSign, text: p.text})
		case value:
			e.value(p.slot)
		case oneOf:
			e.oneOf(p)
		case anyOrder:
			e.anyOrder(p)
		}
	}
}

func (e *emitter) value(slot int) {
	def := e.slots[slot].def
	if def.typ == Text {
		e.free(slot)
		return
	}
	if !def.unlisted {
		e.add(step{op: opValue, arg: int32(slot)})
		return
	}
	choose := e.fork()
	e.to(choose, e.here())
	e.add(step{op: opValue, arg: int32(slot)})
	end := e.fork()
	e.to(choose, e.here())
	e.free(slot)
	e.to(end, e.here())
}

// free writes the steps that take any words.
func (e *emitter) free(slot int) {
	// More comes before take, so that of two texts that are equally good the
	// one that began earlier is found first.
	fork := e.fork()
	e.add(step{op: opMore})
	e.to(fork, e.here())
	e.add(step{op: opTake, arg: int32(slot)})
}

func (e *emitter) oneOf(p *piece) {
	fork := e.fork()
	var ends []int
	for _, kid := range p.kids {
		e.to(fork, e.here())
		e.pieces(kid)
		ends = append(ends, e.fork())
	}
	if p.empty {
		e.to(fork, e.here())
	}
	for _, end := range ends {
		e.to(end, e.here())
	}
}

// anyOrder writes one state for each set of members that have been said, which
// is far less than one for each order.
func (e *emitter) anyOrder(p *piece) {
	all := 1<<len(p.kids) - 1
	entries := make([][]int, all+1) // forks that lead to each set
	entries[0] = []int{e.fork()}
	for set := range all {
		for _, fork := range entries[set] {
			e.to(fork, e.here())
		}
		choose := e.fork()
		for i, kid := range p.kids {
			if set&(1<<i) != 0 || e.full() {
				continue
			}
			e.to(choose, e.here())
			if set != 0 {
				e.add(step{op: opBorder})
			}
			e.pieces(kid)
			entries[set|1<<i] = append(entries[set|1<<i], e.fork())
		}
	}
	for _, fork := range entries[all] {
		e.to(fork, e.here())
	}
}
