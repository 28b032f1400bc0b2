"""Speech synthesizers that speak sentences into files of numbers, for training.

  speak.py PACK TEXTS OUT WORKERS SEED SECONDS

PACK is a folder with Debian's libraries of flite, espeak-ng and festival, as README.md
says. TEXTS has a line for each sentence: kind, tab, text. OUT gets files NAME.npz with
what was said: sound (int16, 16 kHz, one after the other), length of each, text (its
line) and voice (a number in VOICES). It ends after SECONDS at the latest.
"""
import ctypes
import os
import random
import re
import subprocess
import sys
import time

import numpy as np

RATE = 16000

# How a voice is written: program, name. The share of each is of the clips. flite's rms
# is not among them: it is the voice that the model never hears before it is tested.
ESPEAK = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"]
FILES = {"en-gb": "gmw/en"}  # where the library looks for files and not for languages
VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5"]
VOICES = ["flite:slt", "flite:awb", "flite:kal16", "festival:kal_diphone", "festival:ked_diphone",
          "festival:cmu_us_slt_arctic_hts"] + ["espeak-ng:" + e for e in ESPEAK]
SHARES = [0.17, 0.17, 0.11, 0.03, 0.05, 0.05] + [0.10, 0.06, 0.05, 0.05, 0.04, 0.04, 0.04, 0.04]


def resample(x, rate):
    """A sound at 16 kHz, by its spectrum."""
    if rate == RATE or len(x) == 0:
        return x
    g = np.gcd(int(rate), RATE)
    a, b = int(rate) // g, RATE // g
    k = -(-len(x) // a)
    spectrum = np.fft.rfft(np.concatenate([x, np.zeros(k * a - len(x))]))
    out = np.zeros(k * b // 2 + 1, dtype=complex)
    n = min(len(out), len(spectrum))
    out[:n] = spectrum[:n]
    return np.fft.irfft(out, k * b) * (b / a)


def trim(x):
    """Without the silence around it, at half the full scale."""
    if len(x) == 0:
        return None
    peak = float(np.abs(x).max())
    if peak < 1e-4:
        return None
    loud = np.flatnonzero(np.abs(x) > 0.01 * peak)
    x = x[max(0, loud[0] - 320):loud[-1] + 480]
    return np.round(x * (16384 / peak)).astype(np.int16)


class Flite:
    class Wave(ctypes.Structure):
        _fields_ = [("type", ctypes.c_char_p), ("rate", ctypes.c_int), ("n", ctypes.c_int), ("channels", ctypes.c_int),
                    ("samples", ctypes.POINTER(ctypes.c_short))]

    class Voice(ctypes.Structure):
        _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]

    def __init__(self, lib):
        flags = ctypes.RTLD_GLOBAL
        for name in ["libasound.so.2", "libflite.so.1", "libflite_cmulex.so.1", "libflite_usenglish.so.1"]:
            last = ctypes.CDLL(os.path.join(lib, name), flags)
            if name == "libflite.so.1":
                self.c = last
        self.c.flite_init()
        self.c.flite_text_to_wave.restype = ctypes.POINTER(self.Wave)
        self.c.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        self.c.delete_wave.argtypes = [ctypes.c_void_p]
        self.c.flite_feat_set_float.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float]
        self.voices, self.lib = {}, lib

    def say(self, name, text, r):
        if name not in self.voices:
            of = ctypes.CDLL(os.path.join(self.lib, "libflite_cmu_us_%s.so.1" % name))
            register = getattr(of, "register_cmu_us_" + name)
            register.restype, register.argtypes = ctypes.POINTER(self.Voice), [ctypes.c_char_p]
            self.voices[name] = register(None)
        voice = self.voices[name]
        self.c.flite_feat_set_float(voice.contents.features, b"duration_stretch", r.choice([0.9, 1.0, 1.0, 1.0, 1.1, 1.2]))
        wave = self.c.flite_text_to_wave(text.encode(), ctypes.cast(voice, ctypes.c_void_p))
        w = wave.contents
        x = np.ctypeslib.as_array(w.samples, (w.n,)).astype(np.float64) / 32768
        rate = w.rate
        self.c.delete_wave(ctypes.cast(wave, ctypes.c_void_p))
        return resample(x, rate)


class Espeak:
    def __init__(self, lib):
        for name in ["libpcaudio.so.0", "libsonic.so.0"]:
            ctypes.CDLL(os.path.join(lib, name), ctypes.RTLD_GLOBAL)
        self.c = ctypes.CDLL(os.path.join(lib, "libespeak-ng.so.1"))
        self.rate = self.c.espeak_Initialize(2, 0, lib.encode(), 1)  # synchronous; lib holds espeak-ng-data
        if self.rate <= 0:
            raise RuntimeError("espeak-ng does not start")
        self.parts = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

        def got(samples, n, _):
            if samples and n > 0:
                self.parts.append(np.ctypeslib.as_array(samples, (n,)).copy())
            return 0
        self.callback = kind(got)
        self.c.espeak_SetSynthCallback(self.callback)

    def say(self, name, text, r):
        if self.c.espeak_SetVoiceByName((FILES.get(name, name) + r.choice(VARIANTS)).encode()) != 0:
            raise RuntimeError("espeak-ng has no voice " + name)
        self.c.espeak_SetParameter(1, r.randint(130, 190), 0)  # words a minute
        self.c.espeak_SetParameter(3, r.randint(30, 70), 0)  # pitch
        self.c.espeak_SetParameter(4, r.randint(35, 65), 0)  # its range
        self.parts = []
        data = text.encode() + b"\0"
        self.c.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, 1, None, None)
        if not self.parts:
            return np.zeros(0)
        return resample(np.concatenate(self.parts).astype(np.float64) / 32768, self.rate)


def read_wav(file):
    with open(file, "rb") as f:
        data = f.read()
    rate = int.from_bytes(data[24:28], "little")
    at = data.index(b"data") + 8
    x = np.frombuffer(data[at:at + (len(data) - at) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    return resample(x, rate)


def festival(pack, name, texts, r, folder):
    """Many sentences by one process, as it takes a second to start."""
    os.makedirs(folder, exist_ok=True)
    lines = ["(voice_%s)" % name]
    files = [os.path.join(folder, "%d.wav" % i) for i in range(len(texts))]
    for text, file in zip(texts, files):
        lines.append("(Parameter.set 'Duration_Stretch %.2f)" % r.choice([0.9, 1.0, 1.0, 1.1]))
        lines.append('(utt.save.wave (utt.synth (Utterance Text "%s")) "%s" \'riff)' % (text.replace("\\", "").replace('"', ""), file))
    script = os.path.join(folder, "say.scm")
    with open(script, "w") as f:
        f.write("\n".join(lines) + "\n")
    lib = os.path.join(pack, "usr/lib/x86_64-linux-gnu")
    env = dict(os.environ, LD_LIBRARY_PATH=lib, OMP_NUM_THREADS="1")
    subprocess.run([os.path.join(pack, "usr/bin/festival"), "--libdir", os.path.join(pack, "usr/share/festival"), "--batch", script],
                   env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    out = []
    for file in files:
        try:
            out.append(read_wav(file))
            os.remove(file)
        except (OSError, ValueError):
            out.append(np.zeros(0))
    return out


def as_said(text, program):
    """A text as a synthesizer is given it: espeak and flite read am and pm as words."""
    return re.sub(r"\b([ap])m\b", r"\1 m", text)


def work(pack, texts, out, worker, workers, seed, deadline, voices=None, order=None, per_file=64):
    """Speaks what is this worker's, in random voices, until all is said or it is time."""
    lib = os.path.join(pack, "usr/lib/x86_64-linux-gnu")
    flite, espeak = Flite(lib), Espeak(lib)
    order = list(range(len(texts))) if order is None else order
    mine = order[worker::workers]
    r = random.Random(seed * 1000003 + worker)
    chosen = voices or VOICES
    shares = [SHARES[VOICES.index(v)] for v in chosen]
    waiting = {}  # of festival: voice -> texts
    pieces, n, failed = [], 0, 0

    def flush(final=False):
        nonlocal pieces, n
        if not pieces or (len(pieces) < per_file and not final):
            return
        name = os.path.join(out, "%04d-%02d-%05d" % (seed, worker, n))
        with open(name + ".tmp", "wb") as f:
            np.savez(f, sound=np.concatenate([p[0] for p in pieces]), length=np.array([len(p[0]) for p in pieces], np.int32),
                     text=np.array([p[1] for p in pieces], np.int32), voice=np.array([p[2] for p in pieces], np.int16))
        os.rename(name + ".tmp", name + ".npz")
        pieces, n = [], n + 1

    def keep(x, text, voice):
        x = trim(x)
        if x is not None and 0.2 * RATE < len(x) < 10 * RATE:
            pieces.append((x, text, voice))
            flush()

    def batch(voice):
        todo = waiting.pop(voice, [])
        if todo:
            try:
                said = festival(pack, voice.split(":")[1], [as_said(texts[t], "festival") for t in todo], r, os.path.join(out, "w%d" % worker))
            except (OSError, subprocess.SubprocessError) as e:
                print("%s: %r" % (voice, e), file=sys.stderr)
                return
            for x, t in zip(said, todo):
                keep(x, t, VOICES.index(voice))

    for at in mine:
        if time.time() > deadline:
            break
        voice = r.choices(chosen, shares)[0]
        program, name = voice.split(":")
        if program == "festival":
            waiting.setdefault(voice, []).append(at)
            if len(waiting[voice]) >= 24:
                batch(voice)
            continue
        engine = flite if program == "flite" else espeak
        try:
            keep(engine.say(name, as_said(texts[at], program), r), at, VOICES.index(voice))
        except (RuntimeError, ValueError, OSError) as e:
            failed += 1
            if failed > 50:
                raise
            print("%s: %r" % (voice, e), file=sys.stderr)
    for voice in list(waiting):
        if time.time() < deadline:
            batch(voice)
    flush(final=True)


def read_texts(file):
    with open(file, encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f]


def main():
    pack, file, out, workers, seed, seconds = sys.argv[1:7]
    deadline = time.time() + float(seconds)
    only = sys.argv[7].split(",") if len(sys.argv) > 7 else None  # kinds
    os.makedirs(out, exist_ok=True)
    lines = read_texts(file)
    texts = [line[1] for line in lines]
    # A sentence is said several times, in other voices: as often as there is time for.
    r = random.Random(int(seed))
    order = []
    weight = {"command": 3, "near": 2, "other": 1, "test-command": 1, "test-other": 1}
    for turn in range(3):
        part = [i for i, line in enumerate(lines) if weight.get(line[0], 0) > turn or turn == 0]
        if only:
            part = [i for i in part if lines[i][0] in only]
        else:
            part = [i for i in part if not lines[i][0].startswith("test-")]
        r.shuffle(part)
        order += part
    r.shuffle(order)
    children = []
    for worker in range(int(workers)):
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                os.nice(5)
                work(pack, texts, out, worker, int(workers), int(seed), deadline, order=order)
            except BaseException as e:  # the others go on
                print("worker %d: %r" % (worker, e), file=sys.stderr)
                code = 1
            os._exit(code)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    with open(os.path.join(out, "done"), "w") as f:
        f.write("done\n")


if __name__ == "__main__":
    main()
