"""Writes the trained transformer as a folder that package onnx opens:
python3 export.py TRAINED FOLDER

The weights are int8, a scale for each column of a matrix and each row of the tokens,
and what they are multiplied by is rounded to bytes as it comes: on a processor with
VNNI that takes half the time of float32. Where the steps lie hangs on all numbers of
a run, so there is no attention_mask, and texts go through the model one by one.
The ONNX file is written here by hand, field by field as
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has them. Needs numpy and torch.
"""
import json
import os
import struct
import sys

import numpy as np
import torch

FLOAT, INT8, INT32, INT64 = 1, 3, 6, 7
# Weights go to 64 on each side, not to 127: then the sum of two of their products with
# a byte fits into 16 bits, as processors without VNNI leave it, and all compute the same.
STEPS = 64


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

    def op(self, kind, *inputs, out=None, outs=1, **attributes):
        """Adds an operator and gives the name of its output, or the names of several."""
        self.count += 1
        names = [out or f"{kind.lower()}_{self.count}"]
        names += [f"{names[0]}_{k}" for k in range(1, outs)]
        node = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in names) + field(3, f"{kind}_{self.count}") + field(4, kind)
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
        return names[0] if outs == 1 else names

    def steps(self, x):
        """x in bytes, the size of a step, and which byte is zero."""
        return self.op("DynamicQuantizeLinear", x, outs=3)

    def model(self, inputs, outputs, name):
        def value(name, kind, shape):
            dims = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in shape)
            return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))
        graph = b"".join(field(1, n) for n in self.nodes) + field(2, name) + b"".join(field(5, t) for t in self.tensors)
        graph += b"".join(field(11, value(*v)) for v in inputs) + b"".join(field(12, value(*v)) for v in outputs)
        return field(1, 8) + field(2, "frontdesk") + field(7, graph) + field(8, field(1, "") + field(2, 17))


def rounded(a, axis, most):
    """a as int8 with a scale along all but axis."""
    top = np.abs(a).max(axis=1 - axis, keepdims=True)
    scale = np.where(top > 0, top / most, 1).astype(np.float32)
    return np.rint(a / scale).clip(-most, most).astype(np.int8), scale


def write(weights, sizes, far_most):
    g = Graph()
    width, heads = sizes["width"], sizes["heads"]
    size = width // heads
    w = {k: v.float().numpy() for k, v in weights.items()}

    def number(x):
        return g.constant(float(x), kind=np.float32, flat=True)

    def product(x, a, name, bias=None):
        """x by a matrix: in this form ONNX Runtime does all of it at once, and x is
        put into 256 steps from its least to its greatest number."""
        q, scale = rounded(a, 1, STEPS)
        y = g.op("Cast", g.op("MatMulInteger", x[0], g.tensor(name + ".weight", q), x[2]), to=FLOAT)
        y = g.op("Mul", y, g.op("Mul", x[1], g.tensor(name + ".scale", scale[0])))
        return y if bias is None else g.op("Add", y, g.tensor(name + ".bias", bias))

    def norm(x, name):
        return g.op("LayerNormalization", x, g.tensor(name + ".weight", w[name + ".weight"]), g.tensor(name + ".bias", w[name + ".bias"]), axis=-1, epsilon=1e-5)

    q, scale = rounded(w["tokens.weight"], 0, 127)
    ids = "input_ids"
    x = g.op("Mul", g.op("Cast", g.op("Gather", g.tensor("tokens.weight", q), ids, axis=0), to=FLOAT),
             g.op("Gather", g.tensor("tokens.scale", scale), ids, axis=0))
    x = product(g.steps(x), w["widen.weight"].T, "widen")
    n = g.op("Gather", g.op("Shape", ids), g.constant(1, flat=True), axis=0)
    at = g.op("Range", g.constant(0, flat=True), n, g.constant(1, flat=True))
    far = g.op("Sub", g.op("Unsqueeze", at, g.constant(0)), g.op("Unsqueeze", at, g.constant(1)))
    far = g.op("Add", g.op("Clip", far, g.constant(-far_most, flat=True), g.constant(far_most, flat=True)), g.constant(far_most, flat=True))
    # Reshape takes 0 as the size that was.
    apart, joined = g.constant(0, 0, heads, size), g.constant(0, 0, width)
    for i in range(sizes["layers"]):
        p = f"layers.{i}."
        a, b = w[p + "qkv.weight"].T.copy(), w[p + "qkv.bias"].copy()
        a[:, :width] *= size ** -.5
        b[:width] *= size ** -.5
        y = product(g.steps(norm(x, p + "norm1")), a, p + "qkv", b)
        parts = g.op("Split", y, g.constant(width, width, width), outs=3, axis=2)
        query, key, value = (g.op("Transpose", g.op("Reshape", y, apart), perm=perm)
                             for y, perm in zip(parts, ((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3))))
        bias = g.op("Gather", g.tensor(p + "bias", np.ascontiguousarray(w[p + "bias"].T)), far, axis=1)
        scores = g.op("Add", g.op("MatMul", query, key), bias)
        mixed = g.op("Transpose", g.op("MatMul", g.op("Softmax", scores, axis=-1), value), perm=(0, 2, 1, 3))
        x = g.op("Add", x, product(g.steps(g.op("Reshape", mixed, joined)), w[p + "out.weight"].T, p + "out", w[p + "out.bias"]))
        up = product(g.steps(norm(x, p + "norm2")), w[p + "up.weight"].T, p + "up", w[p + "up.bias"])
        # This form of GELU, too, is done at once.
        gelu = g.op("Add", g.op("Erf", g.op("Div", up, number(2 ** .5))), number(1))
        gelu = g.op("Mul", g.op("Mul", up, gelu), number(.5))
        x = g.op("Add", x, product(g.steps(gelu), w[p + "down.weight"].T, p + "down", w[p + "down.bias"]))
    g.op("Identity", x, out="last_hidden_state")
    return g.model([("input_ids", INT64, ("batch", "sequence"))],
                   [("last_hidden_state", FLOAT, ("batch", "sequence", width))], "frontdesk"), width


def main(trained, out):
    a = torch.load(os.path.join(trained, "tokens.pt"), map_location="cpu")
    weights = a["weights"] | torch.load(os.path.join(trained, "layers.pt"), map_location="cpu")["weights"]
    far = (weights["layers.0.bias"].shape[0] - 1) // 2
    data, width = write(weights, a["sizes"], far)
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
