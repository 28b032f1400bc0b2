package wake

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"frontdesk/asr"
	"frontdesk/internal/ort"
)

// The numbers of openWakeWord, https://github.com/dscripka/openWakeWord (class
// AudioFeatures in openwakeword/utils.py): what it computes for every hop of 80 ms.
const (
	hop        = 1280    // samples
	overlap    = 3 * 160 // samples before the hop that its spectrum needs too
	bands      = 32      // of a mel spectrum
	newSpectra = 8       // of a hop, one every 10 ms
	spectra    = 76      // of an embedding
	features   = 96      // numbers of an embedding
	deaf       = 5       // hops at the beginning of which nothing is said
)

// A Spotter hears a wake word in the sound itself, with models of openWakeWord: one
// gives the mel spectra of the sound, one an embedding of the last 76 of them, and
// one says of the last embeddings (16, for most) whether they are the word. It is not
// safe for concurrent use.
type Spotter struct {
	config  SpotterConfig
	mel     *model
	embed   *model
	keyword *model
	begin   []float32 // the embeddings that it begins with

	sound      []float32 // overlap + hop samples, as 16-bit numbers
	filled     int       // of the hop
	spectrum   []float32 // [spectra][bands]
	embeddings []float32 // [as many as keyword takes][features]
	hops       int
	inARow     int // hops that reached the threshold
	quiet      int // hops to go until it may be heard again
}

// OpenSpotter opens the models. It must be closed. A model of another shape than
// openWakeWord's is an error that says so.
func OpenSpotter(rt *ort.Runtime, c SpotterConfig) (_ *Spotter, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Spotter{config: c, sound: make([]float32, overlap+hop), spectrum: make([]float32, spectra*bands)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.mel, err = openModel(rt, c.Melspectrogram, "the mel spectrogram model", []int64{1, overlap + hop}, newSpectra*bands, s.sound); err != nil {
		return nil, err
	}
	if s.embed, err = openModel(rt, c.Embedding, "the embedding model", []int64{1, spectra, bands, 1}, features, s.spectrum); err != nil {
		return nil, err
	}
	n, err := embeddingsOf(rt, c.Keyword)
	if err != nil {
		return nil, err
	}
	s.embeddings = make([]float32, n*features)
	if s.keyword, err = openModel(rt, c.Keyword, "the wake word's model", []int64{1, int64(n), features}, 1, s.embeddings); err != nil {
		return nil, err
	}
	if err = s.prepare(n); err != nil {
		return nil, err
	}
	return s, nil
}

// prepare computes the embeddings that every stream begins with: as openWakeWord
// has it, those of faint noise, here always the same.
func (s *Spotter) prepare(n int) error {
	random := rand.New(rand.NewPCG(16, 96))
	noise := func(into []float32) {
		for i := range into {
			into[i] = float32(random.IntN(2000) - 1000)
		}
	}
	s.clear()
	noise(s.sound)
	for range (spectra+newSpectra-1)/newSpectra + n {
		copy(s.sound, s.sound[hop:])
		noise(s.sound[overlap:])
		if err := s.listen(); err != nil {
			return fmt.Errorf("trying the wake word's models: %w", err)
		}
	}
	if _, err := s.score(); err != nil {
		return fmt.Errorf("trying the wake word's models: %w", err)
	}
	s.begin = slices.Clone(s.embeddings)
	s.Reset()
	return nil
}

func (s *Spotter) clear() {
	clear(s.sound)
	for i := range s.spectrum {
		s.spectrum[i] = 1
	}
	s.filled, s.hops, s.inARow, s.quiet = 0, 0, 0, 0
}

// Reset forgets what was heard.
func (s *Spotter) Reset() {
	s.clear()
	copy(s.embeddings, s.begin)
}

// Close gives the models back. A second Close does nothing.
func (s *Spotter) Close() error {
	var errs []error
	for _, m := range []*model{s.mel, s.embed, s.keyword} {
		if m != nil {
			errs = append(errs, m.session.Close())
		}
	}
	return errors.Join(errs...)
}

// Write hears samples of 16 kHz in [-1, 1], any number of them. Heard says that the
// word was said; it has just ended. Score is the highest of the hops of 80 ms that
// ended in these samples, in [0, 1], and 0 when none did. After an error the Spotter
// must be Reset.
func (s *Spotter) Write(samples []float32) (score float32, heard bool, err error) {
	for len(samples) > 0 {
		n := min(len(samples), hop-s.filled)
		for i, x := range samples[:n] {
			s.sound[overlap+s.filled+i] = pcm(x)
		}
		samples = samples[n:]
		if s.filled += n; s.filled < hop {
			break
		}
		s.filled = 0
		p, now, err := s.hear()
		if err != nil {
			return score, heard, fmt.Errorf("listening for the wake word: %w", err)
		}
		score, heard = max(score, p), heard || now
	}
	return score, heard, nil
}

// pcm gives a sample as the models want it: as a 16-bit number. One that is no
// number is silence.
func pcm(x float32) float32 {
	if x != x {
		return 0
	}
	return float32(math.Trunc(float64(min(max(x*(1<<15), math.MinInt16), math.MaxInt16))))
}

// hear judges the hop that is full.
func (s *Spotter) hear() (score float32, heard bool, err error) {
	if err := s.listen(); err != nil {
		return 0, false, err
	}
	copy(s.sound, s.sound[hop:])
	if score, err = s.score(); err != nil {
		return 0, false, err
	}
	s.hops = min(s.hops+1, deaf+1)
	s.quiet = max(s.quiet-1, 0)
	if s.hops <= deaf {
		score = 0
	}
	if float64(score) < s.config.Threshold {
		s.inARow = 0
		return score, false, nil
	}
	s.inARow++
	if s.inARow != s.config.Patience || s.quiet > 0 {
		return score, false, nil
	}
	s.quiet = int((s.config.Refractory + hopTime - 1) / hopTime)
	return score, true, nil
}

const hopTime = hop * time.Second / asr.SampleRate

// listen makes an embedding of the hop.
func (s *Spotter) listen() error {
	if err := s.mel.run(); err != nil {
		return err
	}
	copy(s.spectrum, s.spectrum[newSpectra*bands:])
	for i, x := range s.mel.result {
		// What openWakeWord does so that the spectra are those which the embedding
		// was trained on.
		s.spectrum[(spectra-newSpectra)*bands+i] = x/10 + 2
	}
	if err := s.embed.run(); err != nil {
		return err
	}
	copy(s.embeddings, s.embeddings[features:])
	copy(s.embeddings[len(s.embeddings)-features:], s.embed.result)
	return nil
}

// score says how sure the word is.
func (s *Spotter) score() (float32, error) {
	if err := s.keyword.run(); err != nil {
		return 0, err
	}
	p := s.keyword.result[0]
	if !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("the score of %s is %v, and should be from 0 to 1", s.keyword.file, p)
	}
	return p, nil
}

// A model is one of the three.
type model struct {
	file    string
	session *ort.Session
	in, out []ort.Tensor
	result  []float32
}

func (m *model) run() error {
	// It takes few milliseconds: there is nothing to wait for.
	if err := m.session.RunInto(context.Background(), m.in, m.out); err != nil {
		return fmt.Errorf("running %s: %w", m.file, err)
	}
	return nil
}
