package audio

import "bytes"

// A kind is a container of sound. Its text is what people call it.
type kind string

const (
	unknown kind = ""
	wav     kind = "WAV"
	oggOpus kind = "Ogg/Opus"
	ogg     kind = "Ogg" // with anything but Opus: Vorbis, FLAC, Speex
	flac    kind = "FLAC"
	mp3     kind = "MP3"
	aac     kind = "AAC"
	mp4     kind = "M4A"
	webm    kind = "WebM"
	aiff    kind = "AIFF" // of Macs
	caf     kind = "CAF"  // of iPhones
	w64     kind = "Wave64"
	amr     kind = "AMR" // of telephones
	wma     kind = "WMA" // of Windows
)

// kindOf tells the kind by the first bytes. Each is a signature of the format
// itself; texts such as playlists have none, so they are never sound.
func kindOf(b []byte) kind {
	at := func(offset int, signature string) bool {
		return len(b) >= offset && bytes.HasPrefix(b[offset:], []byte(signature))
	}
	switch {
	case (at(0, "RIFF") || at(0, "RF64") || at(0, "BW64")) && at(8, "WAVE"):
		return wav
	case at(0, "riff\x2e\x91\xcf\x11"):
		return w64
	case at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")):
		return aiff
	case at(0, "caff"):
		return caf
	case at(0, "#!AMR"):
		return amr
	case at(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
		return wma
	case at(0, "OggS"):
		// The first page holds the first packet alone, which names the codec.
		if len(b) > 26 && at(27+int(b[26]), "OpusHead") {
			return oggOpus
		}
		return ogg
	case at(0, "fLaC"):
		return flac
	case at(0, "\x1a\x45\xdf\xa3"):
		return webm
	case at(4, "ftyp"):
		return mp4
	case at(0, "ID3"):
		// Tags that also stand in front of others.
		if n := id3Size(b); n > 0 {
			if k := kindOf(b[n:]); k == flac || k == aac {
				return k
			}
		}
		return mp3
	case len(b) > 3 && b[0] == 0xff && b[1]&0xe0 == 0xe0:
		return mpegFrame(b)
	}
	return unknown
}

// mpegFrame tells MP3 from AAC (ADTS), which begin with the same eleven bits.
// Those are a weak signature (UTF-16 text begins with FF FE), so what the
// formats reserve, and the layer I that nobody sends, are told apart too.
// ISO/IEC 11172-3, 2.4.2.3; 14496-3, 1.A.2.2.
func mpegFrame(b []byte) kind {
	version, layer := b[1]>>3&3, b[1]>>1&3
	bitRate, rate := b[2]>>4, b[2]>>2&3
	switch {
	case layer == 0 && b[1]&0xf0 == 0xf0 && b[2]>>2&15 < 13:
		return aac
	case (layer == 1 || layer == 2) && version != 1 && bitRate > 0 && bitRate < 15 && rate != 3:
		return mp3
	}
	return unknown
}
