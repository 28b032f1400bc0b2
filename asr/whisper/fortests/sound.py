"""What becomes of a voice on its way to the microphone, many clips at a time, and what
Whisper sees of it. All on the device of the tensors given.
"""
import math

import torch

from model import BINS, MELS, mel_filters

RATE, HOP, FRAME = 16000, 160, 400


class Ear:
    def __init__(self, device):
        self.filters = torch.from_numpy(mel_filters()).to(device)
        self.window = torch.hann_window(FRAME, device=device)

    def log_mel(self, x):
        """As log_mel_spectrogram of whisper.cpp: x (batch, 320 n) gives (batch, 80, 2n)."""
        x = torch.nn.functional.pad(torch.cat([x[:, 1:FRAME // 2 + 1].flip(1), x], 1), (0, FRAME))
        frames = x.unfold(1, FRAME, HOP)[:, :(x.shape[1] - FRAME - FRAME // 2) // HOP] * self.window
        power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
        log = (power @ self.filters.T).clamp(min=1e-10).log10()
        log = torch.maximum(log, log.amax((1, 2), keepdim=True) - 8)
        return ((log + 4) / 4).transpose(1, 2)


def uniform(n, low, high, device):
    return torch.rand(n, device=device) * (high - low) + low


def level(x, length):
    """Root of the mean square over what is spoken."""
    return (x.square().sum(1) / length.clamp(min=1)).sqrt().clamp(min=1e-5)


def speak(store, starts, lengths, rates, places, samples):
    """Clips of the store at other rates, each beginning at its place in a window."""
    at = (torch.arange(samples, device=store.device)[None] - places[:, None]) * rates[:, None]
    inside = (at >= 0) & (at < (lengths - 1)[:, None])
    at = at.clamp(min=0)
    whole = at.floor()
    part = (at - whole)
    index = starts[:, None] + torch.minimum(whole.long(), (lengths - 2).clamp(min=0)[:, None])
    x = store[index].float() * (1 - part) + store[index + 1].float() * part
    return x * inside / 32768


def disturb(x, spoken, ends, silent, babble, small=False):
    """Rooms, microphones and noise. x (batch, samples), spoken: samples of speech, ends: where
    the recording ends, after which there is nothing; silent: clips without speech; babble:
    other voices, as long."""
    b, n = x.shape
    dev = x.device
    spectrum = torch.fft.rfft(x, n + 8192)
    f = torch.linspace(0, 8000, spectrum.shape[1], device=dev)[None]
    # A microphone: a tilt, and limits of its band.
    tilt = uniform((b, 1), -5, 5, dev)  # dB an octave around 1 kHz
    tilt = torch.where(torch.rand(b, 1, device=dev) < 0.5, tilt * 0.4, tilt * 0.0)
    gain = 10 ** (tilt * torch.log2((f + 100) / 1000) / 20)
    low = torch.where(torch.rand(b, 1, device=dev) < 0.3, uniform((b, 1), 60, 300, dev), torch.full((b, 1), 10.0, device=dev))
    high = torch.where(torch.rand(b, 1, device=dev) < 0.3, uniform((b, 1), 3200, 7500, dev), torch.full((b, 1), 9000.0, device=dev))
    gain = gain * torch.sigmoid((f - low) / 20) * torch.sigmoid((high - f) / 100)
    # A room: echoes that die away, and the direct sound.
    t = torch.arange(6400, device=dev)[None] / RATE
    decay = uniform((b, 1), 0.1, 0.5, dev) / 6.9
    echo = torch.randn(b, 6400, device=dev) * torch.exp(-t / decay)
    echo = echo / echo.square().sum(1, keepdim=True).sqrt()
    wet = torch.where(torch.rand(b, 1, device=dev) < 0.4, 10 ** (uniform((b, 1), -25, 0, dev) / 20), torch.zeros(b, 1, device=dev))
    echo = echo * wet
    echo[:, 0] += 1
    x = torch.fft.irfft(spectrum * gain * torch.fft.rfft(echo, n + 8192), n + 8192)[:, :n]
    # Noise of some colour, a hum, or other voices.
    colour = uniform((b, 1), 0, 1.1, dev)
    noise = torch.fft.irfft(torch.fft.rfft(torch.randn(b, n, device=dev)) * (torch.linspace(1, n // 2 + 1, n // 2 + 1, device=dev)[None] ** -colour), n)
    noise = noise / level(noise, torch.tensor(float(n), device=dev))[:, None]
    hum = torch.where(torch.rand(b, 1, device=dev) < 0.5, 50.0, 60.0)
    seconds = torch.arange(n, device=dev)[None] / RATE
    tone = sum(torch.sin(2 * math.pi * hum * k * seconds) * torch.rand(b, 1, device=dev) for k in (1, 2, 3, 5))
    tone = tone / level(tone, torch.tensor(float(n), device=dev))[:, None]
    voices = babble / level(babble, torch.tensor(float(n), device=dev))[:, None]
    which = torch.rand(b, 1, device=dev)
    quiet = silent[:, None]
    noise = torch.where((which < 0.12) & ~quiet, voices, torch.where(which > 0.92, 0.7 * tone + 0.5 * noise, noise))
    down = torch.where(torch.rand(b, device=dev) < 0.35, uniform(b, 35, 60, dev), uniform(b, 8, 35, dev))
    loud = torch.where(silent, torch.full((b,), 0.1, device=dev), level(x, spoken))
    x = x + noise * (loud * 10 ** (-down / 20))[:, None]
    inside = torch.arange(n, device=dev)[None] < ends[:, None]
    x = x * inside
    peak = x.abs().amax(1, keepdim=True).clamp(min=1e-5)
    x = x / peak * (10 ** (uniform((b, 1), -30, 0, dev) / 20))
    nothing = silent[:, None] & (torch.rand(b, 1, device=dev) < 0.15)
    return torch.where(nothing, torch.zeros_like(x), x)


def mask(mel):
    """Other lengths of the throat, and holes in time and pitch (Park et al. 2019)."""
    b, m, n = mel.shape
    dev = mel.device
    warp = torch.where(torch.rand(b, 1, device=dev) < 0.5, uniform((b, 1), 0.9, 1.1, dev), torch.ones(b, 1, device=dev))
    at = (torch.arange(m, device=dev)[None] * warp).clamp(max=m - 1.001)
    low = at.floor().long()
    part = (at - low)[:, :, None]
    index = low[:, :, None].expand(-1, -1, n)
    mel = mel.gather(1, index) * (1 - part) + mel.gather(1, index + 1) * part
    least = mel.amin((1, 2), keepdim=True)
    rows, columns = torch.arange(m, device=dev)[None], torch.arange(n, device=dev)[None]
    for _ in range(2):
        wide = torch.rand(b, 1, device=dev) * 10 * (torch.rand(b, 1, device=dev) < 0.6)
        first = torch.rand(b, 1, device=dev) * (m - wide)
        hole = (rows >= first) & (rows < first + wide)
        mel = torch.where(hole[:, :, None], least, mel)
        long = torch.rand(b, 1, device=dev) * 14 * (torch.rand(b, 1, device=dev) < 0.6)
        first = torch.rand(b, 1, device=dev) * (min(n, 400) - long)
        hole = (columns >= first) & (columns < first + long)
        mel = torch.where(hole[:, None, :], least, mel)
    return mel
