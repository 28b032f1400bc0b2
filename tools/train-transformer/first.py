"""The first vectors of the tokens: python3 first.py MODEL PACK

MODEL is retrieval/static/model.bin, PACK the folder that prepare.py filled. A
word's vector in the static model is to be the sum of those of its pieces: the
least squares over all words of the texts, by their counts, found by conjugate
gradients. Signs begin at nothing. Writes first.npy into PACK.
"""
import collections
import io
import lzma
import os
import sys

import numpy as np
import torch

import wordpiece
from static import read_static, buckets


def words_of(pack, goes_on):
    one, many = np.zeros(1 << 16, np.int64), collections.Counter()
    for name in "ab":
        a = np.load(io.BytesIO(lzma.open(os.path.join(pack, f"part-{name}.npz.xz")).read()))
        t = a["tokens"]
        on = t >= goes_on
        more = np.append(on[1:], False)
        one += np.bincount(t[~on & ~more], minlength=1 << 16)
        begin = np.flatnonzero(~on & more)
        stop = np.flatnonzero(~on)
        stop = np.append(stop, len(t))[np.searchsorted(stop, begin, side="right")]
        for i, j in zip(begin.tolist(), stop.tolist()):
            many[t[i:j].tobytes()] += 1
    return one, many


def main(model, pack):
    torch.set_num_threads(1)
    vocab = open(os.path.join(pack, "vocab.txt"), encoding="utf-8").read().split("\n")[:-1]
    tok = wordpiece.Tokenizer(vocab)
    one, many = words_of(pack, tok.goes_on)
    known, table, v, b = read_static(model)
    rows, targets, weights = [], [], []

    def add(ids, n):
        w = "".join(vocab[i].removeprefix("##") for i in ids)
        if not (w.isascii() and w.isalnum() and len(w) < 40):
            return
        rows.append(ids)
        targets.append(table[known[w]] if w in known else table[[v + k for k in buckets(w, b)]].mean(0))
        weights.append(n ** .25)
    for i in range(5, tok.goes_on):
        add([i], max(int(one[i]), 1))
    for key, n in sorted(many.items(), key=lambda x: (-x[1], x[0]))[:60_000]:
        add(np.frombuffer(key, np.uint16).tolist(), n)
    w = torch.tensor(weights)[:, None]
    at = torch.tensor([[r, i] for r, ids in enumerate(rows) for i in ids]).t()
    a = torch.sparse_coo_tensor(at, w[at[0], 0], (len(rows), len(vocab))).coalesce()
    y = torch.tensor(np.stack(targets)) * w
    back = a.t().coalesce()
    mul = lambda x: torch.sparse.mm(back, torch.sparse.mm(a, x)) + .3 * x
    x = torch.zeros(len(vocab), table.shape[1])
    r = torch.sparse.mm(back, y)
    p, rs = r.clone(), (r * r).sum()
    for step in range(60):
        q = mul(p)
        alpha = rs / (p * q).sum()
        x += alpha * p
        r -= alpha * q
        new = (r * r).sum()
        p, rs = r + new / rs * p, new
        if step % 20 == 19:
            miss = ((torch.sparse.mm(a, x) - y) ** 2).sum() / (y * y).sum()
            print("step", step, "missed", round(miss.item(), 4), "of the squares", flush=True)
    x[:5] = 0
    np.save(os.path.join(pack, "first.npy"), x.numpy().astype(np.float16))
    got = torch.sparse.mm(a, x) / w
    y = y / w
    cos = torch.nn.functional.cosine_similarity(got, y)
    alone = torch.tensor([len(i) == 1 for i in rows])
    print("cosine of whole words", cos[alone].mean().item(), "of others", cos[~alone].mean().item())


if __name__ == "__main__":
    main(*sys.argv[1:])
