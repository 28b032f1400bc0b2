// Package exec recognises speech with programs: each gets a recording as a WAV
// (16 kHz, mono, 16 bits) and prints what was said.
//
//	speech:
//	  engine: exec
//	  exec:
//	    command: [whisper-cli, -nt, -np, -m, /models/ggml-base.en.bin, -f, "{wav}"]
//	    guided: [pocketsphinx_continuous, -logfn, /dev/null, -jsgf, "{jsgf}", -infile, "{wav}"]
//
// # Arguments
//
// A command is a list of arguments and is never given to a shell. In an argument
// {wav} stands for the file of the recording, which is otherwise given on the
// standard input; {language} for the language that is spoken, as "en"; and, of the
// program that hears the expected sentences alone, {jsgf} for the file of their
// grammar (Java Speech Grammar Format). The files are in a folder that nobody else
// may read, and the recording is removed when the programs have ended.
//
// # Answers
//
// A program prints plain text, or one JSON object of which these are read, and
// only text is needed:
//
//	{"text": "turn on the light", "language": "en", "confidence": 0.9,
//	 "log_probability": -0.3, "alternatives": ["turn off the light"]}
//
// Nothing printed means that nobody spoke. A program that does not say how sure it
// is, by its confidence or the mean natural log-probability of its tokens, is
// believed.
//
// Where the program that hears the expected sentences fails or takes too long, what the
// other one heard stands, and the transcript tells of it; see [asr.Transcript].
//
// # Bounds
//
// Only so many recordings are worked on at once, and only so many wait for that:
// [ErrBusy]. A program that takes too long, or whose caller has gone, is killed with
// all that it started in its process group (elsewhere than on Unix alone). It sees
// the environment variables PATH, HOME, LANG, TZ, TMPDIR and those that inherit:
// names.
package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// Name is that of the engine in a transcript.
const Name = "exec"

// ErrBusy says that too many recordings wait already.
var ErrBusy = errors.New("too many recordings wait to be recognised; later there may be room, or more where speech.exec has a higher queue or at_once")

var errClosed = errors.New("the recogniser is closed")

// An Engine recognises speech with programs. It is safe for concurrent use.
type Engine struct {
	config       Config
	free, guided *program // guided is nil for none
	folder       string   // of the files for the programs; nobody else may read it
	grammars     grammars
	places       chan struct{} // one for each recording that is worked on or waits
	working      chan struct{} // one for each that is worked on

	mu     sync.RWMutex // held to read by each recording
	closed bool
}

// New looks the programs up that a configuration names, which [Config.Check] has
// nothing against. A name with a slash counts from dir, in which the programs run;
// another one is looked up in PATH. Errors begin with the key at fault. The caller must
// Close the engine.
func New(c Config, dir string) (*Engine, error) {
	e := &Engine{config: c, places: make(chan struct{}, c.AtOnce+c.Queue), working: make(chan struct{}, c.AtOnce)}
	if !c.Enabled() {
		return nil, errors.New("no program is named; write a command")
	}
	var err error
	if e.free, err = find(c.Command, dir, c.Inherit); err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	if len(c.Guided) > 0 {
		if e.guided, err = find(c.Guided, dir, c.Inherit); err != nil {
			return nil, fmt.Errorf("guided: %w", err)
		}
	}
	if e.folder, err = os.MkdirTemp("", "frontdesk-exec-"); err != nil {
		return nil, fmt.Errorf("making a folder for recordings: %w", err)
	}
	e.grammars.folder = e.folder
	return e, nil
}

// Transcribe implements [asr.Recognizer]. Both programs hear the sound at the same
// time; an error is one of that which hears freely.
func (e *Engine) Transcribe(ctx context.Context, c asr.Clip, h asr.Hints) (asr.Transcript, error) {
	start := time.Now()
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return asr.Transcript{}, errClosed
	}
	leave, err := e.enter(ctx)
	if err != nil {
		return asr.Transcript{}, err
	}
	defer leave()
	t, err := e.hear(ctx, c, h)
	if err != nil {
		return asr.Transcript{}, err
	}
	t.Engine, t.Sound, t.Took = Name, c.Duration(), time.Since(start)
	return t, nil
}

// enter waits for its turn.
func (e *Engine) enter(ctx context.Context) (leave func(), err error) {
	select {
	case e.places <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case e.working <- struct{}{}:
		return func() { <-e.working; <-e.places }, nil
	case <-ctx.Done():
		<-e.places
		return nil, fmt.Errorf("waiting to recognise speech: %w", context.Cause(ctx))
	}
}

func (e *Engine) hear(ctx context.Context, c asr.Clip, h asr.Hints) (t asr.Transcript, err error) {
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, c); err != nil {
		return t, err
	}
	in := input{wav: wav.Bytes(), language: h.Language}
	if names(e.config.Command, wavMark) || names(e.config.Guided, wavMark) {
		if in.file, err = e.write(in.wav); err != nil {
			return t, err
		}
		defer os.Remove(in.file)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, e.config.Timeout, errTimeout)
	defer cancel()
	both, stop := context.WithCancel(ctx)
	defer stop()
	var free, guided answer
	var failed, trouble error // of the one and of the other
	var running sync.WaitGroup
	running.Go(func() {
		if free, failed = e.free.run(both, in); failed != nil {
			stop()
		}
	})
	if e.guided != nil && h.Expected != nil && h.Expected.JSGF() != "" {
		guided, trouble = e.expect(both, in, h.Expected)
	}
	running.Wait()
	if failed != nil {
		return t, e.explained(ctx, failed)
	}
	t = transcript(free, guided)
	if trouble != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errTimeout) { // nobody waits any more
			return asr.Transcript{}, e.explained(ctx, trouble)
		}
		t.Trouble = e.explained(ctx, trouble).Error()
	}
	return t, nil
}

// expect has the expected sentences heard.
func (e *Engine) expect(ctx context.Context, in input, expected *asr.Expected) (answer, error) {
	grammar, done, err := e.grammars.take(expected)
	if err != nil {
		return answer{}, err
	}
	defer done()
	in.grammar = grammar
	return e.guided.run(ctx, in)
}

// explained says why a program was stopped.
func (e *Engine) explained(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return err
	case errors.Is(cause, errTimeout):
		return fmt.Errorf("%w; it took longer than %s, which timeout: under speech: exec: allows", err, e.config.Timeout)
	default:
		return fmt.Errorf("recognising speech: %w", cause)
	}
}

// transcript puts together what was heard.
func transcript(free, guided answer) asr.Transcript {
	t := asr.Transcript{
		Text: free.Text, Language: free.Language,
		Confidence: free.confidence(), LogProbability: free.LogProbability,
		Expected: asr.Reading{Text: guided.Text},
	}
	for _, other := range free.Alternatives {
		t.Alternatives = append(t.Alternatives, asr.Alternative{Text: other})
	}
	if guided.Text != "" && free.Text != "" && guided.LogProbability < 0 && free.LogProbability < 0 {
		t.Expected.Margin, t.Expected.Measured = guided.LogProbability-free.LogProbability, true
	}
	return t
}

// write puts a recording where nobody else may read it.
func (e *Engine) write(wav []byte) (name string, err error) {
	f, err := os.CreateTemp(e.folder, "sound-*.wav") // for us alone
	if err != nil {
		return "", fmt.Errorf("writing the recording for a program: %w", err)
	}
	_, err = f.Write(wav)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("writing the recording for a program: %w", err)
	}
	return f.Name(), nil
}

// String names the programs, for people.
func (e *Engine) String() string {
	name := filepath.Base(e.free.path)
	if e.guided != nil {
		name += " and " + filepath.Base(e.guided.path) + " with a grammar"
	}
	return name
}

// Close waits for the recordings that are worked on, and removes the files. What
// comes later is an error.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if err := os.RemoveAll(e.folder); err != nil {
		return fmt.Errorf("removing the folder for recordings: %w", err)
	}
	return nil
}
