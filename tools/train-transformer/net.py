"""The transformer: token vectors of the width of the static model, widened; layers
that normalise what they read (Xiong et al. 2020, "On Layer Normalization in the
Transformer Architecture"); places by a learnt bias of the distance (Raffel et al.
2020, "Exploring the Limits of Transfer Learning"), so that no text is too long. A
text's vector is the mean of its tokens'. The layers begin at nothing, so that the
untrained network is the static model.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

FAR = 24  # distances beyond this are as this


class Layer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.bias = nn.Parameter(torch.zeros(2 * FAR + 1, heads))
        for m in (self.qkv, self.up):
            nn.init.normal_(m.weight, std=width ** -.5)
        for m in (self.out, self.down):
            nn.init.zeros_(m.weight)
        for m in (self.qkv, self.out, self.up, self.down):
            nn.init.zeros_(m.bias)

    def forward(self, x, far, hidden):
        b, n, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (w // self.heads) ** -.5
        scores = scores + self.bias[far].permute(2, 0, 1).to(scores.dtype)
        if hidden is not None:
            scores = scores.masked_fill(hidden[:, None, None, :], -1e4)
        mixed = (scores.float().softmax(-1).to(v.dtype) @ v).transpose(1, 2).reshape(b, n, w)
        x = x + self.out(mixed)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Net(nn.Module):
    def __init__(self, vocab, narrow=192, width=384, layers=4, heads=6, inner=1536):
        super().__init__()
        self.sizes = dict(vocab=vocab, narrow=narrow, width=width, layers=layers, heads=heads, inner=inner)
        self.tokens = nn.Embedding(vocab, narrow)
        self.widen = nn.Linear(narrow, width, bias=False)
        self.layers = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        # For the hidden words alone; not part of what is kept.
        self.head_norm, self.head = nn.LayerNorm(width), nn.Linear(width, narrow)
        self.head_bias = nn.Parameter(torch.zeros(vocab))
        nn.init.orthogonal_(self.widen.weight)

    def forward(self, ids, hidden=None):
        """The tokens' vectors [batch, n, width]; hidden is true where there is none."""
        n = ids.shape[1]
        at = torch.arange(n, device=ids.device)
        far = (at[None, :] - at[:, None]).clamp(-FAR, FAR) + FAR
        x = self.widen(self.tokens(ids))
        for layer in self.layers:
            x = layer(x, far, hidden)
        return x

    def embed(self, ids, hidden=None):
        """The texts' vectors, not scaled to length 1 [batch, width]."""
        x = self(ids, hidden).float()
        if hidden is None:
            return x.mean(1)
        keep = (~hidden).float()[:, :, None]
        return (x * keep).sum(1) / keep.sum(1).clamp(min=1)

    def words(self, x):
        """The logits of the words at places [n, width]."""
        return F.linear(self.head(self.head_norm(x)) * .25, self.tokens.weight, self.head_bias)

    def kept(self):
        return {k: v.detach().half().cpu() for k, v in self.state_dict().items() if not k.startswith("head")}


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for the matrices of the layers (Jordan et al. 2024,
    "Muon"), of the size of Adam's steps (Liu et al. 2025, "Muon is Scalable for LLM
    Training")."""

    def __init__(self, params, lr, momentum=.95, decay=.01):
        super().__init__(params, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(tuple(p.shape), []).append(p)
            for shape, ps in shapes.items():
                g = torch.stack([p.grad.float() for p in ps])
                s = self.state[ps[0]]
                if "m" not in s:
                    s["m"] = torch.zeros_like(g)
                m = s["m"].mul_(group["momentum"]).add_(g)
                u = orthogonal(g + group["momentum"] * m)
                u = u * (.2 * math.sqrt(max(shape)))
                for p, x in zip(ps, u):
                    p.mul_(1 - group["lr"] * group["decay"]).add_(x.to(p.dtype), alpha=-group["lr"])


def orthogonal(g):
    x = g.bfloat16() if g.is_cuda else g
    flip = x.shape[-2] > x.shape[-1]
    if flip:
        x = x.transpose(-1, -2)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        y = x @ x.transpose(-1, -2)
        x = 3.4445 * x + (-4.7750 * y + 2.0315 * y @ y) @ x
    return (x.transpose(-1, -2) if flip else x).float()
