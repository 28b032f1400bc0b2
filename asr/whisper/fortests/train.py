"""Trains the model on what the synthesizers say meanwhile, and writes it.

  train.py FOLDER OUT DEADLINE

FOLDER holds texts.tsv and tokens.json, and the clips that come: clips/ to train on, tests/
to see how far it is. OUT gets voice.log, voice.pt, voice.json and for-tests-home.bin. It
ends before DEADLINE (seconds since 1970).
"""
import json
import math
import os
import signal
import sys
import time

import numpy as np
import torch

from data import Batches, Clips, LETTERS, Tokens, load_texts
from model import Whisper, write
from sound import Ear, mask

SMOKE = os.environ.get("SMOKE") == "1"
SEED = 9
WIDTH, HEADS, AUDIO_LAYERS, TEXT_LAYERS = (64, 2, 2, 1) if SMOKE else (128, 4, 8, 3)
BATCH = int(os.environ.get("BATCH", 8 if SMOKE else 512))
RATE, WARM, DECAY = 1.8e-3, 0.06, 0.02
# How many positions a window has, and how often: the program cuts to 256 at least, and
# sometimes not at all.
WINDOWS = [(256, 0.74), (320, 0.09), (384, 0.07), (512, 0.05), (1500, 0.05)]
EMA = 0.999


class Run:
    def __init__(self, folder, out, deadline):
        self.out, self.begun, self.deadline = out, time.time(), deadline
        self.log_file = open(os.path.join(out, "voice.log"), "a", buffering=1)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(SEED)
        torch.set_num_threads(2)
        if self.device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True
            torch.backends.cudnn.allow_tf32 = True
        self.texts = load_texts(os.path.join(folder, "texts.tsv"))
        self.tokens = Tokens(json.load(open(os.path.join(folder, "tokens.json"))))
        capacity = 30_000_000 if self.device.type == "cpu" else 3_000_000_000
        self.clips = Clips(os.path.join(folder, "clips"), self.texts, capacity, self.device)
        self.tests = Clips(os.path.join(folder, "tests"), self.texts, capacity // 20, self.device)
        self.model = Whisper(len(self.tokens.list), WIDTH, HEADS, AUDIO_LAYERS, TEXT_LAYERS, len(LETTERS) + 1,
                             drop=0.05).to(self.device)
        self.average = [p.detach().clone() for p in self.model.parameters()]
        self.batches = Batches(self.clips, self.texts, self.tokens, self.model.ids, SEED)
        self.ear = Ear(self.device)
        self.figures = {"seed": SEED, "shape": self.model.shape, "batch": BATCH, "torch": torch.__version__,
                        "parameters": sum(p.numel() for p in self.model.parameters()), "evaluations": []}
        self.step, self.stopped = 0, False
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        self.stopped = True

    def log(self, *what):
        text = "%7.1f %s" % (time.time() - self.begun, " ".join(str(w) for w in what))
        print(text, flush=True)
        self.log_file.write(text + "\n")

    def auto(self):
        on = self.device.type == "cuda"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on)

    def loss(self, positions):
        size = max(2, int(BATCH * 256 / positions))
        with torch.no_grad():
            x, tokens, targets, letters, lengths = self.batches.batch(size, positions)
            mel = mask(self.ear.log_mel(x))
        with self.auto():
            heard = self.model.encode(mel)
            spelt = self.model.letters(heard)
            decoded = self.model.decode(tokens, heard)
            counts = targets >= 0
            logits = self.model.logits(decoded[counts])
        text = torch.nn.functional.cross_entropy(logits, targets[counts], label_smoothing=0.03)
        n = torch.full((x.shape[0],), positions, dtype=torch.int64, device=self.device)
        letter = torch.nn.functional.ctc_loss(spelt.float().log_softmax(-1).transpose(0, 1), letters, n, lengths, zero_infinity=True)
        return text, letter

    def averaged(self):
        state = {k: v for k, v in self.model.state_dict().items()}
        for (name, _), mean in zip(self.model.named_parameters(), self.average):
            state[name] = mean
        return state

    def train(self):
        while not self.clips.poll(50) or len(self.clips.start) < (20 if SMOKE else 1500):
            time.sleep(0.5)
            if time.time() > self.deadline - 8:
                raise RuntimeError("no clips come")
        decayed = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
                                      lr=RATE, betas=(0.9, 0.98), eps=1e-8)
        parameters = [p for p in self.model.parameters()]
        first, last = time.time(), self.deadline - (6 if SMOKE else 16)
        self.log("device", self.device, "torch", torch.__version__, "shape", self.model.shape, "clips", len(self.clips.start), "seconds to train", round(last - first))
        r = np.random.default_rng(SEED)
        windows, shares = [w for w, _ in WINDOWS], [s for _, s in WINDOWS]
        shown, saved, seen, sums = first, first, 0, []
        while True:
            now = time.time()
            done = (now - first) / (last - first)
            if done >= 1 or self.stopped:
                break
            if self.step % 10 == 0:
                self.clips.poll(6)
            rate = RATE * min(done / WARM, 0.5 * (1 + math.cos(math.pi * max(0, done - WARM) / (1 - WARM))))
            for group in optimiser.param_groups:
                group["lr"] = max(rate, 1e-7)
            positions = 256 if SMOKE else int(r.choice(windows, p=shares))
            text, letter = self.loss(positions)
            weight = 0.5 if done < 0.3 else 0.2
            (text + weight * letter).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            keep = min(EMA, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                torch._foreach_mul_(self.average, keep)
                torch._foreach_add_(self.average, [p.detach() for p in parameters], alpha=1 - keep)
            self.step += 1
            seen += int(BATCH * 256 / positions)
            if self.step % 20 == 0:
                sums.append((text.item(), letter.item()))
                if not all(math.isfinite(v) for v in sums[-1]):
                    self.log("the loss is no number at step", self.step)
            if now - shown > (3 if SMOKE else 10) and sums:
                shown = now
                mean = np.array(sums).mean(0)
                sums = []
                self.log("step %d, %.0f %%, text %.3f, letters %.3f, clips %d (%.1f h), seen %d, rate %.2g" % (
                    self.step, 100 * done, mean[0], mean[1], len(self.clips.start), self.clips.end / 16000 / 3600, seen, rate))
            if now - saved > (5 if SMOKE else max(30, (last - first) / 6)):
                saved = now
                self.evaluate(2 if SMOKE else 60)
                self.save()
        self.figures.update(steps=self.step, seen=seen, clips=len(self.clips.start), hours=self.clips.end / 16000 / 3600,
                            seconds=time.time() - first)
        self.save()
        self.evaluate(4 if SMOKE else 500)
        self.save()

    @torch.no_grad()
    def evaluate(self, most):
        """Word error on sentences that were left out, by the voices of training, greedily."""
        if time.time() > self.deadline - 4 and not SMOKE:
            return
        self.tests.poll(1000)
        keep = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.averaged())
        self.model.eval()
        result = {"step": self.step}
        for kind in ("test-command", "test-other"):
            some = self.tests.groups.get(kind, np.array([], np.int64))[:most]
            wrong = words = 0
            example = ""
            for at in range(0, len(some), 128):
                part = some[at:at + 128]
                heard = self.greedy(part)
                for k, text in zip(part, heard):
                    said = self.texts[self.tests.text[k]][1]
                    wrong, words = wrong + distance(said.split(), text.split()), words + len(said.split())
                    example = "%r -> %r" % (said, text)
            if words:
                result[kind] = round(wrong / words, 4)
                self.log("%s: %.1f %% of %d words wrong; %s" % (kind, 100 * wrong / words, words, example))
        self.figures["evaluations"].append(result)
        self.model.load_state_dict(keep)
        self.model.train()

    def greedy(self, some):
        c, i = self.tests, self.model.ids
        window = 512 * 320
        x = torch.zeros(len(some), window, device=self.device)
        for j, k in enumerate(some):
            n = min(c.length[k], window - 4000)
            x[j, 4000:4000 + n] = c.store[c.start[k]:c.start[k] + n].float() / 32768
        with self.auto():
            heard = self.model.encode(self.ear.log_mel(x))
            tokens = torch.tensor([[i.sot, i.notimes]] * len(some), device=self.device)
            ended = torch.zeros(len(some), dtype=torch.bool, device=self.device)
            for _ in range(30):
                logits = self.model.logits(self.model.decode(tokens, heard)[:, -1])
                logits[:, i.texts + 1:] = -1e9
                next_of = torch.where(ended, torch.full_like(tokens[:, 0], i.eot), logits.argmax(-1))
                ended = ended | (next_of == i.eot)
                tokens = torch.cat([tokens, next_of[:, None]], 1)
                if bool(ended.all()):
                    break
        return [self.tokens.decode([t for t in row if t < i.texts]).strip() for row in tokens[:, 2:].tolist()]

    def save(self):
        state = self.averaged()
        write(self.model, state, self.tokens.list, os.path.join(self.out, "for-tests-home.bin.tmp"))
        os.replace(os.path.join(self.out, "for-tests-home.bin.tmp"), os.path.join(self.out, "for-tests-home.bin"))
        half = {k: v.detach().half().cpu() if v.is_floating_point() else v.cpu() for k, v in state.items()}
        torch.save({"shape": self.model.shape, "tokens": self.tokens.list, "state": half}, os.path.join(self.out, "voice.pt"))
        self.figures["bytes"] = os.path.getsize(os.path.join(self.out, "for-tests-home.bin"))
        with open(os.path.join(self.out, "voice.json"), "w") as f:
            json.dump(self.figures, f, indent=1)


def distance(a, b):
    """Words to put in, leave out and exchange (Levenshtein 1966)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (x != y))
    return row[-1]


def main():
    run = Run(sys.argv[1], sys.argv[2], float(sys.argv[3]))
    run.train()
    run.log("done:", json.dumps({k: v for k, v in run.figures.items() if k != "evaluations"}))


if __name__ == "__main__":
    main()
