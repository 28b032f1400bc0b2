"""Trains the transformer within a number of seconds: python3 train.py SECONDS DATA OUT

DATA is a folder in which, or in whose folders, part-*.npz.xz, vocab.txt and first.npy
lie (see README.md). Half of the time hidden words are guessed, whole words
at a time; then pairs of texts that mean the same are told from all others of the
batch. The data lies on the GPU; lengths of texts and learning rates go by what is
known beforehand, so that the GPU never waits. OUT gets train.log, vocab.txt, and
the weights as float16 in tokens.pt and layers.pt, during the training too.
"""
import contextlib
import glob
import io
import json
import lzma
import os
import queue
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F

from net import Muon, Net
from wordpiece import CLS, MASK, PAD, SEP

BEGUN = float(os.environ.get("BEGUN") or time.time())
TAU, SINGLE, POWER, DROP = .05, .65, .6, .1
HIDE = .22  # the share of words that are hidden
WEIGHTS = {"syn": .3, "gloss": .7, "head": .7}  # of types of pairs; others 1
RATE_WORDS, RATE_PAIRS = 2e-3, 1e-3
SEED = int(os.environ.get("SEED", 1))


def unpack(name):
    with np.load(io.BytesIO(lzma.open(name).read())) as a:
        return {k: a[k] for k in a.files}


def find(data, name):
    got = sorted(glob.glob(os.path.join(data, "**", name), recursive=True))
    if not got:
        sys.exit(f"there is no {name} in {data}")
    return got


class Data:
    """Texts, pairs and what to watch with, on a device."""

    def __init__(self, data, device):
        named = {os.path.basename(n): n for n in find(data, "part-*.npz.xz")}
        with ProcessPoolExecutor(3) as pool:
            parts = list(pool.map(unpack, [named[f"part-{k}.npz.xz"] for k in "abc"]))
        tokens = np.concatenate([p["tokens"] for p in parts])
        self.lengths = np.concatenate([p["lengths"] for p in parts]).astype(np.int64)
        p = parts[2]
        self.goes_on, self.bench = int(p["goes_on"][0]), p
        a = np.cumsum(p["pair_a"].astype(np.int64))
        no = p["pair_no"].astype(np.int64)
        self.pairs = np.stack([a, a + p["pair_b"], np.where(no == -2**31, -1, a + no), p["pair_group"].astype(np.int64)], 1)
        self.kinds = [str(c) for c in p["classes"]]
        whole = (self.lengths[self.pairs[:, 0]] > 0) & (self.lengths[self.pairs[:, 1]] > 0)
        of = p["pair_class"].astype(np.int64)
        self.members = [np.flatnonzero((of == c) & whole) for c in range(len(self.kinds))]
        share = np.array([len(m) ** POWER * WEIGHTS.get(k.split()[1], 1) for m, k in zip(self.members, self.kinds)])
        self.share = share / share.sum()
        # One place more, so that a text's end may be looked beyond.
        self.tokens = torch.tensor(np.append(tokens.astype(np.int32), [0] * 64), device=device)
        starts = np.cumsum(self.lengths) - self.lengths
        self.starts = torch.tensor(starts, device=device)
        self.gpu_lengths = torch.tensor(self.lengths, device=device)
        self.device = device
        first = np.load(find(data, "first.npy")[0]).astype(np.float32)
        self.first = torch.tensor(first / np.sqrt((first[5:] ** 2).mean()) * .5, device=device)
        self.by_length = {n: torch.tensor(np.flatnonzero(self.lengths == n), device=device) for n in range(4, int(self.lengths.max()) + 1)}
        self.by_length = {n: t for n, t in self.by_length.items() if len(t)}
        mass = np.array([n * len(t) for n, t in self.by_length.items()], float)
        self.of_length = mass / mass.sum()

    def ids(self, texts, n):
        """The texts' numbers with the two around them, and where there is none
        [texts, n+2]; n is the length of the longest."""
        at = torch.arange(n + 2, device=self.device)
        long = self.gpu_lengths[texts][:, None]
        ids = self.tokens[self.starts[texts][:, None] + (at - 1).clamp(min=0)]
        ids = torch.where(at == 0, CLS, torch.where(at <= long, ids, torch.where(at == long + 1, SEP, PAD)))
        return ids.long(), at > long + 1

    def static(self, texts, n):
        """The static model's vectors of texts, of length 1."""
        ids, _ = self.ids(texts, n)
        return F.normalize(F.embedding(ids, self.first).sum(1), dim=-1)


def rate(peak, done, warm=.04, last=.05):
    if done < warm:
        return peak * done / warm
    return peak * (1 - (1 - last) * (done - warm) / (1 - warm))


class Trainer:
    def __init__(self, data, out, scale):
        self.data, self.out, self.scale = data, out, scale
        self.device = data.device
        torch.manual_seed(SEED)
        sizes = json.loads(os.environ.get("SIZES", "{}"))
        self.net = Net(len(data.first), data.first.shape[1], **sizes).to(self.device)
        with torch.no_grad():
            self.net.tokens.weight.copy_(data.first)
            self.net.tokens.weight[:5].normal_(std=.02)
        matrices = [p for n, p in self.net.named_parameters() if n.startswith("layers.") and n.endswith("weight") and p.dim() == 2]
        ids = {id(p) for p in matrices}
        rest = [p for p in self.net.parameters() if id(p) not in ids]
        fused = {"fused": True} if self.device == "cuda" and int(torch.__version__.split(".")[0]) >= 2 else {}
        self.opts = [Muon(matrices, 0), torch.optim.AdamW(rest, 0, betas=(.9, .98), weight_decay=0, **fused)]
        self.cast = (lambda: torch.autocast("cuda", dtype=torch.bfloat16)) if self.device == "cuda" else contextlib.nullcontext
        self.log_file = open(os.path.join(out, "train.log"), "a")
        self.saved = time.time()

    def say(self, *x):
        line = f"{time.time() - BEGUN:6.1f} " + " ".join(str(y) for y in x)
        print(line, flush=True)
        print(line, file=self.log_file, flush=True)

    def step(self, loss, lr):
        for o in self.opts:
            o.zero_grad(set_to_none=True)
        loss.backward()
        for o, by in zip(self.opts, (1, .7)):
            for g in o.param_groups:
                g["lr"] = lr * by
            o.step()

    # Hidden words.

    def words(self, until):
        r = np.random.default_rng(SEED)
        begin, step, seen, shown, at = time.time(), 0, 0, time.time(), 0
        per = int(65536 * self.scale)
        lengths = list(self.data.by_length)
        total = 0.
        while (now := time.time()) < until:
            n = lengths[r.choice(len(lengths), p=self.data.of_length)]
            all_of = self.data.by_length[n]
            texts = all_of[torch.randint(len(all_of), (max(8, per // (n + 2)),), device=self.device)]
            lr = rate(RATE_WORDS, (now - begin) / (until - begin), last=.4)
            with self.cast():
                loss = self.guess(texts, n)
            self.step(loss, lr)
            total = total + loss.detach()
            step, seen = step + 1, seen + len(texts) * (n + 2)
            if now - shown > 5 or step in (2, 20):
                self.say("words", "step", step, "loss", round(float(total) / (step - at), 4), "million tokens", round(seen / 1e6, 2))
                shown, total, at = now, 0., step
            self.save()

    def guess(self, texts, n):
        ids, _ = self.data.ids(texts, n)
        begins = (ids < self.data.goes_on).cumsum(1)
        u = torch.rand(ids.shape, device=self.device).gather(1, begins.clamp(max=n + 1))
        hide = (u < HIDE) & (ids != CLS) & (ids != SEP)
        k = int(1.15 * HIDE * ids.numel())
        weight, at = hide.flatten().float().topk(k)
        kind = torch.rand(ids.shape, device=self.device)
        other = torch.randint(5, len(self.data.first), ids.shape, device=self.device)
        seen = torch.where(hide & (kind < .85), torch.full_like(ids, MASK), torch.where(hide & (kind > .95), other, ids))
        x = self.net(seen).flatten(0, 1)[at]
        loss = F.cross_entropy(self.net.words(x).float(), ids.flatten()[at], reduction="none")
        return (loss * weight).sum() / weight.sum()

    # Pairs.

    def batches(self, stop, into):
        """Batches of pairs, made beside the training: the texts by length, where
        each pair's are among them, and the cuts into parts of one width."""
        r = np.random.default_rng(SEED + 1)
        d = self.data
        size, budget = int(2048 * self.scale), 120_000 * self.scale
        own = d.kinds.index("own contrary")
        while not stop.is_set():
            if r.random() < SINGLE:
                of = d.members[r.choice(len(d.kinds), p=d.share)]
                p = r.choice(of, min(size, len(of)), replace=False) if len(of) < 4 * size else np.unique(r.choice(of, size))
            else:
                p = np.empty(0, np.int64)
            counts = r.multinomial(size - len(p), d.share) if size > len(p) else []
            p = np.concatenate([p] + [d.members[c][r.integers(len(d.members[c]), size=k)] for c, k in enumerate(counts) if k]
                               + [d.members[own][r.integers(len(d.members[own]), size=size // 12)]])
            p = np.unique(p)
            r.shuffle(p)
            rows = d.pairs[p]
            tokens = np.cumsum(d.lengths[rows[:, 0]] + d.lengths[rows[:, 1]] + 4)
            rows = rows[:max(16, int(np.searchsorted(tokens, budget)))]
            swap = r.random(len(rows)) < .5
            a, b = np.where(swap, rows[:, 1], rows[:, 0]), np.where(swap, rows[:, 0], rows[:, 1])
            no = rows[:, 2][rows[:, 2] >= 0]
            texts = np.concatenate([a, b, no])
            order = np.argsort(d.lengths[texts], kind="stable")
            back = np.empty_like(order)
            back[order] = np.arange(len(order))
            long = d.lengths[texts[order]]
            parts = np.searchsorted(np.cumsum(long + 2), np.linspace(0, (long + 2).sum(), 9)[1:-1])
            cuts = np.unique(np.concatenate([[0], parts, [len(texts)]]))
            widths = [int(long[j - 1]) for j in cuts[1:]]
            host = torch.from_numpy(np.concatenate([texts[order], back, texts, rows[:, 3]]))
            if self.device == "cuda":
                host = host.pin_memory()
            item = (host, len(rows), len(no), cuts.tolist(), widths)
            while not stop.is_set():
                try:
                    into.put(item, timeout=.5)
                    break
                except queue.Full:
                    pass

    def pairs(self, until):
        stop, ready = threading.Event(), queue.Queue(6)
        thread = threading.Thread(target=self.batches, args=(stop, ready), daemon=True)
        thread.start()
        begin, step, seen, shown, total, at = time.time(), 0, 0, time.time(), 0., 0
        while (now := time.time()) < until:
            done = (now - begin) / (until - begin)
            item = ready.get()
            with self.cast():
                loss, told = self.tell(*item, teach=.3 * (1 - done))
            self.step(loss, rate(RATE_PAIRS, done, last=.0))
            step, seen, total = step + 1, seen + item[1], total + told.detach()
            if now - shown > 5 or step in (2, 20):
                self.say("pairs", "step", step, "loss", round(float(total) / (step - at), 4), "million pairs", round(seen / 1e6, 3))
                shown, total, at = now, 0., step
            self.save()
        stop.set()
        thread.join()

    def tell(self, host, n, m, cuts, widths, teach):
        d = self.data
        all_ = host.to(self.device, non_blocking=True)
        k = 2 * n + m
        order, back, texts, group = all_[:k], all_[k:2 * k], all_[2 * k:3 * k], all_[3 * k:]
        vectors, statics = [], []
        for i, j, w in zip(cuts, cuts[1:], widths):
            ids, hidden = d.ids(order[i:j], w)
            drop = (torch.rand(ids.shape, device=self.device) < DROP) & (ids != CLS) & (ids != SEP)
            vectors.append(self.net.embed(ids, hidden | drop))
            statics.append(d.static(order[i:j], w))
        v = F.normalize(torch.cat(vectors)[back], dim=-1)
        s = torch.cat(statics)[back]
        a, b, no = v[:n], v[n:2 * n], v[2 * n:]
        ta, tb, tn = texts[:n], texts[n:2 * n], texts[2 * n:]
        same = (group[:, None] == group) & (group != 0)[:, None] | (ta[:, None] == ta) | (tb[:, None] == tb) | (ta[:, None] == tb) | (tb[:, None] == ta)
        same.fill_diagonal_(False)
        same_no = (ta[:, None] == tn) | (tb[:, None] == tn)
        target = torch.arange(n, device=self.device)
        loss = 0
        with torch.autocast(self.device, enabled=False) if self.device == "cuda" else contextlib.nullcontext():
            mix = a @ b.t()
            for x, logits in ((a, mix), (b, mix.t())):
                full = torch.cat([logits.masked_fill(same, -10), (x @ no.t()).masked_fill(same_no, -10)], 1)
                loss = loss + F.cross_entropy(full / TAU, target) / 2
            # The static model as a teacher: how its products are spread.
            taught = F.kl_div((mix / .1).log_softmax(1), (s[:n] @ s[n:2 * n].t() / .1).softmax(1), reduction="batchmean")
        return loss + teach * taught, loss

    # Keeping and watching.

    def save(self, every=60):
        if time.time() - self.saved < every:
            return
        self.saved = time.time()
        kept = self.net.kept()
        kept.pop("head_bias", None)
        narrow = {k: v for k, v in kept.items() if not k.startswith("layers.")}
        torch.save({"sizes": self.net.sizes, "weights": narrow}, os.path.join(self.out, "tokens.pt"))
        torch.save({"weights": {k: v for k, v in kept.items() if k.startswith("layers.")}}, os.path.join(self.out, "layers.pt"))

    @torch.no_grad()
    def watch(self, name):
        """How clinc150's validation queries fare with a base of five phrasings."""
        if os.environ.get("WATCH") == "0":
            return
        b = self.data.bench
        lengths = b["bench_lengths"].astype(np.int64)
        width = int(lengths.max()) + 2
        ids = np.full((len(lengths), width), PAD, np.int64)
        at = 0
        for i, n in enumerate(lengths):
            ids[i, 0], ids[i, 1:n + 1], ids[i, n + 1] = CLS, b["bench_tokens"][at:at + n], SEP
            at += n
        ids = torch.tensor(ids, device=self.device)
        got = []
        with self.cast():
            for part in ids.split(512):
                got.append(F.normalize(self.net.embed(part, part == PAD), dim=-1))
        v = torch.cat(got)
        s = F.normalize(F.embedding(ids, self.data.first).sum(1), dim=-1)
        labels = torch.tensor(b["bench_labels"].astype(np.int64), device=self.device)
        expect = torch.tensor(b["bench_expect"].astype(np.int64), device=self.device)
        for what, x in (("alone", v), ("static", s), ("both", torch.cat([v * .7 ** .5, s * .3 ** .5], 1))):
            n = len(labels)
            x = F.normalize(x - x[:n].mean(0), dim=-1)
            near = labels[(x[n:] @ x[:n].t()).argmax(1)]
            with torch.enable_grad():
                w = torch.zeros(x.shape[1], int(labels.max()) + 1, device=self.device, requires_grad=True)
                o = torch.optim.Adam([w], .5)
                for i in range(100):
                    loss = F.cross_entropy(x[:n] @ w, labels) + 2e-5 * (w ** 2).sum()
                    o.zero_grad(); loss.backward(); o.step()
            inside = expect >= 0
            line = (x[n:] @ w).argmax(1)
            self.say("watch", name, what, "nearest", round((near == expect)[inside].float().mean().item(), 4),
                     "linear", round((line == expect)[inside].float().mean().item(), 4))


def main(seconds, data, out):
    os.makedirs(out, exist_ok=True)
    seconds = float(seconds)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    scale = float(os.environ.get("SCALE", 1 if device == "cuda" else 1 / 64))
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    d = Data(data, device)
    end = BEGUN + seconds - (10 if seconds > 60 else 5)  # what is left is for keeping and watching
    for attempt in range(3):
        t = Trainer(d, out, scale)
        t.say("torch", torch.__version__, device, "texts", len(d.lengths), "tokens", len(d.tokens), "pairs", len(d.pairs), "scale", scale,
              "parameters", sum(p.numel() for n, p in t.net.named_parameters() if not n.startswith("head")))
        try:
            t.watch("begin")
            now = time.time()
            t.words(now + float(os.environ.get("WORDS", .45)) * (end - now))
            t.watch("words")
            t.pairs(end)
            break
        except RuntimeError as e:
            if "out of memory" not in str(e) or attempt == 2:
                t.save(0)
                raise
            t.say("out of memory; half the batch from here on")
            scale /= 2
            del t
            torch.cuda.empty_cache()
    t.save(0)
    t.watch("end")
    open(os.path.join(out, "vocab.txt"), "w", encoding="utf-8").write(open(find(data, "vocab.txt")[0], encoding="utf-8").read())
    if device == "cuda":
        t.say("memory at most", torch.cuda.max_memory_allocated() >> 20, "MiB")
    t.say("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
