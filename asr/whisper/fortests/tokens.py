"""The tokens of the model: byte-pair encoding (Sennrich, Haddow, Birch 2016), learnt of its
own sentences.

  tokens.py TEXTS MERGES > tokens.json

The first 256 tokens are the bytes, the others what was put together, in the order in
which that is done: the number of a token is its rank. It is what asr/whisper expects of
a model's vocabulary.
"""
import collections
import json
import re
import sys

# As GPT-2 cuts a text before its tokens: a contraction; letters, digits or other signs,
# each with the blank before them.
PIECES = re.compile(r"'(?:re|ve|ll|s|t|m|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+")
BLANK = " [BLANK_AUDIO]"  # what Whisper writes where nobody speaks


def pieces(text):
    return PIECES.findall(text)


class Tokens:
    def __init__(self, tokens):
        self.list = tokens
        self.ids = {}
        for i, t in enumerate(tokens):
            self.ids.setdefault(t, i)
        self.known = {}
        self.longest = max(len(t) for t in tokens)

    def encode(self, text):
        out = []
        for piece in pieces(text):
            if piece not in self.known:
                self.known[piece] = self.piece(piece)
            out += self.known[piece]
        return out

    def piece(self, piece):
        if piece in self.ids:
            return [self.ids[piece]]
        parts = list(piece)
        while True:
            best, at = None, -1
            for i in range(len(parts) - 1):
                rank = self.ids.get(parts[i] + parts[i + 1])
                if rank is not None and (best is None or rank < best):
                    best, at = rank, i
            if best is None:
                return [self.ids[p] for p in parts]
            parts[at:at + 2] = [parts[at] + parts[at + 1]]

    def longest_first(self, text):
        """As whisper.cpp cuts the prompt."""
        out = []
        for piece in pieces(text):
            while piece:
                for n in range(min(len(piece), self.longest), 0, -1):
                    if piece[:n] in self.ids:
                        out.append(self.ids[piece[:n]])
                        piece = piece[n:]
                        break
        return out

    def decode(self, ids):
        return "".join(self.list[i] for i in ids if i < len(self.list))


def learn(texts, merges):
    counts = collections.Counter()
    for text, n in texts:
        for piece in pieces(text):
            counts[piece] += n
    words = [(list(w), n) for w, n in sorted(counts.items())]
    tokens = [chr(b) for b in range(256)]
    where, pairs = collections.defaultdict(set), collections.Counter()
    for i, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    while len(tokens) < 256 + merges and pairs:
        pair, n = max(pairs.items(), key=lambda p: (p[1], p[0]))
        if n < 2:
            break
        tokens.append(pair[0] + pair[1])
        for i in where.pop(pair):
            parts, n = words[i]
            for old in zip(parts, parts[1:]):
                pairs[old] -= n
                if pairs[old] <= 0:
                    del pairs[old]
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == pair:
                    parts[at:at + 2] = [parts[at] + parts[at + 1]]
                at += 1
            for new in zip(parts, parts[1:]):
                pairs[new] += n
                where[new].add(i)
        pairs.pop(pair, None)
    return list(dict.fromkeys(tokens))


def main():
    texts = []
    for line in open(sys.argv[1], encoding="utf-8"):
        kind, text = line.rstrip("\n").split("\t")
        if not kind.startswith("test"):
            texts.append((" " + text, 1))
    texts.append((BLANK, 5000))
    texts += [(" %d" % n, 500) for n in range(101)]
    json.dump(learn(texts, int(sys.argv[2])), sys.stdout)


if __name__ == "__main__":
    main()
