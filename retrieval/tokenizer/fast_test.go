package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// smallVocab is a made-up vocabulary of BERT's form.
var smallVocab = byPlace(strings.Fields(`[PAD] [UNK] [CLS] [SEP] [MASK] a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3
	##a ##b ##c ##d ##e ##f ##g ##h ##i ##l ##m ##n ##o ##p ##r ##s ##t ##u ##w ##y ##z ##0 ##1 ##ing ##word ##é ##İ ##ß
	the light turn on off kitchen pass password café Café CAFÉ É ß 中 文 ! ? . , ' - ( ) [ ] # ## _ $ € é ﬁ on! A B The THE`))

func byPlace(tokens []string) map[string]int {
	ids := map[string]int{}
	for i, t := range tokens {
		ids[t] = i
	}
	return ids
}

// bertVariant gives a tokenizer.json with one of the 24 settings of the normaliser.
func bertVariant(n int) []byte {
	var strip any
	if n/8%3 > 0 {
		strip = n/8%3 == 1
	}
	data, err := json.Marshal(map[string]any{
		"version": "1.0",
		"normalizer": map[string]any{
			"type": "BertNormalizer", "clean_text": n&1 == 0, "handle_chinese_chars": n&2 == 0, "lowercase": n&4 == 0, "strip_accents": strip,
		},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"post_processor": map[string]any{"type": "BertProcessing", "cls": []any{"[CLS]", smallVocab["[CLS]"]},
			"sep": []any{"[SEP]", smallVocab["[SEP]"]}},
		"added_tokens": []map[string]any{
			{"id": smallVocab["[CLS]"], "content": "[CLS]", "special": true},
			{"id": len(smallVocab), "content": "x y", "lstrip": n&1 == 0},
		},
		"model": map[string]any{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
			"max_input_chars_per_word": 12, "vocab": smallVocab},
	})
	if err != nil {
		panic(err)
	}
	return data
}

var bertVariants = func() (all [24]struct{ fast, slow *Tokenizer }) {
	for i := range all {
		for _, t := range []**Tokenizer{&all[i].fast, &all[i].slow} {
			var err error
			if *t, err = Open(bertVariant(i)); err != nil {
				panic(err)
			}
		}
		if all[i].fast.fast == nil {
			panic("there is no fast path")
		}
		all[i].slow.fast = nil
	}
	return all
}

// hardTexts are seeds.
var hardTexts = []string{
	"", " ", "Turn on the LIGHT!", "the café CAFÉ cafe\u0301", "x y x  y\tx y", "[CLS] password", "中文a中", "a\x00b\x7f\x01 \vc\fd\u0085e",
	"\u0301 \u0327\u0301x\u0301\u0327", "\u00a0the\u3000light\u2028on\u200boff\u00ad", "İıΣς ﬁ ǅ Å", "aaaaaaaaaaaaa éééééééééééé", "\xff\xfea\xc3",
	"on!off-(on)", "a,\u0301b \u0301,", "\U0001d165\U0001d16d\u302e", "passwording passwordxx", strings.Repeat("ab ", 50),
	"\ufffd\ufeff\ue000", "\u1ABF\u0327 가각 が\u3099",
}

// FuzzEncode holds the fast path against the stages one after the other, and
// every result against what is promised of all.
func FuzzEncode(f *testing.F) {
	for i, text := range hardTexts {
		f.Add(text, hardTexts[(i+7)%len(hardTexts)], uint8(i), i%9)
	}
	variants := bertVariants()
	f.Fuzz(func(t *testing.T, a, b string, variant uint8, most int) {
		v := variants[int(variant)%len(variants)]
		if most = most % 64; most < 0 {
			most = 0
		}
		for _, most := range []int{0, most} {
			got, want := v.fast.Encode(a, most), v.slow.Encode(a, most)
			if !slices.Equal(got, want) {
				t.Fatalf("Encode(%q, %d)\n fast %v\n slow %v", a, most, got, want)
			}
			ids, types := v.fast.EncodePair(a, b, most)
			wantIDs, wantTypes := v.slow.EncodePair(a, b, most)
			if !slices.Equal(ids, wantIDs) || !slices.Equal(types, wantTypes) {
				t.Fatalf("EncodePair(%q, %q, %d)\n fast %v %v\n slow %v %v", a, b, most, ids, types, wantIDs, wantTypes)
			}
			if again := v.fast.Encode(a, most); !slices.Equal(got, again) {
				t.Fatalf("Encode(%q, %d) gives %v, and then %v", a, most, got, again)
			}
			if err := promised(v.fast, most, got, ids, types); err != nil {
				t.Fatalf("%q, %q, at most %d: %v", a, b, most, err)
			}
		}
		whole, cut := v.fast.Encode(a, 0), v.fast.Encode(a, most)
		if most >= 2 && len(whole) > most && !slices.Equal(cut[:most-1], whole[:most-1]) {
			t.Fatalf("Encode(%q, %d) = %v is no beginning of %v", a, most, cut, whole)
		}
		text := []byte(strings.ToValidUTF8(a, "\uFFFD"))
		n := v.slow.normalizers[0].(*bertNormalizer)
		if one, stages := n.normalize(nil, text), n.stages(nil, text); string(one) != string(stages) {
			t.Fatalf("%q in one go is %q, and by stages %q", text, one, stages)
		}
	})
}

// promised checks what holds for every result.
func promised(tok *Tokenizer, most int, single, pair, types []int32) error {
	if len(pair) != len(types) {
		return fmt.Errorf("%d ids and %d types", len(pair), len(types))
	}
	for _, ids := range [][]int32{single, pair} {
		if most > 0 && len(ids) > most {
			return fmt.Errorf("%d ids", len(ids))
		}
		for _, id := range ids {
			if id < 0 || int(id) >= tok.Size() {
				return fmt.Errorf("the id %d of %d", id, tok.Size())
			}
		}
	}
	return nil
}
