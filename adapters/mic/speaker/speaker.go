// Package speaker says what a desk answers aloud, by a program for speech that its
// owner has, and tells of moments by short tones.
package speaker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"frontdesk/asr/audio"
)

const (
	// maxPrinted bounds the sound that a program prints, in bytes: five minutes of
	// the best that is spoken.
	maxPrinted = 32 << 20
	// toneWithin bounds what plays a tone.
	toneWithin = 3 * time.Second
)

// players are what plays a WAV file, the first that is installed and can: pw-play often
// is where PipeWire does not run.
var players = [][]string{{"pw-play", "{wav}"}, {"paplay", "{wav}"}, {"aplay", "-q", "{wav}"}, {"afplay", "{wav}"}}

// inherited are the variables that the programs see of our environment: no tokens,
// but what finds a voice, and the way to a loudspeaker.
var inherited = []string{
	"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
	"DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER", "PULSE_SINK", "PULSE_COOKIE", "PULSE_RUNTIME_PATH", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR",
	"ALSA_CARD", "ALSA_CONFIG_PATH", "ESPEAK_DATA_PATH", "PATHEXT", "SYSTEMROOT", "USERPROFILE", "TEMP", "TMP",
}

// A Speaker speaks. It is safe for concurrent use; what is said at the same time is
// said one after another.
type Speaker struct {
	cfg  Config
	log  *slog.Logger
	turn chan struct{} // holds who speaks

	mu     sync.Mutex      // guards what follows
	speech context.Context // ends with the next Stop
	stop   context.CancelFunc
	tone   bool // one sounds
	closed bool
	player int // of players, from which on one is looked for

	sounding sync.WaitGroup
	ending   context.Context // of the tones
	end      context.CancelFunc
}

// New makes a speaker of a configuration that was checked. The log takes the tones
// that could not be played; nil for nowhere. The caller must Close it.
func New(cfg Config, log *slog.Logger) *Speaker {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Speaker{cfg: cfg, log: log, turn: make(chan struct{}, 1)}
	s.speech, s.stop = context.WithCancel(context.Background())
	s.ending, s.end = context.WithCancel(context.Background())
	return s
}

var errClosed = errors.New("the speaker was closed")

// Say says a text, as [Spoken] and [Plain] give it, and returns when it was said, or
// [Speaker.Stop] was called. It waits for what is being said. The error is what went
// wrong with the programs, or the context's. Where no program is configured, it does
// nothing.
func (s *Speaker) Say(ctx context.Context, text string) error {
	if text = cut(sentence(clean(text)), s.cfg.MaxChars); text == "" || !s.cfg.Enabled() {
		return nil
	}
	s.mu.Lock()
	speech, closed := s.speech, s.closed
	s.mu.Unlock()
	if closed {
		return errClosed
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-speech.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	timed, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(speech, cancel)()
	err := s.say(timed, text)
	switch {
	case speech.Err() != nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case timed.Err() != nil:
		return fmt.Errorf("speaking: it was not done after %v", s.cfg.Timeout)
	}
	return err
}

// Stop has whoever speaks, and who waits to, fall silent at once.
func (s *Speaker) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	if !s.closed {
		s.speech, s.stop = context.WithCancel(context.Background())
	}
}

// Close silences the desk for good, and waits for what sounds.
func (s *Speaker) Close() {
	s.mu.Lock()
	s.closed = true
	s.stop()
	s.mu.Unlock()
	s.end()
	s.sounding.Wait()
	s.turn <- struct{}{} // whoever spoke is done
	<-s.turn
}

// say runs the program that speaks, and the one that plays what it prints.
func (s *Speaker) say(ctx context.Context, text string) error {
	args, given := fill(s.cfg.Command, "{text}", text)
	var input []byte
	if !given {
		input = []byte(text + "\n")
	}
	if s.cfg.Prints == "" {
		_, err := s.run(ctx, args, input, 0)
		return err
	}
	sound, err := s.run(ctx, args, input, maxPrinted)
	if err != nil {
		return err
	}
	if rate, _ := rateOf(s.cfg.Prints); rate > 0 {
		sound = append(audio.WAVHead(rate, len(sound)), sound...)
	}
	return s.play(ctx, sound)
}

// Signal has the tone of a moment sound, and does not wait for it. While one sounds,
// another is left out.
func (s *Speaker) Signal(what Signal) {
	clip := tone(what)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cfg.Tones || len(clip.Samples) == 0 || s.tone || s.closed {
		return
	}
	s.tone = true
	s.sounding.Go(func() {
		defer func() {
			s.mu.Lock()
			s.tone = false
			s.mu.Unlock()
		}()
		ctx, cancel := context.WithTimeout(s.ending, toneWithin)
		defer cancel()
		var b bytes.Buffer
		err := audio.WriteWAV(&b, clip)
		if err == nil {
			err = s.play(ctx, b.Bytes())
		}
		if err != nil && s.ending.Err() == nil {
			s.log.Warn("a tone could not be played", "tone", string(what), "error", err)
		}
	})
}

// play plays a WAV.
func (s *Speaker) play(ctx context.Context, sound []byte) error {
	if len(s.cfg.Play) > 0 {
		return s.playBy(ctx, s.cfg.Play, sound)
	}
	s.mu.Lock()
	first := s.player
	s.mu.Unlock()
	var faults error
	for n := range players {
		i := (first + n) % len(players)
		if _, err := exec.LookPath(players[i][0]); err != nil {
			continue
		}
		err := s.playBy(ctx, players[i], sound)
		if err == nil {
			s.mu.Lock()
			s.player = i // the others need not fail again
			s.mu.Unlock()
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		faults = errors.Join(faults, err)
	}
	if faults == nil {
		return errors.New("playing a sound: no program for it is installed; install pw-play, paplay, aplay or afplay, or name another with play: under speak")
	}
	return faults
}

// playBy plays a WAV with a program.
func (s *Speaker) playBy(ctx context.Context, program []string, sound []byte) error {
	if !slices.ContainsFunc(program, func(a string) bool { return strings.Contains(a, "{wav}") }) {
		_, err := s.run(ctx, program, sound, 0)
		return err
	}
	folder, err := os.MkdirTemp("", "frontdesk-speech-")
	if err != nil {
		return fmt.Errorf("making a folder for a sound: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "sound.wav")
	if err := os.WriteFile(file, sound, 0o600); err != nil {
		return fmt.Errorf("writing a sound: %w", err)
	}
	args, _ := fill(program, "{wav}", file)
	_, err = s.run(ctx, args, nil, 0)
	return err
}

// fill puts a value into the arguments of a program, and says whether one took it.
func fill(program []string, place, value string) (args []string, given bool) {
	args = slices.Clone(program)
	for i, a := range args[1:] {
		if strings.Contains(a, place) {
			args[1+i], given = strings.ReplaceAll(a, place, value), true
		}
	}
	return args, given
}

// run runs a program with an input, and gives what it prints, up to most bytes. It
// and all that it started end with ctx.
func (s *Speaker) run(ctx context.Context, args []string, input []byte, most int) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	separate(cmd)
	cmd.Cancel = func() error { return silence(cmd.Process) }
	cmd.WaitDelay = time.Second
	for _, name := range append(inherited, s.cfg.Inherit...) {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would be all of ours
	}
	if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	out, said := &bounded{most: most}, &bounded{most: 1024}
	if most > 0 {
		cmd.Stdout = out
	}
	cmd.Stderr = said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		text := ""
		if line, _, _ := strings.Cut(strings.TrimSpace(string(said.kept)), "\n"); line != "" {
			text = ": " + strconv.Quote(line)
		}
		return nil, fmt.Errorf("speaking: %s: %w%s", args[0], err, text)
	case most > 0 && out.full:
		return nil, fmt.Errorf("speaking: %s prints more than %d MiB", args[0], maxPrinted>>20)
	case most > 0 && len(out.kept) == 0:
		return nil, fmt.Errorf("speaking: %s prints no sound", args[0])
	}
	return out.kept, nil
}

// bounded keeps so many bytes and drops what comes after them.
type bounded struct {
	kept []byte
	most int
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	fits := min(len(p), b.most-len(b.kept))
	b.kept = append(b.kept, p[:fits]...)
	b.full = b.full || fits < len(p)
	return len(p), nil
}
