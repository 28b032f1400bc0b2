"""The static model's file, and the buckets of n-grams of a word."""
import struct

import numpy as np


def read_static(path):
    """The words and rows of a model as retrieval/static/format.go describes it."""
    data = open(path, "rb").read()
    assert data[:8] == b"fdstatic"
    form, v, b, d, size, _ = struct.unpack_from("<6I", data, 8)
    assert form == 1
    at = 64
    scales = np.frombuffer(data, "<f4", v + b, at); at += 4 * (v + b)
    rows = np.frombuffer(data, "i1", (v + b) * d, at).reshape(v + b, d); at += (v + b) * d
    offsets = np.frombuffer(data, "<u4", v + 1, at); at += 4 * (v + 1)
    vocab = data[at:at + size]
    words = [vocab[offsets[i]:offsets[i + 1]].decode() for i in range(v)]
    table = rows.astype(np.float32) * scales[:, None]
    return {w: i for i, w in enumerate(words)}, table, v, b


def buckets(word, n):
    marked = ("<" + word[:64] + ">").encode()
    out = []
    for size in range(3, min(5, len(marked)) + 1):
        for i in range(len(marked) - size + 1):
            h = 2166136261
            for c in marked[i:i + size]:
                h = ((h ^ c) * 16777619) & 0xffffffff
            out.append(h % n)
    return out
