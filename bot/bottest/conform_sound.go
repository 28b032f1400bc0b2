package bottest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"frontdesk/asr"
	"frontdesk/bot"
)

// soundChecks are about sound that is sent.
var soundChecks = []check{
	{"sound is fetched and decoded", []Feature{Sounds}, soundHeard},
	{"sound, and nobody to listen", []Feature{Sounds}, nobodyListens},
	{"sound on a strange host is not fetched", []Feature{Sounds}, soundAstray},
	{"a broken recording", []Feature{Sounds}, brokenSound},
}

// Beep gives a second of a tone as a WAV file.
func Beep() []byte {
	const n = asr.SampleRate
	var b bytes.Buffer
	b.WriteString("RIFF")
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory
	le(uint32(36 + 2*n))
	b.WriteString("WAVEfmt ")
	le([]uint32{16, 1 | 1<<16, asr.SampleRate, 2 * asr.SampleRate, 2 | 16<<16}) // PCM, mono, 16 bit
	b.WriteString("data")
	le(uint32(2 * n))
	for i := range n {
		le(int16(8000 * math.Sin(2*math.Pi*440*float64(i)/n)))
	}
	return b.Bytes()
}

// listening answers sound with how long it is, or that there is none.
func listening(m bot.Message) (bot.Reply, error) {
	if m.Kind != bot.Audio {
		return said(m), nil
	}
	if len(m.Clip.Samples) == 0 {
		return bot.Reply{Decision: bot.Abstain, Text: "I cannot listen here."}, nil
	}
	return bot.Reply{Decision: bot.Answer, Text: "I heard something.", Heard: "open the door"}, nil
}

func soundHeard(s *scene) error {
	s.answers(listening)
	s.startWith(true)
	s.Say(Saying{Where: private, Sound: Beep()})
	m, err := s.hears("sound", ofKind(bot.Audio))
	if err != nil {
		return err
	}
	if d := m.Clip.Duration(); d < 900*time.Millisecond || d > 1100*time.Millisecond {
		return fmt.Errorf("a second of sound came as %v", d)
	}
	loud := false
	for _, v := range m.Clip.Samples {
		if v < -1 || v > 1 {
			return fmt.Errorf("a sample of %v", v)
		}
		loud = loud || v > 0.1
	}
	if !loud {
		return errors.New("a tone came as silence")
	}
	return s.until(func() error {
		p, err := s.post(private, 1)
		if err != nil {
			return err
		}
		for _, part := range []string{"I heard something.", "open the door"} {
			if !bytes.Contains([]byte(s.plain(p.Text)), []byte(part)) {
				return fmt.Errorf("sound is answered with %q, without %q", s.plain(p.Text), part)
			}
		}
		return nil
	})
}

// sentence waits for one answer of words to a sound.
func (s *scene) sentence(n int) error {
	p, err := s.post(private, n)
	if err != nil {
		return err
	}
	if len(s.plain(p.Text)) < 10 {
		return fmt.Errorf("sound is answered with %q", s.plain(p.Text))
	}
	return nil
}

func nobodyListens(s *scene) error {
	s.answers(listening)
	s.start()
	s.Say(Saying{Where: private, Sound: Beep()})
	if err := s.sentence(1); err != nil {
		return err
	}
	for _, m := range s.messages(ofKind(bot.Audio)) {
		if len(m.Clip.Samples) > 0 {
			return errors.New("sound was decoded for nobody")
		}
	}
	s.say(private, "next")
	return s.sentence(2)
}

func soundAstray(s *scene) error {
	s.answers(listening)
	s.startWith(true)
	s.Say(Saying{Where: private, Sound: Beep(), Astray: true})
	if err := s.sentence(1); err != nil {
		return err
	}
	if n := s.Astray(); n > 0 {
		return fmt.Errorf("a strange host was asked %d times", n)
	}
	for _, m := range s.messages(ofKind(bot.Audio)) {
		if len(m.Clip.Samples) > 0 {
			return errors.New("sound came from a strange host")
		}
	}
	return nil
}

func brokenSound(s *scene) error {
	s.answers(listening)
	s.startWith(true)
	s.Say(Saying{Where: private, Sound: []byte("RIFF, and then nothing that can be heard")})
	if err := s.sentence(1); err != nil {
		return err
	}
	s.say(private, "next")
	return s.sentence(2)
}
