"""Words, a WordPiece vocabulary, and texts as its numbers.

Words are cut as BERT's uncased tokenizer cuts them (Devlin et al. 2018), pieces
are learnt by joining the pair that is seen most often (Sennrich et al. 2016,
"Neural Machine Translation of Rare Words with Subword Units"), and a word is
read greedily by its longest known pieces, the later ones marked "##".
"""
import collections
import heapq
import re
import unicodedata

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)
LONGEST = 100  # letters of a word; a longer one is unknown

_ascii = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
_any = re.compile(r"[^\W_]+|[^\w\s]|_")


def words(text):
    text = text.lower()
    if text.isascii():
        return _ascii.findall(text)
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return _any.findall(text)


def learn(counts, size, least_letter=200):
    """The vocabulary of words with their counts: special tokens, pieces that
    begin a word, pieces that go on; each part in order of its text."""
    letters = collections.Counter()
    for w, n in counts.items():
        for c in w:
            letters[c] += n
    known = {c for c, n in letters.items() if n >= least_letter or c.isascii()}
    items = sorted((w, n) for w, n in counts.items() if len(w) <= 32 and all(c in known for c in w))
    symbols, weight = [], []
    for w, n in items:
        symbols.append([w[0]] + ["##" + c for c in w[1:]])
        weight.append(n)
    vocab = set(known) | {"##" + c for c in known if c.isalnum()}
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, s in enumerate(symbols):
        for p in zip(s, s[1:]):
            pairs[p] += weight[i]
            where[p].add(i)
    heap = [(-n, p) for p, n in pairs.items()]
    heapq.heapify(heap)
    while len(vocab) < size - len(SPECIAL) and heap:
        n, p = heapq.heappop(heap)
        if pairs[p] != -n:
            if pairs[p] > 0:
                heapq.heappush(heap, (-pairs[p], p))
            continue
        joined = p[0] + p[1][2:]
        vocab.add(joined)
        changed = set()
        for i in sorted(where.pop(p)):
            s, w = symbols[i], weight[i]
            for q in zip(s, s[1:]):
                pairs[q] -= w
                changed.add(q)
            new, j = [], 0
            while j < len(s):
                if j + 1 < len(s) and s[j] == p[0] and s[j + 1] == p[1]:
                    new.append(joined)
                    j += 2
                else:
                    new.append(s[j])
                    j += 1
            symbols[i] = new
            for q in zip(new, new[1:]):
                pairs[q] += w
                where[q].add(i)
                changed.add(q)
        del pairs[p]
        for q in changed:
            if q != p and pairs[q] > 0:
                heapq.heappush(heap, (-pairs[q], q))
    begin = sorted(v for v in vocab if not (v.startswith("##") and len(v) > 2))
    return SPECIAL + begin + sorted(v for v in vocab if v.startswith("##") and len(v) > 2)


class Tokenizer:
    def __init__(self, vocab):
        self.vocab = vocab
        self.ids = {v: i for i, v in enumerate(vocab)}
        self.goes_on = next(i for i, v in enumerate(vocab) if i > 4 and v.startswith("##") and len(v) > 2)
        self.cache = {}

    def word(self, w):
        got = self.cache.get(w)
        if got is None:
            got = self.cache[w] = self._word(w)
        return got

    def _word(self, w):
        if len(w) > LONGEST:
            return (UNK,)
        out, at = [], 0
        while at < len(w):
            end = len(w)
            while end > at:
                i = self.ids.get(("##" if at else "") + w[at:end])
                if i is not None:
                    break
                end -= 1
            if end == at:
                return (UNK,)
            out.append(i)
            at = end
        return tuple(out)

    def encode(self, text, most):
        out = []
        for w in words(text):
            out.extend(self.word(w))
            if len(out) >= most:
                return out[:most]
        return out
