package dispatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/renameio/v2/maybe"
)

const (
	pauseNumber = 1       // the format of the file
	maxPause    = 4 << 10 // bytes of the file
	// MaxBecause bounds why it is paused, in bytes.
	MaxBecause = 500
)

// A Pause stops all commands of all processes that have the same data_dir, by a
// file in it. It is safe for concurrent use.
type Pause struct{ file string }

// pausePage is the file as it is written: {"v":1,"since":…,"until":…,"because":…}.
type pausePage struct {
	V       int       `json:"v"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until,omitzero"` // zero: until it is resumed
	Because string    `json:"because,omitempty"`
}

// NewPause gives the pause that a file makes, which need not be there. An empty
// name is that of a desk which can write no file and is never paused.
func NewPause(file string) *Pause { return &Pause{file: file} }

// Paused says whether commands are paused now, why, if that was said, and until
// when; the zero time where it is until they are resumed. It reads the file anew
// each time. A file that cannot be read or understood pauses: somebody meant to,
// and the reason says what to do.
func (p *Pause) Paused(now time.Time) (reason string, until time.Time, paused bool) {
	if p.file == "" {
		return "", time.Time{}, false
	}
	pg, err := p.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", time.Time{}, false
	case err != nil:
		return fmt.Sprintf(`%v; "frontdesk resume" removes it`, err), time.Time{}, true
	case !pg.Until.IsZero() && !now.Before(pg.Until):
		return "", time.Time{}, false
	}
	return pg.Because, pg.Until, true
}

// Begin pauses from now on, until a time or, where that is zero, until End. It
// takes the place of the pause that there is. The reason is cut after
// [MaxBecause] bytes.
func (p *Pause) Begin(now, until time.Time, because string) error {
	if p.file == "" {
		return errors.New("pausing: there is no data_dir to write to")
	}
	because = strings.ToValidUTF8(because, string(utf8.RuneError))
	for len(because) > MaxBecause {
		_, size := utf8.DecodeLastRuneInString(because)
		because = because[:len(because)-size]
	}
	data, err := json.Marshal(pausePage{V: pauseNumber, Since: now.UTC(), Until: until.UTC(), Because: because})
	if err == nil {
		err = os.MkdirAll(filepath.Dir(p.file), 0o700)
	}
	if err == nil {
		err = maybe.WriteFile(p.file, append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("pausing: %w", err)
	}
	return nil
}

// End resumes. It gives false where there was no pause, nor one that had ended by
// itself.
func (p *Pause) End() (was bool, err error) {
	if p.file == "" {
		return false, nil
	}
	err = os.Remove(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("resuming: %w", err)
	}
	return true, nil
}

// read gives the pause. Its errors are told to whoever gives a command, and do
// not name the folder.
func (p *Pause) read() (pausePage, error) {
	data, err := readBounded(p.file)
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	if err != nil {
		return pausePage{}, fmt.Errorf("%s in the data_dir, which pauses, cannot be read: %w", filepath.Base(p.file), err)
	}
	pg, err := parsePause(data)
	if err != nil {
		return pausePage{}, fmt.Errorf("%s in the data_dir, which pauses, is damaged: %w", filepath.Base(p.file), err)
	}
	return pg, nil
}

func readBounded(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPause+1))
}

// parsePause reads the file strictly: whatever this program would not have
// written is no pause that it can keep.
func parsePause(data []byte) (pausePage, error) {
	if len(data) > maxPause {
		return pausePage{}, fmt.Errorf("it is larger than %d bytes", maxPause)
	}
	var number struct {
		V int `json:"v"`
	}
	if json.Unmarshal(data, &number) == nil && number.V > pauseNumber {
		return pausePage{}, errors.New("it was written by a newer frontdesk")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var pg pausePage
	if err := d.Decode(&pg); err != nil {
		return pausePage{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return pausePage{}, errors.New("something follows its end")
	}
	if pg.V != pauseNumber {
		return pausePage{}, fmt.Errorf("its format %d is not known", pg.V)
	}
	if pg.Since.IsZero() || !pg.Until.IsZero() && !pg.Until.After(pg.Since) {
		return pausePage{}, errors.New("its times make no sense")
	}
	return pg, nil
}
