// Package tokenizer cuts texts into the numbers that a transformer model reads,
// as the tokenizer.json beside the model says (the form of Hugging Face's
// tokenizers library) or BERT's older vocab.txt. It is written in Go alone and
// gives the ids that the reference gives, which is compared in tests.
//
// A text goes through a line of stages: added tokens are found in it, normalisers
// rewrite what lies between them, pre-tokenisers cut that into pieces, the model
// makes ids of each piece, and the post-processor puts special tokens around
// them. Which file owns what:
//
//	tokenizer.go      the interfaces of the stages
//	encode.go         the line itself: texts and pairs, and how they are cut
//	open.go           tokenizer.json: its parts, bounds and faults
//	json.go           walking through large JSON without making values of it
//	vocab.go          a vocabulary: pieces to ids and back; vocab.txt
//	added.go          added tokens
//	normalizer.go     the kinds of normaliser, and the simple ones
//	bertnormalizer.go BertNormalizer
//	pretokenizer.go   the kinds of pre-tokeniser, and the simple ones
//	split.go          Split and its behaviours
//	pattern.go        what Split and Replace look for
//	gpt2.go           the pattern of GPT-2, by hand
//	runes.go          classes, cases and decompositions of characters as the
//	                  reference has them; runetables.go the classes' tables
//	compose.go        NFC and NFKC
//	wordpiece.go      WordPiece and WordLevel
//	fast.go           BERT's whole line in one pass over ASCII
//	post.go           post-processors
//	charsmap.go       the normaliser Precompiled
//	bytelevel.go      bytes as visible characters: normaliser and pre-tokeniser ByteLevel
//	metaspace.go      the pre-tokeniser Metaspace
//	unigram.go        the model Unigram; float.go its numbers
//	bpe.go            the model BPE; join.go its merges
//	trie.go           finding pieces in texts
package tokenizer

import (
	"sync"
	"time"
)

// A Tokenizer makes ids of texts. It never changes once made and is safe for
// concurrent use.
type Tokenizer struct {
	added         added
	normalizers   []normalizer
	preTokenizers []preTokenizer
	model         model
	heads         bool  // a pre-tokeniser goes by piece.first
	fast          *fast // does what stands above; nil: the line is none that it knows
	post          post
	most          int  // ids, by the file's truncation; 0: any number
	left          bool // it cuts at the beginning
	strategy      strategy
	pad           int32
	padded        bool
	size          int
	scratch       sync.Pool // of *scratch
}

// Pad is the id that fills up a shorter row of a batch; ok says whether the file
// names one.
func (t *Tokenizer) Pad() (id int32, ok bool) { return t.pad, t.padded }

// Size is one more than the largest id that a text can become, with what is put around
// it and fills it up. A special added token outside of the vocabulary, such as the place
// of a picture, counts only where the post-processor gives it.
func (t *Tokenizer) Size() int { return t.size }

// A normalizer rewrites a text.
type normalizer interface {
	// normalize appends the normal form of text, which is valid UTF-8 as what it
	// appends must be. It leaves text as it is and keeps neither slice.
	normalize(dst, text []byte) []byte
}

// A preTokenizer cuts a piece into smaller ones.
type preTokenizer interface {
	// preTokenize appends to dst what p is cut into, in order. The new pieces are
	// parts of p.text, which stays as it is, or texts that lie in a. Empty ones
	// are dropped by the caller.
	preTokenize(dst []piece, p piece, a *arena) []piece
}

// A model makes ids of one piece.
type model interface {
	// appendIDs appends the ids of text, which is valid UTF-8, never empty and
	// not kept. It is safe for concurrent use.
	appendIDs(ids []int32, text []byte) []int32
	// id is the number of a piece of the vocabulary.
	id(token string) (int32, bool)
	// size is one more than the largest id.
	size() int
}

// A piece is a part of a text on its way to the model.
type piece struct {
	text []byte // valid UTF-8
	// first says that the piece begins in what became of the first character of
	// the text that was asked for.
	first bool
	// head is how many bytes of the piece that character became; it is kept for the
	// pre-tokenisers that go by first.
	head int
}

// An arena holds text that a pre-tokeniser made, until the text that is worked
// on is done.
type arena struct {
	text    []byte
	matched time.Duration // time that regular expressions took
}

// append adds a text and gives the place where it lies.
func (a *arena) append(parts ...[]byte) []byte {
	begin := len(a.text)
	for _, p := range parts {
		a.text = append(a.text, p...)
	}
	return a.text[begin:len(a.text):len(a.text)]
}

// scratch is what one call needs; it is used again by later ones.
type scratch struct {
	text          []byte
	in, out       []byte // what the normalisers read and write
	pieces, other []piece
	arena         arena
	a, b          []int32
	enough        int  // ids after which the text need not be read on; noBound: none
	full          bool // there are enough
}

// maxKept is how many bytes of scratch are kept for later calls.
const maxKept = 1 << 20

func (t *Tokenizer) take() *scratch {
	if s, ok := t.scratch.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

func (t *Tokenizer) give(s *scratch) {
	if cap(s.text)+cap(s.in)+cap(s.out)+cap(s.arena.text)+32*(cap(s.pieces)+cap(s.other))+4*(cap(s.a)+cap(s.b)) <= maxKept {
		t.scratch.Put(s)
	}
}
