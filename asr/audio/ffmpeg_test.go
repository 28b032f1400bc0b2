package audio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// made lets ffmpeg make files of a sound of one second, as chat programs send
// them: one for each output, which are its options and then its name.
func made(t *testing.T, outputs ...[]string) map[string][]byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "in.wav"), wav16(studio, voice(1, studio)), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-loglevel", "error", "-nostdin", "-i", "in.wav",
		"-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=1"}
	for _, o := range outputs {
		arguments = append(append(arguments, "-map", "0:a"), o...)
	}
	cmd := exec.Command("ffmpeg", arguments...)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("this ffmpeg cannot make the files: %v: %s", err, said)
	}
	files := map[string][]byte{}
	for _, o := range outputs {
		name := o[len(o)-1]
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func TestFFmpeg(t *testing.T) {
	original := decode(t, wav16(studio, voice(1, studio)), alone)
	want := make([]float64, len(original))
	for i, x := range original {
		want[i] = float64(x)
	}
	files := made(t,
		[]string{"sound.mp3"},
		[]string{"-ar", "8000", "telephone.mp3"},
		[]string{"sound.flac"},
		[]string{"index-behind.m4a"},
		[]string{"-movflags", "+faststart", "index-before.m4a"},
		[]string{"-movflags", "frag_keyframe+empty_moov", "pieces.mp4"},
		[]string{"sound.aac"},
		[]string{"-c:a", "libopus", "sound.webm"},
		[]string{"-c:a", "libvorbis", "vorbis.ogg"},
		[]string{"-map", "1:v", "-c:v", "mpeg4", "film.mp4"},
		[]string{"sound.aiff"},
		[]string{"-c:a", "alac", "sound.caf"},
		[]string{"sound.w64"},
		[]string{"-c:a", "pcm_mulaw", "-ar", "8000", "telephone.wav"},
		[]string{"-map", "1:v", "-c:v", "mpeg4", "-an", "silent.mp4"},
	)
	silent, mp3, m4a := files["silent.mp4"], files["sound.mp3"], files["index-before.m4a"]
	delete(files, "silent.mp4")
	for name, file := range files {
		if testing.Short() && !strings.HasSuffix(name, ".m4a") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got := decode(t, file, audio.Options{})
			if d := math.Abs(float64(len(got))/asr.SampleRate - 1); d > 0.1 {
				t.Errorf("it lasts %d samples", len(got))
			}
			// Some containers lose how long the coder took.
			best := 0.0
			for late := 0; late < 1600 && best < 0.9; late++ {
				best = max(best, likeness(got[min(late, len(got)):], want))
			}
			if best < 0.9 {
				t.Errorf("it resembles what was coded by %.3f", best)
			}
		})
	}
	for _, c := range []struct {
		name   string
		file   []byte
		length time.Duration
		want   error
	}{
		{"a film without sound", silent, 0, audio.ErrNotSound},
		{"a long MP3", mp3, 900 * time.Millisecond, audio.ErrTooLong},
		{"a very long MP3", bytes.Repeat(mp3, 8), time.Second, audio.ErrTooLong},
		{"a head alone", mp3[:20], 0, audio.ErrDamaged},
		{"cut off", m4a[:len(m4a)*2/3], 0, audio.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			clip, err := audio.Decode(context.Background(), c.file, audio.Options{MaxLength: c.length})
			if !errors.Is(err, c.want) {
				t.Errorf("%v, %v", clip.Duration(), err)
			}
		})
	}
	t.Run("tags behind it", func(t *testing.T) {
		file := append(bytes.Clone(mp3), "APETAGEX and other things, more than a few bytes of them"...)
		if got := decode(t, file, audio.Options{}); len(got) < 15000 {
			t.Errorf("%d samples", len(got))
		}
	})
	t.Run("two recordings in one file", func(t *testing.T) {
		// Versions of before 2020 take the second head for a packet.
		said, err := exec.Command("ffmpeg", "-version").Output()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(said, []byte("Copyright (c) 2000-201")) {
			t.Skip("this ffmpeg is too old to read on after the first")
		}
		two := append(oggSerial(fixture(t, "celt.opus"), 2), fixture(t, "silk.opus")...)
		if n, want := len(decode(t, two, audio.Options{})), int(2*fixtureSeconds*asr.SampleRate); n < want-1600 || n > want+1600 {
			t.Errorf("%d samples, not %d", n, want)
		}
	})
}

// TestFFmpegOpensNothing gives ffmpeg playlists behind the signature of a
// sound. Left to itself it follows the one behind ID3 tags, and what stands in
// somebody else's file would be heard.
func TestFFmpegOpensNothing(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.aac")
	if err := os.WriteFile(secret, made(t, []string{"sound.aac"})["sound.aac"], 0o600); err != nil {
		t.Fatal(err)
	}
	playlist := "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:" + secret + "\n#EXT-X-ENDLIST\n"
	for _, signature := range []string{
		"ID3\x04\x00\x00\x00\x00\x00\x00", "fLaC", "\xff\xf1\x50\x80", "\x00\x00\x00\x08ftyp",
	} {
		clip, err := audio.Decode(context.Background(), []byte(signature+playlist), audio.Options{})
		if len(clip.Samples) > 0 || !errors.Is(err, audio.ErrDamaged) && !errors.Is(err, audio.ErrNotSound) {
			t.Errorf("%q: heard %v of loudness %.3f, %v", signature, clip.Duration(), loudness(clip.Samples), err)
		}
	}
}

// pretendFFmpeg plays an ffmpeg that goes wrong, when this test program was
// started by a name that says how.
func pretendFFmpeg() bool {
	switch filepath.Base(os.Args[0]) {
	case "hangs":
		time.Sleep(time.Minute)
	case "floods":
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
				os.Exit(1)
			}
		}
	case "tells":
		fmt.Fprintf(os.Stderr, "%d variables, %s\nsecond line", len(os.Environ()), strings.Join(os.Args[1:], " "))
		os.Exit(1)
	default:
		return false
	}
	return true
}

func TestFFmpegBounded(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs symbolic links")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("FRONTDESK_SECRET", "a token")
	run := func(ctx context.Context, name string, o audio.Options, file string) error {
		o.FFmpeg = filepath.Join(folder, name)
		if err := os.Symlink(self, o.FFmpeg); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
		_, err := audio.Decode(ctx, []byte(file), o)
		return err
	}
	const m4a, aac = "\x00\x00\x00\x18ftypM4A ", "\xff\xf1\x50\x80"

	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := run(ctx, "hangs", audio.Options{}, m4a); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ends, ffmpeg does not: %v", err)
	}
	background := context.Background()
	if err := run(background, "hangs", audio.Options{FFmpegTime: 100 * time.Millisecond}, aac); !errors.Is(err, audio.ErrDamaged) {
		t.Errorf("ffmpeg hangs: %v", err)
	}
	if err := run(background, "floods", audio.Options{MaxLength: time.Second}, aac); !errors.Is(err, audio.ErrTooLong) {
		t.Errorf("ffmpeg floods: %v", err)
	}
	for file, protocol := range map[string]string{aac: "pipe", m4a: "file"} {
		err := run(background, "tells", audio.Options{}, file)
		if !errors.Is(err, audio.ErrDamaged) {
			t.Fatalf("ffmpeg fails: %v", err)
		}
		words := strings.Fields(err.Error())
		if i := slices.Index(words, "-protocol_whitelist"); i < 0 || words[i+1] != protocol {
			t.Errorf("it may open more than %s: %v", protocol, err)
		}
		if !strings.Contains(err.Error(), "\"1 variables") || strings.Contains(err.Error(), "second line") {
			t.Errorf("got %v", err)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("%v is left behind, %v", left, err)
	}
}
