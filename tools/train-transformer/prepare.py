"""Makes the packed training data of the transformer: python3 prepare.py CORPUS BENCH OUT

CORPUS is the folder of the corpus, as "frontdesk train" reads it; BENCH the folder of
the public sets, of which only clinc150's base of five phrasings and its validation
queries are read, to watch the training with. OUT gets vocab.txt and part-a.npz.xz to part-c.npz.xz.
Needs numpy; takes some minutes on one processor.
"""
import collections
import glob
import gzip
import io
import json
import lzma
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

import wordpiece
from contrary import contrary, misspelt

VOCAB = int(os.environ.get("VOCAB", 16000))
MOST = int(os.environ.get("MOST", 62))  # tokens of a text, without the two around it
# Share-alike licences stay out, as with the static model.
WITHOUT = set("""sgd wikisplit topicalchat arduino-help nq-open query-wellformed wikipedia aws-guides privacyguides edx
ud-ewt smcalflow gum ubports pihole lineage kolibri djangogirls dstc11-t5""".split())
CONTRARY, MISSPELT = 160_000, 80_000  # records of our own making, at most


def records(corpus):
    for name in sorted(glob.glob(os.path.join(corpus, "*.jsonl.gz"))):
        with gzip.open(name, "rt", encoding="utf-8") as f:
            for line in f:
                r = json.loads(line)
                if r["s"] not in WITHOUT:
                    yield r["s"], r["t"], r["a"], r.get("b", ""), int(r.get("g") or "0", 16)


def bench(tok, path):
    """Clinc150's base of five phrasings and its validation queries, to watch with."""
    texts, labels, queries, expect, ids = [], [], [], [], {}
    for line in open(os.path.join(path, "clinc150/corpus.k5.jsonl")):
        r = json.loads(line)
        k = ids.setdefault(r["id"], len(ids))
        for p in [r["question"]] + r["alternatives"]:
            texts.append(p); labels.append(k)
    for line in open(os.path.join(path, "clinc150/val.jsonl")):
        r = json.loads(line)
        queries.append(r["text"]); expect.append(ids.get(r["expect"], -1) if r["expect"] else -1)
    enc = [tok.encode(t, MOST) for t in texts + queries]
    return {"bench_tokens": np.array([i for e in enc for i in e], np.uint16), "bench_lengths": np.array([len(e) for e in enc], np.uint8),
            "bench_labels": np.array(labels, np.int16), "bench_expect": np.array(expect, np.int16)}


def squeeze(name, arrays):
    raw = io.BytesIO()
    np.savez(raw, **arrays)
    # Numbers of two bytes: an even place says more of what follows than an odd one.
    packed = lzma.compress(raw.getvalue(), filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26, "lc": 0, "lp": 1, "pb": 1}])
    open(name, "wb").write(packed)
    return name, len(raw.getvalue()), len(packed)


def main(corpus, benches, out):
    os.makedirs(out, exist_ok=True)
    begun = time.time()
    say = lambda *x: print(f"{time.time() - begun:6.1f}", *x, flush=True)
    # Texts as numbers of words; one text once.
    number, names, counts = {}, [], []
    texts, index = [], {}
    pairs, classes, kinds = [], [], {}
    r = random.Random(9)
    mine = []

    def intern(t):
        ids = []
        for w in wordpiece.words(t)[:MOST + 2]:
            i = number.get(w)
            if i is None:
                i = number[w] = len(names)
                names.append(w); counts.append(0)
            ids.append(i)
        key = np.array(ids, np.int32).tobytes()
        i = index.get(key)
        if i is None:
            i = index[key] = len(texts)
            texts.append(key)
            for k in ids:
                counts[k] += 1
        return i if ids else -1

    def pair(source, kind, a, b, g, no=""):
        i = intern(a)
        if not b or i < 0:
            return
        j = intern(b)
        if j < 0 or i == j:
            return
        n = intern(no) if no else -1
        if n in (i, j):
            return
        c = kinds.get((source, kind))
        if c is None:
            c = kinds[source, kind] = len(classes)
            classes.append((source, kind))
        pairs.append((i, j, g, c, n))

    shorts = []
    for s, t, a, b, g in records(corpus):
        pair(s, t, a, b, g)
        if t in ("intent", "para", "turn", "sent") and len(a) < 90 and s not in ("tldr", "text2sql-q"):
            shorts.append((t, a))
    say("records", len(pairs), "texts", len(texts), "words", len(names))
    r.shuffle(shorts)
    n = 0
    for _, a in shorts:
        for x, y, z in contrary(a, r):
            pair("own", "contrary", x, y, 0, z)
            n += 1
        if n >= CONTRARY:
            break
    say("contrary", n)
    for _, a in shorts[-MISSPELT:]:
        b = misspelt(a.lower(), r)
        pair("own", "misspelt", a, b, 0)
    say("pairs", len(pairs))
    count = {w: counts[i] for i, w in enumerate(names)}
    vocab_at = os.path.join(out, "vocab.txt")
    learnt = collections.Counter({w: n for w, n in count.items() if n >= 3})
    vocab = wordpiece.learn(learnt, VOCAB)
    open(vocab_at, "w", encoding="utf-8").write("\n".join(vocab) + "\n")
    tok = wordpiece.Tokenizer(vocab)
    say("vocabulary", len(vocab), "goes on at", tok.goes_on)
    pieces = [tok.word(w) for w in names]
    lengths = np.zeros(len(texts), np.uint8)
    flat = []
    whole = 0
    for i, key in enumerate(texts):
        ids = [p for w in np.frombuffer(key, np.int32).tolist() for p in pieces[w]]
        whole += len(ids)
        ids = ids[:MOST]
        lengths[i] = len(ids)
        flat.append(np.array(ids, np.uint16))
    say("tokens", sum(map(len, flat)), "before cutting", whole, "words", sum(len(k) // 4 for k in texts))
    p = np.array(pairs, np.int64)
    ends = np.cumsum(lengths.astype(np.int64))
    # Three parts of about as many tokens; a part has the texts from its first on.
    cuts = [0] + [int(np.searchsorted(ends, ends[-1] * k / 3)) for k in (1, 2)] + [len(texts)]
    jobs = []
    for k, name in enumerate("abc"):
        a = {"first_text": np.array([cuts[k]]), "tokens": np.concatenate(flat[cuts[k]:cuts[k + 1]]), "lengths": lengths[cuts[k]:cuts[k + 1]]}
        if k == 2:
            # Texts come in the order of the pairs, so that differences are small.
            pa = p[:, 0].copy(); pa[1:] -= p[:-1, 0]
            a |= {"pair_a": pa.astype(np.int32), "pair_b": (p[:, 1] - p[:, 0]).astype(np.int32),
                  "pair_no": np.where(p[:, 4] < 0, -2**31, p[:, 4] - p[:, 0]).astype(np.int32),
                  "pair_group": p[:, 2].astype(np.uint32), "pair_class": p[:, 3].astype(np.uint8),
                  "classes": np.array([" ".join(c) for c in classes])}
            a |= bench(tok, benches)
            a["goes_on"] = np.array([tok.goes_on])
        jobs.append((os.path.join(out, f"part-{name}.npz.xz"), a))
    with ProcessPoolExecutor(2) as pool:
        for got in pool.map(squeeze, *zip(*jobs)):
            say("packed", *got)


if __name__ == "__main__":
    main(*sys.argv[1:])
