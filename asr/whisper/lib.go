//go:build whisper && cgo

package whisper

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/cgo"
	"sync"
	"unsafe"

	low "github.com/ggerganov/whisper.cpp/bindings/go"
)

// Version is that of whisper.cpp: "1.9.1".
func Version() string { return C.GoString(C.whisper_version()) }

// A library is a model as the library has it. What it knows does not change; its
// states do.
type library struct {
	ctx *low.Context
	// tokens that have a meaning of their own
	eot, sot, prev, nosp, not, beg, transcribe int32
	// blank is the text token of a single one; negative where there is none
	blank                                 int32
	vocabulary, textContext, audioContext int
	multilingual                          bool
	// step is what the positions of a cut window must be a multiple of. With flash,
	// attention in one pass, a whole window needs a state that had no cut one.
	step  int
	flash bool

	prompting sync.Mutex // guards the model's prompts
}

func (l *library) c() *C.struct_whisper_context {
	return (*C.struct_whisper_context)(unsafe.Pointer(l.ctx))
}

// loadLibrary loads a file that [checkModel] passed. Where run is stopped, what it
// gives is of no use.
func loadLibrary(file *os.File, flash bool, run *C.struct_fd_run) (*library, error) {
	ctx := (*low.Context)(unsafe.Pointer(C.fd_load(C.uintptr_t(file.Fd()), truth(flash), run)))
	if ctx == nil {
		return nil, errors.New("whisper.cpp cannot load it; the log says why at the level debug")
	}
	l := &library{
		ctx: ctx,
		eot: int32(ctx.Whisper_token_eot()), sot: int32(ctx.Whisper_token_sot()), prev: int32(ctx.Whisper_token_prev()),
		not: int32(ctx.Whisper_token_not()), beg: int32(ctx.Whisper_token_beg()), transcribe: int32(ctx.Whisper_token_transcribe()),
		vocabulary: ctx.Whisper_n_vocab(), textContext: ctx.Whisper_n_text_ctx(), audioContext: ctx.Whisper_n_audio_ctx(),
		multilingual: ctx.Whisper_is_multilingual() != 0, step: stepPositions, flash: flash,
	}
	if flash {
		l.step = flashPositions
	}
	l.nosp, l.blank = int32(C.whisper_token_nosp(l.c())), -1
	if tokens := l.tokenize(" "); len(tokens) == 1 {
		l.blank = tokens[0]
	}
	return l, nil
}

// openLibrary loads a file, and stops when ctx ends.
func openLibrary(ctx context.Context, file *os.File, flash bool) (*library, error) {
	run := C.fd_run_new()
	if run == nil {
		return nil, errors.New("there is no memory left")
	}
	defer C.free(unsafe.Pointer(run))
	stopped := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		C.fd_run_stop(run)
		close(stopped)
	})
	l, err := loadLibrary(file, flash, run)
	if !forget() {
		<-stopped
	}
	if cause := context.Cause(ctx); cause != nil {
		if l != nil {
			l.free()
		}
		return nil, cause
	}
	return l, err
}

func (l *library) free() { l.ctx.Whisper_free() }

// maxText bounds what is made tokens of: the library cuts words by a regular
// expression that takes some of the stack for each byte.
const maxText = 1 << 10

// tokenize gives the tokens of a text, as the library cuts it: the longest first,
// which is not always how the model learnt it. The text's letters beyond ASCII are
// cut into bytes. A text of more than maxText gives none.
func (l *library) tokenize(text string) []int32 {
	if text == "" || len(text) > maxText {
		return nil
	}
	tokens := make([]low.Token, len(text)) // a token has a byte at least
	n, err := l.ctx.Whisper_tokenize(text, tokens)
	if err != nil {
		return nil // it does not happen: there is room
	}
	ids := make([]int32, n)
	for i, t := range tokens[:n] {
		ids[i] = int32(t)
	}
	return ids
}

// text of a token; of special ones a name in brackets.
func (l *library) text(token int32) string {
	if token < 0 || int(token) >= l.vocabulary {
		return ""
	}
	return l.ctx.Whisper_token_to_str(low.Token(token))
}

// language gives the token of a language of the library.
func (l *library) language(id int) int32 { return int32(l.ctx.Whisper_token_lang(id)) }

// knownLanguages gives those that the library knows.
func knownLanguages() languages {
	known := languages{}
	for id := range low.Whisper_lang_max_id() + 1 {
		known[low.Whisper_lang_str(id)] = id
	}
	return known
}

func logToGo() { C.fd_log_to_go() }

// A state is what one run computes in. It is used by one goroutine at a time.
type state struct {
	of *library
	c  *C.struct_whisper_state
	// run is where the library's threads look whether to stop.
	run *C.struct_fd_run
	// used says that a generator of random numbers was drawn from, which a run
	// with another history would not have been: the state is not used again.
	used bool
	// cut says that a window was cut since the state was new.
	cut bool
}

func (l *library) newState() (*state, error) {
	c := C.fd_state(l.c())
	if c == nil {
		return nil, errors.New("whisper.cpp cannot make room for a run; there may be too little memory: " +
			"take a smaller model, or fewer speech.whisper.states")
	}
	run := C.fd_run_new()
	if run == nil {
		C.fd_free_state(c)
		return nil, errors.New("there is no memory left")
	}
	return &state{of: l, c: c, run: run}, nil
}

// renew forgets all that was computed.
func (s *state) renew() error {
	fresh, err := s.of.newState()
	if err != nil {
		return err
	}
	C.free(unsafe.Pointer(fresh.run)) // another goroutine may be about to stop the old one
	C.fd_free_state(s.c)
	s.c, s.cut = fresh.c, false
	return nil
}

func (s *state) free() {
	C.fd_free_state(s.c)
	C.free(unsafe.Pointer(s.run))
}

// stop ends the run at its next step: whisper.cpp looks for it between the encoder
// and the decoder, and after each token. It may be called by any goroutine while the
// state lives.
func (s *state) stop() { C.fd_run_stop(s.run) }

func (s *state) stopped() bool { return C.fd_run_stopped(s.run) != 0 }

// begin makes the state ready for another run.
func (s *state) begin() { *s.run = C.struct_fd_run{} }

// A how says how the whole of a clip is decoded.
type how struct {
	threads, audioContext, language int
	beam, fallbacks, maxTokens      int
	times                           bool
	prompt                          []int32
	filter                          filter
}

// A filter changes the logits of the next token in place, given the tokens since
// the prompt. With a beam it is called by several threads at the same time. The
// slices are only valid during the call.
type filter func(tokens []int32, logits []float32)

// full runs the library's whole pipeline over samples.
func (s *state) full(samples []float32, h how) error {
	if s.of.flash && h.audioContext == 0 && s.cut {
		// The library attends behind the whole window, too, where a new state has zeros.
		if err := s.renew(); err != nil {
			return err
		}
	}
	s.cut = s.cut || h.audioContext != 0
	p, err := s.params(h)
	if err != nil {
		return err
	}
	more := C.struct_fd_how{no_timestamps: truth(!h.times), best_of: C.int(max(h.beam, samplesOfFallback)), logprob_thold: -1, n_prompt: C.int(len(h.prompt))}
	if len(h.prompt) > 0 {
		more.sot = C.int(len(h.prompt) + 1) // behind the token that says that it is one
		prompt := C.CBytes(unsafe.Slice((*byte)(unsafe.Pointer(&h.prompt[0])), 4*len(h.prompt)))
		defer C.free(prompt)
		more.prompt = (*C.int32_t)(prompt)
	}
	if h.filter != nil {
		handle := cgo.NewHandle(bound{h.filter, s.of.vocabulary})
		defer handle.Delete()
		s.run.filter = C.uintptr_t(handle)
		defer func() { s.run.filter = 0 }()
	}
	code := C.fd_full(s.of.c(), s.c, (*C.struct_whisper_full_params)(unsafe.Pointer(&p)), &more,
		(*C.float)(&samples[0]), C.int(len(samples)), s.run)
	s.used = s.used || h.beam > 1 || s.run.passes > s.run.windows
	if code != 0 && !s.stopped() {
		return fmt.Errorf("whisper.cpp gives up with code %d; the log says more at the level debug", code)
	}
	return nil
}

// params says what of it the binding can say.
func (s *state) params(h how) (low.Params, error) {
	strategy := low.SAMPLING_GREEDY
	if h.beam > 1 {
		strategy = low.SAMPLING_BEAM_SEARCH
	}
	p := s.of.ctx.Whisper_full_default_params(strategy)
	p.SetThreads(h.threads)
	p.SetAudioCtx(h.audioContext)
	p.SetNoContext(true)
	p.SetPrintProgress(false)
	p.SetPrintTimestamps(false)
	p.SetSingleSegment(!h.times)
	p.SetMaxTokensPerSegment(h.maxTokens)
	p.SetTemperatureFallback(-1)
	if h.fallbacks > 0 {
		p.SetTemperatureFallback(temperatureStep(h.fallbacks))
	}
	if h.beam > 1 {
		p.SetBeamSize(h.beam)
	}
	return p, p.SetLanguage(h.language)
}

// samplesOfFallback are drawn where the likeliest tokens did not do; the likeliest of
// them is taken.
const samplesOfFallback = 3

// temperatureStep makes the library decode again so many times: it goes from 0 to 1
// in steps of it.
func temperatureStep(fallbacks int) float32 { return 1 / (float32(fallbacks) + 0.5) }

// encodeOnly computes what the decoder reads of the sound, and nothing else.
func (s *state) encodeOnly(samples []float32, h how) error {
	s.run.only_mel = 1
	err := s.full(samples, h)
	s.run.only_mel = 0
	if err != nil || s.stopped() {
		return err
	}
	if code := C.fd_encode(s.of.c(), s.c, C.int(h.threads)); code != 0 {
		return fmt.Errorf("whisper.cpp gives up with code %d; the log says more at the level debug", code)
	}
	return nil
}

// noSpeech gives the probability that nobody speaks in the first window of the last
// run; known is false where the library kept nothing to tell it by.
func (s *state) noSpeech() (p float64, known bool) {
	return float64(s.run.no_speech), s.run.no_speech >= 0
}

// windows are how many parts of the sound the last run had the encoder work on.
func (s *state) windows() int { return int(s.run.windows) }

// passes are how often the last run began to decode.
func (s *state) passes() int { return int(s.run.passes) }

// decode gives the logits behind each of tokens, of which as many as past were given
// before and are not computed again: tokens are the further ones. A library that keeps
// the last logits alone gives only these. It reads what the encoder made last. The
// logits are the library's own, and valid until the state is used again.
func (s *state) decode(tokens []int32, past, threads int) (rows [][]float32, err error) {
	if len(tokens) == 0 || past < 0 || past+len(tokens) > s.of.textContext {
		return nil, fmt.Errorf("%d tokens after %d do not fit into the model's %d", len(tokens), past, s.of.textContext)
	}
	for _, token := range tokens {
		if token < 0 || int(token) >= s.of.vocabulary { // the library would end the program
			return nil, fmt.Errorf("the model has no token %d", token)
		}
	}
	var all C.int
	if code := C.fd_decode(s.of.c(), s.c, (*C.int32_t)(&tokens[0]), C.int(len(tokens)), C.int(past), C.int(threads), &all); code != 0 {
		return nil, fmt.Errorf("whisper.cpp gives up with code %d; the log says more at the level debug", code)
	}
	n := s.of.vocabulary
	logits := unsafe.Slice((*float32)(C.whisper_get_logits_from_state(s.c)), len(tokens)*n)
	for at := range len(tokens) {
		if all == 1 || at == len(tokens)-1 {
			rows = append(rows, logits[at*n:(at+1)*n])
		}
	}
	return rows, nil
}

// A piece is a segment as the library gives it: from and to in hundredths of a second.
type piece struct {
	from, to int64
	text     string
	tokens   []heard
}

// A heard token, with the logarithm of its probability.
type heard struct {
	id  int32
	log float32
}

// pieces of the last run.
func (s *state) pieces() []piece {
	var all []piece
	for i := range C.whisper_full_n_segments_from_state(s.c) {
		p := piece{
			from: int64(C.whisper_full_get_segment_t0_from_state(s.c, i)), to: int64(C.whisper_full_get_segment_t1_from_state(s.c, i)),
			text: C.GoString(C.whisper_full_get_segment_text_from_state(s.c, i)),
		}
		for j := range C.whisper_full_n_tokens_from_state(s.c, i) {
			d := C.whisper_full_get_token_data_from_state(s.c, i, j)
			p.tokens = append(p.tokens, heard{id: int32(d.id), log: float32(d.plog)})
		}
		all = append(all, p)
	}
	return all
}

func truth(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
