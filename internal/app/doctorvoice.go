package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/adapters/mic/capture"
	"frontdesk/adapters/terminal"
	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/asr/vad"
	"frontdesk/bot"
	"frontdesk/internal/config"
)

const (
	// maxSoundFile bounds a recording that is looked at, in bytes.
	maxSoundFile = 25 << 20
	// comesWithin is how long a microphone may take until sound comes.
	comesWithin = 8 * time.Second
	// Levels of a voice, in dBFS, beyond which it is too soft or too loud to be
	// understood well.
	tooSoft, tooLoud = -40, -0.1
	// shownSegments bounds how many stretches of speech are shown.
	shownSegments = 10
	// shownAlternatives bounds how many other readings are.
	shownAlternatives = 5
)

// VoiceOptions say what a [DoctorVoice] listens to.
type VoiceOptions struct {
	File   string        // a recording; empty for the microphone
	Device string        // the microphone; empty for the system's default
	Length time.Duration // how long is recorded
	Base   string        // which base it is said to; empty for the default
	// Recording is told when it is time to speak; nil for nobody.
	Recording func(device string)
}

// DoctorVoice listens to somebody, and says what becomes of it, step by step: the
// sound, where somebody speaks in it, what was heard, and what would be done. Nothing
// is done, recorded or kept.
func DoctorVoice(ctx context.Context, cfg *config.Config, o VoiceOptions, open Options) ([]Diagnosis, error) {
	v := &voice{cfg: cfg, options: o}
	v.examine(ctx, open)
	var all []Diagnosis
	for _, f := range v.found {
		all = append(all, Diagnosis{"voice", f})
	}
	return all, ctx.Err()
}

// A voice is an examination that goes on until something is missing.
type voice struct {
	cfg     *config.Config
	options VoiceOptions
	clip    asr.Clip
	found   []chat.Finding
}

func (v *voice) add(f chat.Finding) { v.found = append(v.found, f) }

func (v *voice) examine(ctx context.Context, o Options) {
	if !v.cfg.Speech.Enabled() {
		v.add(bad(fmt.Sprintf(`write engine: under speech: in %s, such as whisper with whisper: {model: whisper-base.en}, and fetch that with "frontdesk models pull whisper-base.en"`, v.cfg.File),
			"nothing recognises speech: no engine is named"))
		return
	}
	// First what takes its time, so that nobody speaks in vain.
	o.Hear, o.DryRun = true, true
	if v.options.Base != "" {
		o.Bases = []string{v.options.Base}
	}
	a, err := New(ctx, v.cfg, o)
	if err != nil {
		v.add(bad("what mends it is said there", "%v", err))
		return
	}
	defer func() {
		if err := a.Close(); err != nil {
			v.add(bad("the error says what to do", "closing the desk: %v", err))
		}
	}()
	v.add(good("%s", a.speech.State()))
	if !v.sound(ctx) {
		return
	}
	v.levels()
	v.speech(ctx, a.speech.detector)
	t, ok := v.hear(ctx, a)
	if ok {
		v.decide(ctx, a, t)
	}
}

// sound gets something to listen to.
func (v *voice) sound(ctx context.Context) bool {
	var err error
	from := v.options.File
	if from != "" {
		v.clip, err = readSound(ctx, from)
	} else {
		v.clip, from, err = v.record(ctx)
	}
	if err != nil {
		do := `"frontdesk devices" lists the microphones; choose one with --device, or give a recording with --file`
		if v.options.File != "" {
			do = "give a recording that can be read, such as a WAV"
		}
		v.add(bad(do, "%v", err))
		return false
	}
	v.add(good("%s of sound from %s", seconds(v.clip.Duration()), from))
	return true
}

func readSound(ctx context.Context, file string) (asr.Clip, error) {
	f, err := os.Open(file)
	if err != nil {
		return asr.Clip{}, fmt.Errorf("reading the recording: %w", err)
	}
	defer f.Close() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSoundFile+1))
	if err != nil {
		return asr.Clip{}, fmt.Errorf("reading the recording: %w", err)
	}
	c, err := audio.Decode(ctx, data, audio.Options{})
	if err != nil {
		return asr.Clip{}, fmt.Errorf("reading the recording %s: %w", filepath.Base(file), err)
	}
	return c, nil
}

// record records from the microphone.
func (v *voice) record(ctx context.Context) (c asr.Clip, device string, err error) {
	m := capture.Open(capture.Config{Device: v.options.Device})
	defer func() { err = errors.Join(err, m.Close()) }()
	timed, cancel := context.WithTimeout(ctx, comesWithin+v.options.Length)
	defer cancel()
	want := int(v.options.Length.Seconds() * asr.SampleRate)
	c.Samples = make([]float32, 0, want)
	buffer := make([]float32, 4096)
	begun := time.Now()
	for len(c.Samples) < want {
		n, err := m.Read(timed, buffer[:min(len(buffer), want-len(c.Samples))])
		connected, what := m.Status()
		switch {
		case ctx.Err() != nil:
			return c, "", ctx.Err()
		case errors.Is(err, capture.ErrGap):
		case err != nil && !connected:
			return c, "", fmt.Errorf("%w: %s", errNoSound, what)
		case err != nil:
			return c, "", fmt.Errorf("%w from %s", errNoSound, what)
		}
		if device == "" && n > 0 {
			device = what
			if v.options.Recording != nil {
				v.options.Recording(what)
			}
			begun = time.Now()
		}
		if device == "" && time.Since(begun) > comesWithin {
			return c, "", fmt.Errorf("%w: %s", errNoSound, what)
		}
		c.Samples = append(c.Samples, buffer[:n]...)
	}
	return c, device, nil
}

// base names the base that it is said to; empty for the default.
func (v *voice) base() string { return cmp.Or(v.options.Base, v.cfg.Mic.Base) }

// levels says how loud it is.
func (v *voice) levels() {
	l := capture.LevelOf(v.clip.Samples)
	text := fmt.Sprintf("it is as loud as %s dB, and %s dB in the mean", rounded(l.Peak, 0), rounded(l.RMS, 0))
	switch {
	case l.Peak <= capture.Silence && v.options.File != "":
		v.add(bad("give a recording in which somebody speaks", "there is nothing in it but silence"))
	case l.Peak <= capture.Silence:
		v.add(bad("the microphone is muted, or another one is meant: --device NAME", "there is nothing in it but silence"))
	case l.Peak < tooSoft:
		v.add(bad("turn the microphone up, or come nearer", "%s, which is too soft", text))
	case l.Peak > tooLoud:
		v.add(bad("turn the microphone down", "%s: it is cut off", text))
	default:
		v.add(good("%s", text))
	}
}

// speech says where somebody speaks.
func (v *voice) speech(ctx context.Context, d *Detector) {
	if d == nil && !v.cfg.Speech.Detect {
		v.add(good("it is not looked for speech: detect: is false under speech:"))
		return
	}
	if d == nil {
		v.add(bad(`"make onnxruntime" fetches ONNX Runtime, or build with whisper.cpp: "make build"`, "nothing finds where somebody speaks"))
		return
	}
	start := time.Now()
	segments, err := vad.Segments(ctx, d, v.clip, v.cfg.Speech.VAD)
	if err != nil {
		v.add(bad("what mends it is said there", "%v", err))
		return
	}
	if len(segments) == 0 {
		v.add(bad("speak louder or nearer; under speech: vad: a lower threshold: finds more", "nobody speaks in it, as %s finds", d.Name))
		return
	}
	var words []string
	for _, s := range segments[:min(len(segments), shownSegments)] {
		words = append(words, fmt.Sprintf("from %s to %s", seconds(at(s.Start)), seconds(at(s.End()))))
	}
	if more := len(segments) - shownSegments; more > 0 {
		words = append(words, fmt.Sprintf("and %d times more", more))
	}
	v.add(good("somebody speaks %s; finding that took %v (%s)", strings.Join(words, ", "), brief(time.Since(start)), d.Name))
}

// at gives the time of a sample.
func at(sample int64) time.Duration { return time.Duration(sample) * time.Second / asr.SampleRate }

// hear says what is heard.
func (v *voice) hear(ctx context.Context, a *App) (asr.Transcript, bool) {
	t, err := a.Hear(ctx, v.base(), v.clip, 0)
	if err != nil {
		v.add(bad("what mends it is said there", "%v", err))
		return t, false
	}
	took := fmt.Sprintf("in %v, %.2f of the length of the sound", brief(t.Took), t.Took.Seconds()/max(0.001, t.Sound.Seconds()))
	var sure []string
	if t.Text != "" {
		sure = append(sure, fmt.Sprintf("confidence %.2f", t.Confidence))
	}
	if t.LogProbability != 0 {
		sure = append(sure, "log-probability "+rounded(t.LogProbability, 2))
	}
	if t.NoSpeech != 0 {
		sure = append(sure, fmt.Sprintf("no speech %.2f", t.NoSpeech))
	}
	if len(sure) > 0 {
		took += " (" + strings.Join(sure, ", ") + ")"
	}
	switch {
	case t.Text != "":
		v.add(good("heard %q %s", t.Text, took))
	case t.Gate == asr.NoSpeech:
		v.add(bad("speak louder or nearer; under speech: vad: a lower threshold: finds more", "nobody speaks, it was found %s", took))
	case t.Gate != "":
		v.add(bad(doAboutGate[t.Gate], "what was heard is held back (%s) %s", t.Gate, took))
	case t.Expected.Text == "":
		v.add(bad("speak louder or nearer, or try a larger model", "nothing was heard %s", took))
	}
	if t.Trouble != "" {
		v.add(bad("what was heard freely stands; what mends it is said there", "what else may have been said is not known: %s", t.Trouble))
	}
	if len(t.Alternatives) > 0 {
		var others []string
		for _, a := range t.Alternatives[:min(len(t.Alternatives), shownAlternatives)] {
			others = append(others, fmt.Sprintf("%q", a.Text))
		}
		v.add(good("or it may have been %s", strings.Join(others, ", ")))
	}
	if t.Expected.Text != "" {
		margin := ""
		if t.Expected.Measured {
			margin = ", " + likelier(t.Expected.Margin)
		}
		v.add(good("of the sentences that are expected it is %q%s", t.Expected.Text, margin))
	}
	return t, t.Text != "" || t.Expected.Text != ""
}

// likelier compares a reading with the one that was heard freely, by the margin of it.
func likelier(margin float64) string {
	by := rounded(math.Abs(margin), 2)
	switch {
	case by == rounded(0, 2):
		return "as likely as that"
	case margin > 0:
		return fmt.Sprintf("by %s a token likelier than that", by)
	}
	return fmt.Sprintf("by %s a token less likely than that", by)
}

// rounded writes a number out with so many digits behind the point, and what is next
// to nothing without a sign.
func rounded(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// doAboutGate says what may help where something is held back.
var doAboutGate = map[string]string{
	asr.Unsure:     "speak more clearly, or try a larger model",
	asr.Repetition: "try again; a larger model repeats itself less",
	asr.Invented:   "it is what models write where nobody speaks; say a whole sentence",
}

// decide says what would be done, were it said to the microphone: whoever stands there
// may be allowed less than whoever sits at the terminal.
func (v *voice) decide(ctx context.Context, a *App, t asr.Transcript) {
	m := v.cfg.Mic
	msg := bot.Message{
		ID: "doctor", Kind: bot.Audio, Conversation: "doctor", Sender: cmp.Or(m.Person, m.Address()), Address: m.Address(),
		Locale: m.Locale, Base: v.base(), Transcript: &t, Time: time.Now(),
	}
	if m.Room != "" {
		msg.Context = map[string]string{"room": m.Room}
	}
	reply, err := a.Handle(ctx, msg)
	if err != nil {
		v.add(bad("what mends it is said there", "%v", err))
		return
	}
	text := fmt.Sprintf("the desk would %s", decisionWords(reply))
	if reply.Decision == bot.Refuse {
		text += fmt.Sprintf(" to %s", msg.Sender)
	}
	if reply.Result != nil {
		text += fmt.Sprintf(", with a probability of %.2f", reply.Probability)
	}
	v.add(good("%s", text))
	if reply.Text != "" {
		v.add(good("and say: %s", terminal.Plain(reply.Text)))
	}
}

// decisionWords says what a reply comes to.
func decisionWords(r bot.Reply) string {
	text := string(r.Decision)
	if r.Decision == bot.Nothing {
		text = "do nothing"
	}
	if r.Entry != "" {
		text += " " + r.Entry
	}
	var slots []string
	for _, name := range slices.Sorted(maps.Keys(r.Slots)) {
		slots = append(slots, name+": "+r.Slots[name])
	}
	if len(slots) > 0 {
		text += " (" + strings.Join(slots, ", ") + ")"
	}
	return text
}
