package jsgf

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const (
	maxWords = 2_000_000 // of a dictionary
	maxLine  = 4096      // bytes of its lines
)

// A Dictionary is the words of a pronouncing dictionary. It is safe for concurrent
// use.
type Dictionary struct {
	words map[string]bool
}

// ReadDictionary reads a dictionary in the format of CMUdict, as pocketsphinx has
// it: a word and its sounds in a line, further pronunciations as "word(2)". Lines
// that begin with ;;; or # are comments.
func ReadDictionary(r io.Reader) (*Dictionary, error) {
	d := &Dictionary{words: map[string]bool{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, ";;;") || strings.HasPrefix(line, "#") {
			continue
		}
		word, sounds, ok := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if !ok || strings.TrimSpace(sounds) == "" {
			return nil, fmt.Errorf("line %d of the dictionary has a word without sounds; write it as in CMUdict: light L AY T", n)
		}
		if at := strings.IndexByte(word, '('); at > 0 && strings.HasSuffix(word, ")") {
			word = word[:at]
		}
		d.words[strings.ToLower(word)] = true
		if len(d.words) > maxWords {
			return nil, fmt.Errorf("the dictionary has more than %d words; use a smaller one", maxWords)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d of the dictionary: %w", n+1, err)
	}
	if len(d.words) == 0 {
		return nil, fmt.Errorf("the dictionary has no words")
	}
	return d, nil
}

// Has says whether a word is in the dictionary.
func (d *Dictionary) Has(word string) bool { return d.words[word] }

// Len is the number of its words.
func (d *Dictionary) Len() int { return len(d.words) }
