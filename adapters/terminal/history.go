package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/renameio/v2/maybe"
	"github.com/peterh/liner"
)

const (
	historyHeader = "# frontdesk history, format: "
	historyFormat = 1
	// maxHistoryLine bounds a line that is kept, in bytes: the line editor reads
	// no line of 4096.
	maxHistoryLine = 4000
	// maxHistoryFile bounds how much of the file is read, in bytes; it is
	// shortened once it holds twice the lines that the editor keeps.
	maxHistoryFile = 4 << 20
)

// A history is the file of what was typed. Every line is appended as it is
// typed, so that a chat that is killed keeps it and two chats share the file.
type history struct {
	path string
}

// load reads the lines that can be kept, oldest first. What is no text in the
// file is skipped. A file that does not exist is an empty history.
func (h history) load() ([]string, error) {
	f, err := os.Open(h.path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxHistoryFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	if len(data) > maxHistoryFile {
		return nil, fmt.Errorf("reading the history: %s holds more than %d bytes; remove it", h.path, maxHistoryFile)
	}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	if len(data) > 0 {
		version, ok := strings.CutPrefix(string(head), historyHeader)
		n, err := strconv.Atoi(version)
		if !ok || err != nil {
			return nil, fmt.Errorf("reading the history: %s is no history of frontdesk; remove it or move it away", h.path)
		}
		if n > historyFormat {
			return nil, fmt.Errorf("reading the history: %s is of format %d, newer than this program's %d; use the newer program or remove the file", h.path, n, historyFormat)
		}
	}
	var lines []string
	for line := range strings.Lines(string(rest)) {
		if line = strings.TrimSuffix(line, "\n"); keeps(line) {
			lines = append(lines, line)
		}
	}
	if len(lines) > 2*liner.HistoryLimit {
		lines = lines[len(lines)-liner.HistoryLimit:]
		if err := h.replace(lines); err != nil {
			return lines, fmt.Errorf("shortening the history: %w", err)
		}
	}
	return lines, nil
}

// replace writes the whole file anew.
func (h history) replace(lines []string) error {
	// Writing keeps the mode of a file that is there.
	if err := os.Chmod(h.path, 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf("%s%d\n%s\n", historyHeader, historyFormat, strings.Join(lines, "\n"))
	return maybe.WriteFile(h.path, []byte(text), 0o600)
}

// add appends one line. The file is readable by its owner alone.
func (h history) add(line string) error {
	if !keeps(line) {
		return nil
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	if err == nil {
		text := line + "\n"
		if info.Size() == 0 {
			text = fmt.Sprintf("%s%d\n%s", historyHeader, historyFormat, text)
		}
		_, err = io.WriteString(f, text)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}

// keeps says whether a line belongs into the history.
func keeps(line string) bool {
	return strings.TrimSpace(line) != "" && len(line) <= maxHistoryLine &&
		utf8.ValidString(line) && clean(line) == line && !strings.Contains(line, "\n")
}
