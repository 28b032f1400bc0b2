package whisper

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"frontdesk/asr"
)

const (
	// sure is the confidence from which on no other readings are looked for: all words were
	// heard well.
	sure = 0.75
	// maxSearch bounds what the decoder computes for alternatives, in halves of what a
	// single token takes; of several at once each further one takes about so much. What it
	// is at then is finished.
	maxSearch = 2 * 30
	// beside are how many other tokens are looked at in each place.
	beside = 3
	// longer is how many tokens more than the free reading an alternative may have.
	longer = 8
	// farOff is how much less likely than the free reading one is, as a natural logarithm,
	// that is not looked for: a hundredth.
	farOff = 4.6
)

// Others look for the likeliest texts beside one that was heard.
//
// A reading is left where another token was nearly as likely as its own, the nearest
// first, and goes on from there with the likeliest token each time. What was found so is
// left again behind that place: the way of Lawler (1972), "A procedure for computing the K
// best solutions to discrete optimization problems", with the likeliest end of a beginning
// put in place of the best. As most often one word was misheard and what follows was not,
// the tokens that follow in the reading that was left are computed in one go, and taken as
// far as they are the likeliest ones here, too: as in Leviathan, Kalman and Matias (2023),
// "Fast Inference from Transformers via Speculative Decoding".
type others struct {
	score  scorer
	text   func(token int32) string
	eot    int32
	effort *int // what the scorer computed, as maxSearch counts it

	most     int // alternatives that are wanted
	longest  int // tokens
	branches []branch
	found    []alternative // the likeliest first
	free     float64       // logarithm of the probability of what was heard
	heard    string        // what it says
}

// A branch is a beginning at which a reading may be left.
type branch struct {
	tokens []int32 // the last one is another than the reading has
	log    float64 // natural logarithm of its probability
	rest   []int32 // what follows in the reading
	hope   float64 // log of the whole, if what follows is as likely as in the reading
}

// An alternative is a text with its end.
type alternative struct {
	said   string
	tokens []int32 // without the end
	log    float64
}

// mean is that of the logarithms of its tokens and its end.
func (a alternative) mean() float64 { return a.log / float64(len(a.tokens)+1) }

// find gives up to o.most texts that say something else than the free reading and one
// another, the likeliest first. Where the scorer fails, it gives what it has found until
// then, too.
func (o *others) find(free []int32) ([]asr.Alternative, error) {
	o.longest = len(free) + longer
	o.heard = wordsOf(o.spell(free))
	err := o.follow(free)
	for err == nil && *o.effort < maxSearch {
		var b branch
		var ok bool
		if b, ok = o.next(); !ok {
			break
		}
		err = o.complete(b)
	}
	slices.SortStableFunc(o.found, func(a, b alternative) int { return cmp.Compare(b.mean(), a.mean()) })
	var all []asr.Alternative
	for _, a := range o.found {
		all = append(all, asr.Alternative{Text: trim(o.spell(a.tokens)), LogProbability: min(a.mean(), 0)})
	}
	return all, err
}

// likelier gives the likeliest of the texts that were found, if it is likelier than what was
// heard: the decoder takes the likeliest token each time, and may so miss the likeliest text.
func (o *others) likelier() (a alternative, ok bool) {
	for _, b := range o.found {
		if b.log > o.free && (!ok || b.log > a.log) {
			a, ok = b, true
		}
	}
	return a, ok
}

// instead has one of the texts that were found stand in a transcript for what was heard, as
// these tokens, which becomes one of its alternatives. No word of it counts as heard more
// surely than the least sure one was before: there are two readings.
func (o *others) instead(t *asr.Transcript, free []int32, a alternative) error {
	rows, err := o.score(a.tokens, 0)
	if err != nil {
		return err
	}
	text := trim(o.spell(a.tokens))
	at := slices.IndexFunc(t.Alternatives, func(b asr.Alternative) bool { return b.Text == text })
	t.Alternatives[at] = asr.Alternative{Text: t.Text, LogProbability: min(o.free/float64(len(free)+1), 0)}
	slices.SortStableFunc(t.Alternatives, func(a, b asr.Alternative) int { return cmp.Compare(b.LogProbability, a.LogProbability) })
	segment := asr.Segment{End: t.Sound, Text: text}
	sum := 0.0
	for i, token := range a.tokens {
		log := float64(rows[i][token]) - logSum(rows[i])
		sum += log
		segment.Tokens = append(segment.Tokens, asr.Token{Text: o.text(token), Probability: min(math.Exp(log), t.Confidence)})
	}
	t.Text, t.Segments, t.Compression = text, []asr.Segment{segment}, compression(text)
	t.Confidence, _ = sureness(segment.Tokens)
	t.LogProbability = min(sum/float64(len(a.tokens)), 0)
	return nil
}

// follow goes through what was heard.
func (o *others) follow(free []int32) error {
	rows, err := o.score(free, 0)
	if err != nil {
		return err
	}
	way := make([]place, 0, len(rows))
	for i, row := range rows {
		token := o.eot
		if i < len(free) {
			token = free[i]
		}
		way = append(way, o.place(row, token))
		o.free += way[i].log
	}
	o.leave(free, 0, way, o.free)
	return nil
}

// next takes the branch from which the most is hoped for, of equal ones the first; ok is
// false where nothing more is.
func (o *others) next() (b branch, ok bool) {
	best := -1
	for i, b := range o.branches {
		if best < 0 || b.hope > o.branches[best].hope {
			best = i
		}
	}
	if best < 0 {
		return branch{}, false
	}
	b = o.branches[best]
	o.branches = slices.Delete(o.branches, best, best+1)
	if n := len(o.found); n == o.most && b.hope <= o.found[n-1].log {
		return branch{}, false
	}
	return b, true
}

// complete goes on from a branch with the likeliest tokens, to the end.
func (o *others) complete(b branch) error {
	tokens, log, draft := b.tokens, b.log, b.rest
	from := len(tokens)
	var way []place
	for tokens[len(tokens)-1] != o.eot {
		if len(tokens) > o.longest || *o.effort >= maxSearch {
			return nil
		}
		draft = draft[:min(len(draft), ahead, o.longest-len(tokens)+1)]
		rows, err := o.score(slices.Concat(tokens, draft), len(tokens))
		if err != nil {
			return err
		}
		for i, row := range rows {
			p := o.place(row, best(row))
			if math.IsNaN(p.log) {
				return nil
			}
			way = append(way, p)
			tokens, log = append(tokens, p.token), log+p.log
			if i == len(draft) || p.token != draft[i] {
				draft = draft[i:]
				if at := slices.Index(draft, p.token); at >= 0 {
					draft = draft[at+1:]
				}
				break
			}
		}
		if log < o.free-2*farOff {
			return nil
		}
	}
	tokens = tokens[:len(tokens)-1]
	o.take(tokens, log)
	o.leave(tokens, from, way, log)
	return nil
}

// take keeps a text, if it is one of the likeliest that say something else.
func (o *others) take(tokens []int32, log float64) {
	a := alternative{wordsOf(o.spell(tokens)), tokens, log}
	if a.said == "" || a.said == o.heard || math.IsNaN(log) {
		return
	}
	if same := slices.IndexFunc(o.found, func(b alternative) bool { return b.said == a.said }); same >= 0 {
		if o.found[same].log >= log {
			return
		}
		o.found = slices.Delete(o.found, same, same+1)
	}
	at := 0
	for at < len(o.found) && o.found[at].log >= log {
		at++
	}
	o.found = slices.Insert(o.found, at, a)
	o.found = o.found[:min(len(o.found), o.most)]
}

// A place is one token of a reading, and what might stand there.
type place struct {
	token int32
	log   float64
	other [beside]likely // those that are likeliest
}

type likely struct {
	token int32 // negative where there is none
	log   float64
}

// place gives that of a token.
func (o *others) place(logits []float32, token int32) place {
	sum := logSum(logits)
	p := place{token: token, log: float64(logits[token]) - sum}
	for i := range p.other {
		p.other[i] = likely{token: -1, log: math.Inf(-1)}
	}
	for id, logit := range logits {
		log := float64(logit) - sum
		if int32(id) == token || !(log > p.other[beside-1].log) {
			continue
		}
		at := beside - 1
		for at > 0 && log > p.other[at-1].log {
			p.other[at] = p.other[at-1]
			at--
		}
		p.other[at] = likely{int32(id), log}
	}
	return p
}

// leave notes where a reading, whose places from one on are given, may be left.
func (o *others) leave(tokens []int32, from int, way []place, log float64) {
	before := log // of the tokens before the place
	for _, p := range way {
		before -= p.log
	}
	for i, p := range way {
		at := from + i
		for _, other := range p.other {
			hope := log - p.log + other.log
			if other.token < 0 || !(hope > o.free-farOff) || o.alike(other.token, p.token) {
				continue
			}
			o.branches = append(o.branches, branch{
				tokens: append(slices.Clone(tokens[:at]), other.token), log: before + other.log,
				rest: tokens[min(at+1, len(tokens)):], hope: hope,
			})
		}
		before += p.log
	}
}

// alike says whether it makes no difference to what is said which of two tokens stands
// somewhere: " Light" or " light", a comma or the end.
func (o *others) alike(a, b int32) bool {
	x, y := o.spell([]int32{a}), o.spell([]int32{b})
	return wordsOf(x) == wordsOf(y) && strings.HasPrefix(x, " ") == strings.HasPrefix(y, " ") || wordsOf(x) == "" && wordsOf(y) == ""
}

// spell gives the text of tokens.
func (o *others) spell(tokens []int32) string {
	var b strings.Builder
	for _, token := range tokens {
		if token != o.eot {
			b.WriteString(o.text(token))
		}
	}
	return b.String()
}

// wordsOf gives the words of a text, however they are written: in small letters and without
// signs.
func wordsOf(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(text, "")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), " ")
}

// best gives the likeliest token, of equal ones the first.
func best(logits []float32) int32 {
	at := 0
	for i, logit := range logits {
		if logit > logits[at] {
			at = i
		}
	}
	return int32(at)
}
