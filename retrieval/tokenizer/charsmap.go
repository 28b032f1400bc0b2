package tokenizer

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// charsmap is SentencePiece's table of characters and what stands for them. In
// the file it is a trie in the form of the library Darts (double array, a unit of
// 32 bits a cell) and the texts that its values are places in, each ended by a
// zero byte. Safe for concurrent use.
//
// https://github.com/google/sentencepiece/blob/master/doc/normalization.md
type charsmap struct {
	units []uint32
	texts []byte
	// ascii are the replacements of single bytes; nil: it stays as it is.
	ascii [utf8.RuneSelf][]byte
}

const (
	maxCharsmap = 4 << 20 // bytes; SentencePiece's own have 300 KB
	// maxReplacement bounds what one character becomes; in Unicode's NFKC it is 33
	// bytes at most.
	maxReplacement = 256
	// shortCluster: a cluster of characters with fewer bytes is looked up as a whole.
	shortCluster = 6
)

func readPrecompiled(raw json.RawMessage, where string) (normalizer, error) {
	var file struct {
		Type string `json:"type"`
		Map  string `json:"precompiled_charsmap"`
	}
	if err := strict(raw, where, &file); err != nil {
		return nil, err
	}
	where += ".precompiled_charsmap"
	if base64.StdEncoding.DecodedLen(len(file.Map)) > maxCharsmap {
		return nil, fmt.Errorf("%s: it has more than %d bytes", where, maxCharsmap)
	}
	data, err := base64.StdEncoding.DecodeString(file.Map)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	m, err := newCharsmap(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return m, nil
}

// newCharsmap reads the binary form: the length of the trie in bytes as four
// bytes, the trie, the texts; all numbers with the lowest byte first. It goes
// through the whole trie, so that nothing can go wrong later.
func newCharsmap(data []byte) (*charsmap, error) {
	if len(data) < 4 {
		return nil, errors.New("it is cut short")
	}
	size := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if uint64(size) > uint64(len(data)) || size < 4 {
		return nil, fmt.Errorf("its trie should have %d bytes, and %d are left", size, len(data))
	}
	m := &charsmap{units: make([]uint32, size/4), texts: data[size/4*4:]}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	if !utf8.Valid(m.texts) {
		return nil, errors.New("its replacements are no UTF-8")
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	for c := range m.ascii {
		if text, ok := m.replacement([]byte{byte(c)}); ok {
			m.ascii[c] = text
		}
	}
	return m, nil
}

// The fields of a unit, as Darts lays them out.
func unitLeaf(u uint32) bool     { return u>>8&1 == 1 }
func unitValue(u uint32) uint32  { return u & (1<<31 - 1) }
func unitLabel(u uint32) uint32  { return u & (1<<31 | 0xFF) }
func unitOffset(u uint32) uint32 { return u >> 10 << (u & (1 << 9) >> 6) }

// check walks through all that can be reached, each cell once.
func (m *charsmap) check() error {
	seen := make([]bool, len(m.units))
	todo := []uint32{unitOffset(m.units[0])} // where the children of cells begin
	for len(todo) > 0 {
		base := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for c := uint32(1); c < 256; c++ {
			n := base ^ c
			if n >= uint32(len(m.units)) {
				return fmt.Errorf("its trie leads to the unit %d, and there are %d", n, len(m.units))
			}
			u := m.units[n]
			if unitLabel(u) != c || seen[n] {
				continue
			}
			seen[n] = true
			next := n ^ unitOffset(u)
			if unitLeaf(u) {
				if next >= uint32(len(m.units)) {
					return fmt.Errorf("its trie leads to the unit %d, and there are %d", next, len(m.units))
				}
				if err := m.checkText(unitValue(m.units[next])); err != nil {
					return err
				}
			}
			todo = append(todo, next)
		}
	}
	return nil
}

func (m *charsmap) checkText(at uint32) error {
	if uint64(at) > uint64(len(m.texts)) || int(at) < len(m.texts) && !utf8.RuneStart(m.texts[at]) {
		return fmt.Errorf("a replacement begins at %d of %d bytes, which is no character's beginning", at, len(m.texts))
	}
	if n := len(m.text(at)); n > maxReplacement {
		return fmt.Errorf("a replacement has %d bytes, and at most %d are read", n, maxReplacement)
	}
	return nil
}

func (m *charsmap) text(at uint32) []byte {
	text := m.texts[at:]
	if len(text) > maxReplacement+1 {
		text = text[:maxReplacement+1]
	}
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	return text[:len(text):len(text)]
}

// replacement gives what stands for the shortest key that text begins with. That
// it is the shortest, and that it stands for the whole of text, is the
// reference's way.
func (m *charsmap) replacement(text []byte) ([]byte, bool) {
	n := unitOffset(m.units[0])
	for _, c := range text {
		if c == 0 {
			return nil, false
		}
		n ^= uint32(c)
		u := m.units[n]
		if unitLabel(u) != uint32(c) {
			return nil, false
		}
		n ^= unitOffset(u)
		if unitLeaf(u) {
			return m.text(unitValue(m.units[n])), true
		}
	}
	return nil, false
}

// normalize goes by clusters of characters as Unicode's Annex 29 cuts them: a
// short one is looked up as a whole, and else character by character. (The
// reference does so; SentencePiece itself takes the longest match instead.)
func (m *charsmap) normalize(dst, text []byte) []byte {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf && c != '\r') {
			if with := m.ascii[c]; with != nil {
				dst = append(dst, with...)
			} else {
				dst = append(dst, c)
			}
			text = text[1:]
			continue
		}
		size, _, _ := graphemes.SplitFunc(text, true)
		dst = m.appendCluster(dst, text[:size])
		text = text[size:]
	}
	return dst
}

func (m *charsmap) appendCluster(dst, cluster []byte) []byte {
	if len(cluster) < shortCluster {
		if with, ok := m.replacement(cluster); ok {
			return append(dst, with...)
		}
	}
	for len(cluster) > 0 {
		width := runeWidth(cluster)
		if with, ok := m.replacement(cluster[:width]); ok {
			dst = append(dst, with...)
		} else {
			dst = append(dst, cluster[:width]...)
		}
		cluster = cluster[width:]
	}
	return dst
}
