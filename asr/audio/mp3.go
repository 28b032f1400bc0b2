package audio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	gomp3 "github.com/hajimehoshi/go-mp3"
)

// An mp3Header is the head of a frame: ISO/IEC 11172-3, 2.4.1.3 and 13818-3.
type mp3Header struct {
	version  byte // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
	layer    byte // 1: III, 2: II, 3: I
	bitRate  int  // bits a second; 0: free format
	rate     int  // samples a second
	padded   bool
	mono     bool
	joint    byte // mode extension of joint stereo; 0 in any other mode
	checksum bool // two bytes of it follow the head
}

// bitRates of layer III by version (MPEG-1, the others) and index, in kbit/s.
var bitRates = [2][16]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, -1},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, -1},
}

func mp3HeaderOf(b []byte) (h mp3Header, ok bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return h, false
	}
	h.version, h.layer = b[1]>>3&3, b[1]>>1&3
	rate := b[2] >> 2 & 3
	kbit := bitRates[min(1, 3-h.version)][b[2]>>4]
	if h.version == 1 || h.layer == 0 || rate == 3 || kbit < 0 || b[3]&3 == 2 {
		return h, false
	}
	h.rate = []int{44100, 48000, 32000}[rate] >> []int{2, 0, 1, 0}[h.version]
	h.bitRate = kbit * 1000
	h.padded = b[2]&2 != 0
	h.mono = b[3]>>6 == 3
	if b[3]>>6 == 1 {
		h.joint = b[3] >> 4 & 3
	}
	h.checksum = b[1]&1 == 0
	return h, true
}

// same tells whether two frames are of one stream.
func (h mp3Header) same(o mp3Header) bool {
	return h.version == o.version && h.layer == o.layer && h.rate == o.rate
}

// samples of a frame of layer III.
func (h mp3Header) samples() int {
	if h.version == 3 {
		return 1152
	}
	return 576
}

// size of a frame of layer III in bytes.
func (h mp3Header) size() int {
	size := h.samples() / 8 * h.bitRate / h.rate
	if h.padded {
		size++
	}
	return size
}

// side gives where the side information starts, and how long it is.
func (h mp3Header) side() (start, size int) {
	start = 4
	if h.checksum {
		start += 2
	}
	switch {
	case h.version == 3 && !h.mono:
		size = 32
	case h.version == 3 || !h.mono:
		size = 17
	default:
		size = 9
	}
	return start, size
}

// lacking says what is rare about a frame, so that the library cannot decode it;
// "" for nothing.
func (h mp3Header) lacking() string {
	switch {
	case h.layer != 1:
		return "a sound of MPEG layer I or II"
	case h.version == 0:
		return "an MP3 of MPEG-2.5"
	case h.bitRate == 0:
		return "an MP3 of free format"
	case h.version == 2 && h.joint&1 != 0:
		return "an MP3 of MPEG-2 in intensity stereo"
	}
	return ""
}

// misread tells whether the library takes a frame for a byte shorter than it is,
// which it does with some padded ones of MPEG-2 (22 050 Hz).
func (h mp3Header) misread() bool {
	return h.version == 2 && h.padded && (2*h.samples()/8*h.bitRate/h.rate+1)/2 != h.size()
}

// An mp3File is an MP3, taken apart but not decoded.
type mp3File struct {
	first  mp3Header
	frames [][]byte
	// skip samples that the coder put in front; keep so many, or all if negative.
	skip, keep int
	needs      string // what only ffmpeg can, if anything
}

// parseMP3 finds the frames of an MP3. What is not one (tags, pictures) is left
// out, which the library would take for sound where it looks alike.
func parseMP3(data []byte, limit time.Duration) (f mp3File, err error) {
	f.keep = -1
	data = data[id3Size(data):]
	promised := -1
	reservoir := 0 // bytes of earlier frames that a frame can reach back to
	misread := false
	inside := false // a frame ended where data starts
	for start := true; len(data) > 0; start = false {
		h, ok := mp3HeaderOf(data)
		if ok && f.first.rate != 0 {
			ok = h.same(f.first)
		}
		if !ok || !inside && !h.believable(data, start) {
			// A frame cannot begin here; find the next byte where one might.
			i := bytes.IndexByte(data[1:], 0xff)
			if i < 0 {
				break
			}
			data, inside, reservoir = data[1+i:], false, 0
			continue
		}
		f.first = h
		if f.needs = h.lacking(); f.needs != "" {
			return f, nil
		}
		size := h.size()
		start, side := h.side()
		if size < start+side || size > len(data) {
			break // cut off
		}
		frame := data[:size]
		data, inside = data[size:], true
		if len(f.frames) == 0 && promised < 0 {
			if promised = f.infoFrame(frame, start+side); promised >= 0 {
				continue
			}
		}
		misread = misread || h.misread()
		begin := h.begin(frame)
		if begin > reservoir {
			// It needs what stood before the piece that is left: silence, which
			// the later ones can reach back to.
			frame = bytes.Clone(frame)
			clear(frame[start : start+side])
			begin = 0
		}
		reservoir = begin + size - start - side
		f.frames = append(f.frames, frame)
		if longer(len(f.frames)*f.first.samples()-f.skip-2*1152, f.first.rate, limit) {
			return f, tooLong(limit)
		}
	}
	switch {
	case len(f.frames) == 0:
		return f, damaged("there is no whole frame in the MP3")
	case len(f.frames) < promised:
		return f, damaged("the MP3 ends after %d of %d frames", len(f.frames), promised)
	case len(f.frames) > promised:
		f.keep = -1 // not known, or more than one file in it
	}
	if misread && !f.contain() {
		f.needs = "an MP3 of MPEG-2 with padding"
	}
	return f, nil
}

// begin gives how many bytes of earlier frames a frame begins with.
func (h mp3Header) begin(frame []byte) int {
	start, _ := h.side()
	if h.version == 3 {
		return int(frame[start])<<1 | int(frame[start+1]>>7)
	}
	return int(frame[start])
}

// contain makes every frame, of MPEG-2, one that needs no other and that the library
// reads as what it is: of the least bit rate that has room for all it needs. It gives
// false where there is none.
func (f *mp3File) contain() bool {
	var before []byte
	for i, frame := range f.frames {
		h, _ := mp3HeaderOf(frame)
		start, side := h.side()
		begin := h.begin(frame)
		own := frame[start+side:]
		whole := append([]byte{frame[0], frame[1] | 1, 0, frame[3]}, frame[start:start+side]...)
		whole[4] = 0
		whole = append(append(whole, before[len(before)-begin:]...), own...)
		before = append(before, own...)
		before = before[max(0, len(before)-255):]

		room := h
		room.padded = false
		index := 1
		for ; index < 15; index++ {
			if room.bitRate = bitRates[1][index] * 1000; room.size() >= len(whole) {
				break
			}
		}
		if index == 15 {
			return false
		}
		whole[2] = byte(index)<<4 | frame[2]&0x0c
		f.frames[i] = append(whole, make([]byte, room.size()-len(whole))...)
	}
	return true
}

// believable tells whether a head that follows no frame is one: eleven set bits are
// found in other data too. Another must follow, or nothing but tags; where it is not
// known how long the frame is, it is believed at the start of the file alone.
func (h mp3Header) believable(data []byte, start bool) bool {
	if h.layer != 1 || h.bitRate == 0 {
		return start
	}
	size := h.size()
	if size >= len(data) {
		return size == len(data)
	}
	next, ok := mp3HeaderOf(data[size:])
	return ok && next.same(h) || bytes.HasPrefix(data[size:], []byte("TAG")) || bytes.HasPrefix(data[size:], []byte("APETAGEX"))
}

// infoFrame reads the frame that coders put first in place of sound, and gives
// how many others they made; -1 if it is not such a frame. It tells how many
// samples are the coder's own at both ends. The form is that of Xing and of LAME,
// http://gabriel.mp3-tech.org/mp3infotag.html; of Fraunhofer's, VBRI, only that it is
// no sound is taken, and 0.
func (f *mp3File) infoFrame(frame []byte, at int) (frames int) {
	if len(frame) >= 40 && string(frame[36:40]) == "VBRI" {
		return 0
	}
	b := frame[at:]
	if len(b) < 8 || string(b[:4]) != "Xing" && string(b[:4]) != "Info" {
		return -1
	}
	flags := binary.BigEndian.Uint32(b[4:])
	b = b[8:]
	take := func(flag uint32, n int) (field []byte) {
		if flags&flag == 0 || len(b) < n {
			return nil
		}
		field, b = b[:n], b[n:]
		return field
	}
	if count := take(1, 4); count != nil {
		frames = int(binary.BigEndian.Uint32(count))
	}
	take(2, 4)
	take(4, 100)
	take(8, 4)
	if len(b) >= 24 && frames > 0 {
		delay, padding := int(b[21])<<4|int(b[22]>>4), int(b[22]&15)<<8|int(b[23])
		const decoder = 529 // samples that decoding adds in front
		if keep := frames*f.first.samples() - delay - padding; keep > 0 && (delay > 0 || padding > 0) {
			f.skip, f.keep = delay+decoder, keep
		}
	}
	return frames
}

// id3Size gives how long the ID3v2 tags in front of a file are. id3.org, "ID3 tag
// version 2.4.0", section 3.1.
func id3Size(data []byte) (size int) {
	for {
		b := data[size:]
		if len(b) < 10 || string(b[:3]) != "ID3" {
			return size
		}
		n := 10 + int(b[6]&127)<<21 + int(b[7]&127)<<14 + int(b[8]&127)<<7 + int(b[9]&127)
		if b[5]&0x10 != 0 { // a footer
			n += 10
		}
		size += min(n, len(b))
	}
}

func (f mp3File) decode(ctx context.Context, limit time.Duration) ([]float32, error) {
	const width = 4 // bytes of a sample of both channels, which the library gives even where there is one
	source := &frameReader{frames: f.frames}
	per := f.first.samples()
	mono := make([]float32, 0, len(f.frames)*per)
	pcm := make([]byte, per*width)
	var decoder *gomp3.Decoder
	for i := range f.frames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if decoder, err = decodeMP3(decoder, source, pcm); err != nil {
			return nil, damaged("MP3 frame %d: %w", i+1, err)
		}
		for j := range per {
			left, right := int16(binary.LittleEndian.Uint16(pcm[width*j:])), int16(binary.LittleEndian.Uint16(pcm[width*j+2:]))
			mono = append(mono, float32(int(left)+int(right))/(2<<15))
		}
	}
	mono = mono[min(f.skip, len(mono)):]
	if f.keep >= 0 {
		mono = mono[:min(f.keep, len(mono))]
	}
	if longer(len(mono), f.first.rate, limit) {
		return nil, tooLong(limit)
	}
	return resample(ctx, mono, f.first.rate)
}

// decodeMP3 fills pcm with the next frame.
func decodeMP3(decoder *gomp3.Decoder, source io.Reader, pcm []byte) (_ *gomp3.Decoder, err error) {
	defer caught(&err)
	if decoder == nil {
		if decoder, err = gomp3.NewDecoder(source); err != nil {
			return nil, err
		}
	}
	if _, err = io.ReadFull(decoder, pcm); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return decoder, err
}

// A frameReader gives one frame after another. It cannot seek, so that the library
// does not walk over all of them first.
type frameReader struct {
	frames [][]byte
}

func (r *frameReader) Read(p []byte) (int, error) {
	if len(r.frames) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.frames[0])
	if r.frames[0] = r.frames[0][n:]; len(r.frames[0]) == 0 {
		r.frames = r.frames[1:]
	}
	return n, nil
}
