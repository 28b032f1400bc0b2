package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// added are the tokens that are found in a text before the model sees it: raw
// ones in the text as it is, normal ones in what the normalisers made of it.
type added struct {
	raw, normal addedSet
}

// An addedSet finds added tokens of one kind.
type addedSet struct {
	trie    *trie // of the contents, to places in tokens; nil: there is nothing to find
	tokens  []addedToken
	classes *classTable
}

type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no part of a word is beside it
	LStrip     bool   `json:"lstrip"`      // white space before it goes with it
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"` // plain text in a text
}

const (
	maxAdded   = 1 << 16
	maxContent = 1024 // bytes of an added token
)

// readAdded reads the added tokens, once the normalisers and the model are
// there. As in the reference, one that the model's vocabulary has takes that id
// and the others count on from the vocabulary's end, whatever the file says.
func (t *Tokenizer) readAdded(raw json.RawMessage, where string) error {
	t.size = t.model.size()
	if absent(raw) {
		return nil
	}
	count := t.model.size()
	if m, ok := t.model.(interface{ count() int }); ok {
		count = m.count()
	}
	ids := map[string]int32{}
	flags := map[int32]addedToken{} // by id: of two with one id the later one's flags hold
	var specials, others []addedToken
	most := int32(-1)
	special := map[string]bool{}
	err := elements(raw, where, func(i int, value []byte) error {
		where := fmt.Sprintf("%s[%d]", where, i)
		var a addedToken
		if err := strict(value, where, &a); err != nil {
			return err
		}
		switch {
		case i >= maxAdded:
			return fmt.Errorf("%s: there are more than %d", where, maxAdded)
		case len(a.Content) > maxContent:
			return fmt.Errorf("%s: its content has %d bytes, and at most %d are read", where, len(a.Content), maxContent)
		case a.Content == "":
			return nil
		}
		id, ok := ids[a.Content]
		if !ok {
			id, ok = t.model.id(a.Content)
		}
		if !ok {
			id = max(most+1, int32(count))
		}
		most = max(most, id)
		a.ID = id
		ids[a.Content] = id
		flags[id] = a
		switch {
		case a.Special && !special[a.Content]:
			special[a.Content] = true
			specials = append(specials, a)
		case !special[a.Content]:
			others = append(others, a)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for content, id := range ids {
		if !special[content] { // which no text becomes
			t.size = max(t.size, int(id)+1)
		}
	}
	if m, ok := t.model.(interface{ hide(...string) }); ok {
		var contents []string
		for _, a := range specials {
			contents = append(contents, a.Content)
		}
		m.hide(contents...)
	}
	for _, a := range append(specials, others...) {
		set, content := &t.added.raw, []byte(a.Content)
		if a.Normalized {
			set, content = &t.added.normal, t.normalized(content)
		}
		a = flags[a.ID]
		a.Special = special[a.Content]
		a.Content = string(content)
		set.tokens = append(set.tokens, a)
	}
	if err := t.added.raw.build(where); err != nil {
		return err
	}
	return t.added.normal.build(where)
}

// normalized gives the normal form of a text.
func (t *Tokenizer) normalized(text []byte) []byte {
	for _, n := range t.normalizers {
		text = n.normalize(nil, text)
	}
	return text
}

// build makes the trie, in which the first of several that are alike counts.
func (s *addedSet) build(where string) error {
	if !slices.ContainsFunc(s.tokens, func(a addedToken) bool { return !a.Special && a.Content != "" }) {
		s.tokens = nil
		return nil
	}
	order := make([]int32, 0, len(s.tokens))
	for i := range s.tokens {
		order = append(order, int32(i))
	}
	slices.SortStableFunc(order, func(a, b int32) int { return strings.Compare(s.tokens[a].Content, s.tokens[b].Content) })
	order = slices.CompactFunc(order, func(a, b int32) bool { return s.tokens[a].Content == s.tokens[b].Content })
	keys := make([][]byte, len(order))
	for i, n := range order {
		keys[i] = []byte(s.tokens[n].Content)
	}
	var err error
	if s.trie, err = buildTrie(keys, order); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	s.classes = classes()
	return nil
}

// next finds the first added token from at on: where what belongs to it begins
// and ends, which token it is, and where to go on looking. The longest of those
// that begin at one place is taken; a special one or one in a word is passed
// over, with all that lies in it.
func (s *addedSet) next(text []byte, at int) (from, to int, token *addedToken) {
	if s.trie == nil {
		return len(text), len(text), nil
	}
	for at < len(text) {
		n, size := s.trie.longest(text[at:])
		if size == 0 {
			at++
			continue
		}
		token := &s.tokens[n]
		if token.Special || token.SingleWord && s.inWord(text, at, at+size) {
			at += size
			continue
		}
		return at, at + size, token
	}
	return len(text), len(text), nil
}

// inWord says whether a letter or the like is right before or right behind.
func (s *addedSet) inWord(text []byte, from, to int) bool {
	before, _ := utf8.DecodeLastRune(text[:from])
	behind, _ := utf8.DecodeRune(text[to:])
	return from > 0 && s.classes.of(before)&isWord != 0 || to < len(text) && s.classes.of(behind)&isWord != 0
}

// sections calls between for each part of a text without an added token and
// found for each such token, in order, until between returns false.
func (s *addedSet) sections(text []byte, between func(from, to int) bool, found func(id int32)) {
	done := 0
	for at := 0; ; {
		from, to, token := s.next(text, at)
		at = to
		if token != nil && token.LStrip {
			for from > done {
				r, size := utf8.DecodeLastRune(text[:from])
				if !space1(r) {
					break
				}
				from -= size
			}
		}
		if token != nil && token.RStrip {
			for to < len(text) {
				r, size := utf8.DecodeRune(text[to:])
				if !space1(r) {
					break
				}
				to += size
			}
		}
		if done < from && !between(done, from) || token == nil {
			return
		}
		found(token.ID)
		done = to
	}
}
