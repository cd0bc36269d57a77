"""True technical data of audio files (rows AST-01, AST-12 and AST-16): what is in them, not what their headers say.

FLAC and MP3 are decoded to their end, because headers go on announcing what a broken upload has lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import soundfile
from pydantic import ValidationError

from distro_core.assets.content import ContentType
from distro_core.assets.mpeg import skip_tags, walk_frames
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioFormat, AudioProperties

_DECODED_FRAMES = 1 << 16
_ENCODER_PADDING = 2 * 4095
"""The most samples that an encoder adds at both ends together, by the 12 bit fields of LAME's header."""
_UNKNOWN = (1 << 63) - 1
"""What libsndfile says of the length of a FLAC that was encoded into a pipe."""

_EXTENSIBLE = 0xFFFE
_PCM_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


@dataclass(frozen=True)
class _Decoded:
    """`frames`: samples of each channel that the decoder really gave; `subtype`: libsndfile's name of the codec."""

    frames: int
    sample_rate: int
    channels: int
    subtype: str


def probe_audio(path: Path, content: ContentType) -> AudioProperties:
    """The properties of an audio file of that content; blocks for about a second per 200 MB of FLAC.

    Raises `DomainError` FILE_TRUNCATED, FILE_DAMAGED, AUDIO_CODEC_UNSUPPORTED, AUDIO_EMPTY, AUDIO_LENGTH_UNKNOWN or
    AUDIO_UNSUPPORTED.
    """
    probes: dict[ContentType, Callable[[Path], AudioProperties]] = {
        ContentType.WAV: _probe_wav,
        ContentType.FLAC: _probe_flac,
        ContentType.MP3: _probe_mp3,
    }
    try:
        return probes[content](path)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(step) for step in fault["loc"])
        raise DomainError(
            "AUDIO_UNSUPPORTED", f"{field} {fault['input']} is out of range: {fault['msg']}", ("file",)
        ) from error


def _probe_wav(path: Path) -> AudioProperties:
    # PCM needs no decoding: any bytes are samples, and sizes prove whether all are there.
    header = _read_wave_header(path)
    if header.data_size > header.data_present:
        raise DomainError(
            "FILE_TRUNCATED",
            f"the WAV header announces {header.data_size} bytes of samples, the file holds {header.data_present}",
            ("file",),
        )
    decoded = _open(path)
    bit_depth = _pcm_bits(decoded)
    if decoded.frames * header.frame_size != header.data_size:
        raise DomainError("FILE_TRUNCATED", "the last sample frame of the WAV file is incomplete", ("file",))
    return AudioProperties(
        format=AudioFormat.WAV,
        codec="PCM",
        lossless=True,
        duration=_seconds(decoded.frames, decoded.sample_rate),
        channels=decoded.channels,
        sample_rate=decoded.sample_rate,
        bit_depth=header.valid_bits or bit_depth,
        bit_rate=_kilobits(header.data_size, decoded.frames, decoded.sample_rate),
    )


def _probe_flac(path: Path) -> AudioProperties:
    decoded = _decode(path)
    stream = path.stat().st_size - _flac_audio_offset(path)
    return AudioProperties(
        format=AudioFormat.FLAC,
        codec="FLAC",
        lossless=True,
        duration=_seconds(decoded.frames, decoded.sample_rate),
        channels=decoded.channels,
        sample_rate=decoded.sample_rate,
        bit_depth=_pcm_bits(decoded),
        bit_rate=_kilobits(stream, decoded.frames, decoded.sample_rate),
    )


def _probe_mp3(path: Path) -> AudioProperties:
    # The walk comes first: a decoder conceals a missing end.
    stream = walk_frames(path)
    decoded = _decode(path)
    # A decoder leaves out what the encoder added, but it believes a header's count and guesses where there is none.
    samples = stream.frames * stream.samples_per_frame
    heard = decoded.frames if 0 <= samples - decoded.frames <= _ENCODER_PADDING else samples
    return AudioProperties(
        format=AudioFormat.MP3,
        codec="MP3",
        lossless=False,
        duration=_seconds(heard, decoded.sample_rate),
        channels=decoded.channels,
        sample_rate=decoded.sample_rate,
        bit_rate=_kilobits(stream.audio_bytes, samples, stream.sample_rate),
    )


def _open(path: Path) -> _Decoded:
    """What the decoder says before it decodes."""
    try:
        with soundfile.SoundFile(path) as audio:
            found = _Decoded(audio.frames, audio.samplerate, audio.channels, audio.subtype)
    except soundfile.LibsndfileError as error:
        raise _unreadable(error) from error
    if found.frames == 0:
        raise DomainError("AUDIO_EMPTY", "the file holds no sound", ("file",))
    if found.frames == _UNKNOWN:
        raise DomainError(
            "AUDIO_LENGTH_UNKNOWN", "the header does not say how long the sound is: encode it into a file", ("file",)
        )
    return found


def _decode(path: Path) -> _Decoded:
    """Decode a file from its first to its last sample, 65,536 samples of each channel at a time."""
    announced = _open(path)
    frames = 0
    try:
        with soundfile.SoundFile(path) as audio:
            buffer = bytearray(_DECODED_FRAMES * audio.channels * 4)
            while count := audio.buffer_read_into(buffer, "int32"):
                frames += count
    except soundfile.LibsndfileError as error:
        raise DomainError(
            "FILE_TRUNCATED",
            f"decoding stopped after {frames} of {announced.frames} samples: the file is truncated or damaged",
            ("file",),
        ) from error
    if frames < announced.frames:
        raise DomainError(
            "FILE_TRUNCATED", f"the header announces {announced.frames} samples, {frames} are there", ("file",)
        )
    return replace(announced, frames=frames)


def _unreadable(error: soundfile.LibsndfileError) -> DomainError:
    return DomainError("FILE_DAMAGED", f"the file cannot be read as audio: {error.error_string}", ("file",))


def _pcm_bits(decoded: _Decoded) -> int:
    bits = _PCM_BITS.get(decoded.subtype)
    if bits is None:
        raise DomainError(
            "AUDIO_CODEC_UNSUPPORTED",
            f"samples of type {decoded.subtype} are not integer PCM, which is what platforms take",
            ("file",),
        )
    return bits


@dataclass(frozen=True)
class _WaveHeader:
    """`frame_size`: bytes of one sample of all channels; `valid_bits`: where fewer than the container's are used."""

    frame_size: int
    valid_bits: int | None
    data_size: int
    data_present: int


def _read_wave_header(path: Path) -> _WaveHeader:
    """Walk the chunks of a RIFF file up to its samples (Multimedia Programming Interface 1.0, WAVE form)."""
    end = path.stat().st_size
    frame_size, valid_bits = 0, None
    with path.open("rb") as file:
        at = 12
        while at + 8 <= end:
            file.seek(at)
            name, size = struct.unpack("<4sI", file.read(8))
            if name == b"fmt " and at + 8 + size <= end:
                frame_size, valid_bits = _read_wave_format(file.read(min(size, 40)))
            elif name == b"data" and frame_size:
                return _WaveHeader(frame_size, valid_bits, size, min(size, end - at - 8))
            at += 8 + size + size % 2
    raise DomainError("FILE_TRUNCATED", "the WAV file ends before its samples begin", ("file",))


def _read_wave_format(chunk: bytes) -> tuple[int, int | None]:
    if len(chunk) < 16:
        raise DomainError("FILE_DAMAGED", "the WAV file's format chunk is too short", ("file",))
    tag, _, _, _, frame_size, _ = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE and len(chunk) >= 40:
        return frame_size, struct.unpack("<H", chunk[18:20])[0] or None
    return frame_size, None


def _flac_audio_offset(path: Path) -> int:
    """Where the first frame begins: behind ID3 tags and the metadata blocks (RFC 9639, 8.1)."""
    with path.open("rb") as file:
        at = skip_tags(file) + 4
        while True:
            file.seek(at)
            header = file.read(4)
            at += 4 + int.from_bytes(header[1:])
            if len(header) < 4 or header[0] & 0x80:
                return at


def _seconds(frames: int, sample_rate: int) -> Decimal:
    """The exact duration, to the microsecond."""
    return (Decimal(frames) / sample_rate).quantize(Decimal("0.000001"))


def _kilobits(size: int, frames: int, sample_rate: int) -> int:
    """The average bit rate of a stream of that many bytes, kbit/s."""
    return max(1, round(size * 8 * sample_rate / frames / 1000))
