package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// eachCharacter calls do with a text of every character, but for those parts of
// Unicode where there are none.
func eachCharacter(do func(text []byte)) {
	for _, r := range [][2]rune{{0, 0xD7FF}, {0xE000, 0x31FFF}, {0xE0000, 0xE01FF}, {0xFFFF0, 0x10000F}, {0x10FFF0, 0x10FFFF}} {
		for c := r[0]; c <= r[1]; c++ {
			do(append(append([]byte("!"), string(c)...), 'b'))
		}
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:8]) }

// TestEveryCharacter compares what becomes of every character with what becomes
// of it in the reference (tokenizers 0.23.2): a sum over "!", the character and
// "b", each followed by a new line. A fault after an update of Go or of x/text
// says that its Unicode tables are newer: see runes.go.
func TestEveryCharacter(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds with the race detector")
	}
	table := classes()
	for _, c := range []struct {
		name string
		normalizer
		want string
	}{
		{"clean", &bertNormalizer{classes: table, clean: true}, "4d0bfaa0dbedb0c1"},
		{"ideographs", &bertNormalizer{classes: table, ideographs: true}, "01c1646da5e8e315"},
		{"strip", &bertNormalizer{classes: table, strip: true}, "282a0b51ea45f14e"},
		{"lower", lowercase{}, "bcb602557aacd69b"},
		{"marks", stripAccents{table}, "6cdb321b861953d1"},
		{"NFC", composer{norm.NFC, norm.NFD}, "a4b07484f61e72e5"},
		{"NFD", decomposer(norm.NFD), "22a86c287c57cfb5"},
		{"NFKC", composer{norm.NFKC, norm.NFKD}, "8d9fe57497b01d0d"},
		{"NFKD", decomposer(norm.NFKD), "148efcac9d50a33f"},
		{"Nmt", nmt{}, "1bb54b9959622126"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := sha256.New()
			var buffer []byte
			eachCharacter(func(text []byte) {
				buffer = append(c.normalize(buffer[:0], text), '\n')
				h.Write(buffer)
			})
			if sum(h) != c.want {
				t.Errorf("the sum is %s, want %s", sum(h), c.want)
			}
		})
	}
}

// TestEveryCharacterCut is the same for what cuts: the sum is over the places of
// the pieces, in characters.
func TestEveryCharacterCut(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds with the race detector")
	}
	table := classes()
	for _, c := range []struct {
		name string
		preTokenizer
		want string
	}{
		{"bert", bertPreTokenizer{table}, "f52f62c76f7bc4b2"},
		{"whitespace", whitespace{table}, "b34ff4be48c1115f"},
		{"white space", byClass{table, isSpace, removed}, "64908435ff013716"},
		{"digits", byClass{table, isNumber | isNewNumber, isolated}, "71360cd950a00950"},
		{"GPT-2", split{gpt2{}, isolated, false}, "ae170cd55fe3a71b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := sha256.New()
			var pieces []piece
			eachCharacter(func(text []byte) {
				pieces = c.preTokenize(pieces[:0], piece{text: text}, new(arena))
				for i, p := range pieces {
					if i > 0 {
						h.Write([]byte(" "))
					}
					from := len(text[:cap(text)]) - cap(p.text)
					begin := len([]rune(string(text[:from])))
					fmt.Fprintf(h, "%d-%d", begin, begin+len([]rune(string(p.text))))
				}
				h.Write([]byte("\n"))
			})
			if sum(h) != c.want {
				t.Errorf("the sum is %s, want %s", sum(h), c.want)
			}
		})
	}
}
