"""Writes the trained transformer as a folder that package onnx opens:
python3 export.py TRAINED FOLDER [PROJECTION.npy]

The weights are int8, a scale for each column of a matrix and each row of the
tokens; the program makes float32 of them when it loads, so that nothing is rounded
by what else is in a batch. The ONNX file is written here by hand, field by field as
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has them. Needs numpy and torch.
"""
import json
import os
import struct
import sys

import numpy as np
import torch

FLOAT, INT8, INT64, INT32 = 1, 3, 7, 6


def number(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(at, value):
    if isinstance(value, int):
        return number(at << 3) + number(value)
    if isinstance(value, float):
        return number(at << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return number(at << 3 | 2) + number(len(value)) + value


class Graph:
    def __init__(self):
        self.nodes, self.tensors, self.count, self.known = [], [], 0, {}

    def tensor(self, name, a):
        kind = {"float32": FLOAT, "int8": INT8, "int64": INT64, "int32": INT32}[a.dtype.name]
        self.tensors.append(b"".join(field(1, int(n)) for n in a.shape) + field(2, kind) + field(8, name) + field(9, np.ascontiguousarray(a).tobytes()))
        return name

    def constant(self, *values, kind=np.int64, flat=False):
        key = (values, np.dtype(kind).name, flat)
        if key not in self.known:
            a = np.array(values, kind)
            self.known[key] = self.tensor(f"constant_{len(self.known)}", a.reshape(()) if flat else a)
        return self.known[key]

    def op(self, kind, *inputs, out=None, **attributes):
        self.count += 1
        out = out or f"{kind.lower()}_{self.count}"
        node = b"".join(field(1, i) for i in inputs) + field(2, out) + field(3, f"{kind}_{self.count}") + field(4, kind)
        for name, v in sorted(attributes.items()):
            a = field(1, name)
            if isinstance(v, float):
                a += field(2, v) + field(20, 1)
            elif isinstance(v, int):
                a += field(3, v) + field(20, 2)
            else:
                a += b"".join(field(8, i) for i in v) + field(20, 7)
            node += field(5, a)
        self.nodes.append(node)
        return out

    def model(self, inputs, outputs, name):
        def value(name, kind, shape):
            dims = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in shape)
            return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))
        graph = b"".join(field(1, n) for n in self.nodes) + field(2, name) + b"".join(field(5, t) for t in self.tensors)
        graph += b"".join(field(11, value(*v)) for v in inputs) + b"".join(field(12, value(*v)) for v in outputs)
        return field(1, 8) + field(2, "frontdesk") + field(7, graph) + field(8, field(1, "") + field(2, 17))


def rounded(a, axis):
    """a as int8 with a scale along all but axis."""
    most = np.abs(a).max(axis=1 - axis, keepdims=True)
    scale = np.where(most > 0, most / 127, 1).astype(np.float32)
    return np.rint(a / scale).clip(-127, 127).astype(np.int8), scale


def write(weights, sizes, far_most, projection):
    g = Graph()
    width, heads = sizes["width"], sizes["heads"]
    size = width // heads
    w = {k: v.float().numpy() for k, v in weights.items()}

    def matrix(name, a):
        q, scale = rounded(a, 1)
        return g.op("Mul", g.op("Cast", g.tensor(name, q), to=FLOAT), g.tensor(name + ".scale", scale))

    def linear(x, name):
        y = g.op("MatMul", x, matrix(name + ".weight", w[name + ".weight"].T))
        return g.op("Add", y, g.tensor(name + ".bias", w[name + ".bias"]))

    def norm(x, name):
        return g.op("LayerNormalization", x, g.tensor(name + ".weight", w[name + ".weight"]), g.tensor(name + ".bias", w[name + ".bias"]), axis=-1, epsilon=1e-5)

    q, scale = rounded(w["tokens.weight"], 0)
    ids = "input_ids"
    x = g.op("Mul", g.op("Cast", g.op("Gather", g.tensor("tokens.weight", q), ids, axis=0), to=FLOAT),
             g.op("Gather", g.tensor("tokens.scale", scale), ids, axis=0))
    x = g.op("MatMul", x, matrix("widen.weight", w["widen.weight"].T))
    shape = g.op("Shape", ids)
    n = g.op("Gather", shape, g.constant(1, flat=True), axis=0)
    at = g.op("Range", g.constant(0, flat=True), n, g.constant(1, flat=True))
    far = g.op("Sub", g.op("Unsqueeze", at, g.constant(0)), g.op("Unsqueeze", at, g.constant(1)))
    far = g.op("Add", g.op("Clip", far, g.constant(-far_most, flat=True), g.constant(far_most, flat=True)), g.constant(far_most, flat=True))
    mask = g.op("Cast", g.op("Unsqueeze", "attention_mask", g.constant(1, 2)), to=FLOAT)
    hidden = g.op("Mul", g.op("Sub", g.constant(1., kind=np.float32, flat=True), mask), g.constant(-1e4, kind=np.float32, flat=True))
    # Reshape takes 0 as the size that was.
    apart, joined = g.constant(0, 0, heads, size), g.constant(0, 0, width)
    for i in range(sizes["layers"]):
        p = f"layers.{i}."
        read = norm(x, p + "norm1")
        parts = []
        for k, name in enumerate(("query", "key", "value")):
            a = w[p + "qkv.weight"][k * width:(k + 1) * width].T
            b = w[p + "qkv.bias"][k * width:(k + 1) * width]
            if name == "query":
                a, b = a * size ** -.5, b * size ** -.5
            y = g.op("Add", g.op("MatMul", read, matrix(p + name + ".weight", a)), g.tensor(p + name + ".bias", b))
            parts.append(g.op("Transpose", g.op("Reshape", y, apart), perm=(0, 2, 3, 1) if name == "key" else (0, 2, 1, 3)))
        bias = g.op("Gather", g.tensor(p + "bias", np.ascontiguousarray(w[p + "bias"].T)), far, axis=1)
        scores = g.op("Add", g.op("Add", g.op("MatMul", parts[0], parts[1]), bias), hidden)
        mixed = g.op("Transpose", g.op("MatMul", g.op("Softmax", scores, axis=-1), parts[2]), perm=(0, 2, 1, 3))
        x = g.op("Add", x, linear(g.op("Reshape", mixed, joined), p + "out"))
        up = linear(norm(x, p + "norm2"), p + "up")
        half = g.op("Mul", up, g.constant(.5, kind=np.float32, flat=True))
        erf = g.op("Erf", g.op("Mul", up, g.constant(2 ** -.5, kind=np.float32, flat=True)))
        gelu = g.op("Mul", half, g.op("Add", erf, g.constant(1., kind=np.float32, flat=True)))
        x = g.op("Add", x, linear(gelu, p + "down"))
    if projection is not None:
        x = g.op("MatMul", x, matrix("projection", projection))
        width = projection.shape[1]
    g.op("Identity", x, out="last_hidden_state")
    return g.model([("input_ids", INT64, ("batch", "sequence")), ("attention_mask", INT64, ("batch", "sequence"))],
                   [("last_hidden_state", FLOAT, ("batch", "sequence", width))], "frontdesk"), width


def main(trained, out, projection=None):
    a = torch.load(os.path.join(trained, "tokens.pt"), map_location="cpu")
    weights = a["weights"] | torch.load(os.path.join(trained, "layers.pt"), map_location="cpu")["weights"]
    far = (weights["layers.0.bias"].shape[0] - 1) // 2
    data, width = write(weights, a["sizes"], far, np.load(projection) if projection else None)
    vocab = open(os.path.join(trained, "vocab.txt"), encoding="utf-8").read()
    files = {
        "model.onnx": data,
        "vocab.txt": vocab.encode(),
        "config.json": {"model_type": "bert", "hidden_size": width, "pad_token_id": 0},
        "tokenizer_config.json": {"do_lower_case": True, "model_max_length": 128},
        "sentence_bert_config.json": {"max_seq_length": 128, "do_lower_case": False},
        "modules.json": [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                         {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}],
        "1_Pooling/config.json": {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True},
    }
    for name, content in files.items():
        path = os.path.join(out, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else (json.dumps(content) + "\n").encode())
    print("wrote", out, len(data), "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
