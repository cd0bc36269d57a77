"""Real media files, made on the spot: good ones of every kind, and the ways in which files go wrong."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from distro_sdk.models.assets import AssetKind

SECONDS = 2
AUDIO, IMAGE, DOCUMENT = AssetKind.AUDIO, AssetKind.IMAGE, AssetKind.DOCUMENT

ID3V2_4 = b"ID3\x04\x00\x00\x00\x00\x00\x1eTIT2\x00\x00\x00\x0a\x00\x00\x03Low Tide\x00" + bytes(10)
ID3V1 = b"TAG" + b"Low Tide".ljust(125, b"\0")
APE = b"APETAGEX\xd0\x07\x00\x00" + bytes(20)


@dataclass(frozen=True)
class Good:
    """A file to accept, with what is true of it."""

    file_name: str
    kind: AssetKind
    make: Callable[[], bytes]
    truth: dict[str, Any]


@dataclass(frozen=True)
class Bad:
    """A file to refuse, with the code."""

    label: str
    file_name: str
    kind: AssetKind
    make: Callable[[], bytes]
    code: str


def sound(
    format: str = "WAV",
    subtype: str | None = "PCM_16",
    *,
    rate: int = 44100,
    channels: int = 2,
    seconds: float = SECONDS,
    **options: Any,
) -> bytes:
    """An audio file with two gliding tones and a little noise."""
    count = round(rate * seconds)
    moments = np.arange(count) / rate
    noise = np.random.default_rng(7).normal(0, 0.01, count)
    tone = 0.3 * np.sin(2 * np.pi * (220 + 40 * moments) * moments) + noise
    file = io.BytesIO()
    frames = np.stack([tone * (1 - 0.2 * index) for index in range(channels)], axis=1)
    soundfile.write(file, frames, rate, format=format, subtype=subtype, **options)
    return file.getvalue()


def wave_with_list_chunk() -> bytes:
    """A WAV file with a chunk of odd length before its format."""
    plain = sound(seconds=1)
    extra = b"LIST" + struct.pack("<I", 13) + b"INFOISFTabcde" + b"\0"
    return b"RIFF" + struct.pack("<I", len(plain) - 8 + len(extra)) + b"WAVE" + extra + plain[12:]


def wave_with_20_valid_bits() -> bytes:
    """A WAVE_FORMAT_EXTENSIBLE file that uses 20 of its containers' 24 bits."""
    file = bytearray(sound("WAVEX", "PCM_24", rate=48000))
    at = file.index(b"fmt ") + 8
    file[at + 18 : at + 20] = struct.pack("<H", 20)
    return bytes(file)


def wave_of_half_a_frame() -> bytes:
    """A stereo WAV file whose header is right about an odd number of 16-bit words."""
    plain = bytearray(sound(seconds=0.1))
    at = plain.index(b"data") + 4
    plain[at : at + 4] = struct.pack("<I", len(plain) - at - 4 - 2)
    return bytes(plain[:-2])


def flac_with_padding() -> bytes:
    """A FLAC file with 8 KB of padding behind its first block."""
    file = sound("FLAC", "PCM_24", rate=96000)
    assert file[4] == 0, "libsndfile lets more blocks follow the stream information"
    return file[:42] + b"\x01" + (8192).to_bytes(3) + bytes(8192) + file[42:]


def flac_of_unknown_length() -> bytes:
    """A FLAC file as encoders write it to a pipe: the 36 bits of its total number of samples are zero."""
    file = bytearray(_flac())
    file[21] &= 0xF0
    file[22:26] = bytes(4)
    return bytes(file)


def mp3(**options: Any) -> bytes:
    """An MP3 file as LAME writes it, with an Info or Xing header."""
    return sound("MP3", "MPEG_LAYER_III", **options)


def mp3_frames(file: bytes) -> list[bytes]:
    """The frames of a file of MPEG-1 layer III at 44.1 kHz, told apart by their own headers."""
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    frames, at = [], 0
    while at < len(file):
        size = 144 * rates[file[at + 2] >> 4] * 1000 // 44100 + (file[at + 2] >> 1 & 1)
        frames.append(file[at : at + size])
        at += size
    return frames


def mp3_without_header() -> bytes:
    """An MP3 file as encoders write it to a pipe: audio frames alone."""
    return b"".join(mp3_frames(mp3())[1:])


def mp3_of_a_header_alone() -> bytes:
    """An MP3 file whose only frame is its Info header, with a count of zero."""
    header = bytearray(mp3_frames(mp3())[0])
    at = max(header.find(b"Xing"), header.find(b"Info")) + 8
    header[at : at + 4] = bytes(4)
    return bytes(header)


def mp3_with_junk() -> bytes:
    """An MP3 file with something else between two frames."""
    frames = mp3_frames(mp3())
    return b"".join([*frames[:20], b"\0garbage\0" * 9, *frames[20:]])


def mp3_that_lost_frames() -> bytes:
    """An MP3 file cut between two frames, so that only its header knows."""
    return b"".join(mp3_frames(mp3())[:40])


def mp3_of_two_rates() -> bytes:
    """Two MP3 streams of different sample rates behind one another."""
    return mp3_without_header() + mp3(rate=48000)


def picture(format: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """An image of smooth colours and a little noise."""
    width, height = size
    noise = np.random.default_rng(3).integers(0, 40, (height, width, 3), dtype=np.uint8)
    slope = np.linspace(0, 200, width, dtype=np.uint8)[None, :, None]
    file = io.BytesIO()
    Image.fromarray(noise + slope, "RGB").convert(mode).save(file, format, **options)
    return file.getvalue()


def png_bomb() -> bytes:
    """A PNG file whose header announces 400 million pixels."""
    file = bytearray(picture("PNG"))
    file[16:24] = struct.pack(">II", 20_000, 20_000)
    file[29:33] = struct.pack(">I", zlib.crc32(bytes(file[12:29])))
    return bytes(file)


def pdf() -> bytes:
    """The smallest PDF file with a page."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def cut(make: Callable[[], bytes], share: float = 0.5) -> Callable[[], bytes]:
    """The beginning of a file."""

    def make_cut() -> bytes:
        whole = make()
        return whole[: int(len(whole) * share)]

    return make_cut


def without_last(make: Callable[[], bytes], count: int = 1) -> Callable[[], bytes]:
    """A file without its last bytes."""
    return lambda: make()[:-count]


def flipped(make: Callable[[], bytes], share: float = 0.5) -> Callable[[], bytes]:
    """A file with one byte changed."""

    def make_flipped() -> bytes:
        whole = bytearray(make())
        whole[int(len(whole) * share)] ^= 0xFF
        return bytes(whole)

    return make_flipped


def _audio(format: str, duration: str, channels: int, rate: int, depth: int | None, **more: Any) -> dict[str, Any]:
    codec = "PCM" if format == "WAV" else format
    truth = {"format": format, "codec": codec, "lossless": format != "MP3", "duration": duration, "channels": channels}
    return truth | {"sample_rate": rate, "bit_depth": depth} | more


def _image(format: str, mode: str, size: tuple[int, int] = (640, 480), dpi: int | None = None) -> dict[str, Any]:
    return {"format": format, "width": size[0], "height": size[1], "colour_mode": mode, "resolution": dpi}


def _flac(**options: Any) -> bytes:
    return sound("FLAC", "PCM_16", **options)


GOOD = (
    Good("cd.wav", AUDIO, sound, _audio("WAV", "2", 2, 44100, 16, bit_rate=1411)),
    Good("mono.WAV", AUDIO, lambda: sound(channels=1, seconds=0.5), _audio("WAV", "0.5", 1, 44100, 16, bit_rate=706)),
    Good("24.wave", AUDIO, lambda: sound("WAV", "PCM_24", rate=48000), _audio("WAV", "2", 2, 48000, 24, bit_rate=2304)),
    Good(
        "extensible.wav",
        AUDIO,
        lambda: sound("WAVEX", "PCM_24", rate=96000, channels=6),
        _audio("WAV", "2", 6, 96000, 24, bit_rate=13824),
    ),
    Good("20 of 24.wav", AUDIO, wave_with_20_valid_bits, _audio("WAV", "2", 2, 48000, 20, bit_rate=2304)),
    Good("list chunk.wav", AUDIO, wave_with_list_chunk, _audio("WAV", "1", 2, 44100, 16, bit_rate=1411)),
    Good(
        "odd length.wav",
        AUDIO,
        lambda: sound(seconds=1 / 3),
        _audio("WAV", "0.333333", 2, 44100, 16, bit_rate=1411),
    ),
    Good("hires.flac", AUDIO, flac_with_padding, _audio("FLAC", "2", 2, 96000, 24)),
    Good("cd.flac", AUDIO, _flac, _audio("FLAC", "2", 2, 44100, 16)),
    Good("tagged.flac", AUDIO, lambda: ID3V2_4 + _flac(), _audio("FLAC", "2", 2, 44100, 16)),
    Good("plain.mp3", AUDIO, mp3, _audio("MP3", "2", 2, 44100, None)),
    Good("tagged.mp3", AUDIO, lambda: ID3V2_4 + mp3() + ID3V1, _audio("MP3", "2", 2, 44100, None)),
    Good("twice tagged.mp3", AUDIO, lambda: ID3V2_4 * 2 + mp3() + APE, _audio("MP3", "2", 2, 44100, None)),
    Good("padded tag.mp3", AUDIO, lambda: ID3V2_4 + bytes(100) + mp3(), _audio("MP3", "2", 2, 44100, None)),
    Good("piped.mp3", AUDIO, mp3_without_header, {"format": "MP3", "sample_rate": 44100, "channels": 2}),
    Good("speech.mp3", AUDIO, lambda: mp3(rate=22050, channels=1), _audio("MP3", "2", 1, 22050, None)),
    Good("no extension", AUDIO, sound, _audio("WAV", "2", 2, 44100, 16)),
    Good("Symphony No.5", AUDIO, _flac, _audio("FLAC", "2", 2, 44100, 16)),
    Good("cover.jpg", IMAGE, lambda: picture(dpi=(300, 300)), _image("JPEG", "RGB", dpi=300)),
    Good("progressive.jpeg", IMAGE, lambda: picture(progressive=True), _image("JPEG", "RGB")),
    Good("grey.jpg", IMAGE, lambda: picture(mode="L"), _image("JPEG", "L")),
    Good("tiny.jpg", IMAGE, lambda: picture(size=(3, 2)), _image("JPEG", "RGB", (3, 2))),
    Good("cover.png", IMAGE, lambda: picture("PNG", dpi=(72, 72)), _image("PNG", "RGB", dpi=72)),
    Good("transparent.png", IMAGE, lambda: picture("PNG", "RGBA"), _image("PNG", "RGBA")),
    Good("palette.png", IMAGE, lambda: picture("PNG", "P"), _image("PNG", "P")),
    Good("booklet.pdf", DOCUMENT, pdf, {}),
)

BAD = (
    Bad("half a WAV", "a.wav", AUDIO, cut(sound), "FILE_TRUNCATED"),
    Bad("a WAV without its last sample", "a.wav", AUDIO, without_last(sound, 4), "FILE_TRUNCATED"),
    Bad("a WAV without its last byte", "a.wav", AUDIO, without_last(sound), "FILE_TRUNCATED"),
    Bad("a WAV that ends in its header", "a.wav", AUDIO, lambda: sound()[:30], "FILE_TRUNCATED"),
    Bad(
        "a WAV whose last frame is not whole",
        "a.wav",
        AUDIO,
        wave_of_half_a_frame,
        "FILE_TRUNCATED",
    ),
    Bad("a WAV without samples", "a.wav", AUDIO, lambda: sound(seconds=0), "AUDIO_EMPTY"),
    Bad("a WAV of floats", "a.wav", AUDIO, lambda: sound("WAV", "FLOAT"), "AUDIO_CODEC_UNSUPPORTED"),
    Bad("an extensible WAV of floats", "a.wav", AUDIO, lambda: sound("WAVEX", "FLOAT"), "AUDIO_CODEC_UNSUPPORTED"),
    Bad("a WAV of A-law", "a.wav", AUDIO, lambda: sound("WAV", "ALAW"), "AUDIO_CODEC_UNSUPPORTED"),
    Bad("a WAV of ADPCM", "a.wav", AUDIO, lambda: sound("WAV", "MS_ADPCM"), "AUDIO_CODEC_UNSUPPORTED"),
    Bad("a WAV of 4 kHz", "a.wav", AUDIO, lambda: sound(rate=4000), "AUDIO_UNSUPPORTED"),
    Bad("half a FLAC", "a.flac", AUDIO, cut(_flac), "FILE_TRUNCATED"),
    Bad("a FLAC without its last byte", "a.flac", AUDIO, without_last(_flac), "FILE_TRUNCATED"),
    Bad("a FLAC with a flipped byte", "a.flac", AUDIO, flipped(_flac), "FILE_TRUNCATED"),
    Bad("the beginning of a FLAC", "a.flac", AUDIO, lambda: _flac()[:30], "FILE_DAMAGED"),
    Bad("a FLAC of unknown length", "a.flac", AUDIO, flac_of_unknown_length, "AUDIO_LENGTH_UNKNOWN"),
    Bad("an MP3 without a sound", "a.mp3", AUDIO, mp3_of_a_header_alone, "AUDIO_EMPTY"),
    Bad("half an MP3", "a.mp3", AUDIO, cut(mp3), "FILE_TRUNCATED"),
    Bad("an MP3 without its last byte", "a.mp3", AUDIO, without_last(mp3), "FILE_TRUNCATED"),
    Bad("half a tagged MP3", "a.mp3", AUDIO, cut(lambda: ID3V2_4 + mp3()), "FILE_TRUNCATED"),
    Bad("an MP3 that lost whole frames", "a.mp3", AUDIO, mp3_that_lost_frames, "FILE_TRUNCATED"),
    Bad("an MP3 with junk inside", "a.mp3", AUDIO, mp3_with_junk, "FILE_DAMAGED"),
    Bad("an MP3 of two sample rates", "a.mp3", AUDIO, mp3_of_two_rates, "FILE_DAMAGED"),
    Bad("an MP3 renamed to WAV", "a.wav", AUDIO, mp3, "CONTENT_MISMATCH"),
    Bad("a tagged MP3 renamed to WAV", "a.wav", AUDIO, lambda: ID3V2_4 + mp3(), "CONTENT_MISMATCH"),
    Bad("a WAV renamed to FLAC", "a.flac", AUDIO, sound, "CONTENT_MISMATCH"),
    Bad("a WAV named AIFF", "a.aiff", AUDIO, sound, "CONTENT_MISMATCH"),
    Bad("an AIFF", "a.aiff", AUDIO, lambda: sound("AIFF"), "FILE_TYPE_UNKNOWN"),
    Bad("an Ogg named MP3", "a.mp3", AUDIO, lambda: sound("OGG", "VORBIS"), "FILE_TYPE_UNKNOWN"),
    Bad("an MPEG layer II named MP3", "a.mp3", AUDIO, lambda: b"\xff\xfd\x90\x64" * 200, "FILE_TYPE_UNKNOWN"),
    Bad("an RF64", "a.wav", AUDIO, lambda: sound("RF64"), "FILE_TYPE_UNKNOWN"),
    Bad("text named WAV", "a.wav", AUDIO, lambda: b"these are no sounds" * 20, "FILE_TYPE_UNKNOWN"),
    Bad("a tag and nothing else", "a.mp3", AUDIO, lambda: ID3V2_4, "FILE_TYPE_UNKNOWN"),
    Bad("a tag before an image", "a.jpg", IMAGE, lambda: ID3V2_4 + picture(), "FILE_TYPE_UNKNOWN"),
    Bad("a page of HTML named JPEG", "a.jpg", IMAGE, lambda: b"<html><body>404</body></html>", "FILE_TYPE_UNKNOWN"),
    Bad("an empty file", "a.wav", AUDIO, lambda: b"", "FILE_EMPTY"),
    Bad("an image as audio", "a.jpg", AUDIO, picture, "KIND_MISMATCH"),
    Bad("audio as an image", "a.wav", IMAGE, sound, "KIND_MISMATCH"),
    Bad("audio as a document", "a.flac", DOCUMENT, _flac, "KIND_MISMATCH"),
    Bad("a PNG renamed to JPEG", "a.jpg", IMAGE, lambda: picture("PNG"), "CONTENT_MISMATCH"),
    Bad("a JPEG renamed to PNG", "a.png", IMAGE, picture, "CONTENT_MISMATCH"),
    Bad("half a JPEG", "a.jpg", IMAGE, cut(picture), "FILE_TRUNCATED"),
    Bad("nearly a whole JPEG", "a.jpg", IMAGE, cut(picture, 0.98), "FILE_TRUNCATED"),
    Bad("half a progressive JPEG", "a.jpg", IMAGE, cut(lambda: picture(progressive=True)), "FILE_TRUNCATED"),
    Bad("a JPEG that ends in its header", "a.jpg", IMAGE, lambda: picture()[:100], "FILE_TRUNCATED"),
    Bad("half a PNG", "a.png", IMAGE, cut(lambda: picture("PNG")), "FILE_TRUNCATED"),
    Bad("a PNG without its end", "a.png", IMAGE, without_last(lambda: picture("PNG"), 12), "FILE_TRUNCATED"),
    Bad("a PNG with a flipped byte", "a.png", IMAGE, flipped(lambda: picture("PNG")), "FILE_DAMAGED"),
    Bad("a decompression bomb", "a.png", IMAGE, png_bomb, "IMAGE_TOO_LARGE"),
    Bad("a CMYK JPEG", "a.jpg", IMAGE, lambda: picture(mode="CMYK"), "IMAGE_COLOUR_MODE_UNSUPPORTED"),
    Bad("a PNG of one bit", "a.png", IMAGE, lambda: picture("PNG", "1"), "IMAGE_COLOUR_MODE_UNSUPPORTED"),
    Bad("half a PDF", "a.pdf", DOCUMENT, cut(pdf), "FILE_TRUNCATED"),
)
