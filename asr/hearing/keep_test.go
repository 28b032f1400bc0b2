package hearing_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/asr/hearing"
)

// files gives the files of a folder, in order.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it is being removed
		}
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// No sound is kept unless the owner says so.
func TestKeepsNothing(t *testing.T) {
	dir := t.TempDir()
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 1}), func(_ *hearing.Config, d *hearing.Deps) { d.Folder = dir })
	hear(t, r, record(1), asr.Hints{})
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("kept: %q", got)
	}
}

// What may not be meant for us is kept when it is known that it was.
func TestKeepsLater(t *testing.T) {
	dir := t.TempDir()
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 1}), func(c *hearing.Config, d *hearing.Deps) { d.Folder, c.KeepAudio.Days = dir, 7 })
	heard := hear(t, r, record(1), asr.Hints{Unkept: true})
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("kept: %q", got)
	}
	r.Keep(t.Context(), record(1), heard)
	if got := files(t, dir); len(got) != 2 || !strings.HasSuffix(got[1], ".wav") {
		t.Errorf("kept: %q", got)
	}
}

// What is kept is the whole sound and what was heard, for us alone.
func TestKeeps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audio")
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("east", 3600))
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 0.9, Engine: "x", Expected: asr.Reading{Text: "lights on"}}), func(c *hearing.Config, d *hearing.Deps) {
		d.Folder, c.KeepAudio.Days, d.Detector = dir, 7, loud{}
		d.Now = func() time.Time { return now }
	})
	c := record(-1, 1, -1)
	hear(t, r, c, asr.Hints{})
	hear(t, r, asr.Clip{Samples: make([]float32, 16000)}, asr.Hints{}) // nothing to keep
	got := files(t, dir)
	if len(got) != 2 || !strings.HasPrefix(got[0], "2026-02-28/233000.000-") || filepath.Ext(got[0]) != ".json" || filepath.Ext(got[1]) != ".wav" {
		t.Fatalf("kept: %q", got)
	}
	data, err := os.ReadFile(filepath.Join(dir, got[1]))
	if err != nil {
		t.Fatal(err)
	}
	if sound, err := audio.Decode(t.Context(), data, audio.Options{}); err != nil || len(sound.Samples) != len(c.Samples) {
		t.Errorf("%d samples of %d, %v", len(sound.Samples), len(c.Samples), err)
	}
	if data, err = os.ReadFile(filepath.Join(dir, got[0])); err != nil {
		t.Fatal(err)
	}
	var about map[string]any
	if err := json.Unmarshal(data, &about); err != nil || about["format"] != 1.0 || about["text"] != "on" || about["expected"] != "lights on" || about["engine"] != "x" || about["seconds"] != 3.0 {
		t.Errorf("%s, %v", data, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]fs.FileMode{".": 0o700, "2026-02-28": 0o700, got[0]: 0o600, got[1]: 0o600} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// What is too old goes at the start, and when nothing is to be kept, all of it. What
// is not ours stays.
func TestRetention(t *testing.T) {
	for days, want := range map[int][]string{
		0: {"2026-03-10/notes.txt", "holiday/120000.000-00000000.wav", "readme"},
		3: {"2026-03-08/120000.000-00000000.json", "2026-03-08/120000.000-00000000.wav", "2026-03-10/110000.000-00000001.wav",
			"2026-03-10/notes.txt", "holiday/120000.000-00000000.wav", "readme"},
	} {
		dir := t.TempDir()
		for _, name := range []string{"2026-03-01/120000.000-00000000.wav", "2026-03-01/120000.000-00000000.json", "2026-03-07/115959.000-00000000.wav",
			"2026-03-08/120000.000-00000000.json", "2026-03-08/120000.000-00000000.wav", "2026-03-10/110000.000-00000001.wav",
			"2026-03-10/notes.txt", "holiday/120000.000-00000000.wav", "readme"} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		open(t, says(asr.Transcript{}), func(c *hearing.Config, d *hearing.Deps) {
			d.Folder, c.KeepAudio.Days = dir, days
			d.Now = func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }
		})
		for i := 0; !slices.Equal(files(t, dir), want); i++ {
			if i == 6000 {
				t.Fatalf("%d days: left %q, want %q", days, files(t, dir), want)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := os.Stat(filepath.Join(dir, "2026-03-01")); err == nil {
			t.Error("the folder of a day is left empty")
		}
	}
}

// All together have a bound, by which the oldest go first, in pairs.
func TestBound(t *testing.T) {
	dir := t.TempDir()
	var hours atomic.Int64
	now := func() time.Time { return time.Date(2026, 3, 10, int(hours.Load()), 0, 0, 0, time.UTC) }
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 1}), func(c *hearing.Config, d *hearing.Deps) {
		d.Folder, c.KeepAudio, d.Now = dir, hearing.Keep{Days: 30, MaxMB: 1}, now
	})
	c := record(6) // 192 kB
	for range 12 {
		hours.Add(13)
		hear(t, r, c, asr.Hints{})
	}
	got := files(t, dir)
	if len(got) != 2*5 || !strings.HasPrefix(got[len(got)-1], now().Format("2006-01-02/150405")) {
		t.Errorf("kept: %q", got)
	}
	for i := 0; i+1 < len(got); i += 2 {
		if strings.TrimSuffix(got[i], ".json")+".wav" != got[i+1] {
			t.Errorf("half a pair: %q", got[i])
		}
	}
}

// A full disk or a wrong folder keeps nobody from being heard.
func TestCannotKeep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, says(asr.Transcript{Text: "on", Confidence: 1}), func(c *hearing.Config, d *hearing.Deps) { d.Folder, c.KeepAudio.Days = file, 1 })
	if got := hear(t, r, record(1), asr.Hints{}); got.Text != "on" {
		t.Errorf("%+v", got)
	}
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*hearing.Config){
		"language":          func(c *hearing.Config) { c.Language = "English!" },
		"keep_audio.days":   func(c *hearing.Config) { c.KeepAudio.Days = -1 },
		"keep_audio.max_mb": func(c *hearing.Config) { c.KeepAudio.MaxMB = 0 },
		"vad.threshold":     func(c *hearing.Config) { c.VAD.Threshold, c.VAD.EndThreshold = 2, 0.5 },
		"":                  func(c *hearing.Config) { c.Language = "de-CH" },
	} {
		c := hearing.DefaultConfig()
		change(&c)
		var got []string
		c.Check(func(key, _, _ string) { got = append(got, key) })
		if strings.Join(got, " ") != want {
			t.Errorf("faults at %q, want %q", got, want)
		}
	}
}
