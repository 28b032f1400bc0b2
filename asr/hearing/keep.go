package hearing

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
)

// A shelf keeps recordings as folder/2026-01-31/120000.000-abcdef.wav, each with
// what was heard beside it in a file of the same name in JSON. Times are in UTC. It
// is safe for concurrent use.
type shelf struct {
	folder string
	keep   Keep

	mu    sync.Mutex
	size  int64 // of all files, in bytes
	known bool  // the size
}

const (
	formatNumber = 1
	dayLayout    = "2006-01-02"
	timeLayout   = "150405.000"
	tidyEvery    = 24 * time.Hour
)

// Only files that are named as ours are ever removed.
var (
	dayName  = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	fileName = regexp.MustCompile(`^\d{6}\.\d{3}-[0-9a-f]{8}\.(wav|json)$`)
)

// A record is what stands beside a recording.
type record struct {
	Format         int       `json:"format"`
	Time           time.Time `json:"time"`
	Seconds        float64   `json:"seconds"`
	Engine         string    `json:"engine,omitempty"`
	Text           string    `json:"text"`
	Language       string    `json:"language,omitempty"`
	Alternatives   []string  `json:"alternatives,omitempty"`
	Expected       string    `json:"expected,omitempty"`
	Gate           string    `json:"gate,omitempty"`
	Confidence     float64   `json:"confidence"`
	NoSpeech       float64   `json:"no_speech"`
	LogProbability float64   `json:"log_probability"`
}

// put keeps a recording, and removes the oldest where all together become too
// large.
func (s *shelf) put(now time.Time, c asr.Clip, t asr.Transcript) error {
	now = now.UTC()
	var sound bytes.Buffer
	if err := audio.WriteWAV(&sound, c); err != nil {
		return err
	}
	var others []string
	for _, a := range t.Alternatives {
		others = append(others, a.Text)
	}
	about, err := json.MarshalIndent(record{formatNumber, now, c.Duration().Seconds(), t.Engine, t.Text, t.Language, others,
		t.Expected.Text, t.Gate, t.Confidence, t.NoSpeech, t.LogProbability}, "", "  ")
	if err != nil {
		return fmt.Errorf("keeping a recording: %w", err)
	}
	dir := filepath.Join(s.folder, now.Format(dayLayout))
	var apart [4]byte
	_, _ = rand.Read(apart[:]) // it never fails
	name := fmt.Sprintf("%s-%x", now.Format(timeLayout), apart)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keeping a recording: %w", err)
	}
	path := filepath.Join(dir, name)
	err = os.WriteFile(path+".wav", sound.Bytes(), 0o600)
	if err == nil {
		err = os.WriteFile(path+".json", append(about, '\n'), 0o600)
	}
	if err != nil {
		_ = os.Remove(path + ".wav") // half of it
		_ = os.Remove(path + ".json")
		return fmt.Errorf("keeping a recording: %w", err)
	}
	if s.known {
		s.size += int64(sound.Len() + len(about))
	}
	if !s.known || s.size > s.most() {
		return s.tidy(now)
	}
	return nil
}

func (s *shelf) most() int64 { return int64(s.keep.MaxMB) << 20 }

// A keptFile is one file of a shelf.
type keptFile struct {
	path string
	name string // that orders by time
	size int64
	at   time.Time
}

// tidy removes what is too old and then, the oldest first, what is too much. The
// caller holds s.mu.
func (s *shelf) tidy(now time.Time) error {
	files, err := s.list()
	if err != nil {
		return fmt.Errorf("looking through the kept recordings: %w", err)
	}
	total := int64(0)
	for _, f := range files {
		total += f.size
	}
	oldest := now.Add(-time.Duration(s.keep.Days) * 24 * time.Hour)
	var errs []error
	for i := 0; i < len(files); {
		if !files[i].at.Before(oldest) && total <= s.most() {
			break
		}
		// A recording goes together with what was heard of it.
		for stem := stemOf(files[i].name); i < len(files) && stemOf(files[i].name) == stem; i++ {
			if err := os.Remove(files[i].path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
			total -= files[i].size
			_ = os.Remove(filepath.Dir(files[i].path)) // which works once it is empty
		}
	}
	s.size, s.known = total, true
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing old recordings: %w", err)
	}
	return nil
}

func stemOf(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// list gives all files, the oldest first.
func (s *shelf) list() (files []keptFile, err error) {
	days, err := os.ReadDir(s.folder)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	for _, day := range days {
		if !day.IsDir() || !dayName.MatchString(day.Name()) {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(s.folder, day.Name()))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !fileName.MatchString(e.Name()) {
				continue
			}
			at, err := time.Parse(dayLayout+" "+timeLayout, day.Name()+" "+e.Name()[:len(timeLayout)])
			if err != nil {
				continue // it only looks like one of ours
			}
			info, err := e.Info()
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				return nil, err
			}
			files = append(files, keptFile{filepath.Join(s.folder, day.Name(), e.Name()), day.Name() + "/" + e.Name(), info.Size(), at})
		}
	}
	slices.SortFunc(files, func(a, b keptFile) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

// tidy has what is too old removed, now and every day, until ctx ends.
func (r *Recognizer) tidy(ctx context.Context, s *shelf) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		s.mu.Lock()
		err := s.tidy(r.deps.Now())
		s.mu.Unlock()
		if err != nil {
			r.deps.Log.Warn("recordings that are too old cannot be removed", "folder", s.folder, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
