"""The model, of the shape of OpenAI's Whisper (Radford et al. 2022), and its file.

The decoder knows the ids of the vocabulary that are used alone. All others are one row of
the embedding, counted as often as there are others; in the file each has that row.

The file, as whisper_model_load of whisper.cpp 1.9.1 reads it, little-endian: uint32 0x67676d6c; int32
vocabulary, audio context, width, heads and layers of the encoder, text context, width, heads and layers of
the decoder, mels, file type (2007: q8_0, of the second version of the quantised forms); int32 mels and bins,
then the float32 of the mel filters, mel by mel; int32 how many tokens of text, and for each int32 its bytes
and these; then the tensors to the end, each int32 dimensions, bytes of the name, kind (0 float32, 1 float16,
8 q8_0), int32 for each dimension, the innermost first, the name, the values. q8_0 has blocks of 32 values of
a row: a float16 scale and 32 int8. Vectors are float32, convolutions float16, matrices q8_0.
"""
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY = 51864  # of an English model; whisper.cpp knows the special ids by it
EOT, SOT, PREV, NOSPEECH, NOTIMES, BEGIN = 50256, 50257, 50360, 50361, 50362, 50363
TIMES = 1501
MELS, BINS, AUDIO, TEXT = 80, 201, 1500, 448


class Ids:
    """The used ids, numbered from 0: tokens of text, special ones, times, and the rest as one."""

    def __init__(self, texts):
        self.used = list(range(texts)) + [EOT, SOT, PREV, NOSPEECH, NOTIMES] + [BEGIN + i for i in range(TIMES)]
        self.eot, self.sot, self.prev, self.nospeech, self.notimes, self.begin = (texts + i for i in range(6))
        self.texts, self.other = texts, len(self.used)
        self.others = VOCABULARY - len(self.used)


def gelu(x):
    return F.gelu(x, approximate="tanh")  # as ggml computes it


FUSED = hasattr(F, "scaled_dot_product_attention")  # from torch 2.0 on


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, of=None, causal=False):
        of = x if of is None else of
        b, n, d = x.shape
        q = self.query(x).view(b, n, self.heads, -1).transpose(1, 2)
        k = self.key(of).view(b, of.shape[1], self.heads, -1).transpose(1, 2)
        v = self.value(of).view(b, of.shape[1], self.heads, -1).transpose(1, 2)
        if FUSED:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        else:
            w = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
            if causal:
                w = w + torch.full((n, n), float("-inf"), device=x.device).triu(1)
            y = w.float().softmax(-1).to(v.dtype) @ v
        return self.out(y.transpose(1, 2).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, width, heads, cross, drop):
        super().__init__()
        self.attn, self.attn_ln = Attention(width, heads), nn.LayerNorm(width)
        self.cross_attn = Attention(width, heads) if cross else None
        self.cross_attn_ln = nn.LayerNorm(width) if cross else None
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width))
        self.mlp_ln = nn.LayerNorm(width)
        self.drop = nn.Dropout(drop)

    def forward(self, x, of=None):
        x = x + self.drop(self.attn(self.attn_ln(x), causal=of is not None))
        if of is not None:
            x = x + self.drop(self.cross_attn(self.cross_attn_ln(x), of))
        return x + self.drop(self.mlp[2](gelu(self.mlp[0](self.mlp_ln(x)))))


def waves(places, width):
    """The encoder's places: sines and cosines, as in OpenAI's whisper/model.py."""
    half = width // 2
    angle = torch.arange(places)[:, None] * torch.exp(-math.log(10000) / (half - 1) * torch.arange(half))[None]
    return torch.cat([angle.sin(), angle.cos()], 1)


class Whisper(nn.Module):
    def __init__(self, texts, width, heads, audio_layers, text_layers, letters, drop=0.0):
        super().__init__()
        self.ids = Ids(texts)
        self.shape = (width, heads, audio_layers, text_layers)
        self.conv1 = nn.Conv1d(MELS, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("places", waves(AUDIO, width))
        self.encoder = nn.ModuleList(Block(width, heads, False, drop) for _ in range(audio_layers))
        self.ln_post = nn.LayerNorm(width)
        self.embedding = nn.Parameter(torch.randn(self.ids.other + 1, width) * 0.05)
        self.positions = nn.Parameter(torch.randn(TEXT, width) * 0.01)
        self.decoder = nn.ModuleList(Block(width, heads, True, drop) for _ in range(text_layers))
        self.ln = nn.LayerNorm(width)
        # Only for training: letters straight from the encoder (Graves et al. 2006), from
        # which the decoder's attention finds its way sooner.
        self.letters = nn.Linear(width, letters)
        for block in list(self.encoder) + list(self.decoder):
            for last in [block.attn.out, block.mlp[2]] + ([block.cross_attn.out] if block.cross_attn else []):
                nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * max(audio_layers, text_layers)))

    def encode(self, mel):
        """Of the log-mel of a window (batch, 80, 2n) the n vectors."""
        x = gelu(self.conv2(gelu(self.conv1(mel)))).transpose(1, 2).float()
        x = x + self.places[:x.shape[1]]
        for block in self.encoder:
            x = block(x)
        return self.ln_post(x)

    def decode(self, tokens, of):
        x = self.embedding[tokens] + self.positions[:tokens.shape[1]]
        x = x.to(of.dtype)
        for block in self.decoder:
            x = block(x, of)
        return self.ln(x)

    def logits(self, x):
        out = F.linear(x, self.embedding.to(x.dtype)).float()
        return torch.cat([out[..., :-1], out[..., -1:] + math.log(self.ids.others)], -1)


def mel_filters():
    """Triangular filters on the mel scale of Slaney's Auditory Toolbox (1998), as ggmltest has them."""
    def hertz(mel):
        return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)
    top = 15 + math.log(8) * 27 / math.log(6.4)
    edges = [hertz(top * i / (MELS + 1)) for i in range(MELS + 2)]
    f = np.arange(BINS) * 8000 / (BINS - 1)
    rows = []
    for low, middle, high in zip(edges, edges[1:], edges[2:]):
        rows.append(np.maximum(0, np.minimum((f - low) / (middle - low), (high - f) / (high - middle))) * 2 / (high - low))
    return np.array(rows, dtype=np.float32)


def q8_0(x):
    """Blocks of 32 numbers: a scale of 16 bits, and 8 bits for each."""
    blocks = x.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    out = np.empty(len(blocks), dtype=[("d", "<f2"), ("q", "i1", 32)])
    out["d"], out["q"] = scale, np.round(blocks * inverse[:, None])
    return out.tobytes()


def write(model, state, tokens, file):
    """The model in whisper.cpp's format; asr/whisper/ggmltest documents the layout. state has its weights."""
    width, heads, audio_layers, text_layers = model.shape
    s = {k: v.detach().float().cpu().numpy() for k, v in state.items()}
    with open(file, "wb") as f:
        f.write(struct.pack("<I11i", 0x67676d6c, VOCABULARY, AUDIO, width, heads, audio_layers, TEXT, width, heads, text_layers, MELS, 2007))
        f.write(struct.pack("<2i", MELS, BINS) + mel_filters().tobytes())
        f.write(struct.pack("<i", len(tokens)))
        for t in tokens:
            b = t.encode("latin-1")
            f.write(struct.pack("<i", len(b)) + b)

        def put(name, x, kind):
            shape = x.shape[::-1]
            f.write(struct.pack("<3i", len(shape), len(name), kind) + struct.pack("<%di" % len(shape), *shape) + name.encode())
            f.write({0: lambda: x.astype("<f4").tobytes(), 1: lambda: x.astype("<f2").tobytes(), 8: lambda: q8_0(x)}[kind]())

        def norm(name, of):
            put(name + ".weight", s[of + ".weight"], 0)
            put(name + ".bias", s[of + ".bias"], 0)

        def linear(name, of, bias=True):
            put(name + ".weight", s[of + ".weight"], 8)
            if bias:
                put(name + ".bias", s[of + ".bias"], 0)

        put("encoder.positional_embedding", waves(AUDIO, width).numpy(), 0)
        for conv in ("conv1", "conv2"):
            put("encoder.%s.weight" % conv, s[conv + ".weight"], 1)
            put("encoder.%s.bias" % conv, s[conv + ".bias"][:, None], 0)
        norm("encoder.ln_post", "ln_post")
        put("decoder.positional_embedding", s["positions"], 0)
        table = np.repeat(s["embedding"][-1:], VOCABULARY, 0)
        table[model.ids.used] = s["embedding"][:-1]
        put("decoder.token_embedding.weight", table, 8)
        norm("decoder.ln", "ln")
        for side, layers in (("encoder", audio_layers), ("decoder", text_layers)):
            for i in range(layers):
                name, of = "%s.blocks.%d" % (side, i), "%s.%d" % (side, i)
                for attention in ["attn"] + (["cross_attn"] if side == "decoder" else []):
                    norm("%s.%s_ln" % (name, attention), "%s.%s_ln" % (of, attention))
                    for part in ("query", "key", "value", "out"):
                        linear("%s.%s.%s" % (name, attention, part), "%s.%s.%s" % (of, attention, part), part != "key")
                norm(name + ".mlp_ln", of + ".mlp_ln")
                linear(name + ".mlp.0", of + ".mlp.0")
                linear(name + ".mlp.2", of + ".mlp.2")
