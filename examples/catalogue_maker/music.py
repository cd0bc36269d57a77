"""Short pieces of music from sums of sines: chords, a bass, a melody and a little room around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Signal: TypeAlias = NDArray[np.float32]

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)


@dataclass(frozen=True)
class Timbre:
    """A sound: the strength of each harmonic, the seconds until it is loud, and how fast it dies away."""

    harmonics: tuple[float, ...]
    attack: float
    decay: float


PLUCK = Timbre((1.0, 0.5, 0.3, 0.14, 0.08), 0.004, 4.5)
BELL = Timbre((1.0, 0.0, 0.35, 0.0, 0.0, 0.22), 0.002, 2.2)
PAD = Timbre((1.0, 0.32, 0.16, 0.06), 0.9, 0.25)
PIANO = Timbre((1.0, 0.6, 0.28, 0.17, 0.09, 0.04), 0.006, 3.0)
BASS = Timbre((1.0, 0.42, 0.12), 0.012, 2.4)


@dataclass(frozen=True)
class Style:
    """How a piece is made.

    `tempo`: beats a minute; `chords`: scale degrees, one chord a bar; `swing`: share of a beat.
    """

    tempo: float
    scale: tuple[int, ...]
    chords: tuple[int, ...]
    notes_of_chord: tuple[int, ...]
    lead: Timbre
    backing: Timbre
    lead_steps: int
    swing: float
    drums: float
    walking_bass: bool
    room: float


STYLES = {
    "Pop": Style(100, MAJOR, (0, 4, 5, 3), (0, 2, 4), PLUCK, PAD, 8, 0.0, 0.5, False, 0.22),
    "Electronic": Style(76, DORIAN, (0, 3, 5, 4), (0, 2, 4, 6), BELL, PAD, 4, 0.0, 0.15, False, 0.5),
    "Jazz": Style(126, DORIAN, (1, 4, 0, 0, 3, 6, 2, 5), (0, 2, 4, 6), PIANO, PIANO, 8, 0.16, 0.35, True, 0.18),
}


def compose(genre: str, seconds: float, rate: int, seed: int) -> Signal:
    """A stereo piece of that length, one row a sample; the same seed gives the same piece."""
    band = Band(STYLES[genre], seconds, rate, seed)
    bar = 0
    while bar * 4 * band.beat < seconds:
        band.play_bar(bar)
        bar += 1
    return band.finish()


class Band:
    """Plays one piece, bar by bar. `beat`: seconds."""

    def __init__(self, style: Style, seconds: float, rate: int, seed: int) -> None:
        self._style = style
        self._rate = rate
        self._chance = np.random.default_rng(seed)
        self._piece = np.zeros((round(seconds * rate), 2), np.float32)
        self._root = 45 + int(self._chance.integers(0, 10))
        self._melody = int(self._chance.integers(0, 5))
        self._shift = int(self._chance.integers(0, len(style.chords)))
        self.beat = 60 / (style.tempo * float(self._chance.uniform(0.94, 1.06)))

    def play_bar(self, number: int) -> None:
        """Play the bar of that number, from 0."""
        chord = self._style.chords[(number + self._shift) % len(self._style.chords)]
        start = number * 4 * self.beat
        self._play_chord(chord, start)
        self._play_bass(chord, start)
        self._play_lead(chord, start)
        self._play_drums(start)

    def finish(self) -> Signal:
        """Add a room, fade out, and bring the loudest sample to 0.85."""
        wet = _reverberate(self._piece, self._rate)
        mixed = self._piece * (1 - self._style.room) + wet * self._style.room
        fade = round(min(1.5, len(mixed) / self._rate / 4) * self._rate)
        mixed[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None] ** 2
        finished: Signal = (mixed * (0.85 / np.abs(mixed).max())).astype(np.float32)
        return finished

    def _play_chord(self, chord: int, start: float) -> None:
        style = self._style
        strikes = (0.0,) if style.backing is PAD else (0.0, 1.5 + style.swing)
        length = (4 if style.backing is PAD else 1.1) * self.beat
        for strike in strikes:
            for place, step in enumerate(style.notes_of_chord):
                note = self._note(12, chord + step, length, style.backing)
                self._add(note, start + strike * self.beat, volume=0.11, pan=0.25 + 0.25 * place)

    def _play_bass(self, chord: int, start: float) -> None:
        steps = (0, 2, 4, 6) if self._style.walking_bass else (0, 0)
        length = 4 / len(steps) * self.beat
        for place, step in enumerate(steps):
            self._add(self._note(-12, chord + step, length, BASS), start + place * length, volume=0.3, pan=0.5)

    def _play_lead(self, chord: int, start: float) -> None:
        style = self._style
        step = 4 / style.lead_steps
        for place in range(style.lead_steps):
            if self._chance.random() < 0.28:
                continue
            wish = chord + int(self._chance.choice(style.notes_of_chord))
            self._melody = wish if place == 0 else self._melody + int(np.clip(wish - self._melody, -2, 2))
            late = style.swing if place % 2 and step < 1 else 0.0
            note = self._note(24, self._melody, max(step, 0.5) * 2.4 * self.beat, style.lead)
            volume = 0.2 * float(self._chance.uniform(0.7, 1.0))
            self._add(note, start + (place * step + late) * self.beat, volume=volume, pan=0.35 + 0.3 * (place % 2))

    def _play_drums(self, start: float) -> None:
        style = self._style
        for place in range(8):
            at = start + (place / 2 + (style.swing if place % 2 else 0)) * self.beat
            volume = 0.11 * style.drums * float(self._chance.uniform(0.5, 1))
            self._add(_hat(self._rate), at, volume=volume, pan=0.62)
            if place in {0, 4} and not style.walking_bass:
                self._add(_kick(self._rate), at, volume=0.8 * style.drums, pan=0.5)

    def _note(self, transposed: int, step: int, seconds: float, timbre: Timbre) -> Signal:
        return _note(_frequency(self._root + transposed, self._style.scale, step), seconds, self._rate, timbre)

    def _add(self, sound: Signal, at: float, *, volume: float, pan: float) -> None:
        """Mix a sound in. `at`: seconds; `pan`: from 0, left, to 1, right."""
        start = round(at * self._rate)
        heard = sound[: max(0, len(self._piece) - start)]
        self._piece[start : start + len(heard), 0] += heard * np.float32(volume * np.cos(pan * np.pi / 2))
        self._piece[start : start + len(heard), 1] += heard * np.float32(volume * np.sin(pan * np.pi / 2))


def _frequency(root: int, scale: tuple[int, ...], step: int) -> float:
    octave, degree = divmod(step, len(scale))
    return float(440 * 2 ** ((root + 12 * octave + scale[degree] - 69) / 12))


@lru_cache(maxsize=512)
def _note(frequency: float, seconds: float, rate: int, timbre: Timbre) -> Signal:
    moments = np.arange(round(seconds * rate), dtype=np.float32) / np.float32(rate)
    wave = np.zeros_like(moments)
    for number, strength in enumerate(timbre.harmonics, start=1):
        if strength and frequency * number < rate / 2:
            phase = np.float32(2 * np.pi * frequency * number) * moments
            wave += np.float32(strength) * np.sin(phase) * np.exp(-moments * np.float32(timbre.decay * number**0.5))
    wave *= np.minimum(1, moments / np.float32(timbre.attack))
    release = min(len(wave), round(0.04 * rate))
    wave[len(wave) - release :] *= np.linspace(1, 0, release, dtype=np.float32)
    return np.asarray(wave / sum(timbre.harmonics), np.float32)


@lru_cache(maxsize=4)
def _hat(rate: int) -> Signal:
    length = round(0.05 * rate)
    noise = np.random.default_rng(5).normal(0, 0.5, length + 1)
    sound: Signal = (np.diff(noise) * np.exp(-np.arange(length) / rate * 90)).astype(np.float32)
    return sound


@lru_cache(maxsize=4)
def _kick(rate: int) -> Signal:
    moments = np.arange(round(0.22 * rate)) / rate
    sweep = 2 * np.pi * (48 * moments + 3.2 * (1 - np.exp(-moments * 32)))
    sound: Signal = (np.sin(sweep) * np.exp(-moments * 16)).astype(np.float32)
    return sound


def _reverberate(piece: Signal, rate: int) -> Signal:
    length = round(1.2 * rate)
    decay = np.exp(-np.arange(length) / rate * 4.5)
    echo = np.random.default_rng(11).normal(0, 1, (length, 2)) * decay[:, None]
    echo /= np.sqrt((echo**2).sum(axis=0))
    size = 1 << (len(piece) + length - 1).bit_length()
    spectrum = np.fft.rfft(piece, size, axis=0) * np.fft.rfft(echo, size, axis=0)
    wet: Signal = np.fft.irfft(spectrum, size, axis=0)[: len(piece)].astype(np.float32)
    return wet
