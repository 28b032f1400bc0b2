package onnxtest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// text is what the small tokenizers are made of.
//
//go:embed text.txt
var text string

// SmallTokenizer makes a tokenizer.json of the kind that models of the shape
// have, with some hundred ids, and says how many.
func SmallTokenizer(arch Arch) (tokenizerJSON []byte, vocab int) {
	var tokenizer object
	switch arch {
	case XLMR:
		tokenizer, vocab = unigram()
	case ModernBERT:
		tokenizer, vocab = byteLevelBPE()
	default:
		tokenizer, vocab = wordPiece()
	}
	return encoded(tokenizer), vocab
}

// encoded writes maps in the order of their keys.
func encoded(tokenizer object) []byte {
	content, err := json.MarshalIndent(tokenizer, "", " ")
	if err != nil {
		panic("a tokenizer: " + err.Error()) // it is made of strings and numbers alone
	}
	return append(content, '\n')
}

var bertSpecial = []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}

// wordPiece is BERT's, uncased. It has every letter as a beginning and as a
// continuation, the words, and some endings.
func wordPiece() (object, int) {
	pieces := map[string]bool{}
	for _, word := range words(plain(text)) {
		pieces[word] = true
		for i, c := range []rune(word) {
			pieces["##"+string(c)] = true
			pieces[string(c)] = true
			if i == 3 {
				pieces[string([]rune(word)[:3])] = true
			}
		}
	}
	for c := '!'; c < unicode.MaxASCII; c++ {
		pieces[strings.ToLower(string(c))] = true
	}
	for _, ending := range []string{"ed", "er", "es", "ing", "ion", "ly", "ness", "able", "en", "al"} {
		pieces["##"+ending] = true
	}
	return bertTokenizer(slices.Sorted(maps.Keys(pieces)))
}

// LargeTokenizer is a tokenizer.json with as many pieces as BERT's, uncased, most
// of them made-up words.
func LargeTokenizer() (tokenizerJSON []byte) {
	const size = 30522
	pieces := map[string]bool{}
	for c := 'a'; c <= 'z'; c++ {
		pieces[string(c)], pieces["##"+string(c)] = true, true
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(pieces) < size-len(bertSpecial) {
		var word strings.Builder
		for range 1 + random.IntN(4) {
			word.WriteByte("bcdfghjklmnprstvwz"[random.IntN(18)])
			word.WriteByte("aeiou"[random.IntN(5)])
		}
		pieces[word.String()] = true
	}
	tokenizer, _ := bertTokenizer(slices.Sorted(maps.Keys(pieces)))
	return encoded(tokenizer)
}

// bertTokenizer has the special tokens and pieces.
func bertTokenizer(pieces []string) (object, int) {
	vocab := numbered(bertSpecial, pieces)
	return object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added(bertSpecial),
		"normalizer": object{
			"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true,
		},
		"pre_tokenizer":  object{"type": "BertPreTokenizer"},
		"post_processor": template("[CLS]", 2, "[SEP]", 3, false),
		"decoder":        object{"type": "WordPiece", "prefix": "##", "cleanup": true},
		"model": object{
			"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
			"max_input_chars_per_word": 100, "vocab": vocab,
		},
	}, len(vocab)
}

// plain is text in lower case and without accents.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return strings.ToLower(s)
}

// words are runs of letters and of digits; what is neither divides.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

func numbered(lists ...[]string) map[string]int {
	vocab := map[string]int{}
	for _, list := range lists {
		for _, piece := range list {
			vocab[piece] = len(vocab)
		}
	}
	return vocab
}

// added are the special tokens, whose ids are their places.
func added(special []string) []object {
	var tokens []object
	for i, s := range special {
		tokens = append(tokens, object{
			"id": i, "content": s, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
		})
	}
	return tokens
}

// template puts first and last around a text. Two texts are divided by last, or
// by two of them.
func template(first string, firstID int, last string, lastID int, twice bool) object {
	special := func(s string, kind int) object { return object{"SpecialToken": object{"id": s, "type_id": kind}} }
	sequence := func(s string, kind int) object { return object{"Sequence": object{"id": s, "type_id": kind}} }
	pair := []object{special(first, 0), sequence("A", 0), special(last, 0)}
	second := 1
	if twice { // as RoBERTa, which has one type
		pair, second = append(pair, special(last, 0)), 0
	}
	return object{
		"type":   "TemplateProcessing",
		"single": []object{special(first, 0), sequence("A", 0), special(last, 0)},
		"pair":   append(pair, sequence("B", second), special(last, second)),
		"special_tokens": object{
			first: object{"id": first, "ids": []int{firstID}, "tokens": []string{first}},
			last:  object{"id": last, "ids": []int{lastID}, "tokens": []string{last}},
		},
	}
}
