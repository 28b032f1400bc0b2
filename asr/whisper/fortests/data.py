"""Clips as they come from the synthesizers, and batches of them."""
import glob
import os
import random

import numpy as np
import torch

import sound
from tokens import BLANK, Tokens

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789' .:"
RATES = 0.85, 1.2
PROMPT = 32  # tokens, as speech.whisper.prompt


class Clips:
    """All sound one after the other on the device, and what was said. It grows."""

    def __init__(self, folder, texts, capacity, device):
        self.folder, self.seen, self.device = folder, set(), device
        self.store = torch.zeros(capacity, dtype=torch.int16, device=device)
        self.end, self.kinds = 0, [t[0] for t in texts]
        self.start, self.length, self.text, self.voice = [], [], [], []
        self.of = {}  # kind -> numbers of clips
        self.arrays()

    def arrays(self):
        self.starts, self.lengths, self.texts = np.array(self.start, np.int64), np.array(self.length, np.int64), np.array(self.text, np.int64)
        self.groups = {k: np.array(v, np.int64) for k, v in self.of.items()}

    def poll(self, most):
        """Takes up to so many new files; says how many there were."""
        new = sorted(set(glob.glob(os.path.join(self.folder, "*.npz"))) - self.seen)[:most]
        for file in new:
            self.seen.add(file)
            with np.load(file) as z:
                x, lengths, texts, voices = z["sound"], z["length"], z["text"], z["voice"]
            os.remove(file)
            if self.end + len(x) > len(self.store):
                continue
            self.store[self.end:self.end + len(x)] = torch.from_numpy(x).to(self.device)
            at = self.end
            for n, t, v in zip(lengths.tolist(), texts.tolist(), voices.tolist()):
                self.of.setdefault(self.kinds[t], []).append(len(self.start))
                self.start.append(at)
                self.length.append(n)
                self.text.append(t)
                self.voice.append(v)
                at += n
            self.end = at
        if new:
            self.arrays()
        return len(new)


class Batches:
    SHARES = {"command": 0.46, "near": 0.09, "other": 0.45}
    SILENT, PROMPTED, TIMED = 0.05, 0.6, 0.12

    def __init__(self, clips, texts, tokens, ids, seed):
        self.clips, self.ids, self.tokens = clips, ids, tokens
        self.random = np.random.default_rng(seed)
        self.encoded = [tokens.encode(" " + t[1]) for t in texts]
        letter = {c: i + 1 for i, c in enumerate(LETTERS)}
        self.spelt = [[letter[c] for c in t[1]] for t in texts]
        self.blank = tokens.encode(BLANK)
        self.prompts = self.make_prompts([t[1] for t in texts if t[0] == "command"], random.Random(seed))

    def make_prompts(self, commands, r):
        """What the program shows the model before: sentences that are expected, and names."""
        out = []
        for _ in range(3000):
            text = "".join(" %s." % r.choice(commands) for _ in range(r.randint(0, 4)))
            words = []
            for _ in range(r.randint(0, 8)):
                w = r.choice(commands).split()
                at = r.randrange(len(w))
                words.append(" ".join(w[at:at + r.randint(1, 2)]))
            if words:
                text += " " + ", ".join(words) + "."
            out.append(self.tokens.longest_first(text)[-r.randint(8, PROMPT):])
        return [p for p in out if p]

    def choose(self, n, window):
        """Numbers of n clips that fit into so many samples, and their rates."""
        groups = [(k, s) for k, s in self.SHARES.items() if len(self.clips.groups.get(k, ()))]
        shares = np.array([s for _, s in groups])
        counts = self.random.multinomial(3 * n, shares / shares.sum())
        some = np.concatenate([self.random.choice(self.clips.groups[k], c) for (k, _), c in zip(groups, counts)])
        self.random.shuffle(some)
        rates = np.where(self.random.random(len(some)) < 0.25, 1.0, self.random.uniform(*RATES, len(some)))
        fits = self.clips.lengths[some] / rates < window - 0.25 * sound.RATE
        return some[fits][:n], rates[fits][:n]

    def batch(self, n, positions):
        """Sound of n clips in windows of so many positions, and what is to be written."""
        c, dev, r = self.clips, self.clips.device, self.random
        window = positions * 320
        some, rates = self.choose(n, window)
        n = len(some)
        spoken = c.lengths[some] / rates
        room = window - spoken
        place = r.uniform(0, 1, n) * np.minimum(room, np.where(r.random(n) < 0.8, 0.6, 2.0) * sound.RATE)
        ends = np.minimum(window, place + spoken + r.uniform(0.02, 1.0, n) * sound.RATE)
        ends = np.where(r.random(n) < 0.15, window, ends)
        silent = r.random(n) < self.SILENT

        def to(x, kind=torch.float32):
            return torch.from_numpy(np.ascontiguousarray(x)).to(dev, kind)
        x = sound.speak(c.store, to(c.starts[some], torch.int64), to(c.lengths[some], torch.int64), to(rates), to(place), window)
        x = x * to(~silent)[:, None]
        voices = to(r.integers(0, max(1, c.end - window), n), torch.int64)[:, None] + torch.arange(window, device=dev)[None]
        babble = c.store[voices.clamp(max=c.end - 1)].float()
        x = sound.disturb(x, to(spoken), to(ends), to(silent, torch.bool), babble)
        return (x,) + self.written(some, silent, place / sound.RATE, (place + spoken) / sound.RATE)

    def written(self, some, silent, begins, ends):
        """Tokens for the decoder (batch, length), the next of each (-1 where none counts), and letters."""
        r, i = self.random, self.ids
        rows, letters = [], []
        for k, quiet, begin, end in zip(self.clips.texts[some], silent, begins, ends):
            prompt = []
            if r.random() < self.PROMPTED:
                prompt = [i.prev] + self.prompts[r.integers(len(self.prompts))]
            text = self.blank if quiet else self.encoded[k]
            if r.random() < self.TIMED:
                body = [i.sot, i.begin + int(begin * 50)] + text + [i.begin + int(end * 50 + 0.5), i.eot]
            else:
                body = [i.sot, i.notimes] + text + [i.eot]
            target = [-1] * len(prompt) + ([i.nospeech] if quiet else [body[1]]) + body[2:]
            rows.append((prompt + body[:-1], target))
            letters.append([] if quiet else self.spelt[k])
        long = -(-max(len(a) for a, _ in rows) // 8) * 8
        tokens = np.full((len(rows), long), i.eot, np.int64)
        targets = np.full((len(rows), long), -1, np.int64)
        for j, (a, b) in enumerate(rows):
            tokens[j, :len(a)], targets[j, :len(b)] = a, b
        dev = self.clips.device
        lengths = np.array([len(l) for l in letters], np.int64)
        flat = np.array([c for l in letters for c in l] or [1], np.int64)
        return tuple(torch.from_numpy(a).to(dev) for a in (tokens, targets, flat, lengths))


def load_texts(file):
    with open(file, encoding="utf-8") as f:
        return [tuple(line.rstrip("\n").split("\t")) for line in f]


__all__ = ["Batches", "Clips", "LETTERS", "Tokens", "load_texts"]
