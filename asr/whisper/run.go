//go:build whisper && cgo

package whisper

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"frontdesk/asr"
)

const engineName = "whisper"

// A run is one clip in one state. Only one goroutine uses it.
type run struct {
	ctx     context.Context // of within
	e       *Engine
	m       *model
	s       *state
	samples []float32
	how     how
}

// within does something that stops when ctx ends.
func (r *run) within(ctx context.Context, do func() error) error {
	r.ctx = ctx
	r.s.begin()
	stopped := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		r.s.stop()
		close(stopped)
	})
	err := do()
	if !forget() {
		<-stopped // the state may be freed now
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// decode gives the logits behind each of tokens in the clip, or behind the last of them
// alone; past of them were given before. The beginning of all is [run.prompt]. It may be
// called once [run.hear] has heard the clip freely, which has run the encoder: of a clip
// that is longer than one window of 30 s, it reads the last window. The logits are valid
// until the next call, and may be changed.
func (r *run) decode(tokens []int32, past int) ([][]float32, error) {
	if err := context.Cause(r.ctx); err != nil {
		return nil, err
	}
	return r.s.decode(tokens, past, r.how.threads)
}

// prompt gives the tokens that a text without times begins after.
func (r *run) prompt() (tokens []int32) {
	l := r.m.lib
	if len(r.how.prompt) > 0 {
		tokens = append(append(tokens, l.prev), r.how.prompt...)
	}
	tokens = append(tokens, l.sot)
	if l.multilingual {
		tokens = append(tokens, l.language(r.how.language), l.transcribe)
	}
	return append(tokens, l.not)
}

// hear gives the transcript of the clip.
func (r *run) hear(h asr.Hints) (asr.Transcript, error) {
	sound := asr.Clip{Samples: r.samples}.Duration()
	t := asr.Transcript{Engine: engineName, Sound: sound}
	language := h.Language
	if automatic(language) {
		language = r.e.c.Language
	}
	id, err := r.e.known.id(language, r.m.info)
	if err != nil {
		return t, err
	}
	c := r.e.c
	times := c.Times || sound > short
	r.how = how{
		threads: c.threads(), audioContext: audioContext(len(r.samples), c.Margin, r.m.lib.audioContext, r.m.lib.step), language: max(id, 0),
		beam: c.Beam, fallbacks: c.Fallbacks, times: times,
	}
	if !times {
		r.how.maxTokens = cmp.Or(r.e.mostTokens, mostTokens(sound, id == r.e.known["en"]))
	}
	if id < 0 {
		if r.how.language, err = r.detect(); err != nil {
			return t, err
		}
	}
	r.how.prompt = r.m.prompt(h, c.Prompt)
	n := r.newNotes()
	g, err := r.guided(h.Expected, sound, n)
	if err != nil {
		return t, err
	}
	if err := r.s.full(r.samples, r.how); err != nil {
		return t, err
	}
	if err := context.Cause(r.ctx); err != nil {
		return t, err
	}
	t.Language = tag(r.e.known.code(r.how.language))
	r.fill(&t, r.s.pieces(), times)
	if free, ok := n.close(); ok && t.Text != "" {
		if err := r.others(&t, g, n, free); err != nil {
			return t, err
		}
	}
	// Last, as it may make the decoder forget what it has computed.
	if t.NoSpeech, err = r.noSpeech(); err != nil {
		return t, err
	}
	if t.Text == "" {
		t.Confidence = t.NoSpeech
	}
	return t, nil
}

// others looks for readings beside the free one, of these tokens, and has the likeliest of
// all stand first. The error is that of the context.
func (r *run) others(t *asr.Transcript, g *guide, n *notes, free []int32) (err error) {
	if most := r.e.c.Alternatives; most > 0 && t.Confidence < sure && t.Sound <= short && n.fits(len(free)+longer) {
		o := n.others(most)
		t.Alternatives, err = o.find(free)
		if a, ok := o.likelier(); ok && err == nil && !r.how.times { // a text that is put in has no times
			if err = o.instead(t, free, a); err == nil {
				free = a.tokens
			}
		}
		if err != nil { // what was heard stands
			t.Trouble = fmt.Sprintf("looking for other readings: %v", err)
		}
	}
	if g != nil {
		if t.Expected, err = g.read(free); err != nil {
			t.Trouble = cmp.Or(t.Trouble, fmt.Sprintf("looking for the likeliest of the expected sentences: %v", err))
		}
	}
	return context.Cause(r.ctx)
}

// fill writes what was heard into a transcript.
func (r *run) fill(t *asr.Transcript, pieces []piece, times bool) {
	var all []asr.Token
	var texts []string
	for _, p := range pieces {
		segment := asr.Segment{Start: hundredths(p.from), End: hundredths(p.to), Text: trim(p.text)}
		if !times { // then the library gives none of meaning
			segment.Start, segment.End = 0, t.Sound
		}
		segment.Start = min(max(segment.Start, 0), t.Sound)
		segment.End = min(max(segment.End, segment.Start), t.Sound)
		for _, token := range p.tokens {
			if token.id < r.m.lib.eot { // the others are special
				segment.Tokens = append(segment.Tokens, asr.Token{Text: r.m.lib.text(token.id),
					Probability: math.Exp(float64(token.log))})
			}
		}
		if segment.Text == "" {
			continue
		}
		all = append(all, segment.Tokens...)
		texts = append(texts, segment.Text)
		t.Segments = append(t.Segments, segment)
	}
	t.Text = join(texts)
	t.Confidence, t.LogProbability = sureness(all)
	t.Compression = compression(t.Text)
}

func hundredths(n int64) time.Duration { return time.Duration(n) * 10 * time.Millisecond }

// noSpeech is the probability of the token for it where a text begins, as in OpenAI's
// whisper/decoding.py: of the first window of 30 s, as the library came by it; where it
// did not, of the last window and without the words of the base before it, for which the
// decoder is run once more.
func (r *run) noSpeech() (float64, error) {
	if p, known := r.s.noSpeech(); known {
		return p, nil
	}
	rows, err := r.decode([]int32{r.m.lib.sot}, 0)
	if err != nil {
		return 0, err
	}
	return softmaxOf(rows[0], r.m.lib.nosp), nil
}

// detect gives the language that is spoken, as whisper/decoding.py does: the likeliest
// of the tokens of languages after the first token of all.
func (r *run) detect() (int, error) {
	if err := r.s.encodeOnly(r.samples, r.how); err != nil {
		return 0, err
	}
	rows, err := r.decode([]int32{r.m.lib.sot}, 0)
	if err != nil {
		return 0, err
	}
	logits := rows[0]
	best, most := 0, float32(math.Inf(-1))
	for id := range r.m.info.languages {
		if logit := logits[r.m.lib.language(id)]; logit > most {
			best, most = id, logit
		}
	}
	return best, nil
}
