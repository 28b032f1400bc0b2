package whisper

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/asr"
)

const (
	maxSentences  = 100_000 // that are taken of what is expected
	maxGuideText  = 300     // bytes of one sentence
	maxGuideLeads = 50
	maxGuided     = 60 // tokens of one sentence, with what is said before it
)

// A trie holds the tokens of all sentences that are expected: an automaton in which
// what begins alike is one way, and what ends alike, too. The first letter may be
// large or small. It does not change, and may be read by any number of goroutines.
type trie struct {
	arcs  []arc
	nodes []node
	root  int32 // where sentences begin
	start int32 // where leads begin, and sentences, too
	// points are the signs that may stand behind a sentence.
	points []int32
	// deepest is how many tokens the longest way has.
	deepest   int
	sentences []string // sorted, each once
	// odd are those with other blanks than one between words, by their words.
	odd   map[string]string
	texts func(token int32) string
}

// A node's arcs lie one after the other, sorted by token.
type node struct {
	first int32
	count int32
	end   bool // a sentence ends here
	enter bool // a sentence may begin here
	// closed says that the sentence has its point already.
	closed bool
	// rest is how many tokens may follow at most, without a point.
	rest int32
}

type arc struct{ token, to int32 }

func (t *trie) arcsOf(n int32) []arc {
	node := &t.nodes[n]
	return t.arcs[node.first : node.first+node.count]
}

// A way is a word sequence on its way into the trie.
type way struct {
	first  string  // word
	tokens []int32 // of the others
	closed bool
}

// newTrie makes one of what is expected, in a model whose text tokens are those
// below eot; text gives what a token stands for. It is nil where the model has no
// tokens for any sentence. The error is that of ctx.
func newTrie(ctx context.Context, expected *asr.Expected, eot int32, text func(token int32) string) (*trie, error) {
	vocabulary := make([]string, eot)
	for id := range vocabulary {
		vocabulary[id] = text(int32(id))
	}
	b := trieBuilder{encoder: newEncoder(vocabulary), known: map[string]int32{}}
	b.t = &trie{texts: text, sentences: expected.Sentences(), odd: map[string]string{}}
	if len(b.t.sentences) > maxSentences {
		b.t.sentences = b.t.sentences[:maxSentences]
	}
	for _, point := range []string{".", "?", "!"} {
		if id, ok := b.encoder.ids[point]; ok {
			b.t.points = append(b.t.points, id)
		}
	}
	var ways []way
	for i, s := range b.t.sentences {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		ways = b.ways(ways, s)
	}
	if len(ways) == 0 {
		return nil, nil
	}
	if b.t.root = b.sentences(ways); len(b.t.arcs) == 0 {
		return nil, nil
	}
	b.t.start = b.leads(expected.Leads())
	b.t.deepest = b.depth()
	return b.t, nil
}

// A trieBuilder makes nodes that are never changed, the last ones of every way
// first, so that equal ones can be found by what they hold.
type trieBuilder struct {
	t       *trie
	encoder *encoder
	known   map[string]int32 // nodes by what they hold
	key     []byte
}

// node gives the node of that content, which is made once.
func (b *trieBuilder) node(n node, arcs []arc) int32 {
	slices.SortFunc(arcs, func(x, y arc) int { return cmp.Or(cmp.Compare(x.token, y.token), cmp.Compare(x.to, y.to)) })
	arcs = slices.Compact(arcs)
	b.key = b.key[:0]
	for _, flag := range []bool{n.end, n.enter, n.closed} {
		b.key = append(b.key, '0')
		if flag {
			b.key[len(b.key)-1] = '1'
		}
	}
	for _, a := range arcs {
		b.key = binary.LittleEndian.AppendUint32(b.key, uint32(a.token))
		b.key = binary.LittleEndian.AppendUint32(b.key, uint32(a.to))
	}
	if id, ok := b.known[string(b.key)]; ok {
		return id
	}
	n.first, n.count = int32(len(b.t.arcs)), int32(len(arcs))
	b.t.arcs = append(b.t.arcs, arcs...)
	b.t.nodes = append(b.t.nodes, n)
	id := int32(len(b.t.nodes) - 1)
	b.known[string(b.key)] = id
	return id
}

// ways adds those of a sentence: as it stands, and with a point where that may
// belong to another token.
func (b *trieBuilder) ways(ways []way, sentence string) []way {
	if len(sentence) > maxGuideText {
		return ways
	}
	words := strings.Fields(sentence)
	if len(words) == 0 {
		return ways
	}
	if plain := strings.Join(words, " "); plain != sentence {
		b.t.odd[plain] = sentence
	}
	last, _ := utf8.DecodeLastRuneInString(words[len(words)-1])
	ended := strings.ContainsRune(".?!", last)
	ways = b.way(ways, words, ended)
	if !ended && kindOf(last) == signs { // as in "20%."
		words[len(words)-1] += "."
		ways = b.way(ways, words, true)
	}
	return ways
}

func (b *trieBuilder) way(ways []way, words []string, closed bool) []way {
	w := way{first: words[0], closed: closed, tokens: make([]int32, 0, 2*len(words))}
	for _, word := range words[1:] {
		tokens, ok := b.encoder.word(word)
		if !ok {
			return ways
		}
		w.tokens = append(w.tokens, tokens...)
	}
	if len(w.tokens) > maxGuided {
		return ways
	}
	return append(ways, w)
}

// sentences makes the nodes of all ways and gives the first one.
func (b *trieBuilder) sentences(ways []way) int32 {
	slices.SortFunc(ways, func(x, y way) int {
		return cmp.Or(cmp.Compare(x.first, y.first), slices.Compare(x.tokens, y.tokens))
	})
	var beginnings []beginning
	for len(ways) > 0 {
		first := ways[0].first
		n := sort.Search(len(ways), func(i int) bool { return ways[i].first > first })
		rest := b.rest(ways[:n], 0)
		for _, spelt := range capitals(first) {
			if tokens, ok := b.encoder.word(spelt); ok {
				beginnings = append(beginnings, beginning{tokens, rest})
			}
		}
		ways = ways[n:]
	}
	return b.begin(node{}, beginnings)
}

// rest makes the node behind that many tokens of sorted ways that begin alike.
func (b *trieBuilder) rest(ways []way, depth int) int32 {
	var n node
	var arcs []arc
	for len(ways) > 0 && len(ways[0].tokens) == depth {
		n.end, n.closed = true, n.closed || ways[0].closed
		ways = ways[1:]
	}
	for len(ways) > 0 {
		token := ways[0].tokens[depth]
		end := sort.Search(len(ways), func(i int) bool { return ways[i].tokens[depth] > token })
		arcs = append(arcs, arc{token, b.rest(ways[:end], depth+1)})
		ways = ways[end:]
	}
	return b.node(n, arcs)
}

// A beginning is tokens that lead to a node.
type beginning struct {
	tokens []int32
	to     int32
}

// begin makes the node before beginnings, in which what begins alike is one way.
func (b *trieBuilder) begin(n node, beginnings []beginning) int32 {
	slices.SortStableFunc(beginnings, func(x, y beginning) int { return slices.Compare(x.tokens, y.tokens) })
	return b.fork(n, beginnings, 0)
}

// fork makes the node behind that many tokens of sorted beginnings that are alike so far.
// It holds what n does, too.
func (b *trieBuilder) fork(n node, beginnings []beginning, depth int) int32 {
	var arcs []arc
	ends := 0
	for ; ends < len(beginnings) && len(beginnings[ends].tokens) == depth; ends++ {
		to := b.t.nodes[beginnings[ends].to]
		n.end, n.enter, n.closed = n.end || to.end, n.enter || to.enter, n.closed || to.closed
		arcs = append(arcs, b.t.arcsOf(beginnings[ends].to)...)
	}
	for rest := beginnings[ends:]; len(rest) > 0; {
		token := rest[0].tokens[depth]
		same := sort.Search(len(rest), func(i int) bool { return rest[i].tokens[depth] > token })
		arcs = append(arcs, arc{token, b.fork(node{}, rest[:same], depth+1)})
		rest = rest[same:]
	}
	return b.node(n, arcs)
}

// leads makes the nodes of what may be said before, and gives the first one.
func (b *trieBuilder) leads(leads []string) int32 {
	enter := b.node(node{enter: true}, nil)
	var beginnings []beginning
	for _, lead := range leads[:min(len(leads), maxGuideLeads)] {
		words := strings.Fields(lead)
		if len(words) == 0 || len(lead) > maxGuideText {
			continue
		}
		for _, first := range capitals(words[0]) {
			for _, point := range []string{"", ",", "."} {
				if tokens, ok := b.encoder.phrase(first, words[1:], point); ok && len(tokens) <= maxGuided {
					beginnings = append(beginnings, beginning{tokens, enter})
				}
			}
		}
	}
	return b.begin(node{enter: true}, beginnings)
}

// phrase gives the tokens of words and a point behind them.
func (e *encoder) phrase(first string, others []string, point string) ([]int32, bool) {
	words := append([]string{first}, others...)
	words[len(words)-1] += point
	var all []int32
	for _, w := range words {
		tokens, ok := e.word(w)
		if !ok {
			return nil, false
		}
		all = append(all, tokens...)
	}
	return all, true
}

// capitals gives a word with its first letter large and small.
func capitals(word string) []string {
	r, n := utf8.DecodeRuneInString(word)
	upper, lower := string(unicode.ToUpper(r))+word[n:], string(unicode.ToLower(r))+word[n:]
	if upper == lower {
		return []string{word}
	}
	return []string{upper, lower}
}

// depth gives the tokens of the longest way, and each node those of the longest one from
// it; the nodes behind a node were made before it.
func (b *trieBuilder) depth() int {
	for i := range b.t.nodes {
		n := &b.t.nodes[i]
		for _, a := range b.t.arcsOf(int32(i)) {
			n.rest = max(n.rest, 1+b.t.nodes[a.to].rest)
		}
		if n.enter {
			n.rest = max(n.rest, b.t.nodes[b.t.root].rest)
		}
	}
	return int(b.t.nodes[b.t.start].rest)
}

// sentence gives the expected sentence that tokens spell, with a point behind it or
// without one, as it is spelt among the sentences; ok is false where there is none.
func (t *trie) sentence(tokens []int32) (text string, ok bool) {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteString(t.texts(token))
	}
	spelt := strings.TrimPrefix(b.String(), " ")
	for _, without := range []string{spelt, strings.TrimRight(spelt, ".?!")} {
		for _, form := range append(capitals(without), without) {
			at, found := slices.BinarySearch(t.sentences, form)
			if found {
				return t.sentences[at], true
			}
			if odd, found := t.odd[form]; found {
				return odd, true
			}
		}
	}
	return "", false
}
